//! Pools: the maximum or the mean of each window.

use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::{AveragePool, MaxPool, Window};
use crate::model::linear::{Conv2d, LinearMap};
use crate::model::lowering::{
    Coefficients, CompileError, FloatConv, Lowering, Map, PerElement, Term, Value,
};
use crate::model::program::NodeId;

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for MaxPool {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let mut output = Vec::new();
        windows(&self.window, inputs[0].values, |taps| {
            output.push(taps.fold(f64::NEG_INFINITY, f64::max));
        });
        output
    }

    /// A maximum of windows. An activation that alone reads it comes first:
    /// activations are monotone, and then they cost one step for each input
    /// instead of one for each input and output.
    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let (tensor, window) = (lowering.input(node), &self.window);
        let needs_step = lowering.levels(&*lowering.value(tensor)?).is_none();
        let swap = lowering.sole_activation(node).filter(|_| needs_step);
        let value = match swap {
            Some((_, activation)) => {
                let (low, high) = lowering.range(tensor)?;
                let range = (activation.apply(low), activation.apply(high));
                activation.lowered(tensor, range, lowering)?
            }
            None => lowering.fit_uniform(tensor)?,
        };
        // A clamped value is plain, and so is whatever was requantised.
        let (node, scale, offset) =
            value.plain().ok_or(CompileError::Internal("a pool's input is not uniform"))?;
        let [channels, height, _] = window.input;
        let [rows, columns] = window.output;
        let outputs = channels * rows * columns;
        // Rows first where that needs fewer comparisons.
        let direct = (window.kernel[0] * window.kernel[1] - 1) * outputs;
        let separate =
            (window.kernel[1] - 1) * channels * height * columns + (window.kernel[0] - 1) * outputs;
        let node = if separate < direct {
            let across = Window {
                input: window.input,
                output: [height, columns],
                kernel: [1, window.kernel[1]],
                stride: [1, window.stride[1]],
                dilation: [1, window.dilation[1]],
                padding: [0, window.padding[1]],
            };
            let down = Window {
                input: [channels, height, columns],
                output: window.output,
                kernel: [window.kernel[0], 1],
                stride: [window.stride[0], 1],
                dilation: [window.dilation[0], 1],
                padding: [window.padding[0], 0],
            };
            let half = max_taps(node, &across, lowering)?;
            max_taps(half, &down, lowering)?
        } else {
            max_taps(node, window, lowering)?
        };
        let (scale, offset) = (PerElement::Uniform(scale), PerElement::Uniform(offset));
        let value = Rc::new(Value::scaled(node, outputs, scale, offset));
        if let Some((reader, _)) = swap {
            lowering.set(reader, value.clone())?;
        }
        Ok(value)
    }

    fn work(&self) -> usize {
        self.window.area()
    }
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for AveragePool {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let all = self.window.area();
        let mut output = Vec::new();
        windows(&self.window, inputs[0].values, |taps| {
            let (mut count, mut sum) = (0, 0.0);
            for x in taps {
                count += 1;
                sum += x;
            }
            output.push(sum / if self.count_padding { all } else { count } as f64);
        });
        output
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let (tensor, window) = (lowering.input(node), &self.window);
        let [channels, height, width] = window.input;
        let [rows, columns] = window.output;
        let value = lowering.fit_by_channel(tensor, channels, height * width)?;
        let taps = window.kernel[0] * window.kernel[1];
        let inside = |axis: usize, at: usize| window.taps(axis, at).len();
        let across: Vec<usize> = (0..columns).map(|x| inside(1, x)).collect();
        let counts: Vec<f64> = (0..rows)
            .flat_map(|y| {
                let down = inside(0, y);
                across.iter().map(move |across| (down * across) as f64)
            })
            .collect();
        let divisors: Vec<f64> = (0..channels)
            .flat_map(|_| counts.iter().map(|n| if self.count_padding { taps as f64 } else { *n }))
            .collect();
        let inverse = PerElement::from_vec(divisors.iter().map(|d| 1.0 / d).collect());
        let len = divisors.len();
        let ones = |weights: Vec<i64>| Conv2d {
            input: window.input,
            output: [channels, rows, columns],
            kernel: window.kernel,
            stride: window.stride,
            padding: window.padding,
            dilation: window.dilation,
            groups: channels,
            weights: weights.into(),
        };
        let mut terms = Vec::with_capacity(value.terms.len());
        for term in &value.terms {
            let Map::Scaled(scale) = &term.map else { continue };
            let scale = scale
                .by_channel(channels, height * width)
                .ok_or(CompileError::Internal("scales inside a channel differ"))?;
            // Sums of windows are exact; only their scale is a fraction.
            let map = LinearMap::Conv2d(ones(vec![1; channels * taps]));
            let node = lowering.emitter.linear(vec![(term.node, map)], vec![0; len])?;
            let scale =
                scale.iter().flat_map(|s| std::iter::repeat_n(*s, rows * columns)).collect();
            let scale = PerElement::from_vec(scale).zip(&inverse, len, |l, r| l * r);
            terms.push(Term { node, map: Map::Scaled(scale), select: None });
        }
        let sums = FloatConv {
            window: window.clone(),
            channels,
            groups: channels,
            weights: Coefficients::new(vec![1.0; channels * taps].into(), taps),
        };
        let offset = PerElement::from_vec(lowering.emitter.convolved(&sums, &value.offset)?);
        let offset = offset.zip(&inverse, len, |l, r| l * r);
        Ok(Rc::new(Value { len, terms, offset }))
    }

    fn lowering_work(&self) -> usize {
        1
    }

    fn work(&self) -> usize {
        self.window.area()
    }
}

/// Calls `see` with the elements of each window that are not padding.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
fn windows(window: &Window, input: &[f64], mut see: impl FnMut(&mut dyn Iterator<Item = f64>)) {
    let [channels, height, width] = window.input;
    let [rows, columns] = window.output;
    for image in input.chunks_exact(height * width).take(channels) {
        for y in 0..rows {
            for x in 0..columns {
                let across = move |row: usize| {
                    let tap = move |j| window.source(1, x, j).map(|column| image[row + column]);
                    window.taps(1, x).filter_map(tap)
                };
                let down = |i| window.source(0, y, i).map(|row| across(row * width));
                see(&mut window.taps(0, y).filter_map(down).flatten());
            }
        }
    }
}

fn max_taps(
    node: NodeId,
    window: &Window,
    lowering: &mut Lowering<'_>,
) -> Result<NodeId, CompileError> {
    let mut best = None;
    for i in 0..window.kernel[0] {
        for j in 0..window.kernel[1] {
            let taps = lowering.emitter.gather(node, &tap(window, i, j)?)?;
            best = Some(match best {
                None => taps,
                Some(best) => lowering.emitter.max(best, taps)?,
            });
        }
    }
    best.ok_or(CompileError::Internal("a window is empty"))
}

/// The input element that tap (i, j) of each window reads; where that is
/// padding, one that the window reads anyway.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
fn tap(window: &Window, i: usize, j: usize) -> Result<Vec<Option<u32>>, CompileError> {
    let [channels, height, width] = window.input;
    let near = |axis: usize, at: usize, tap: usize| {
        window
            .source(axis, at, tap)
            .or_else(|| window.source(axis, at, window.taps(axis, at).start))
            .ok_or(CompileError::Internal("a window lies in the padding alone"))
    };
    let rows: Vec<usize> =
        (0..window.output[0]).map(|y| near(0, y, i)).collect::<Result<_, _>>()?;
    let columns: Vec<usize> =
        (0..window.output[1]).map(|x| near(1, x, j)).collect::<Result<_, _>>()?;
    let mut index = Vec::with_capacity(channels * rows.len() * columns.len());
    for channel in 0..channels {
        for y in &rows {
            for x in &columns {
                index.push(Some(((channel * height + y) * width + x) as u32));
            }
        }
    }
    Ok(index)
}
