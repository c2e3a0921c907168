//! Normalisation of rows: quotients and their squares in one step, mean and reciprocal root as
//! hints, and a product of matrices of one column.

use super::emit::{Emitter, Shared};
use super::error::CompileError;
use super::value::{PerElement, Value};
use crate::model::graph::{MatMul, Standardise};
use crate::model::program::NodeId;

/// The quotients of the rows are finer than levels by this factor.
const FINER: i64 = 8;
/// No finer than that: their squares need a table.
const FINEST: i64 = 8191;
/// Longest table of squares.
const MOST: i64 = 1 << 17;
/// Bits of a mean below a quotient.
const MEAN_BITS: u32 = 2;
/// Bits that a reciprocal root may have, the most first.
const ROOT_BITS: std::ops::RangeInclusive<u32> = 6..=18;

impl Emitter {
    /// Rows of a value standardised; `range` is where its elements were seen.
    pub(crate) fn standardised(
        &mut self,
        value: &Value,
        (low, high): (f64, f64),
        op: &Standardise,
    ) -> Result<Value, CompileError> {
        let row = op.length;
        let fine = (FINER * self.precision.levels).min(FINEST);
        let mut unit = (high - low) / fine as f64;
        if unit.is_nan() || unit <= 0.0 {
            return self.constant(value.len, 0.0);
        }
        let (least, most) = self.reach(value)?;
        while (most - least) / unit > MOST as f64 {
            unit *= 2.0;
        }
        let accumulator = self.accumulate(value, unit, 0.0, |_| 0)?;
        let of = self.step(accumulator.node, Shared::Square, accumulator.shift)?;
        self.spend(value.len)?;
        let mean = match op.centred {
            true => Some(self.builder.push_mean(of, row, MEAN_BITS)?),
            false => None,
        };
        let squared = (row as f64 / unit) * (row as f64 / unit);
        let epsilon = (op.epsilon * squared).ceil().clamp(1.0, (1u64 << 60) as f64) as i64;
        let (root, bits) = self.root((of, row), mean, epsilon)?;
        let centred = self.builder.push_centred(root)?;
        let rows = value.len / row.max(1);
        let sizes = MatMul { batch: rows, rows: row, inner: 1, columns: 1 };
        let product = self.matmul(centred, root, &sizes)?;
        let mean_bits = if mean.is_some() { MEAN_BITS } else { 0 };
        let one = libm::ldexp(1.0, (bits + mean_bits) as i32);
        let scale = PerElement::Uniform(op.scale / one);
        Ok(Value::scaled(product, value.len, scale, PerElement::Uniform(0.0)))
    }

    /// The reciprocal roots of rows of a step, of as many bits as fit, and how many these are.
    fn root(
        &mut self,
        (of, row): (NodeId, usize),
        mean: Option<NodeId>,
        epsilon: i64,
    ) -> Result<(NodeId, u32), CompileError> {
        let mut last = None;
        for bits in ROOT_BITS.rev() {
            match self.builder.push_rsqrt(of, row, mean, bits, epsilon) {
                Ok(root) => return Ok((root, bits)),
                Err(error) => last = Some(error),
            }
        }
        Err(last.map_or(CompileError::TooWide, CompileError::Program))
    }
}
