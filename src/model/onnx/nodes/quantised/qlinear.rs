//! Operators over integers with scales of their own. Each is its like over real numbers, of what
//! the integers stand for, and a rounding.

use super::super::super::attributes::Attributes;
use super::super::super::constant::Literal;
use super::super::{Argument, Built, Call, Source, Step};
use super::{Typed, at_the_end, other, rounded, scales};
use crate::model::graph::{Constant, Integers, Op, Problem, Softmax, TensorRef};

/// Sums of products of bytes are integers of 32 bits.
const SUMS: Integers = Integers::plain(-(1 << 31), (1 << 31) - 1);
/// Integers of biases have 32 bits.
const BIAS: i64 = 1 << 31;
/// Tensors that a node computes before its own operator are called as if they came after all
/// others.
const OWN: usize = usize::MAX >> 1;

/// Operators of the default domain.
pub(super) fn knows(operator: &str) -> bool {
    matches!(operator, "QLinearConv" | "QLinearMatMul" | "ConvInteger" | "MatMulInteger")
        || of_onnxruntime(operator)
}

/// Operators of onnxruntime's.
pub(super) fn of_onnxruntime(operator: &str) -> bool {
    matches!(
        operator,
        "QLinearAdd"
            | "QLinearMul"
            | "QLinearSigmoid"
            | "QLinearLeakyRelu"
            | "QLinearGlobalAveragePool"
            | "QLinearAveragePool"
            | "QLinearConcat"
            | "QLinearSoftmax"
            | "QGemm"
    )
}

/// An input as real numbers.
enum Operand<'a> {
    Tensor(TensorRef, &'a [usize]),
    Constant(Literal),
}

impl Operand<'_> {
    fn argument(&self) -> Argument<'_> {
        match self {
            Self::Tensor(tensor, shape) => Argument::Tensor { tensor: *tensor, shape },
            Self::Constant(literal) => Argument::Literal(literal),
        }
    }
}

/// A node on its way to real numbers.
struct Inner<'a> {
    operands: Vec<Operand<'a>>,
    /// What comes before the operator.
    before: Vec<Step>,
}

impl<'a> Inner<'a> {
    const fn new() -> Self {
        Self { operands: Vec::new(), before: Vec::new() }
    }

    /// Adds an input of integers. Constants may have a scale for each place along `axis`.
    fn read(
        &mut self,
        call: &mut Call<'a>,
        at: usize,
        scale_at: Option<usize>,
        zero_at: usize,
        axis: i64,
    ) -> Result<(), Problem> {
        let Argument::Tensor { tensor, shape } = call.at(at) else {
            let constant = scales::constant(call, at, scale_at, zero_at, axis)?;
            self.operands.push(Operand::Constant(Literal::Float(constant)));
            return Ok(());
        };
        let own = call.typed.of(at).ok_or_else(|| {
            Problem::malformed(format!("{} holds floats, expected integers", call.called(at)))
        })?;
        let (scale, zero) = scales::reading(call, own, scale_at, zero_at)?;
        let tensor = if (scale, zero) == (own.scale, own.zero) {
            tensor
        } else {
            let affine = Op::Affine(other(own, &Constant::scalar(scale), &[zero]));
            let inputs = vec![Source::Tensor(tensor)];
            self.before.push(Step { op: affine, inputs, shape: shape.to_vec() });
            TensorRef::Node(OWN.saturating_add(self.before.len().saturating_sub(1)))
        };
        self.operands.push(Operand::Tensor(tensor, shape));
        Ok(())
    }

    /// The operator over what was read, rounded to integers if there are any.
    fn build(
        self,
        call: &mut Call<'a>,
        operator: &str,
        opset: i64,
        to: Option<Integers>,
    ) -> Result<Built, Problem> {
        let Self { operands, before } = self;
        let empty = Attributes::new(&[], &None)?;
        let mut own = Call {
            operator,
            opset,
            attributes: std::mem::replace(&mut call.attributes, empty),
            arguments: operands.iter().map(Operand::argument).collect(),
            names: &[],
            outputs: 1,
            named: 1,
            also_read: None,
            budget: &mut *call.budget,
            classes: Vec::new(),
            typed: Typed::default(),
        };
        let mut built = super::super::build(&mut own)?;
        own.attributes.finish()?;
        let first = operands.iter().find_map(|operand| match operand {
            Operand::Tensor(tensor, shape) => Some((*tensor, *shape)),
            Operand::Constant(_) => None,
        });
        let count = before.len();
        let place = |source: Source| match source {
            Source::Tensor(TensorRef::Node(index)) if index >= OWN => {
                Source::Step(index.saturating_sub(OWN))
            }
            Source::Step(step) => Source::Step(step.saturating_add(count)),
            source => source,
        };
        // Numbered behind what comes before.
        if let Built::Steps(steps) = &mut built {
            let after = std::mem::take(steps);
            *steps = before;
            steps.extend(after.into_iter().map(|Step { op, inputs, shape }| {
                let inputs = inputs.into_iter().map(place).collect();
                Step { op, inputs, shape }
            }));
        } else if let (Built::Same(_), false) = (&built, before.is_empty()) {
            built = Built::Steps(before);
        }
        let same = first.map(|(tensor, shape)| (Source::Tensor(tensor), shape));
        let Some(to) = to else { return Ok(built) };
        // What a softmax at the end is rounded to does not count.
        let ends = matches!(&built, Built::Steps(steps) if steps.last().is_some_and(|step| matches!(&step.op, Op::Softmax(softmax) if *softmax == Softmax::whole(&step.shape))))
            || matches!(&built, Built::Same(tensor) if at_the_end(call.typed.graph, *tensor));
        call.typed.result = Some(to);
        if ends { Ok(built) } else { rounded(built, to, same) }
    }
}

/// The integers of the result: type and zero point as given, else as those of an input.
fn result(
    call: &Call<'_>,
    scale_at: usize,
    zero_at: usize,
    like: usize,
) -> Result<Integers, Problem> {
    match (call.at(zero_at), call.typed.of(like)) {
        (Argument::Missing, Some(Integers { low, high, .. })) => {
            let to = scales::reading(call, Integers::plain(low, high), Some(scale_at), zero_at)?;
            Ok(Integers { scale: to.0, zero: to.1, low, high })
        }
        _ => scales::target(call, scale_at, zero_at, None),
    }
}

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let opset = call.opset;
    let mut inner = Inner::new();
    match call.operator {
        "QLinearConv" => {
            call.arity(8, 9)?;
            inner.read(call, 0, Some(1), 2, 0)?;
            inner.read(call, 3, Some(4), 5, 0)?;
            let to = scales::target(call, 6, 7, None)?;
            bias(call, &mut inner, 8, 1, 4, 1.0)?;
            inner.build(call, "Conv", opset, Some(to))
        }
        "QLinearMatMul" => {
            call.arity(8, 8)?;
            inner.read(call, 0, Some(1), 2, -2)?;
            inner.read(call, 3, Some(4), 5, -1)?;
            let to = scales::target(call, 6, 7, None)?;
            inner.build(call, "MatMul", opset, Some(to))
        }
        "QGemm" => {
            call.arity(6, 9)?;
            let turned = call.attributes.flag("transB")?;
            inner.read(call, 0, Some(1), 2, 0)?;
            inner.read(call, 3, Some(4), 5, if turned { 0 } else { 1 })?;
            let alpha = call.attributes.float_or("alpha", 1.0)?;
            bias(call, &mut inner, 6, 1, 4, alpha)?;
            let to = match call.at(7) {
                Argument::Missing => None,
                _ => Some(result(call, 7, 8, 0)?),
            };
            inner.build(call, "Gemm", opset, to)
        }
        "ConvInteger" => {
            call.arity(2, 4)?;
            inner.read(call, 0, None, 2, 0)?;
            inner.read(call, 1, None, 3, 0)?;
            call.typed.result = Some(SUMS);
            inner.build(call, "Conv", opset, None)
        }
        "MatMulInteger" => {
            call.arity(2, 4)?;
            inner.read(call, 0, None, 2, -2)?;
            inner.read(call, 1, None, 3, -1)?;
            call.typed.result = Some(SUMS);
            inner.build(call, "MatMul", opset, None)
        }
        "QLinearAdd" | "QLinearMul" => {
            call.arity(7, 8)?;
            inner.read(call, 0, Some(1), 2, 0)?;
            inner.read(call, 3, Some(4), 5, 0)?;
            let like = if call.typed.of(0).is_some() { 0 } else { 3 };
            let to = result(call, 6, 7, like)?;
            let operator = if call.operator == "QLinearAdd" { "Add" } else { "Mul" };
            inner.build(call, operator, opset, Some(to))
        }
        "QLinearConcat" => {
            let count = call.arguments.len().saturating_sub(2);
            if count == 0 || !count.is_multiple_of(3) {
                return Err(Problem::malformed("its inputs do not come in threes"));
            }
            let to = scales::target(call, 0, 1, None)?;
            for at in (2..count.saturating_add(2)).step_by(3) {
                let (scale_at, zero_at) = (at.saturating_add(1), at.saturating_add(2));
                inner.read(call, at, Some(scale_at), zero_at, 0)?;
            }
            inner.build(call, "Concat", opset, Some(to))
        }
        _ => {
            call.arity(4, 5)?;
            channels_first(call)?;
            inner.read(call, 0, Some(1), 2, 0)?;
            let to = result(call, 3, 4, 0)?;
            let (operator, opset) = match call.operator {
                "QLinearSigmoid" => ("Sigmoid", opset),
                "QLinearLeakyRelu" => ("LeakyRelu", opset),
                "QLinearAveragePool" => ("AveragePool", opset),
                "QLinearSoftmax" => ("Softmax", call.attributes.int_or("opset", opset)?),
                _ => ("GlobalAveragePool", opset),
            };
            inner.build(call, operator, opset, Some(to))
        }
    }
}

/// Adds a bias of integers whose scale is the product of those of the two factors.
fn bias<'a>(
    call: &mut Call<'a>,
    inner: &mut Inner<'a>,
    at: usize,
    left: usize,
    right: usize,
    factor: f64,
) -> Result<(), Problem> {
    let Some((shape, values)) = scales::integers(call, at, BIAS)? else { return Ok(()) };
    let (left, right) = (call.required(left)?, call.required(right)?);
    let (Some(left), count) = (left.values.first(), right.values.len()) else {
        return Err(Problem::malformed("a scale is empty"));
    };
    let columns = shape.last().copied().unwrap_or(1);
    if count != 1 && count != columns {
        return Err(Problem::malformed(format!("{count} scales for a bias of shape {shape:?}")));
    }
    call.budget.elements(values.len())?;
    let real = |(element, value): (usize, &i64)| {
        let place = element.checked_rem(count).unwrap_or(0);
        let right = right.values.get(place).copied().unwrap_or(0.0);
        left * right * factor * *value as f64
    };
    let values = values.iter().enumerate().map(real).collect();
    let constant = Constant { shape: shape.to_vec(), values };
    inner.operands.push(Operand::Constant(Literal::Float(constant)));
    Ok(())
}

/// Refuses channels that come last.
fn channels_first(call: &mut Call<'_>) -> Result<(), Problem> {
    if !matches!(call.operator, "QLinearAveragePool" | "QLinearGlobalAveragePool") {
        return Ok(());
    }
    if call.attributes.flag("channels_last")? {
        return Err(Problem::new(
            "its channels come last",
            "take the model as the quantiser wrote it, before onnxruntime optimised it",
        ));
    }
    Ok(())
}
