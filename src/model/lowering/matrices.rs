//! Products of matrices, and levels of them.
//!
//! A product of levels counts in far smaller units than levels do, so that coefficients of it
//! would be rounded to nothing. Instead the step that makes levels of it drops low bits, and its
//! table holds the nearest level of what is left, in whatever unit that counts.
//!
//! Levels of standardised rows, and of averages that a softmax weighs, are a power of two of the
//! product's units wide. Then the table is a division by a power of two, whatever the model's
//! units are, and the steps of all layers share it.

use super::emit::{Accumulator, Emitter, Shared};
use super::error::CompileError;
use super::grid::Grid;
use super::value::{PerElement, Value};
use crate::model::graph::MatMul;
use crate::model::program::{LIMB_BITS, MAX_SHIFT, NodeId, Op, quotient};

/// Least arguments of the table for each level, the most first; a power of two of units makes
/// them up to twice as many. With two the rounding of the argument adds 7 % on average to the
/// deviation of a level's, and more entries would rather buy more levels.
const PARTS: [f64; 2] = [2.0, 1.0];
/// Entries of such a table beyond which its arguments are rather coarser.
const MANY: i64 = 1 << 14;
/// Entries beyond which a second limb is taken.
const MOST: i64 = 1 << 16;
/// Bits of a level of averages below one of what they are averages of. Up to two to this power
/// times as many levels as elsewhere on each side of zero are not cut off.
const AVERAGE_BITS: u32 = 3;
/// Bits of a level of standardised rows below their deviation: finer than the levels of other
/// tensors as a rule, since the table is as long in any case.
const STANDARD_BITS: u32 = 5;

impl Emitter {
    /// The products of pairs of matrices.
    pub(crate) fn matmul(
        &mut self,
        left: NodeId,
        right: NodeId,
        sizes: &MatMul,
    ) -> Result<NodeId, CompileError> {
        let MatMul { batch, rows, inner, columns } = *sizes;
        // What its bounds take.
        let sides = rows.saturating_add(columns);
        self.spend(batch.saturating_mul(inner).saturating_mul(sides))?;
        self.push(Op::MatMul { left, right, batch, rows, inner, columns })
    }

    /// The levels of a product of matrices that is one node with one scale.
    pub(super) fn levels_of_product(
        &mut self,
        value: &Value,
        grid: &Grid,
    ) -> Result<Value, CompileError> {
        let (node, scale, offset) =
            value.plain().ok_or(CompileError::Internal("a product has several terms"))?;
        if offset == 0.0
            && let Some(value) = self.levels_by_power(node, scale, grid)?
        {
            return Ok(value);
        }
        let (low, high) = self.range(node)?;
        let entries = |shift: u32| quotient(high, shift) - quotient(low, shift) + 1;
        let shift = |parts: f64| {
            let bits = libm::log2(grid.unit / (parts * scale)).floor();
            // Below 0 it becomes 0.
            (bits as u32).min(LIMB_BITS)
        };
        let found = PARTS.into_iter().map(shift).find(|shift| entries(*shift) <= MANY);
        let mut shift = found.unwrap_or_else(|| shift(1.0));
        while entries(shift) > MOST && shift < MAX_SHIFT {
            shift += 1;
        }
        let counted = scale * f64::from(1u32 << shift);
        let accumulator = Accumulator { node, shift };
        let step =
            self.granted_step(accumulator, value.len, |q| grid.level(counted * q as f64 + offset))?;
        self.on_grid(step, value.len, grid)
    }

    /// The levels of standardised rows or of averages, of a scale: some power of two of its units
    /// make a level. `None` for other products, and where levels of a grid of its own are better.
    fn levels_by_power(
        &mut self,
        node: NodeId,
        scale: f64,
        grid: &Grid,
    ) -> Result<Option<Value>, CompileError> {
        let levels = self.precision.levels;
        let finest = match *self.builder.op(node) {
            Op::MatMul { left, .. } => {
                let norm = self.builder.row_norm(node).map(|norm| norm.deviation());
                let average = self.builder.row_sums(left).map(|sums| sums.most as f64);
                let of = |unit: f64, bits| (libm::log2(unit.max(1.0)) as u32).saturating_sub(bits);
                let standard = norm.map(|unit| of(unit, STANDARD_BITS));
                standard.or_else(|| average.map(|unit| of(unit, AVERAGE_BITS)))
            }
            _ => None,
        };
        let asked = libm::log2(grid.unit / scale).floor();
        let Some(finest) = finest.filter(|_| grid.base == 0.0 && asked >= 0.0) else {
            return Ok(None);
        };
        // Saturates.
        let bits = finest.min(asked as u32);
        let (low, high) = self.range(node)?;
        let entries = |shift: u32| quotient(high, shift) - quotient(low, shift) + 1;
        let shift = bits.saturating_sub(1).min(LIMB_BITS);
        let unit = libm::ldexp(scale, bits as i32);
        let uncut = (high >> bits).max(-(low >> bits)) <= (levels << AVERAGE_BITS);
        let sides = grid.zero.max(levels - grid.zero) as f64 * grid.unit / unit;
        if entries(shift) > MOST || !uncut && sides > levels as f64 {
            return Ok(None);
        }
        let most = if uncut { None } else { Some(levels) };
        let step = self.step(node, Shared::Divide { bits: bits - shift, most }, shift)?;
        self.seen.insert(step, sides);
        let (scale, offset) = (PerElement::Uniform(unit), PerElement::Uniform(0.0));
        Ok(Some(Value::scaled(step, self.builder.len(step), scale, offset)))
    }

    /// A step with a table of its own, whose entries are counted among those of functions unless
    /// another has the same table.
    pub(crate) fn granted_step(
        &mut self,
        accumulator: Accumulator,
        rows: usize,
        function: impl FnMut(i64) -> i64,
    ) -> Result<NodeId, CompileError> {
        let (low, high) = self.quotients(&accumulator)?;
        let step = self.own_step(accumulator, function)?;
        if self.is_new_table(step) {
            let entries = high.saturating_sub(low).saturating_add(1);
            self.own_tables.grant(entries, entries, rows);
        }
        Ok(step)
    }
}
