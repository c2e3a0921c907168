//! Add, Sub, Mul and Div, with constants or of two tensors.

use super::super::constant;
use super::{Argument, Built, Call, Source, Step, function};
use crate::model::graph::{Affine, Constant, Function, Op, Problem, Sum, TensorRef, Unary, shape};

pub(super) fn binary(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    match (call.at(0), call.at(1)) {
        (
            Argument::Tensor { tensor: left, shape: left_shape },
            Argument::Tensor { tensor: right, shape: right_shape },
        ) => {
            let op = match call.operator {
                "Add" => Op::Sum(Sum { subtract: false }),
                "Sub" => Op::Sum(Sum { subtract: true }),
                _ => Op::Product,
            };
            let shape = shape::broadcast(left_shape, right_shape)?;
            if call.operator == "Div" {
                return Ok(quotient((left, right), right_shape, shape));
            }
            Ok(Built::node(op, vec![left, right], shape))
        }
        (Argument::Tensor { tensor, shape }, Argument::Literal(_)) => node(
            call.operator,
            by_constant(call.operator, &constant(call, 1)?, false)?,
            tensor,
            shape,
        ),
        (Argument::Literal(_), Argument::Tensor { tensor, shape }) if call.operator == "Div" => {
            function::quotient(call.required(0)?, tensor, shape)
        }
        (Argument::Literal(_), Argument::Tensor { tensor, shape }) => node(
            call.operator,
            by_constant(call.operator, &constant(call, 0)?, true)?,
            tensor,
            shape,
        ),
        _ => Err(Problem::malformed("an input is missing")),
    }
}

/// A constant to calculate with. What is added may be a mask.
fn constant(call: &Call<'_>, index: usize) -> Result<Constant, Problem> {
    if call.operator == "Add" { call.addend(index) } else { call.required(index).cloned() }
}

/// The product of a tensor and the reciprocal of another.
fn quotient(
    (left, right): (TensorRef, TensorRef),
    right_shape: &[usize],
    shape: Vec<usize>,
) -> Built {
    let reciprocal = Step {
        op: Op::Function(Function::of(Unary::Reciprocal)),
        inputs: vec![Source::Tensor(right)],
        shape: right_shape.to_vec(),
    };
    let inputs = vec![Source::Tensor(left), Source::Step(0)];
    Built::Steps(vec![reciprocal, Step { op: Op::Product, inputs, shape }])
}

fn node(
    operator: &str,
    affine: Affine,
    tensor: TensorRef,
    input: &[usize],
) -> Result<Built, Problem> {
    let shape = affine.shape(input)?;
    // Exporters multiply by 1 to give a tensor another name.
    if operator == "Mul" && affine.scale.values == [1.0] && shape == input {
        return Ok(Built::Same(tensor));
    }
    Ok(Built::node(Op::Affine(affine), vec![tensor], shape))
}

fn by_constant(operator: &str, constant: &Constant, left: bool) -> Result<Affine, Problem> {
    let zero = Constant::scalar(0.0);
    let one = Constant::scalar(1.0);
    let (scale, offset) = match (operator, left) {
        ("Add", _) => (one, constant.clone()),
        ("Sub", false) => (one, constant.map(|value| -value)),
        ("Sub", true) => (Constant::scalar(-1.0), constant.clone()),
        ("Mul", _) => (constant.clone(), zero),
        _ => (constant.map(|value| 1.0 / value), zero),
    };
    constant::finite(&scale.values).map_err(|_| {
        Problem::new(
            "its divisor has no finite inverse: it divides by zero",
            "use a model without a division by zero",
        )
    })?;
    Ok(Affine { scale, offset })
}
