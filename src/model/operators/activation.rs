//! Elementwise functions. Each is monotone, so that it may change places with a
//! maximum.

use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::{Activation, TensorRef};
use crate::model::lowering::{CompileError, Grid, Lowering, Value};

impl Activation {
    /// The function's value, the same on every machine.
    pub(crate) fn apply(self, x: f64) -> f64 {
        match self {
            Self::Relu => x.max(0.0),
            Self::LeakyRelu { alpha } if x < 0.0 => alpha * x,
            Self::LeakyRelu { .. } => x,
            Self::Clip { low, high } => x.max(low).min(high),
            Self::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
        }
    }

    /// Its value on a tensor, for an output whose calibrated range is `range`.
    pub(super) fn lowered(
        self,
        tensor: TensorRef,
        range: (f64, f64),
        lowering: &mut Lowering<'_>,
    ) -> Result<Rc<Value>, CompileError> {
        let value = lowering.value(tensor)?;
        let (floor, ceiling) = match self {
            Self::Relu => (0.0, f64::INFINITY),
            Self::Clip { low, high } => (low, high),
            Self::LeakyRelu { .. } => return self.leaky(&value, range, lowering),
            Self::Sigmoid => return sigmoid(tensor, &value, lowering),
        };
        if let Some((node, scale, offset)) = value.plain() {
            let (least, most) = lowering.emitter.range(node)?;
            let inside = |x: i64| (floor..=ceiling).contains(&(scale * x as f64 + offset));
            if inside(least) && inside(most) {
                return Ok(value);
            }
        }
        if floor == f64::NEG_INFINITY && ceiling == f64::INFINITY {
            return Ok(value);
        }
        // Clamping to a range does what the activation does.
        let range = clamping_range(range, (floor, ceiling));
        Ok(Rc::new(lowering.emitter.requantise(&value, range)?))
    }

    /// A function that is linear on both sides of zero: its argument counts in
    /// the units of its result.
    fn leaky(
        self,
        value: &Value,
        (low, high): (f64, f64),
        lowering: &mut Lowering<'_>,
    ) -> Result<Rc<Value>, CompileError> {
        let range = (low.min(0.0), high.max(0.0));
        let levels = lowering.emitter.precision.levels;
        let Some(grid) = Grid::over(range, levels) else {
            return Ok(Rc::new(lowering.emitter.constant(value.len, low)?));
        };
        let accumulator = lowering.emitter.accumulate(value, grid.unit, 0.0, |_| 0)?;
        let node = lowering
            .emitter
            .own_step(accumulator, |q| grid.level(self.apply(q as f64 * grid.unit)))?;
        Ok(Rc::new(lowering.emitter.on_grid(node, value.len, &grid)?))
    }
}

impl Operator for Activation {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        inputs.iter().flat_map(|input| input.values).map(|x| self.apply(*x)).collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let range = lowering.range(TensorRef::Node(node))?;
        self.lowered(lowering.input(node), range, lowering)
    }
}

fn sigmoid(
    tensor: TensorRef,
    value: &Value,
    lowering: &mut Lowering<'_>,
) -> Result<Rc<Value>, CompileError> {
    // Beyond ±16 the function is 0 or 1 to seven digits.
    let (low, high) = lowering.range(tensor)?;
    let argument = lowering.emitter.unit(low.clamp(-16.0, 0.0), high.clamp(0.0, 16.0));
    let accumulator = lowering.emitter.accumulate(value, argument, 0.0, |_| 0)?;
    let grid = Grid::over((0.0, 1.0), lowering.emitter.precision.levels)
        .ok_or(CompileError::Internal("a sigmoid has no levels"))?;
    let node = lowering
        .emitter
        .own_step(accumulator, |q| grid.level(Activation::Sigmoid.apply(q as f64 * argument)))?;
    Ok(Rc::new(lowering.emitter.on_grid(node, value.len, &grid)?))
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
