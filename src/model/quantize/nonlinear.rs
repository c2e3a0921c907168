//! Activations and pools.

use std::rc::Rc;

use super::CompileError;
use super::grid::Grid;
use super::lower::Lowering;
use super::value::{Map, PerElement, Term, Value};
use crate::model::linear::{Conv2d, LinearMap};
use crate::model::onnx::{Activation, TensorRef, Window};
use crate::model::program::NodeId;

impl Lowering<'_> {
    /// An elementwise function whose output has the calibrated range given.
    pub(super) fn activation(
        &mut self,
        tensor: TensorRef,
        activation: Activation,
        (low, high): (f64, f64),
    ) -> Result<Rc<Value>, CompileError> {
        let value = self.value(tensor)?;
        let (floor, ceiling) = match activation {
            Activation::Relu => (0.0, f64::INFINITY),
            Activation::Clip { low, high } => (low, high),
            Activation::LeakyRelu { .. } => return self.leaky(&value, activation, (low, high)),
            Activation::Sigmoid => return self.sigmoid(tensor, &value),
        };
        if let Some((node, scale, offset)) = value.plain() {
            let (least, most) = self.emitter.range(node)?;
            let inside = |x: i64| (floor..=ceiling).contains(&(scale * x as f64 + offset));
            if inside(least) && inside(most) {
                return Ok(value);
            }
        }
        if floor == f64::NEG_INFINITY && ceiling == f64::INFINITY {
            return Ok(value);
        }
        // Clamping to a range does what the activation does.
        let range = clamping_range((low, high), (floor, ceiling));
        Ok(Rc::new(self.emitter.requantise(&value, range)?))
    }

    /// A function that is linear on both sides of zero: its argument counts in
    /// the units of its result.
    fn leaky(
        &mut self,
        value: &Value,
        activation: Activation,
        (low, high): (f64, f64),
    ) -> Result<Rc<Value>, CompileError> {
        let range = (low.min(0.0), high.max(0.0));
        let levels = self.emitter.precision.levels;
        let Some(grid) = Grid::over(range, levels) else {
            return Ok(Rc::new(self.emitter.constant(value.len, low)?));
        };
        let accumulator = self.emitter.accumulate(value, grid.unit, 0.0, |_| 0)?;
        let node = self
            .emitter
            .own_step(accumulator, |q| grid.level(activation.apply(q as f64 * grid.unit)))?;
        Ok(Rc::new(self.emitter.on_grid(node, value.len, &grid)?))
    }

    fn sigmoid(&mut self, tensor: TensorRef, value: &Value) -> Result<Rc<Value>, CompileError> {
        // Beyond ±16 the function is 0 or 1 to seven digits.
        let (low, high) = self.range(tensor)?;
        let argument = self.emitter.unit(low.clamp(-16.0, 0.0), high.clamp(0.0, 16.0));
        let accumulator = self.emitter.accumulate(value, argument, 0.0, |_| 0)?;
        let grid = Grid::over((0.0, 1.0), self.emitter.precision.levels)
            .ok_or(CompileError::Internal("a sigmoid has no levels"))?;
        let node = self.emitter.own_step(accumulator, |q| {
            grid.level(Activation::Sigmoid.apply(q as f64 * argument))
        })?;
        Ok(Rc::new(self.emitter.on_grid(node, value.len, &grid)?))
    }

    /// A maximum of windows. An activation that alone reads it comes first:
    /// activations are monotone, and then they cost one step for each input
    /// instead of one for each input and output.
    pub(super) fn max_pool(
        &mut self,
        index: usize,
        tensor: TensorRef,
        window: &Window,
    ) -> Result<Rc<Value>, CompileError> {
        let needs_step = self.value(tensor)?.plain().is_none();
        let swap = self.sole_activation(index).filter(|_| needs_step);
        let value = match swap {
            Some((_, activation)) => {
                let (low, high) = self.range(tensor)?;
                self.activation(
                    tensor,
                    activation,
                    (activation.apply(low), activation.apply(high)),
                )?
            }
            None => self.fit_uniform(tensor)?,
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
            let half = self.max_taps(node, &across)?;
            self.max_taps(half, &down)?
        } else {
            self.max_taps(node, window)?
        };
        let (scale, offset) = (PerElement::Uniform(scale), PerElement::Uniform(offset));
        let value = Rc::new(Value::scaled(node, outputs, scale, offset));
        if let Some((reader, _)) = swap {
            self.preset(reader, value.clone())?;
        }
        Ok(value)
    }

    fn max_taps(&mut self, node: NodeId, window: &Window) -> Result<NodeId, CompileError> {
        let mut best = None;
        for i in 0..window.kernel[0] {
            for j in 0..window.kernel[1] {
                let taps = self.emitter.gather(node, &tap(window, i, j)?)?;
                best = Some(match best {
                    None => taps,
                    Some(best) => self.emitter.max(best, taps)?,
                });
            }
        }
        best.ok_or(CompileError::Internal("a window is empty"))
    }

    pub(super) fn average_pool(
        &mut self,
        tensor: TensorRef,
        window: &Window,
        count_padding: bool,
    ) -> Result<Value, CompileError> {
        let [channels, height, width] = window.input;
        let [rows, columns] = window.output;
        let value = self.fit_by_channel(tensor, channels, height * width)?;
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
            .flat_map(|_| counts.iter().map(|n| if count_padding { taps as f64 } else { *n }))
            .collect();
        let inverse = PerElement::from_vec(divisors.iter().map(|d| 1.0 / d).collect());
        let len = divisors.len();
        let ones = |weights| Conv2d {
            input: window.input,
            output: [channels, rows, columns],
            kernel: window.kernel,
            stride: window.stride,
            padding: window.padding,
            dilation: window.dilation,
            groups: channels,
            weights,
        };
        let mut terms = Vec::with_capacity(value.terms.len());
        for term in &value.terms {
            let Map::Scaled(scale) = &term.map else { continue };
            let scale = scale
                .by_channel(channels, height * width)
                .ok_or(CompileError::Internal("scales inside a channel differ"))?;
            // Sums of windows are exact; only their scale is a fraction.
            let map = LinearMap::Conv2d(ones(vec![1; channels * taps]));
            let node = self.emitter.linear(vec![(term.node, map)], vec![0; len])?;
            let scale =
                scale.iter().flat_map(|s| std::iter::repeat_n(*s, rows * columns)).collect();
            let scale = PerElement::from_vec(scale).zip(&inverse, len, |l, r| l * r);
            terms.push(Term { node, map: Map::Scaled(scale), select: None });
        }
        let sums = super::value::FloatConv {
            window: window.clone(),
            channels,
            groups: channels,
            weights: vec![1.0; channels * taps],
        };
        let offset = PerElement::from_vec(sums.apply(&value.offset));
        Ok(Value { len, terms, offset: offset.zip(&inverse, len, |l, r| l * r) })
    }
}

/// The range of an operator that clamps its input to `floor..=ceiling`: values
/// beyond the calibrated range end up at the operator's own bound where that
/// does not take more than half of the levels.
fn clamping_range((low, high): (f64, f64), (floor, ceiling): (f64, f64)) -> (f64, f64) {
    let low = low.max(floor).min(ceiling);
    let high = high.min(ceiling).max(low);
    if low == high {
        // Constant in calibration. At one of two bounds both are levels, so
        // nothing is lost.
        let bounded = floor.is_finite() && ceiling.is_finite();
        return if bounded && (low == floor || low == ceiling) {
            (floor, ceiling)
        } else {
            (low, high)
        };
    }
    let most = 2.0 * (high - low);
    let low = if high - floor <= most { floor } else { low };
    let high = if ceiling - low <= most { ceiling } else { high };
    (low, high)
}

/// The input element that tap (i, j) of each window reads; where that is
/// padding, one that the window reads anyway.
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
