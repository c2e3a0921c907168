//! Convolutions of integers.
//!
//! Where a window has many taps, its inputs are laid out one after the other, and
//! each output is an inner product. Where it has few, as in a depthwise layer, each
//! weight is multiplied by a run of inputs.

use rayon::prelude::*;

use super::conv::Conv2d;
use super::kernel::{self, Factor, Products};

/// Fewest taps of an output whose inputs are laid out.
const LEAST_TAPS: usize = 32;
/// Bytes of inputs that are laid out at a time: as many as a core has at hand.
const TILE: usize = 1 << 16;
/// Multiplications from which on the channels are spread over all cores.
const PARALLEL: usize = 1 << 18;

impl Conv2d {
    /// Adds the convolution of an input to the output.
    pub(super) fn apply(&self, input: &[i64], output: &mut [i64]) {
        let taps = self.taps();
        if taps >= LEAST_TAPS {
            kernel::dispatch(&self.weights, input, Windows { map: self, output });
            return;
        }
        let largest = kernel::magnitude(input).saturating_mul(self.weights.largest());
        if largest.saturating_mul(taps as u64) < 1 << 31 && kernel::magnitude(input) < 1 << 31 {
            Runs { map: self, input: &kernel::as_narrow(input) }.apply(output);
        } else {
            Runs { map: self, input }.apply(output);
        }
    }

    /// Taps of an output.
    const fn taps(&self) -> usize {
        self.input[0] / self.groups * self.kernel[0] * self.kernel[1]
    }

    /// Lays out the inputs of the outputs from `start` on, as many as `windows` has
    /// room for, each in the order of the weights.
    fn lay_out<X: Copy + Default>(
        &self,
        group: usize,
        start: usize,
        input: &[X],
        windows: &mut [X],
    ) {
        let taps = self.taps();
        let in_group = self.input[0] / self.groups;
        let channels = input.chunks_exact(self.in_plane()).skip(group * in_group).take(in_group);
        if self.is_pointwise() {
            for (at, channel) in channels.enumerate() {
                let windows = windows.iter_mut().skip(at).step_by(taps);
                windows.zip(&channel[start..]).for_each(|(slot, x)| *slot = *x);
            }
            return;
        }
        windows.fill(X::default());
        let [_, height, width] = self.input;
        let [down, across] = self.kernel;
        for (place, window) in (start..).zip(windows.chunks_exact_mut(taps)) {
            let (y, x) = (place / self.output[2], place % self.output[2]);
            let columns = self.inside(1, x * self.stride[1], across, width);
            let rows = self.inside(0, y * self.stride[0], down, height);
            if columns.is_empty() {
                continue;
            }
            let left = x * self.stride[1] + columns.start * self.dilation[1] - self.padding[1];
            for (channel, window) in channels.clone().zip(window.chunks_exact_mut(down * across)) {
                for ky in rows.clone() {
                    let row = y * self.stride[0] + ky * self.dilation[0] - self.padding[0];
                    let slots = &mut window[ky * across..][columns.clone()];
                    let from = &channel[row * width + left..];
                    if self.dilation[1] == 1 {
                        slots.copy_from_slice(&from[..slots.len()]);
                    } else {
                        let from = from.iter().step_by(self.dilation[1]);
                        slots.iter_mut().zip(from).for_each(|(slot, x)| *slot = *x);
                    }
                }
            }
        }
    }

    /// Whether each output has the inputs of its own place.
    fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1]
            && self.stride == [1, 1]
            && self.padding == [0, 0]
            && self.input[1..] == self.output[1..]
    }

    /// The taps along an axis that fall inside the input, of a window that begins at
    /// `start`, padding included.
    pub(super) fn inside(
        &self,
        axis: usize,
        start: usize,
        taps: usize,
        inputs: usize,
    ) -> std::ops::Range<usize> {
        let (dilation, padding) = (self.dilation[axis], self.padding[axis]);
        let first = padding.saturating_sub(start).div_ceil(dilation);
        let end = (inputs + padding).saturating_sub(start).div_ceil(dilation).min(taps);
        first.min(end)..end
    }
}

/// Each output as an inner product.
struct Windows<'a> {
    map: &'a Conv2d,
    output: &'a mut [i64],
}

impl Products for Windows<'_> {
    fn run<W: Copy + Sync, X: Factor<W>>(self, weights: &[W], input: &[X], block: usize) {
        let Windows { map, output } = self;
        let (taps, plane) = (map.taps(), map.out_plane());
        let channels = map.output[0] / map.groups;
        let at_once = (TILE / (taps * size_of::<X>())).clamp(1, plane);
        let mut windows = vec![X::default(); at_once * taps];
        let groups = weights.chunks_exact(channels * taps);
        let groups = groups.zip(output.chunks_exact_mut(channels * plane)).enumerate();
        for (group, (weights, output)) in groups {
            for start in (0..plane).step_by(at_once) {
                let count = at_once.min(plane - start);
                let windows = &mut windows[..count * taps];
                map.lay_out(group, start, input, windows);
                let channel = |(row, output): (&[W], &mut [i64])| {
                    kernel::add_row(row, windows, &mut output[start..start + count], block);
                };
                if weights.len().saturating_mul(count) < PARALLEL {
                    weights
                        .chunks_exact(taps)
                        .zip(output.chunks_exact_mut(plane))
                        .for_each(channel);
                } else {
                    let output = output.par_chunks_exact_mut(plane);
                    weights.par_chunks_exact(taps).zip(output).for_each(channel);
                }
            }
        }
    }
}

/// Each weight times runs of inputs.
struct Runs<'a, X> {
    map: &'a Conv2d,
    input: &'a [X],
}

/// A number whose sums of products are exact here, or wrap.
trait Sum: Copy + Default + Send + Sync {
    fn of(weight: i64) -> Self;
    fn plus_product(self, weight: Self, input: Self) -> Self;
    fn wide(self) -> i64;
}

impl Sum for i32 {
    #[inline(always)]
    fn of(weight: i64) -> Self {
        weight as Self
    }

    #[inline(always)]
    fn plus_product(self, weight: Self, input: Self) -> Self {
        self.wrapping_add(weight.wrapping_mul(input))
    }

    #[inline(always)]
    fn wide(self) -> i64 {
        i64::from(self)
    }
}

impl Sum for i64 {
    #[inline(always)]
    fn of(weight: i64) -> Self {
        weight
    }

    #[inline(always)]
    fn plus_product(self, weight: Self, input: Self) -> Self {
        self.wrapping_add(weight.wrapping_mul(input))
    }

    #[inline(always)]
    fn wide(self) -> i64 {
        self
    }
}

impl<X: Sum> Runs<'_, X> {
    fn apply(&self, output: &mut [i64]) {
        let plane = self.map.out_plane();
        if self.map.work() < PARALLEL {
            let channels = output.chunks_exact_mut(plane).enumerate();
            channels.for_each(|(channel, output)| self.channel(channel, output));
        } else {
            let channels = output.par_chunks_exact_mut(plane).enumerate();
            channels.for_each(|(channel, output)| self.channel(channel, output));
        }
    }

    fn channel(&self, channel: usize, output: &mut [i64]) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            #[allow(unsafe_code, reason = "a call of a function that needs the instructions")]
            // SAFETY: the processor has them, as was just found.
            unsafe {
                self.channel_avx2(channel, output);
            }
            return;
        }
        self.channel_plain(channel, output);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn channel_avx2(&self, channel: usize, output: &mut [i64]) {
        self.channel_plain(channel, output);
    }

    #[inline(always)]
    fn channel_plain(&self, channel: usize, output: &mut [i64]) {
        let Self { map, input } = self;
        let in_group = map.input[0] / map.groups;
        let first = channel / (map.output[0] / map.groups) * in_group;
        let mut sums = vec![X::default(); output.len()];
        for own in 0..in_group {
            let input = &input[(first + own) * map.in_plane()..][..map.in_plane()];
            map.for_each_run_between(channel, own, |weight, from, to, count, stride| {
                let (weight, sums) = (X::of(weight), &mut sums[to..to + count]);
                if stride == 1 {
                    let input = &input[from..from + count];
                    sums.iter_mut().zip(input).for_each(|(y, x)| *y = y.plus_product(weight, *x));
                } else {
                    let input = input[from..].iter().step_by(stride);
                    sums.iter_mut().zip(input).for_each(|(y, x)| *y = y.plus_product(weight, *x));
                }
            });
        }
        output.iter_mut().zip(sums).for_each(|(y, sum)| *y = y.wrapping_add(sum.wide()));
    }
}
