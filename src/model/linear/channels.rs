//! Bounds of a convolution whose input has one range for each channel: all places
//! that see the same taps of the input have the same bounds.

use rayon::prelude::*;

use super::conv::Conv2d;
use super::places::Places;
use super::range::Range;

impl Conv2d {
    /// About how many multiplications [`Self::bound_channels`] takes.
    pub(super) fn channels_work(&self) -> usize {
        let [down, across] = self.places();
        let places = down.taps.len().saturating_mul(across.taps.len());
        self.weights.len().saturating_mul(places).saturating_add(self.output_len())
    }

    /// As the bound over a box, of which a range for each channel of the input is
    /// given. On all cores.
    pub(super) fn bound_channels(&self, input: &[Range], output: &mut [Range]) -> bool {
        let places = self.places();
        let [down, across] = &places;
        let channels = output.par_chunks_exact_mut(self.out_plane()).enumerate();
        let inside = channels.map(|(channel, output)| {
            let Some(sums) = self.sums(channel, input, &places) else { return false };
            let rows = output.chunks_exact_mut(across.of.len()).zip(&down.of);
            rows.fold(true, |inside, (row, place)| {
                let sums = &sums[place * across.taps.len()..];
                let pairs = row.iter_mut().zip(&across.of);
                pairs.fold(inside, |inside, (y, place)| inside & y.add_scaled(sums[*place], 1))
            })
        });
        inside.reduce(|| true, |one, other| one & other)
    }

    /// The bounds of an output channel at each kind of place, row by row.
    fn sums(&self, channel: usize, input: &[Range], places: &[Places; 2]) -> Option<Vec<Range>> {
        let in_group = self.input[0] / self.groups;
        let first = channel / (self.output[0] / self.groups) * in_group;
        let area = self.kernel[0] * self.kernel[1];
        let [down, across] = places;
        let mut sums = Vec::with_capacity(down.taps.len() * across.taps.len());
        for rows in &down.taps {
            for columns in &across.taps {
                let mut sum = Range::ZERO;
                for (own, range) in input[first..][..in_group].iter().enumerate() {
                    let start = (channel * in_group + own) * area;
                    // As many taps as there are inputs in the channel at most, so that
                    // sums of weights have room.
                    let (mut below, mut above) = (0, 0);
                    for row in rows.clone() {
                        for column in columns.clone() {
                            let weight = self.weights.get(start + row * self.kernel[1] + column);
                            below += weight.min(0);
                            above += weight.max(0);
                        }
                    }
                    if !(sum.add_scaled(*range, below) && sum.add_scaled(*range, above)) {
                        return None;
                    }
                }
                sums.push(sum);
            }
        }
        Some(sums)
    }

    fn places(&self) -> [Places; 2] {
        [0, 1].map(|axis| {
            let (outputs, stride) = (self.output[axis + 1], self.stride[axis]);
            let taps = (0..outputs)
                .map(|at| self.inside(axis, at * stride, self.kernel[axis], self.input[axis + 1]));
            Places::new(taps)
        })
    }
}
