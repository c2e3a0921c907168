//! Convolution.

use std::ops::Range;
use std::rc::Rc;

use super::window::Spatial;
use super::{Operator, Tensor};
use crate::model::graph::{Conv, Problem};
use crate::model::lowering::{
    Coefficients, CompileError, FloatConv, Lowering, Map, PerElement, Term, Value,
};

/// Output channels and kernel of weights of shape `channels × input channels /
/// groups × kernel`.
pub(crate) fn channels<'a>(
    input: &Spatial,
    weights: &'a [usize],
    groups: usize,
) -> Result<(usize, &'a [usize]), Problem> {
    let [channels, own, kernel @ ..] = weights else {
        return Err(Problem::malformed(format!("weights of shape {weights:?}")));
    };
    if kernel.len() != input.rank {
        return Err(Problem::malformed(format!(
            "weights of shape {weights:?} do not fit an input with {} spatial axes",
            input.rank
        )));
    }
    let [inputs, ..] = input.input;
    let fits = inputs.checked_div(groups).is_some_and(|per_group| {
        per_group == *own
            && per_group.checked_mul(groups) == Some(inputs)
            && channels.is_multiple_of(groups)
    });
    if !fits {
        return Err(Problem::malformed(format!(
            "{groups} groups, {inputs} input channels and weights of shape {weights:?} do not fit"
        )));
    }
    Ok((*channels, kernel))
}

/// Elements of an output plane that are summed together: they stay in the
/// fastest cache while the input's channels pass.
const TILE: usize = 1024;

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for Conv {
    /// `y[m] = bias[m] + Σ weights[m][c][i][j] · x[c] shifted by (i, j)`, summed
    /// in the order of c, i, j; beyond the edge is 0.
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let input = inputs[0].values;
        let [channels, height, width] = self.window.input;
        let [rows, columns] = self.window.output;
        let [down, across] = self.window.kernel;
        let (own, plane) = (channels / self.groups, rows * columns);
        let per_group = self.channels / self.groups;
        let mut output = vec![0.0; self.channels * plane];
        let rows_of_tile = (TILE / columns).max(1);
        for top in (0..rows).step_by(rows_of_tile) {
            let bottom = rows.min(top + rows_of_tile);
            for (channel, out) in output.chunks_exact_mut(plane).enumerate() {
                out[top * columns..bottom * columns].fill(self.bias[channel]);
                let first = channel / per_group * own;
                let taps = own * down * across;
                let weights = self.weights.run(channel * taps..(channel + 1) * taps);
                let input = &input[first * height * width..][..own * height * width];
                self.add_tile(&weights, input, out, top..bottom);
            }
        }
        output
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let tensor = lowering.input(node);
        let [channels, height, width] = self.window.input;
        let value =
            lowering.fit(tensor, |scale| scale.by_channel(channels, height * width).is_some())?;
        let float = FloatConv {
            window: self.window.clone(),
            channels: self.channels,
            groups: self.groups,
            weights: Coefficients::new(self.weights.clone(), self.weights.len() / self.channels),
        };
        let plane = float.plane();
        let mut offset = lowering.emitter.convolved(&float, &value.offset)?;
        for (chunk, bias) in offset.chunks_exact_mut(plane).zip(&self.bias) {
            chunk.iter_mut().for_each(|o| *o += bias);
        }
        let len = offset.len();
        let mut terms = Vec::with_capacity(value.terms.len());
        for term in &value.terms {
            let Map::Scaled(scale) = &term.map else { continue };
            let scale = scale.by_channel(channels, height * width);
            let scale = scale.ok_or(CompileError::Internal("scales inside a channel differ"))?;
            let mut own = float.clone();
            own.weights =
                own.weights.reading(scale, self.window.area(), self.channels / self.groups);
            terms.push(Term { node: term.node, map: Map::Conv(own), select: None });
        }
        Ok(Rc::new(Value { len, terms, offset: PerElement::from_vec(offset) }))
    }

    fn constants(&self) -> usize {
        self.weights.len().saturating_add(self.bias.len())
    }

    fn lowering_work(&self) -> usize {
        1
    }

    fn work(&self) -> usize {
        let [channels, ..] = self.window.input;
        let own = channels.checked_div(self.groups).unwrap_or(channels);
        own.saturating_mul(self.window.area())
    }
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Conv {
    /// Adds to some rows of an output channel what its weights make of the input channels
    /// of its group. Each output is summed in one order, whatever the processor.
    fn add_tile(&self, weights: &[f64], input: &[f64], out: &mut [f64], rows: Range<usize>) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            #[allow(unsafe_code, reason = "a call of a function that needs the instructions")]
            // SAFETY: the processor has them, as was just found.
            unsafe {
                self.add_tile_avx2(weights, input, out, rows);
            }
            return;
        }
        self.add_tile_plain(weights, input, out, rows);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn add_tile_avx2(&self, weights: &[f64], input: &[f64], out: &mut [f64], rows: Range<usize>) {
        self.add_tile_plain(weights, input, out, rows);
    }

    #[inline(always)]
    fn add_tile_plain(&self, weights: &[f64], input: &[f64], out: &mut [f64], rows: Range<usize>) {
        let window = &self.window;
        let [_, height, width] = window.input;
        let columns = window.output[1];
        if window.is_pointwise() {
            let (plane, tile) = (height * width, rows.start * width..rows.end * width);
            let (blocks, rest) = weights.as_chunks::<4>();
            let (of_blocks, of_rest) = input.split_at(4 * blocks.len() * plane);
            for (weights, images) in blocks.iter().zip(of_blocks.chunks_exact(4 * plane)) {
                let [a, b, c, d] = [0, 1, 2, 3].map(|at| &images[at * plane..][tile.clone()]);
                let images = a.iter().zip(b).zip(c).zip(d);
                for (y, (((a, b), c), d)) in out[tile.clone()].iter_mut().zip(images) {
                    *y = *y + weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d;
                }
            }
            for (weight, image) in rest.iter().zip(of_rest.chunks_exact(plane)) {
                let image = &image[tile.clone()];
                out[tile.clone()].iter_mut().zip(image).for_each(|(y, x)| *y += weight * x);
            }
            return;
        }
        let [down, across] = window.kernel;
        let images = input.chunks_exact(height * width);
        for (weights, image) in weights.chunks_exact(down * across).zip(images) {
            for (at, weight) in weights.iter().enumerate() {
                let (i, j) = (at / across, at % across);
                for y in rows.clone() {
                    let Some(source) = window.source(0, y, i) else { continue };
                    let row = &image[source * width..][..width];
                    let out = &mut out[y * columns..][..columns];
                    add_row(out, row, *weight, window.stride[1], |x| window.source(1, x, j));
                }
            }
        }
    }
}

/// `out[x] += weight · row[source(x)]`, where the sources that exist follow
/// each other by `stride`.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
#[inline(always)]
fn add_row(
    out: &mut [f64],
    row: &[f64],
    weight: f64,
    stride: usize,
    source: impl Fn(usize) -> Option<usize>,
) {
    let Some(first) = (0..out.len()).find(|x| source(*x).is_some()) else { return };
    let from = source(first).unwrap_or(0);
    let pairs = out[first..].iter_mut();
    if stride == 1 {
        pairs.zip(&row[from..]).for_each(|(y, x)| *y += weight * x);
    } else {
        pairs.zip(row[from..].iter().step_by(stride)).for_each(|(y, x)| *y += weight * x);
    }
}
