//! Means, sums and extremes along axes. Over the document's tensors they are
//! pools with one window, the axes moved to the end where need be.

use std::collections::BTreeSet;

use super::super::constant::Literal;
use super::{Argument, Built, Call, Chain, layout};
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{
    Affine, AveragePool, Binary, Constant, Formula, Function, MaxPool, Op, Problem, Unary, Window,
};

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let input = call.shape(0)?;
    let keep = call.attributes.int_or("keepdims", 1)? != 0;
    let axes = axes(call, input.len())?;
    let kept = |axis: usize| !axes.contains(&axis);
    let shape: Vec<usize> = input
        .iter()
        .enumerate()
        .filter(|(axis, _)| keep || kept(*axis))
        .map(|(axis, dim)| if kept(axis) { *dim } else { 1 })
        .collect();
    if let Argument::Literal(literal) = call.at(0) {
        return folded(call, literal, &axes, shape);
    }
    let (tensor, _) = call.tensor(0)?;
    let (before, after) = around(call.operator);
    if axes.is_empty() && (before.is_some() || after.is_some()) {
        return Err(Problem::new(
            "it is over no axes: runtimes differ in what it does to elements then",
            "use the function of each element in its place",
        ));
    }
    let count = axes.iter().filter_map(|axis| input.get(*axis)).product::<usize>();
    let mut chain = Chain::new();
    if let Some(function) = before {
        chain.then(tensor, Op::Function(function), input);
    }
    if count > 1 {
        // Kept axes first, then those that go.
        let order: Vec<usize> =
            (0..input.len()).filter(|axis| kept(*axis)).chain(axes.iter().copied()).collect();
        let turned: Vec<usize> =
            order.iter().filter_map(|axis| input.get(*axis).copied()).collect();
        if let op @ Op::Transpose(_) = layout::transposition(input, order) {
            chain.then(tensor, op, &turned);
        }
        let rest = shape::elements(input)?.checked_div(count).unwrap_or(1);
        // The last two axes as an image has them, else all in one row.
        let (height, width) = match input {
            [.., height, width] if height.checked_mul(*width) == Some(count) => (*height, *width),
            _ => (1, count),
        };
        chain.reshape(tensor, input, &[1, rest, height, width]);
        let pooled = [1, rest, 1, 1];
        let window = Window::whole([rest, height, width]);
        let affine = |factor: f64| {
            let (scale, offset) = (Constant::scalar(factor), Constant::scalar(0.0));
            Op::Affine(Affine { scale, offset })
        };
        let mean = Op::AveragePool(AveragePool { window: window.clone(), count_padding: false });
        match call.operator {
            "ReduceMean" => chain.then(tensor, mean, &pooled),
            "ReduceSum" | "ReduceL1" | "ReduceL2" | "ReduceSumSquare" | "ReduceLogSum" => {
                chain.then(tensor, mean, &pooled);
                chain.then(tensor, affine(count as f64), &pooled);
            }
            "ReduceMax" => chain.then(tensor, Op::MaxPool(MaxPool { window }), &pooled),
            "ReduceMin" => {
                chain.then(tensor, affine(-1.0), &[1, rest, height, width]);
                chain.then(tensor, Op::MaxPool(MaxPool { window }), &pooled);
                chain.then(tensor, affine(-1.0), &pooled);
            }
            _ => {
                return Err(Problem::new(
                    "a product of elements that depend on the document is not supported",
                    "use a model without it",
                ));
            }
        }
        chain.reshape(tensor, &pooled, &shape);
    } else {
        chain.then(tensor, Op::Reshape, &shape);
    }
    if let Some(function) = after {
        chain.then(tensor, Op::Function(Function::of(function)), &shape);
    }
    Ok(chain.build())
}

/// The functions of elements before a sum, and of the sum.
fn around(operator: &str) -> (Option<Function>, Option<Unary>) {
    let square = || {
        let mut formula = Formula::new();
        let square = formula.binary(Binary::Multiply, Formula::ARGUMENT, Formula::ARGUMENT);
        formula.finish(square)
    };
    match operator {
        "ReduceL1" => (Some(Function::of(Unary::Absolute)), None),
        "ReduceSumSquare" => (Some(square()), None),
        "ReduceL2" => (Some(square()), Some(Unary::Sqrt)),
        "ReduceLogSum" => (None, Some(Unary::Log)),
        _ => (None, None),
    }
}

/// The axes that go: an attribute, an input from opset 13 (ReduceSum) or 18 on.
fn axes(call: &mut Call<'_>, rank: usize) -> Result<BTreeSet<usize>, Problem> {
    let since = if call.operator == "ReduceSum" { 13 } else { 18 };
    let list = if call.opset < since {
        call.arity(1, 1)?;
        call.attributes.ints("axes")?
    } else {
        call.arity(1, 2)?;
        call.integers(1)?
    };
    let none = call.opset >= since && call.attributes.flag("noop_with_empty_axes")?;
    match list {
        None | Some([]) if none => Ok(BTreeSet::new()),
        None | Some([]) => Ok((0..rank).collect()),
        Some(list) => list.iter().map(|&axis| shape::axis(axis, rank)).collect(),
    }
}

/// The same over constants.
fn folded(
    call: &mut Call<'_>,
    literal: &Literal,
    axes: &BTreeSet<usize>,
    shape: Vec<usize>,
) -> Result<Built, Problem> {
    let input = literal.shape();
    if literal.len() == 0 && matches!(call.operator, "ReduceMax" | "ReduceMin" | "ReduceMean") {
        return Err(Problem::malformed("it is over no elements"));
    }
    let outputs = call.budget.folded(&shape)?;
    call.budget.work(literal.len())?;
    // For each axis of the input, how far the result moves.
    let sizes: Vec<usize> = input
        .iter()
        .enumerate()
        .map(|(axis, dim)| if axes.contains(&axis) { 1 } else { *dim })
        .collect();
    let strides = strides(&sizes);
    let steps: Vec<(usize, usize)> = input
        .iter()
        .zip(&strides)
        .enumerate()
        .map(|(axis, (dim, stride))| (*dim, if axes.contains(&axis) { 0 } else { *stride }))
        .collect();
    let places = shape::strided_index(&steps);
    let operator = call.operator;
    let none = if operator == "ReduceProd" { 1 } else { 0 };
    match literal {
        Literal::Float(constant) => {
            let mut values: Vec<Option<f64>> = vec![None; outputs];
            for (place, value) in places.iter().zip(&constant.values) {
                let Some(slot) = values.get_mut(*place) else { continue };
                *slot = Some(slot.map_or(*value, |old| match operator {
                    "ReduceMax" => old.max(*value),
                    "ReduceMin" => old.min(*value),
                    "ReduceProd" => old * value,
                    _ => old + value,
                }));
            }
            let count = constant.values.len().checked_div(outputs).unwrap_or(1);
            let divisor = if operator == "ReduceMean" { count as f64 } else { 1.0 };
            let values = values
                .into_iter()
                .map(|value| value.unwrap_or(f64::from(none)) / divisor)
                .collect();
            Ok(Built::Literal(Literal::float(shape, values)))
        }
        Literal::Int { values: own, .. } if operator != "ReduceMean" => {
            let mut values: Vec<Option<i64>> = vec![None; outputs];
            for (place, value) in places.iter().zip(own) {
                let Some(slot) = values.get_mut(*place) else { continue };
                *slot = Some(slot.map_or(*value, |old| match operator {
                    "ReduceMax" => old.max(*value),
                    "ReduceMin" => old.min(*value),
                    "ReduceProd" => old.saturating_mul(*value),
                    _ => old.saturating_add(*value),
                }));
            }
            let values = values.into_iter().map(|value| value.unwrap_or(i64::from(none))).collect();
            Ok(Built::Literal(Literal::Int { shape, values }))
        }
        other => Err(Problem::malformed(format!("its input holds {}", other.kind()))),
    }
}
