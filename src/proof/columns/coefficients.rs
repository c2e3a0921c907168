//! The coefficients of the linear check and the right-hand sides, as columns.

use ff::Field;

use crate::argument::adjoint::Coefficients;
use crate::argument::lane::{LAST_ROW, LaneLayout, STRIP_ROWS};
use crate::argument::rows::RowKind;
use crate::argument::statement::Slot;
use crate::field::Scalar;
use crate::proof::fixed_columns::FixedColumns;

/// The coefficient columns of a lane, each [`STRIP_ROWS`] high: copy v's
/// coefficients are those of a document times ρ^(v·R).
#[must_use]
pub(crate) fn coefficient_columns(
    lane: &LaneLayout,
    coefficients: &Coefficients,
) -> Vec<Vec<Scalar>> {
    let mut columns = vec![vec![Scalar::ZERO; STRIP_ROWS]; lane.columns()];
    let mut factor = Scalar::ONE;
    for copy in 0..lane.copies as usize {
        let mut place = |kind: RowKind, row: usize, cells: &[Scalar]| {
            let (strip, row) = lane.place(kind, copy, row);
            let first = lane.first_column(kind, strip);
            for (column, cell) in columns[first..].iter_mut().zip(cells) {
                column[row] = *cell * factor;
            }
        };
        for kind in RowKind::ALL {
            for (row, cells) in coefficients.rows(kind).enumerate() {
                place(kind, row, cells);
            }
        }
        factor *= coefficients.copy_factor;
    }
    columns
}

/// The column of the lanes' right-hand sides.
#[must_use]
pub(crate) fn rhs_column(
    fixed_columns: &FixedColumns,
    coefficients: &Coefficients,
    slots: &[Slot],
) -> Vec<Scalar> {
    let mut column = vec![Scalar::ZERO; LAST_ROW];
    let copies = fixed_columns.lane.copies as usize;
    for (lane, slots) in slots.chunks(copies).enumerate() {
        let mut factor = Scalar::ONE;
        for slot in slots {
            let side = coefficients.right_hand_side(slot.digest, slot.decision);
            column[fixed_columns.rhs_row(lane)] += factor * side;
            factor *= coefficients.copy_factor;
        }
    }
    column
}
