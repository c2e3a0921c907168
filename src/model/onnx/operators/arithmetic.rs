//! Add, Sub, Mul and Div, with constants or of two tensors.

use super::super::constant::{self, Constant, Literal};
use super::super::error::Problem;
use super::super::graph::Op;
use super::super::shape;
use super::{Argument, Built, Call};

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
                        "both inputs depend on the document",
                        "use a model that multiplies and divides by constants only",
                    ));
                }
            };
            let shape = shape::broadcast(left_shape, right_shape)?;
            Ok(Built::Node { op: Op::Sum { subtract }, inputs: vec![left, right], shape })
        }
        (Argument::Tensor { tensor, shape }, Argument::Literal(_)) => {
            let op = by_constant(call.operator, call.required(1)?, false)?;
            node(op, tensor, shape, call.required(1)?)
        }
        (Argument::Literal(_), Argument::Tensor { tensor, shape }) => {
            let op = by_constant(call.operator, call.required(0)?, true)?;
            node(op, tensor, shape, call.required(0)?)
        }
        (Argument::Literal(left), Argument::Literal(right)) => fold(call.operator, left, right),
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
    Ok(Built::Node { op, inputs: vec![tensor], shape })
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
                "a constant divided by a tensor is not supported",
                "use a model that divides by constants only",
            ));
        }
    };
    constant::finite(&scale.values)?;
    constant::finite(&offset.values)?;
    Ok(Op::Affine { scale, offset })
}

/// Arithmetic of two constants, as exporters leave it behind now and then.
fn fold(operator: &str, left: &Literal, right: &Literal) -> Result<Built, Problem> {
    let (Literal::Float(left), Literal::Float(right)) = (left, right) else {
        return Err(Problem::new(
            "it computes with constant integers",
            "simplify the model (onnxsim)",
        ));
    };
    let shape = shape::broadcast(&left.shape, &right.shape)?;
    let spread = |constant: &Constant| -> Vec<f64> {
        shape::broadcast_index(&constant.shape, &shape)
            .into_iter()
            .filter_map(|index| constant.values.get(index).copied())
            .collect()
    };
    let values: Vec<f64> = spread(left)
        .into_iter()
        .zip(spread(right))
        .map(|(l, r)| match operator {
            "Add" => l + r,
            "Sub" => l - r,
            "Mul" => l * r,
            _ => l / r,
        })
        .collect();
    constant::finite(&values)?;
    Ok(Built::Literal(Literal::Float(Constant { shape, values })))
}
