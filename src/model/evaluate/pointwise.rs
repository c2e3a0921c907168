//! Functions of single elements, and softmax.

use crate::model::onnx::{Activation, Constant, broadcast_index};

impl Activation {
    /// The function's value.
    pub(crate) fn apply(self, x: f64) -> f64 {
        match self {
            Self::Relu => x.max(0.0),
            Self::LeakyRelu { alpha } => {
                if x < 0.0 {
                    alpha * x
                } else {
                    x
                }
            }
            Self::Clip { low, high } => x.max(low).min(high),
            Self::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
        }
    }
}

/// A tensor as it broadcasts to another shape.
fn spread<'a>(
    values: &'a [f64],
    shape: &[usize],
    output: &[usize],
) -> impl Iterator<Item = f64> + 'a {
    broadcast_index(shape, output).into_iter().map(|at| values[at])
}

/// `scale · x + offset`.
pub(super) fn affine(
    scale: &Constant,
    offset: &Constant,
    input: &[f64],
    input_shape: &[usize],
    output: &[usize],
) -> Vec<f64> {
    spread(input, input_shape, output)
        .zip(spread(&scale.values, &scale.shape, output))
        .zip(spread(&offset.values, &offset.shape, output))
        .map(|((x, scale), offset)| scale * x + offset)
        .collect()
}

/// The sum or difference of two tensors.
pub(super) fn sum(
    subtract: bool,
    (left, left_shape): (&[f64], &[usize]),
    (right, right_shape): (&[f64], &[usize]),
    output: &[usize],
) -> Vec<f64> {
    let sign = if subtract { -1.0 } else { 1.0 };
    spread(left, left_shape, output)
        .zip(spread(right, right_shape, output))
        .map(|(x, y)| x + sign * y)
        .collect()
}

/// Softmax over all elements, or its logarithm.
pub(super) fn softmax(log: bool, input: &[f64]) -> Vec<f64> {
    let top = input.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = input.iter().map(|x| libm::exp(x - top)).collect();
    let sum: f64 = powers.iter().sum();
    if log {
        let sum = libm::log(sum);
        return input.iter().map(|x| x - top - sum).collect();
    }
    powers.into_iter().map(|power| power / sum).collect()
}
