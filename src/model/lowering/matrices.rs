//! Products of matrices, and levels of them.
//!
//! A product of levels counts in far smaller units than levels do, so that coefficients of it
//! would be rounded to nothing. Instead the step that makes levels of it drops low bits, and its
//! table holds the nearest level of what is left, in whatever unit that counts.

use super::emit::{Accumulator, Emitter};
use super::error::CompileError;
use super::grid::Grid;
use super::value::Value;
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
        let (low, high) = self.range(node)?;
        let entries = |shift: u32| quotient(high, shift) - quotient(low, shift) + 1;
        let shift = |parts: f64| {
            let bits = (grid.unit / (parts * scale)).log2().floor();
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
