//! Monotone functions of one element, and the softmax at the end.

use super::super::constant::Literal;
use super::{Argument, Built, Call, runs};
use crate::model::graph::{Activation, Op, Problem, Softmax, shape};
use crate::model::operators::softmax::over_all_scores;

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let activation = match call.operator {
        "Relu" => Activation::Relu,
        "Sigmoid" => Activation::Sigmoid,
        _ => clip(call)?,
    };
    if !matches!(activation, Activation::Clip { .. }) {
        call.arity(1, 1)?;
    }
    match call.at(0) {
        Argument::Literal(Literal::Float(constant)) => {
            call.budget.folded(&constant.shape)?;
            Ok(Built::Literal(Literal::Float(constant.map(|x| activation.apply(x)))))
        }
        _ => {
            let (tensor, shape) = call.tensor(0)?;
            Ok(Built::node(Op::Activation(activation), vec![tensor], shape.to_vec()))
        }
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

/// Softmax along an axis. LogSoftmax must be over all scores.
pub(super) fn softmax(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, shape) = call.tensor(0)?;
    let default = if call.opset < 13 { 1 } else { -1 };
    let axis = call.attributes.int_or("axis", default)?;
    let axis = shape::axis(axis, shape.len())?;
    let log = call.operator == "LogSoftmax";
    let flattened = call.opset < 13;
    if log {
        over_all_scores(shape, axis, flattened)?;
    }
    // Before opset 13 the tensor is flattened from the axis on.
    let end = if flattened { shape.len() } else { axis.saturating_add(1) };
    let length = shape.get(axis..end).unwrap_or(&[]).iter().product();
    let softmax = Softmax { log, ..Softmax::of(length) };
    Ok(runs::along(tensor, shape, &(axis..end).collect(), Op::Softmax(softmax)))
}
