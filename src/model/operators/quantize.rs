//! Rounding to the integers that a file names, at its own scale and zero point.

use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::{Activation, Integers, Op};
use crate::model::lowering::{CompileError, Lowering, Value};

impl Integers {
    /// The integer, counted from zero, that a real number becomes.
    fn counted(&self, real: f64) -> i64 {
        self.nearest(real).saturating_sub(self.zero)
    }

    /// The value of the nearest integers. Where there are few before, each of them is looked up.
    /// Else the accumulator is rounded, whatever the precision of the program and the recorded
    /// ranges are.
    fn lowered(
        &self,
        value: &Value,
        lowering: &mut Lowering<'_>,
    ) -> Result<Rc<Value>, CompileError> {
        let emitter = &mut lowering.emitter;
        if (self.scale, self.zero) == (1.0, 0) && emitter.is_whole(value, (self.low, self.high))? {
            return Ok(Rc::new(value.clone()));
        }
        let ends = (self.counted(f64::NEG_INFINITY), self.counted(f64::INFINITY));
        Ok(Rc::new(match emitter.looked_up(value, self.scale, |real| self.counted(real))? {
            Some(found) => found,
            None => emitter.rounded_to(value, self.scale, ends)?,
        }))
    }
}

impl Operator for Integers {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let one = |real: &f64| self.real(self.nearest(*real));
        inputs.iter().flat_map(|input| input.values).map(one).collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let value = lowering.value(lowering.input(node))?;
        self.lowered(&value, lowering)
    }
}

/// The value of a function of one element together with the rounding that alone reads it: one step
/// instead of two, and exact. `None` for other nodes, and for functions that more than cut off
/// values of many integers: those come first, as a layer of its own.
pub(crate) fn with_function(
    node: usize,
    op: &Op,
    lowering: &mut Lowering<'_>,
) -> Result<Option<Rc<Value>>, CompileError> {
    if !matches!(op, Op::Activation(_) | Op::Function(_)) {
        return Ok(None);
    }
    let Some((reader, integers)) = lowering.sole_rounding(node) else { return Ok(None) };
    let value = lowering.value(lowering.input(node))?;
    let mut steps = Vec::new();
    let counted = |real: f64| match op {
        Op::Activation(function) => integers.counted(function.apply(real)),
        Op::Function(function) => integers.counted(function.apply(real, &mut steps)),
        _ => integers.counted(real),
    };
    let mut found = lowering.emitter.looked_up(&value, integers.scale, counted)?;
    if found.is_none()
        && let Op::Activation(function) = op
        && let Some(ends) = cut(*function, &integers)
    {
        found = Some(lowering.emitter.rounded_to(&value, integers.scale, ends)?);
    }
    let Some(value) = found.map(Rc::new) else { return Ok(None) };
    lowering.set(reader, value.clone())?;
    Ok(Some(value))
}

/// The ends of the integers, counted from zero, where a function only cuts off: rounding keeps the
/// order, so it may come before.
fn cut(function: Activation, integers: &Integers) -> Option<(i64, i64)> {
    let (floor, ceiling) = match function {
        Activation::Relu => (0.0, f64::INFINITY),
        Activation::Clip { low, high } => (low, high),
        Activation::LeakyRelu { .. } | Activation::Sigmoid => return None,
    };
    Some((integers.counted(floor), integers.counted(ceiling)))
}
