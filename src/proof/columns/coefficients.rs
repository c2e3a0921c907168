//! The coefficients of the linear check and the right-hand sides, as columns.

use ff::Field;

use crate::argument::adjoint::Coefficients;
use crate::argument::lane::{LAST_ROW, STRIP_ROWS};
use crate::argument::rows::RowKind;
use crate::argument::statement::Slot;
use crate::field::Scalar;
use crate::proof::fixed_columns::{FixedColumns, Weighed};

/// The coefficient columns of a lane, each [`STRIP_ROWS`] high: copy v's
/// coefficients are those of a document times ρ^(v·R). Where one column weighs q and r
/// of a strip, it holds those of r.
#[must_use]
pub(crate) fn coefficient_columns(
    fixed_columns: &FixedColumns,
    coefficients: &Coefficients,
) -> Vec<Vec<Scalar>> {
    let lane = &fixed_columns.lane;
    let mut columns = vec![vec![Scalar::ZERO; STRIP_ROWS]; fixed_columns.weighed.len()];
    let mut column_of = vec![None; lane.columns()];
    for (index, weighed) in fixed_columns.weighed.iter().enumerate() {
        match weighed {
            Weighed::Column(column) => column_of[*column] = Some(index),
            Weighed::Step { first, .. } => column_of[first + 1] = Some(index),
        }
    }
    let mut factor = Scalar::ONE;
    for copy in 0..lane.copies as usize {
        let mut place = |kind: RowKind, row: usize, cells: &[Scalar]| {
            let (strip, row) = lane.place(kind, copy, row);
            let first = lane.first_column(kind, strip);
            for (column, cell) in column_of[first..].iter().zip(cells) {
                if let Some(column) = column {
                    columns[*column][row] = *cell * factor;
                }
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
