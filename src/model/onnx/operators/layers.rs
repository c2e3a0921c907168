//! Layers with weights: Conv, Gemm, MatMul, BatchNormalization.

use super::super::constant::Constant;
use super::super::error::Problem;
use super::super::graph::{Conv, Dense, Op};
use super::super::shape;
use super::{Built, Call, window};

pub(super) fn conv(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 3)?;
    let (tensor, input_shape) = call.tensor(0)?;
    let weights = call.required(1)?;
    let spatial = window::Spatial::of(input_shape)?;
    let groups = usize::try_from(call.attributes.int_or("group", 1)?).unwrap_or(0);
    let [channels, per_group, kernel @ ..] = weights.shape.as_slice() else {
        return Err(Problem::malformed(format!("weights of shape {:?}", weights.shape)));
    };
    if kernel.len() != spatial.rank {
        return Err(Problem::malformed(format!(
            "weights of shape {:?} do not fit an input of shape {input_shape:?}",
            weights.shape
        )));
    }
    if let Some(stated) = call.attributes.sizes("kernel_shape", spatial.rank, 1)?
        && stated != kernel
    {
        return Err(Problem::malformed(format!("kernel_shape {stated:?} but weights {kernel:?}")));
    }
    let fits = spatial.input[0].checked_div(groups).is_some_and(|own| {
        own == *per_group
            && own.checked_mul(groups) == Some(spatial.input[0])
            && channels.is_multiple_of(groups)
    });
    if !fits {
        return Err(Problem::malformed(format!(
            "{groups} groups, {} input channels and weights of shape {:?} do not fit",
            spatial.input[0], weights.shape
        )));
    }
    let window = window::window(call, &spatial, kernel, false)?;
    let bias = match call.constant(2)? {
        None => vec![0.0; *channels],
        Some(bias) if bias.shape == [*channels] => bias.values.clone(),
        Some(bias) => {
            return Err(Problem::malformed(format!(
                "a bias of shape {:?}, expected [{channels}]",
                bias.shape
            )));
        }
    };
    let shape = spatial.output_shape(*channels, window.output);
    let conv = Conv { window, channels: *channels, groups, weights: weights.values.clone(), bias };
    Ok(Built::Node { op: Op::Conv(conv), inputs: vec![tensor], shape })
}

/// `rows × columns` of a matrix.
fn matrix(shape: &[usize], what: &str) -> Result<(usize, usize), Problem> {
    match shape {
        [rows, columns] => Ok((*rows, *columns)),
        _ => Err(Problem::malformed(format!("{what} of shape {shape:?} is not a matrix"))),
    }
}

fn transposed(constant: &Constant) -> Vec<f64> {
    shape::transpose_index(&constant.shape, &[1, 0])
        .into_iter()
        .filter_map(|index| constant.values.get(index).copied())
        .collect()
}

pub(super) fn gemm(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 3)?;
    let alpha = call.attributes.float_or("alpha", 1.0)?;
    let beta = call.attributes.float_or("beta", 1.0)?;
    let transpose_a = call.attributes.flag("transA")?;
    let transpose_b = call.attributes.flag("transB")?;
    let (tensor, input_shape) = call.tensor(0)?;
    let weights = call.required(1)?;
    let (rows, inputs) = matrix(input_shape, "an input")?;
    if transpose_a {
        return Err(Problem::new(
            "transA is not supported with a constant second matrix",
            "transpose the input with a Transpose node",
        ));
    }
    let (first, second) = matrix(&weights.shape, "a weight tensor")?;
    let (depth, outputs) = if transpose_b { (second, first) } else { (first, second) };
    if depth != inputs {
        return Err(Problem::malformed(format!(
            "an input of shape {input_shape:?} does not fit weights of shape {:?}",
            weights.shape
        )));
    }
    let mut matrix = if transpose_b { weights.values.clone() } else { transposed(weights) };
    for weight in &mut matrix {
        *weight *= alpha;
    }
    let shape = vec![rows, outputs];
    let bias = match call.constant(2)? {
        None => Vec::new(),
        Some(bias) => broadcast_to(bias, &shape)?.iter().map(|value| value * beta).collect(),
    };
    let dense = Dense { outer: rows, inputs, outputs, inner: 1, weights: matrix, bias };
    Ok(Built::Node { op: Op::Dense(dense), inputs: vec![tensor], shape })
}

fn broadcast_to(constant: &Constant, output: &[usize]) -> Result<Vec<f64>, Problem> {
    if shape::broadcast(&constant.shape, output)? != output {
        return Err(Problem::malformed(format!(
            "a constant of shape {:?} does not broadcast to {output:?}",
            constant.shape
        )));
    }
    Ok(shape::broadcast_index(&constant.shape, output)
        .into_iter()
        .filter_map(|index| constant.values.get(index).copied())
        .collect())
}

pub(super) fn matmul(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    let left_is_constant = matches!(call.at(0), super::Argument::Literal(_));
    let (tensor_at, weights_at) = if left_is_constant { (1, 0) } else { (0, 1) };
    let (tensor, input_shape) = call.tensor(tensor_at)?;
    if !left_is_constant && matches!(call.at(1), super::Argument::Tensor { .. }) {
        return Err(Problem::new(
            "a product of two tensors that both depend on the document is not supported",
            "use a model in which one factor is a weight",
        ));
    }
    let weights = call.required(weights_at)?;
    let (first, second) = matrix(&weights.shape, "a weight tensor")?;
    let misfit = || {
        Problem::malformed(format!(
            "an input of shape {input_shape:?} does not fit weights of shape {:?}",
            weights.shape
        ))
    };
    let [lead @ .., rows, columns] = input_shape else {
        return Err(misfit());
    };
    let batch = shape::elements(lead)?;
    let mut shape = lead.to_vec();
    let dense = if left_is_constant {
        if second != *rows {
            return Err(misfit());
        }
        shape.extend([first, *columns]);
        Dense {
            outer: batch,
            inputs: second,
            outputs: first,
            inner: *columns,
            weights: weights.values.clone(),
            bias: Vec::new(),
        }
    } else {
        if first != *columns {
            return Err(misfit());
        }
        shape.extend([*rows, second]);
        Dense {
            outer: batch.saturating_mul(*rows),
            inputs: first,
            outputs: second,
            inner: 1,
            weights: transposed(weights),
            bias: Vec::new(),
        }
    };
    Ok(Built::Node { op: Op::Dense(dense), inputs: vec![tensor], shape })
}

pub(super) fn batch_normalization(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(5, 5)?;
    let epsilon = call.attributes.float_or("epsilon", 1e-5)?;
    // Momentum matters in training only.
    call.attributes.float("momentum")?;
    if call.attributes.flag("training_mode")? || call.outputs > 1 {
        return Err(Problem::new("it is in training mode", "export the model for inference"));
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
    super::super::constant::finite(&scale)?;
    super::super::constant::finite(&offset)?;
    // Along axis 1: trailing axes of size 1.
    let mut shape = vec![channels];
    shape.resize(input_shape.len().saturating_sub(1).max(1), 1);
    let op = Op::Affine {
        scale: Constant { shape: shape.clone(), values: scale },
        offset: Constant { shape, values: offset },
    };
    Ok(Built::Node { op, inputs: vec![tensor], shape: input_shape.to_vec() })
}
