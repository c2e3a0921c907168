//! The adjoint of a convolution on an outer product.
//!
//! The cotangent that a step gives to its argument is an outer product of one vector for
//! each axis. A convolution's adjoint can then sum over output channels, over columns
//! and over rows one after the other: as many small products as it has weights and some
//! full-size ones for each input, instead of one small product for each weight and place.

use rayon::prelude::*;

use super::Conv2d;
use crate::field::SmallSums;

/// Small products that a full-size one costs.
const FULL_SIZE: usize = 6;

impl Conv2d {
    /// Whether [`Self::adjoint_outer`] is the faster way.
    #[must_use]
    pub fn suits_outer(&self) -> bool {
        let [channels, height, width] = self.input;
        let [rows, columns] = self.kernel;
        let full = channels * (rows * columns * self.output[2] + rows * self.output[1] * width);
        let full = full + channels * height * width;
        self.work() > FULL_SIZE.saturating_mul(full)
    }

    /// Adds to `input` the adjoint of the output whose element at channel c, row y and
    /// column x is `axes[0][c] · axes[1][y] · axes[2][x]`.
    pub fn adjoint_outer<F: SmallSums>(&self, axes: [&[F]; 3], input: &mut [F]) {
        let [of_channels, of_rows, of_columns] = axes;
        let in_group = self.input[0] / self.groups;
        let out_group = self.output[0] / self.groups;
        let taps = self.kernel[0] * self.kernel[1];
        let [_, height, width] = self.input;
        input.par_chunks_mut(self.in_plane()).enumerate().for_each(|(channel, input)| {
            let group = channel / in_group;
            let mut sums = vec![F::Sum::default(); taps];
            let group = (group * out_group..).zip(&of_channels[group * out_group..][..out_group]);
            for (out_channel, factor) in group {
                let first = (out_channel * in_group + channel % in_group) * taps;
                for (tap, sum) in sums.iter_mut().enumerate() {
                    let factor = std::iter::once(factor);
                    F::add_products(self.weights.get(first + tap), factor, std::iter::once(sum));
                }
            }
            for (ky, sums) in sums.chunks_exact(self.kernel[1]).enumerate() {
                let mut row = vec![F::ZERO; width];
                for (kx, sum) in sums.iter().enumerate() {
                    let weight = F::reduced(sum);
                    for (x, factor) in of_columns.iter().enumerate() {
                        if let Some(x) = self.input_at(1, x, kx).filter(|x| *x < width) {
                            row[x] += weight * factor;
                        }
                    }
                }
                for (y, factor) in of_rows.iter().enumerate() {
                    if let Some(y) = self.input_at(0, y, ky).filter(|y| *y < height) {
                        let input = input[y * width..][..width].iter_mut();
                        input.zip(&row).for_each(|(sum, value)| *sum += *factor * value);
                    }
                }
            }
        });
    }

    /// The row (axis 0) or column (axis 1) of the input that a tap of an output reads;
    /// `None` in the padding before it.
    const fn input_at(&self, axis: usize, output: usize, tap: usize) -> Option<usize> {
        let at = output * self.stride[axis] + tap * self.dilation[axis];
        at.checked_sub(self.padding[axis])
    }
}
