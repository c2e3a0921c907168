//! Layers with weights: Conv and BatchNormalization.

use super::super::constant::finite;
use super::{Built, Call, window};
use crate::model::graph::{Affine, Constant, Conv, Op, Problem};
use crate::model::operators::conv;
use crate::model::operators::window::{Ceil, Spatial};

pub(super) fn conv(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 3)?;
    let (tensor, input_shape) = call.tensor(0)?;
    let weights = call.required(1)?;
    let spatial = Spatial::of(input_shape)?;
    let groups = usize::try_from(call.attributes.int_or("group", 1)?).unwrap_or(0);
    let (channels, kernel) = conv::channels(&spatial, &weights.shape, groups)?;
    if let Some(stated) = call.attributes.sizes("kernel_shape", spatial.rank, 1)?
        && stated != kernel
    {
        return Err(Problem::malformed(format!("kernel_shape {stated:?} but weights {kernel:?}")));
    }
    let window = window::window(call, &spatial, kernel, Ceil::No)?;
    let bias = match call.constant(2)? {
        None => vec![0.0; channels],
        Some(bias) if bias.shape == [channels] => bias.values.clone(),
        Some(bias) => {
            return Err(Problem::malformed(format!(
                "a bias of shape {:?}, expected [{channels}]",
                bias.shape
            )));
        }
    };
    let shape = spatial.output_shape(channels, window.output);
    let conv = Conv { window, channels, groups, weights: weights.values.clone().into(), bias };
    Ok(Built::node(Op::Conv(conv), vec![tensor], shape))
}

pub(super) fn batch_normalization(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(5, 5)?;
    let epsilon = call.attributes.float_or("epsilon", 1e-5)?;
    if call.opset < 9 && call.attributes.int_or("spatial", 1)? != 1 {
        return Err(Problem::new(
            "it has a mean and a variance for each place (spatial 0)",
            "export the model at opset 9 or later",
        ));
    }
    // Momentum matters in training only.
    call.attributes.float("momentum")?;
    // Before opset 14 further outputs mean training, read or not: the batch's
    // own mean and variance count then.
    let training = if call.opset < 14 { call.named > 1 } else { false };
    if call.attributes.flag("training_mode")? || training {
        return Err(Problem::new(
            "it is in training mode",
            "export the model for inference (in PyTorch after model.eval())",
        ));
    }
    let (tensor, input_shape) = call.tensor(0)?;
    let channels = input_shape.get(1).copied().unwrap_or(1);
    let parameter = |index| {
        let constant = call.required(index)?;
        if constant.shape == [channels] {
            return Ok(&constant.values);
        }
        Err(Problem::malformed(format!(
            "input {index} has shape {:?}, expected [{channels}]",
            constant.shape
        )))
    };
    let (gamma, beta) = (parameter(1)?, parameter(2)?);
    let (mean, variance) = (parameter(3)?, parameter(4)?);
    let mut scale = Vec::with_capacity(channels);
    let mut offset = Vec::with_capacity(channels);
    for (((gamma, beta), mean), variance) in gamma.iter().zip(beta).zip(mean).zip(variance) {
        let deviation = (variance + epsilon).sqrt();
        if !(deviation > 0.0 && deviation.is_finite()) {
            return Err(Problem::malformed(format!(
                "a variance of {variance} with epsilon {epsilon}"
            )));
        }
        let factor = gamma / deviation;
        scale.push(factor);
        offset.push(beta - mean * factor);
    }
    finite(&scale)?;
    finite(&offset)?;
    // Along axis 1: trailing axes of size 1.
    let mut shape = vec![channels];
    shape.resize(input_shape.len().saturating_sub(1).max(1), 1);
    let op = Op::Affine(Affine {
        scale: Constant { shape: shape.clone(), values: scale },
        offset: Constant { shape, values: offset },
    });
    Ok(Built::node(op, vec![tensor], input_shape.to_vec()))
}
