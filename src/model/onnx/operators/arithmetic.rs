//! Add, Sub, Mul and Div, with constants or of two tensors.

use super::super::constant::{self, Constant};
use super::super::error::Problem;
use super::super::graph::Op;
use super::super::shape;
use super::{Argument, Built, Call, fold};

pub(super) fn binary(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    match (call.at(0), call.at(1)) {
        (
            Argument::Tensor { tensor: left, shape: left_shape },
            Argument::Tensor { tensor: right, shape: right_shape },
        ) => {
            let subtract = match call.operator {
                "Add" => false,
                "Sub" => true,
                _ => {
                    return Err(Problem::new(
                        "both its inputs depend on the document",
                        "use a model that multiplies and divides by constants only",
                    ));
                }
            };
            let shape = shape::broadcast(left_shape, right_shape)?;
            Ok(Built::node(Op::Sum { subtract }, vec![left, right], shape))
        }
        (Argument::Tensor { tensor, shape }, Argument::Literal(_)) => {
            let op = by_constant(call.operator, call.required(1)?, false)?;
            node(op, tensor, shape, call.required(1)?)
        }
        (Argument::Literal(_), Argument::Tensor { tensor, shape }) => {
            let op = by_constant(call.operator, call.required(0)?, true)?;
            node(op, tensor, shape, call.required(0)?)
        }
        (Argument::Literal(_), Argument::Literal(_)) => fold::binary(call),
        _ => Err(Problem::malformed("an input is missing")),
    }
}

fn node(
    op: Op,
    tensor: super::TensorRef,
    input: &[usize],
    constant: &Constant,
) -> Result<Built, Problem> {
    let shape = shape::broadcast(input, &constant.shape)?;
    Ok(Built::node(op, vec![tensor], shape))
}

fn by_constant(operator: &str, constant: &Constant, left: bool) -> Result<Op, Problem> {
    let zero = Constant::scalar(0.0);
    let one = Constant::scalar(1.0);
    let (scale, offset) = match (operator, left) {
        ("Add", _) => (one, constant.clone()),
        ("Sub", false) => (one, constant.map(|value| -value)),
        ("Sub", true) => (Constant::scalar(-1.0), constant.clone()),
        ("Mul", _) => (constant.clone(), zero),
        ("Div", false) => (constant.map(|value| 1.0 / value), zero),
        _ => {
            return Err(Problem::new(
                "a constant divided by a tensor that depends on the document is not supported",
                "use a model that divides by constants only",
            ));
        }
    };
    constant::finite(&scale.values).map_err(|_| {
        Problem::new(
            "its divisor has no finite inverse: it divides by zero",
            "use a model without a division by zero",
        )
    })?;
    Ok(Op::Affine { scale, offset })
}
