//! Two-dimensional convolutions.

use ff::PrimeField;

use super::{MapError, Range, put_all, put_len};
use crate::field::from_i64;

/// A convolution (cross-correlation, as in ONNX) of channels-first tensors
/// `[channels, height, width]`, with zero padding.
///
/// Pools with constant weights are convolutions too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv2d {
    /// Channels, height and width of the input.
    pub input: [usize; 3],
    /// Channels, height and width of the output.
    pub output: [usize; 3],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Vertical and horizontal stride.
    pub stride: [usize; 2],
    /// Rows of zeros above and columns of zeros to the left; those below and
    /// to the right follow from the sizes.
    pub padding: [usize; 2],
    /// Vertical and horizontal dilation.
    pub dilation: [usize; 2],
    /// Groups of channels.
    pub groups: usize,
    /// Weights `[output channels, input channels / groups, kernel height, kernel width]`.
    pub weights: Vec<i64>,
}

/// Sizes above this are refused, so that no index can overflow.
const MAX_SIDE: usize = 1 << 20;

impl Conv2d {
    pub(super) fn validate(&self) -> Result<(), MapError> {
        let positive = [&self.input[..], &self.output, &self.kernel, &self.stride, &self.dilation]
            .iter()
            .all(|sizes| sizes.iter().all(|size| (1..=MAX_SIDE).contains(size)));
        if !positive || self.padding.iter().any(|p| *p > MAX_SIDE) {
            return Err(MapError::Shape("a size of a convolution is out of range"));
        }
        let groups = self.groups;
        if groups == 0
            || !self.input[0].is_multiple_of(groups)
            || !self.output[0].is_multiple_of(groups)
        {
            return Err(MapError::Shape("the groups of a convolution do not divide its channels"));
        }
        let volume = |sizes: &[usize]| sizes.iter().try_fold(1usize, |v, s| v.checked_mul(*s));
        let weights =
            volume(&[self.output[0], self.input[0] / groups, self.kernel[0], self.kernel[1]]);
        if volume(&self.input).is_none() || volume(&self.output).is_none() {
            return Err(MapError::Shape("a tensor of a convolution is too large"));
        }
        if weights != Some(self.weights.len()) {
            return Err(MapError::Shape("a convolution has the wrong number of weights"));
        }
        Ok(())
    }

    pub(super) fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    pub(super) fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    /// Every weight makes at most a tap in every output of its channel.
    pub(super) fn work(&self) -> usize {
        let [_, height, width] = self.output;
        self.weights.len().saturating_mul(height.saturating_mul(width))
    }

    /// Calls `visit(weight, input row start, output row start, output columns,
    /// column stride)` for every run of taps that one weight makes along a row:
    /// output element `o + i` takes `weight · input[s + i · stride]`.
    fn for_each_run(&self, mut visit: impl FnMut(i64, usize, usize, usize, usize)) {
        let [_, in_height, in_width] = self.input;
        let [out_channels, out_height, out_width] = self.output;
        let in_group = self.input[0] / self.groups;
        let out_group = out_channels / self.groups;
        let mut weights = self.weights.iter();
        for out_channel in 0..out_channels {
            let first = out_channel / out_group * in_group;
            for in_channel in first..first + in_group {
                for ky in 0..self.kernel[0] {
                    for (kx, weight) in (0..self.kernel[1]).zip(weights.by_ref()) {
                        if *weight == 0 {
                            continue;
                        }
                        let columns = taps(1, kx, out_width, in_width, self);
                        if columns.is_empty() {
                            continue;
                        }
                        let in_x = columns.start * self.stride[1] + kx * self.dilation[1]
                            - self.padding[1];
                        for out_y in taps(0, ky, out_height, in_height, self) {
                            let in_y =
                                out_y * self.stride[0] + ky * self.dilation[0] - self.padding[0];
                            visit(
                                *weight,
                                (in_channel * in_height + in_y) * in_width + in_x,
                                (out_channel * out_height + out_y) * out_width + columns.start,
                                columns.len(),
                                self.stride[1],
                            );
                        }
                    }
                }
            }
        }
    }

    pub(super) fn apply(&self, input: &[i64], output: &mut [i64]) {
        self.for_each_run(|weight, from, to, count, stride| {
            let input = input[from..].iter().step_by(stride);
            for (y, x) in output[to..to + count].iter_mut().zip(input) {
                *y = y.wrapping_add(weight.wrapping_mul(*x));
            }
        });
    }

    pub(super) fn adjoint<F: PrimeField>(&self, output: &[F], input: &mut [F]) {
        self.for_each_run(|weight, from, to, count, stride| {
            let weight: F = from_i64(weight);
            let input = input[from..].iter_mut().step_by(stride);
            for (y, x) in output[to..to + count].iter().zip(input) {
                *x += weight * y;
            }
        });
    }

    pub(super) fn bound(&self, input: &[Range], output: &mut [Range]) -> bool {
        let mut inside = true;
        self.for_each_run(|weight, from, to, count, stride| {
            let input = input[from..].iter().step_by(stride);
            for (y, x) in output[to..to + count].iter_mut().zip(input) {
                inside &= y.add_scaled(*x, weight);
            }
        });
        inside
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let sizes = [
            &self.input[..],
            &self.output,
            &self.kernel,
            &self.stride,
            &self.padding,
            &self.dilation,
            &[self.groups],
        ];
        for size in sizes.into_iter().flatten() {
            put_len(out, *size);
        }
        put_all(out, &self.weights);
    }
}

/// The outputs along `axis` whose tap `k` falls inside the input.
fn taps(
    axis: usize,
    k: usize,
    outputs: usize,
    inputs: usize,
    map: &Conv2d,
) -> std::ops::Range<usize> {
    let offset = k * map.dilation[axis];
    let (padding, stride) = (map.padding[axis], map.stride[axis]);
    let start = padding.saturating_sub(offset).div_ceil(stride);
    let end = match (inputs + padding).checked_sub(offset + 1) {
        Some(last) => (last / stride + 1).min(outputs),
        None => 0,
    };
    start..end.max(start)
}
