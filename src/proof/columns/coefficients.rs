//! The coefficients of the linear check and the right-hand sides, as columns.

use ff::Field;
use rayon::prelude::*;

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
    let factor = |factor: &Scalar| Some(*factor * coefficients.copy_factor);
    let factors = std::iter::successors(Some(Scalar::ONE), factor);
    let factors: Vec<Scalar> = factors.take(lane.copies as usize).collect();
    let of_strip =
        |(kind, strip): (RowKind, usize)| (0..kind.columns()).map(move |cell| (kind, strip, cell));
    let strips = |kind: RowKind| (0..lane.strips(kind)).map(move |strip| (kind, strip));
    let places: Vec<_> = RowKind::ALL.into_iter().flat_map(strips).flat_map(of_strip).collect();
    let fill = |(weighed, column): (&Weighed, &mut Vec<Scalar>)| {
        let (kind, strip, cell) = match *weighed {
            Weighed::Column(column) => places[column],
            Weighed::Step { first, .. } => places[first + 1],
        };
        for (slot, (copy, row)) in column.iter_mut().zip(lane.rows_of_strip(kind, strip)) {
            let coefficient = coefficients.row(kind, row)[cell];
            *slot = if copy == 0 { coefficient } else { coefficient * factors[copy] };
        }
    };
    // All from one thread: what the allocator keeps for each thread is not given back.
    let mut columns = vec![vec![Scalar::ZERO; STRIP_ROWS]; fixed_columns.weighed.len()];
    fixed_columns.weighed.par_iter().zip(&mut columns).for_each(fill);
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
