//! Truth values that depend on the document: comparisons, And, Or, Xor, Not, and Where.
//!
//! They are kept as the numbers 0 and 1, noted as integers of a type of their own
//! ([`Integers::TRUTH`]). A comparison is a function of one difference, so one with a constant
//! becomes part of whatever function it stands in (`graph/fusion`).

use super::super::constant::{BOOL, INT32, INT64, Literal, UINT32, UINT64};
use super::steps::{Part, Steps};
use super::{Argument, Built, Call, Source, cast};
use crate::model::graph::{
    Activation, Affine, Constant, Function, Integers, MAX_LOOK, Op, Problem, Sum, TensorRef, Unary,
    exact_bounds, shape,
};

/// What becomes of a node that reads or makes truth values of the document; `None` for any other,
/// and for those that do to truth values what they do to integers.
pub(super) fn build(call: &mut Call<'_>) -> Result<Option<Built>, Problem> {
    let built = match call.operator {
        "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal" => {
            call.arity(2, 2)?;
            match (call.operator, is_truth(call, 0) || is_truth(call, 1)) {
                ("Equal", true) => joined(call)?,
                _ if call.typed.any() => return Ok(None),
                _ => match decided(call)? {
                    Some(literal) => return Ok(Some(Built::Literal(literal))),
                    None => compared(call)?,
                },
            }
        }
        "And" | "Or" | "Xor" => {
            call.arity(2, 2)?;
            joined(call)?
        }
        "Not" => {
            call.arity(1, 1)?;
            let (tensor, shape) = truth(call, 0)?;
            Built::node(opposite(), vec![tensor], shape.to_vec())
        }
        "IsNaN" | "IsInf" => return finite(call).map(Some),
        "Where" if is_truth(call, 0) => return chosen(call).map(Some),
        "Cast" | "CastLike" => return converted(call),
        _ => return Ok(None),
    };
    call.typed.result = Some(Integers::TRUTH);
    Ok(Some(built))
}

fn is_truth(call: &Call<'_>, index: usize) -> bool {
    call.typed.noted(index) == Some(Integers::TRUTH)
}

/// An input that holds truth values of the document.
fn truth<'a>(call: &Call<'a>, index: usize) -> Result<(TensorRef, &'a [usize]), Problem> {
    let found = call.tensor(index)?;
    if is_truth(call, index) {
        return Ok(found);
    }
    Err(Problem::malformed(format!("{} does not hold truth values", call.called(index))))
}

/// `1 − c`.
fn opposite() -> Op {
    scaled(Constant::scalar(-1.0), Constant::scalar(1.0))
}

const fn scaled(scale: Constant, offset: Constant) -> Op {
    Op::Affine(Affine { scale, offset })
}

const fn sum(subtract: bool) -> Op {
    Op::Sum(Sum { subtract })
}

fn part((tensor, shape): (TensorRef, &[usize])) -> Part {
    (Source::Tensor(tensor), shape.to_vec())
}

/// A comparison of whole numbers with a constant that has one answer for whatever document: an id
/// is never below zero.
fn decided(call: &mut Call<'_>) -> Result<Option<Literal>, Problem> {
    let at = usize::from(!matches!(call.at(0), Argument::Tensor { .. }));
    let other = 1usize.saturating_sub(at);
    let (Argument::Literal(literal), Some(graph)) = (call.at(other), call.typed.graph) else {
        return Ok(None);
    };
    let (tensor, shape) = call.tensor(at)?;
    call.budget.work(MAX_LOOK)?;
    let Some((low, high)) = exact_bounds(graph, tensor) else { return Ok(None) };
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in &call.required(other)?.values {
        (least, most) = (least.min(*value), most.max(*value));
    }
    let swapped = match (at, call.operator) {
        (0, operator) => operator,
        (_, "Greater") => "Less",
        (_, "GreaterOrEqual") => "LessOrEqual",
        (_, "Less") => "Greater",
        (_, "LessOrEqual") => "GreaterOrEqual",
        (_, operator) => operator,
    };
    let answer = match swapped {
        "Greater" if low > most => true,
        "Greater" if high <= least => false,
        "GreaterOrEqual" if low >= most => true,
        "GreaterOrEqual" if high < least => false,
        "Less" if high < least => true,
        "Less" if low >= most => false,
        "LessOrEqual" if high <= least => true,
        "LessOrEqual" if low > most => false,
        "Equal" if low > most || high < least => false,
        _ => return Ok(None),
    };
    let shape = shape::broadcast(shape, literal.shape())?;
    let values = vec![answer; call.budget.folded(&shape)?];
    Ok(Some(Literal::Bool { shape, values }))
}

/// A comparison: whether a difference is above zero, zero or above, or zero.
fn compared(call: &Call<'_>) -> Result<Built, Problem> {
    let less = matches!(call.operator, "Less" | "LessOrEqual");
    let unary = match call.operator {
        "Greater" | "Less" => Unary::IsPositive,
        "Equal" => Unary::IsZero,
        _ => Unary::IsNotNegative,
    };
    let mut steps = Steps::default();
    // The one that is to be greater, less the other.
    let (_, shape) = match (call.at(0), call.at(1)) {
        (Argument::Tensor { .. }, Argument::Tensor { .. }) => {
            let (first, second) = (part(call.tensor(0)?), part(call.tensor(1)?));
            let (left, right) = if less { (second, first) } else { (first, second) };
            steps.pair(sum(true), &left, &right)?
        }
        (first, _) => {
            let (at, other) =
                if matches!(first, Argument::Tensor { .. }) { (0, 1) } else { (1, 0) };
            let constant = call.required(other)?;
            let sign = if (at == 0) == less { -1.0 } else { 1.0 };
            let offset = constant.map(|value| -sign * value);
            steps.affine(Constant::scalar(sign), offset, &part(call.tensor(at)?))?
        }
    };
    let last = steps.last();
    steps.add(Op::Function(Function::of(unary)), vec![Source::Step(last)], shape);
    Ok(steps.build())
}

/// And, Or, Xor or Equal of truth values, one of which may be constant.
fn joined(call: &Call<'_>) -> Result<Built, Problem> {
    let tensors = [0, 1].map(|at| matches!(call.at(at), Argument::Tensor { .. }));
    let mut steps = Steps::default();
    if tensors == [true, true] {
        let (left, right) = (part(truth(call, 0)?), part(truth(call, 1)?));
        let clip = |low, high| Op::Activation(Activation::Clip { low, high });
        let of = |steps: &mut Steps, op, part: &Part| steps.add(op, vec![part.0], part.1.clone());
        match call.operator {
            // c + d − 1, not below 0
            "And" => {
                let both = steps.pair(sum(false), &left, &right)?;
                let both = steps.affine(Constant::scalar(1.0), Constant::scalar(-1.0), &both)?;
                of(&mut steps, clip(0.0, f64::INFINITY), &both);
            }
            // c + d, not above 1
            "Or" => {
                let both = steps.pair(sum(false), &left, &right)?;
                of(&mut steps, clip(f64::NEG_INFINITY, 1.0), &both);
            }
            _ => {
                let differ = steps.pair(sum(true), &left, &right)?;
                let differ = of(&mut steps, Op::Function(Function::of(Unary::Absolute)), &differ);
                if call.operator == "Equal" {
                    of(&mut steps, opposite(), &differ);
                }
            }
        }
        return Ok(steps.build());
    }
    let (at, other) = if tensors == [true, false] { (0, 1) } else { (1, 0) };
    let Literal::Bool { shape, values } = call.literal(other)? else {
        return Err(Problem::malformed(format!(
            "{} does not hold truth values",
            call.called(other)
        )));
    };
    let constant = |of: &dyn Fn(bool) -> f64| Constant {
        shape: shape.clone(),
        values: values.iter().map(|value| of(*value)).collect(),
    };
    // What becomes of 0, and what 1 adds to that, where the constant is d.
    let number = |value: bool| f64::from(u8::from(value));
    let (scale, offset) = match call.operator {
        "And" => (constant(&number), Constant::scalar(0.0)),
        "Or" => (constant(&|d| number(!d)), constant(&number)),
        "Xor" => (constant(&|d| 1.0 - 2.0 * number(d)), constant(&number)),
        _ => (constant(&|d| 2.0 * number(d) - 1.0), constant(&|d| number(!d))),
    };
    steps.affine(scale, offset, &part(truth(call, at)?))?;
    Ok(steps.build())
}

/// Beside a number as low as that, any other is lost in 64 bits: what is to be put in the place of
/// another may be added to it.
const LOWEST: f64 = -1e30;

/// Where a condition depends on the document: `c·a + (1 − c)·b`. A gate, unlike a product, gives
/// 0 where it is shut whatever is behind it.
fn chosen(call: &Call<'_>) -> Result<Built, Problem> {
    call.arity(3, 3)?;
    let condition = part(truth(call, 0)?);
    if let Some(built) = one_or_nothing(call, &condition)? {
        return Ok(built);
    }
    let mut steps = Steps::default();
    let mut result: Option<Part> = None;
    let mut lowest = false;
    // The constant first: it may be so low that nothing beside it counts.
    let constant_last = !matches!(call.at(2), Argument::Tensor { .. });
    for index in if constant_last { [2, 1] } else { [1, 2] } {
        let chosen = match call.at(index) {
            Argument::Tensor { tensor, shape } if lowest && call.typed.noted(index).is_none() => {
                part((tensor, shape))
            }
            Argument::Tensor { .. } if call.typed.noted(index).is_some() => {
                return Err(Problem::new(
                    format!("{} holds integers or truth values", call.called(index)),
                    "use a model that chooses among floats",
                ));
            }
            Argument::Tensor { tensor, shape } => {
                let gate = match index {
                    1 => condition.clone(),
                    _ => steps.affine(Constant::scalar(-1.0), Constant::scalar(1.0), &condition)?,
                };
                steps.pair(Op::Gate, &gate, &part((tensor, shape)))?
            }
            _ => {
                let constant = call.addend(index)?;
                lowest = constant.values.iter().all(|value| *value <= LOWEST);
                let (scale, offset) = match index {
                    1 => (constant.clone(), constant.map(|_| 0.0)),
                    _ => (constant.map(|value| -value), constant.clone()),
                };
                steps.affine(scale, offset, &condition)?
            }
        };
        result = Some(match result {
            None => chosen,
            Some(before) => steps.pair(sum(false), &before, &chosen)?,
        });
    }
    Ok(steps.build())
}

/// Where of two constants of which one is zero: a scale and an offset, and no rounding.
fn one_or_nothing(call: &Call<'_>, condition: &Part) -> Result<Option<Built>, Problem> {
    if [1, 2].iter().any(|at| matches!(call.at(*at), Argument::Tensor { .. })) {
        return Ok(None);
    }
    let (yes, no) = (call.addend(1)?, call.addend(2)?);
    let affine = match (yes.number(), no.number()) {
        (_, Some(0.0)) => Affine { scale: yes, offset: no },
        (Some(0.0), _) if yes.shape.is_empty() || yes.shape.len() <= no.shape.len() => {
            Affine { scale: no.map(|value| -value), offset: no }
        }
        _ => return Ok(None),
    };
    // Both broadcast.
    let mut steps = Steps::default();
    steps.affine(affine.scale, affine.offset, condition)?;
    Ok(Some(steps.build()))
}

/// Cast from truth values, or to them; `None` for any other.
fn converted(call: &mut Call<'_>) -> Result<Option<Built>, Problem> {
    let to = cast::target(call)?;
    match (call.at(0), is_truth(call, 0)) {
        (Argument::Tensor { tensor, shape }, of_truth) if of_truth || to == BOOL => {
            call.attributes.flag("saturate")?;
            if of_truth && cast::is_float(i64::from(to)) {
                return Ok(Some(Built::Same(tensor)));
            }
            if of_truth && to == BOOL {
                call.typed.result = Some(Integers::TRUTH);
                return Ok(Some(Built::Same(tensor)));
            }
            if of_truth {
                let (low, high) = cast::range(to).ok_or_else(|| cast::refusal(to))?;
                // Of a wide type, as counts and places are.
                let wide = matches!(to, INT32 | INT64 | UINT32 | UINT64);
                let own = if wide { Integers::WHOLE } else { Integers::plain(low, high) };
                call.typed.result = Some(own);
                return Ok(Some(Built::Same(tensor)));
            }
            if call.typed.any() {
                return Ok(None);
            }
            call.typed.result = Some(Integers::TRUTH);
            Ok(Some(not_zero(tensor, shape.to_vec())))
        }
        _ => Ok(None),
    }
}

/// Whatever is not zero is true.
pub(super) fn not_zero(tensor: TensorRef, shape: Vec<usize>) -> Built {
    let mut steps = Steps::default();
    let zero = Op::Function(Function::of(Unary::IsZero));
    let zero = steps.add(zero, vec![Source::Tensor(tensor)], shape);
    steps.add(opposite(), vec![zero.0], zero.1);
    steps.build()
}

/// IsNaN and IsInf: tensors of the document are finite.
fn finite(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    for sign in ["detect_negative", "detect_positive"] {
        call.attributes.flag(sign)?;
    }
    let (_, shape) = call.tensor(0)?;
    let count = call.budget.folded(shape)?;
    let values = vec![false; count];
    Ok(Built::Literal(Literal::Bool { shape: shape.to_vec(), values }))
}
