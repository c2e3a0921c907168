//! Normalisation of rows: quotients and their squares in one step, mean and reciprocal root as
//! hints, and a product of matrices of one column.

use super::emit::{Emitter, Shared};
use super::error::CompileError;
use super::value::{PerElement, Value};
use super::{Lowering, with_zero};
use crate::model::graph::{self, MatMul, Standardise, TensorRef};
use crate::model::program::{NodeId, Op};

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

/// Rows of a value, standardised.
pub(crate) struct Standardised {
    pub(crate) value: Value,
    /// What was standardised, as the quotients of the step that squared them.
    pub(crate) read: Quotients,
}

/// The quotients of a step: real = unit · q.
#[derive(Clone, Copy)]
pub(crate) struct Quotients {
    of: NodeId,
    pub(crate) unit: f64,
}

impl Emitter {
    /// Rows of a value standardised; `range` is where its elements were seen. `None` if that is
    /// a point. If the quotients are `held`, their unit is a power of two: the next one's is
    /// another, so that the coefficient between them is exact. `channels` have units that are
    /// wider by powers of two, if there are any.
    pub(crate) fn standardised(
        &mut self,
        value: &Value,
        (low, high): (f64, f64),
        op: &Standardise,
        (held, channels): (bool, Option<&[u8]>),
    ) -> Result<Option<Standardised>, CompileError> {
        let row = op.length;
        let fine = (FINER * self.precision.levels).min(FINEST);
        let by_channel =
            channels.and_then(|channels| Some((channels, self.apart(value, channels)?)));
        let (channels, value) = match &by_channel {
            Some((channels, value)) => (Some(*channels), value),
            None => (None, value),
        };
        let widest = channels.into_iter().flatten().copied().max().unwrap_or(0);
        let (low, high) = [low, high].map(|end| libm::ldexp(end, -i32::from(widest))).into();
        let mut unit = (high - low) / fine as f64;
        if unit.is_nan() || unit <= 0.0 {
            return Ok(None);
        }
        if held || value.terms.iter().any(|term| self.is_quotients(term.node)) {
            unit = power_of_two(unit);
        }
        let (least, most) = self.reach(value)?;
        while (most - least) / unit > MOST as f64 {
            unit *= 2.0;
        }
        let fine = ((high - low) / unit) as i64;
        let shift = self.shift_for(value, unit, fine)?;
        let accumulator = self.accumulate_at(shift, value, unit, 0.0, |_| 0)?;
        let of = match channels {
            Some(channels) => self.squares_by_channel(accumulator, channels)?,
            None => self.step(accumulator.node, Shared::Square, accumulator.shift)?,
        };
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
        let value = Value::scaled(product, value.len, scale, PerElement::Uniform(0.0));
        Ok(Some(Standardised { value, read: Quotients { of, unit } }))
    }

    /// A value of which each channel of its rows counts in a unit of its own; `None` if it must be
    /// read in its own order, with one factor for all elements.
    fn apart(&self, value: &Value, channels: &[u8]) -> Option<Value> {
        if value.terms.iter().any(|term| self.is_in_order(term.node)) {
            return None;
        }
        let factors = channels.iter().cycle().take(value.len);
        let factors = factors.map(|exponent| libm::ldexp(1.0, -i32::from(*exponent))).collect();
        value.times(&PerElement::from_vec(factors))
    }

    /// The value that the quotients of a step are.
    pub(crate) fn of_quotients(&mut self, quotients: Quotients) -> Result<Value, CompileError> {
        let node = self.push(Op::Rounded { of: quotients.of })?;
        let (unit, base) = (PerElement::Uniform(quotients.unit), PerElement::Uniform(0.0));
        Ok(Value::scaled(node, self.builder.len(node), unit, base))
    }

    fn is_quotients(&self, node: NodeId) -> bool {
        matches!(self.builder.op(node), Op::Rounded { .. })
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

/// The power of two that is nearest to a number above zero, as a factor.
fn power_of_two(number: f64) -> f64 {
    let (fraction, exponent) = libm::frexp(number);
    let up = fraction > std::f64::consts::FRAC_1_SQRT_2;
    libm::ldexp(1.0, if up { exponent } else { exponent - 1 })
}

/// How much wider the common range of standardised rows may be than one's own.
const WIDER: f64 = 2.0;

impl Lowering<'_> {
    /// The range whose levels standardised rows get: that of all such tensors of the model, so
    /// that one table makes levels of them all; its own where that is much narrower.
    pub(crate) fn range_of_standardised(
        &mut self,
        node: usize,
        op: &Standardise,
    ) -> Result<(f64, f64), CompileError> {
        let own = self.range(TensorRef::Node(node))?;
        self.emitter.spend(self.graph.nodes.len())?;
        let (mut low, mut high) = own;
        for other in &self.graph.nodes {
            if matches!(other.op, graph::Op::Standardise(other) if other.scale == op.scale) {
                let range = with_zero(self.ranges.range(&other.output));
                (low, high) = (low.min(range.0), high.max(range.1));
            }
        }
        Ok(if high - low <= WIDER * (own.1 - own.0) { (low, high) } else { own })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_power_of_two_is_that_of_the_logarithm() {
        for (number, nearest) in [(1.0, 1.0), (1.4, 1.0), (1.42, 2.0), (2.8, 2.0), (0.3, 0.25)] {
            assert_eq!(power_of_two(number), nearest, "{number}");
        }
    }
}
