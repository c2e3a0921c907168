//! Two-dimensional convolutions.

use rayon::prelude::*;

use super::{MapError, Range, Weights, put_len};
use crate::field::SmallSums;

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
    pub weights: Weights,
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
    /// output element `o + i` takes `weight · input[s + i · stride]`. The runs are
    /// those from one input channel, counted in its group, to one output channel;
    /// positions are those inside the two channels.
    #[inline(always)]
    pub(super) fn for_each_run_between(
        &self,
        out_channel: usize,
        in_channel: usize,
        mut visit: impl FnMut(i64, usize, usize, usize, usize),
    ) {
        let [_, in_height, in_width] = self.input;
        let [_, out_height, out_width] = self.output;
        let taps_in_all = self.kernel[0] * self.kernel[1];
        let first = (out_channel * (self.input[0] / self.groups) + in_channel) * taps_in_all;
        let mut weights = (first..first + taps_in_all).map(|at| self.weights.get(at));
        for ky in 0..self.kernel[0] {
            for (kx, weight) in (0..self.kernel[1]).zip(weights.by_ref()) {
                if weight == 0 {
                    continue;
                }
                let columns = taps(1, kx, out_width, in_width, self);
                if columns.is_empty() {
                    continue;
                }
                let in_x = columns.start * self.stride[1] + kx * self.dilation[1] - self.padding[1];
                for out_y in taps(0, ky, out_height, in_height, self) {
                    let in_y = out_y * self.stride[0] + ky * self.dilation[0] - self.padding[0];
                    visit(
                        weight,
                        in_y * in_width + in_x,
                        out_y * out_width + columns.start,
                        columns.len(),
                        self.stride[1],
                    );
                }
            }
        }
    }

    pub(super) const fn in_plane(&self) -> usize {
        self.input[1] * self.input[2]
    }

    pub(super) const fn out_plane(&self) -> usize {
        self.output[1] * self.output[2]
    }

    /// Channel by channel of the input, on all cores. An input element meets
    /// an output element in at most one tap, and there are fewer than 2^24
    /// output elements, so that the sums have room.
    pub(super) fn adjoint<F: SmallSums>(&self, output: &[F], input: &mut [F]) {
        let (in_plane, out_plane) = (self.in_plane(), self.out_plane());
        let in_group = self.input[0] / self.groups;
        let out_group = self.output[0] / self.groups;
        input.par_chunks_mut(in_plane).enumerate().for_each(|(in_channel, input)| {
            let mut sums = vec![F::Sum::default(); in_plane];
            let group = in_channel / in_group;
            for out_channel in group * out_group..(group + 1) * out_group {
                let output = &output[out_channel * out_plane..][..out_plane];
                let in_channel = in_channel - group * in_group;
                self.for_each_run_between(out_channel, in_channel, |weight, s, o, n, stride| {
                    let sums = sums[s..].iter_mut().step_by(stride);
                    F::add_products(weight, output[o..o + n].iter(), sums);
                });
            }
            for (x, sum) in input.iter_mut().zip(&sums) {
                *x += F::reduced(sum);
            }
        });
    }

    /// Channel by channel of the output, on all cores.
    pub(super) fn bound(&self, input: &[Range], output: &mut [Range]) -> bool {
        let out_group = self.output[0] / self.groups;
        let in_group = self.input[0] / self.groups;
        let narrow = Narrow::of(input);
        let channels = output.par_chunks_mut(self.out_plane()).enumerate();
        channels
            .map(|(out_channel, output)| {
                let first = out_channel / out_group * in_group;
                match &narrow {
                    Some(narrow) if self.stays_narrow(out_channel, narrow) => {
                        self.bound_narrow(out_channel, first, narrow, output)
                    }
                    _ => self.bound_wide(out_channel, first, input, output),
                }
            })
            .reduce(|| true, |l, r| l & r)
    }

    /// Whether sums of an output channel stay in `i64`, in whatever order.
    fn stays_narrow(&self, out_channel: usize, input: &Narrow) -> bool {
        let each = self.weights.len() / self.output[0];
        let weights = (out_channel * each..).take(each).map(|at| self.weights.get(at));
        let norm = weights.fold(0u64, |norm, w| norm.saturating_add(w.unsigned_abs()));
        norm.checked_mul(input.magnitude).is_some_and(|bound| i64::try_from(bound).is_ok())
    }

    fn bound_narrow(
        &self,
        out_channel: usize,
        first: usize,
        input: &Narrow,
        output: &mut [Range],
    ) -> bool {
        let mut low = vec![0i64; output.len()];
        let mut high = vec![0i64; output.len()];
        for in_channel in 0..self.input[0] / self.groups {
            let plane = (first + in_channel) * self.in_plane();
            self.for_each_run_between(out_channel, in_channel, |weight, s, o, n, stride| {
                let (least, most) =
                    if weight < 0 { (&input.high, &input.low) } else { (&input.low, &input.high) };
                for (sums, ends) in [(&mut low, least), (&mut high, most)] {
                    let ends = ends[plane + s..].iter().step_by(stride);
                    for (sum, end) in sums[o..o + n].iter_mut().zip(ends) {
                        *sum += weight * end;
                    }
                }
            });
        }
        let ends = low.into_iter().zip(high);
        output.iter_mut().zip(ends).fold(true, |inside, (y, (low, high))| {
            inside & y.add_scaled(Range::new(i128::from(low), i128::from(high)), 1)
        })
    }

    fn bound_wide(
        &self,
        out_channel: usize,
        first: usize,
        input: &[Range],
        output: &mut [Range],
    ) -> bool {
        let mut inside = true;
        for in_channel in 0..self.input[0] / self.groups {
            let plane = (first + in_channel) * self.in_plane();
            self.for_each_run_between(out_channel, in_channel, |weight, s, o, n, stride| {
                let input = input[plane + s..].iter().step_by(stride);
                for (y, x) in output[o..o + n].iter_mut().zip(input) {
                    inside &= y.add_scaled(*x, weight);
                }
            });
        }
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
        self.weights.encode(out);
    }
}

/// Ranges whose ends fit `i64`.
struct Narrow {
    low: Vec<i64>,
    high: Vec<i64>,
    /// The greatest magnitude of an end.
    magnitude: u64,
}

impl Narrow {
    /// `None` if an end is wider.
    fn of(ranges: &[Range]) -> Option<Self> {
        let end = |end: i128| i64::try_from(end).ok();
        let low = ranges.iter().map(|r| end(r.low)).collect::<Option<Vec<_>>>()?;
        let high = ranges.iter().map(|r| end(r.high)).collect::<Option<Vec<_>>>()?;
        let magnitude = low.iter().chain(&high).map(|end| end.unsigned_abs()).max()?;
        Some(Self { low, high, magnitude })
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
