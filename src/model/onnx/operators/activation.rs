//! Functions of one element, and the softmax at the end.

use super::super::constant::Literal;
use super::super::error::Problem;
use super::super::graph::{Activation, Op};
use super::super::shape;
use super::{Argument, Built, Call};

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let activation = match call.operator {
        "Relu" => Activation::Relu,
        "Sigmoid" => Activation::Sigmoid,
        "LeakyRelu" => {
            let alpha = call.attributes.float_or("alpha", 0.01)?;
            if !(0.0..=1e6).contains(&alpha) {
                return Err(Problem::new(
                    format!("a slope of {alpha} below zero is not supported"),
                    "use a model with slopes from 0 to 1000000",
                ));
            }
            Activation::LeakyRelu { alpha }
        }
        _ => clip(call)?,
    };
    if !matches!(activation, Activation::Clip { .. }) {
        call.arity(1, 1)?;
    }
    match call.at(0) {
        Argument::Literal(Literal::Float(constant)) => {
            call.budget.folded(&constant.shape)?;
            Ok(Built::Literal(Literal::Float(constant.map(|x| value(activation, x)))))
        }
        _ => {
            let (tensor, shape) = call.tensor(0)?;
            Ok(Built::node(Op::Activation(activation), vec![tensor], shape.to_vec()))
        }
    }
}

/// The function's value, the same on every machine.
fn value(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu { alpha } if x < 0.0 => alpha * x,
        Activation::LeakyRelu { .. } => x,
        Activation::Clip { low, high } => x.max(low).min(high),
        Activation::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
    }
}

fn clip(call: &mut Call<'_>) -> Result<Activation, Problem> {
    let (low, high) = if call.opset < 11 {
        call.arity(1, 1)?;
        (call.attributes.bound("min")?, call.attributes.bound("max")?)
    } else {
        call.arity(1, 3)?;
        (call.bound(1)?, call.bound(2)?)
    };
    // No float32 number is beyond its greatest one: exporters write that for
    // "no bound".
    let most = f64::from(f32::MAX);
    let low = low.filter(|low| *low > -most).unwrap_or(f64::NEG_INFINITY);
    let high = high.filter(|high| *high < most).unwrap_or(f64::INFINITY);
    if low > most || high < -most {
        return Err(Problem::new(
            format!("with the bounds {low} and {high} its result is infinite"),
            "use a model with a finite lower or upper bound there",
        ));
    }
    // Bounds out of order: everything becomes the upper one.
    Ok(Activation::Clip { low: low.min(high), high })
}

/// Softmax over all scores, which must lie along one axis.
pub(super) fn softmax(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, shape) = call.tensor(0)?;
    let default = if call.opset < 13 { 1 } else { -1 };
    let axis = call.attributes.int_or("axis", default)?;
    let axis = shape::axis(axis, shape.len())?;
    let mut wide = shape.iter().enumerate().filter(|(_, dim)| **dim > 1).map(|(axis, _)| axis);
    let scores = wide.next();
    // Before opset 13 the tensor is flattened from the axis on.
    let covers = match scores {
        None => true,
        Some(scores) if call.opset < 13 => axis <= scores,
        Some(scores) => axis == scores,
    };
    if wide.next().is_some() || !covers {
        return Err(Problem::new(
            format!("softmax along axis {axis} of shape {shape:?} is not over all scores"),
            "let the model end in one vector of scores",
        ));
    }
    let log = call.operator == "LogSoftmax";
    Ok(Built::node(Op::Softmax { log }, vec![tensor], shape.to_vec()))
}
