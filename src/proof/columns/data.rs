//! The data columns: traces, and random rows that hide them.

use ff::Field;
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

use crate::argument::lane::{LAST_ROW, LaneLayout, RANDOM_ROWS, STRIP_ROWS};
use crate::argument::rows::RowKind;
use crate::argument::trace::Trace;
use crate::field::Scalar;

/// The data columns of all lanes, lane after lane, each [`LAST_ROW`] high,
/// with fresh random rows at the end.
///
/// `traces` has one trace for each slot.
pub(crate) fn data_columns(
    lane: &LaneLayout,
    traces: &[&Trace],
    rng: &mut (impl RngCore + CryptoRng),
) -> Vec<Vec<Scalar>> {
    let mut columns: Vec<Vec<Scalar>> = traces
        .par_chunks(lane.copies as usize)
        .flat_map_iter(|traces| lane_columns(lane, traces))
        .collect();
    for columns in columns.chunks_mut(lane.columns()) {
        fill_random_rows(lane, columns, rng);
    }
    columns
}

fn lane_columns(lane: &LaneLayout, traces: &[&Trace]) -> Vec<Vec<Scalar>> {
    let mut columns = vec![vec![Scalar::ZERO; LAST_ROW]; lane.columns()];
    for (copy, trace) in traces.iter().enumerate() {
        trace.for_each_row(|kind, row, cells| {
            let (strip, row) = lane.place(kind, copy, row);
            let first = lane.first_column(kind, strip);
            for (column, cell) in columns[first..].iter_mut().zip(cells) {
                column[row] = *cell;
            }
        });
    }
    columns
}

/// Random rows hide the columns. In S-box and product strips they satisfy the
/// gates, which hold in all rows.
fn fill_random_rows(
    lane: &LaneLayout,
    columns: &mut [Vec<Scalar>],
    rng: &mut (impl RngCore + CryptoRng),
) {
    for kind in RowKind::ALL {
        for strip in 0..lane.strips(kind) {
            let first = lane.first_column(kind, strip);
            for row in STRIP_ROWS..STRIP_ROWS + RANDOM_ROWS {
                let [a, b, c] = [(); 3].map(|()| Scalar::random(&mut *rng));
                let cells = match kind {
                    RowKind::Table => [a, b, c],
                    RowKind::Sbox => [a, a.square().square() * a, Scalar::ZERO],
                    RowKind::Product => [a, b, a * b],
                };
                let strip = &mut columns[first..first + kind.columns()];
                for (column, cell) in strip.iter_mut().zip(cells) {
                    column[row] = cell;
                }
            }
        }
    }
}
