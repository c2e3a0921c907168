//! The data columns: traces, and random rows that hide them.

use ff::Field;
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

use crate::argument::deferred::DeferredRows;
use crate::argument::lane::{DATA_ROWS, LAST_ROW, LaneLayout, RANDOM_ROWS, STRIP_ROWS};
use crate::argument::rows::{Round, RowKind};
use crate::argument::trace::Trace;
use crate::field::Scalar;

/// The data columns of the first round of all lanes, lane after lane, each
/// [`DATA_ROWS`] high, with fresh random rows at the end.
///
/// `traces` has one trace for each slot.
pub(crate) fn first_round(
    lane: &LaneLayout,
    traces: &[&Trace],
    rng: &mut (impl RngCore + CryptoRng),
) -> Vec<Vec<Scalar>> {
    columns(lane, Round::First, traces, |trace, place| trace.for_each_row(place), rng)
}

/// The same of the second round.
pub(crate) fn second_round(
    lane: &LaneLayout,
    rows: &[DeferredRows],
    rng: &mut (impl RngCore + CryptoRng),
) -> Vec<Vec<Scalar>> {
    columns(lane, Round::Second, rows, |rows, place| rows.for_each_row(place), rng)
}

/// Puts the cells of a row of some kind where they belong.
type Place<'a> = &'a mut dyn FnMut(RowKind, usize, &[Scalar]);

fn columns<Slot: Sync>(
    lane: &LaneLayout,
    round: Round,
    slots: &[Slot],
    place_all: impl Fn(&Slot, Place<'_>) + Sync,
    rng: &mut (impl RngCore + CryptoRng),
) -> Vec<Vec<Scalar>> {
    let first = lane.first_round_columns();
    let (before, width) = match round {
        Round::First => (0, first),
        Round::Second => (first, lane.columns() - first),
    };
    if width == 0 {
        return Vec::new();
    }
    let lane_columns = |slots: &[Slot]| {
        let mut columns = vec![vec![Scalar::ZERO; DATA_ROWS]; width];
        for (copy, slot) in slots.iter().enumerate() {
            place_all(slot, &mut |kind, row, cells| {
                let (strip, row) = lane.place(kind, copy, row);
                let first = lane.first_column(kind, strip) - before;
                for (column, cell) in columns[first..].iter_mut().zip(cells) {
                    column[row] = *cell;
                }
            });
        }
        columns
    };
    let chunks = slots.par_chunks(lane.copies as usize);
    let mut columns: Vec<Vec<Scalar>> = chunks.flat_map_iter(lane_columns).collect();
    for columns in columns.chunks_mut(width) {
        fill_random_rows(lane, round, columns, rng);
    }
    columns
}

/// Random rows hide the columns. In S-box and product strips they satisfy the
/// gates, which hold in all rows. Strips that are looked up have more of them after
/// [`LAST_ROW`], which hide the sums of reciprocals. `columns` are those of one lane and
/// round.
fn fill_random_rows(
    lane: &LaneLayout,
    round: Round,
    columns: &mut [Vec<Scalar>],
    rng: &mut (impl RngCore + CryptoRng),
) {
    let mut first = 0;
    for kind in RowKind::ALL.into_iter().filter(|kind| kind.round() == round) {
        for _ in 0..lane.strips(kind) {
            let masks = if kind.is_looked_up() { LAST_ROW + 1..DATA_ROWS } else { 0..0 };
            for row in (STRIP_ROWS..STRIP_ROWS + RANDOM_ROWS).chain(masks) {
                let [a, b, c] = [(); 3].map(|()| Scalar::random(&mut *rng));
                let cells = match kind {
                    RowKind::Table | RowKind::Embedding => [a, b, c],
                    RowKind::Sbox => [a, a.square().square() * a, Scalar::ZERO],
                    RowKind::Product | RowKind::Inner => [a, b, a * b],
                };
                let strip = &mut columns[first..first + kind.columns()];
                for (column, cell) in strip.iter_mut().zip(cells) {
                    column[row] = cell;
                }
            }
            first += kind.columns();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand_core::OsRng;

    use super::*;
    use crate::argument::shape::Shape;
    use crate::argument::testing;

    #[test]
    fn random_rows_hide_the_columns_of_every_kind() {
        let mut kinds = BTreeSet::new();
        for program in testing::programs() {
            let lane = LaneLayout::new(&Shape::of(&program), 1);
            for round in [Round::First, Round::Second] {
                let of_round = RowKind::ALL.into_iter().filter(|kind| kind.round() == round);
                let strips = of_round.flat_map(|kind| std::iter::repeat_n(kind, lane.strips(kind)));
                let strips: Vec<RowKind> = strips.collect();
                let width = strips.iter().map(|kind| kind.columns()).sum();
                let mut columns = vec![vec![Scalar::ZERO; DATA_ROWS]; width];
                fill_random_rows(&lane, round, &mut columns, &mut OsRng);
                let mut rest = columns.as_slice();
                for kind in strips {
                    let (strip, others) = rest.split_at(kind.columns());
                    for row in STRIP_ROWS..STRIP_ROWS + RANDOM_ROWS {
                        let shown = strip.iter().any(|column| column[row] == Scalar::ZERO);
                        assert!(!shown, "{} in row {row}", kind.name());
                    }
                    kinds.insert(kind.name());
                    rest = others;
                }
            }
        }
        assert_eq!(kinds.len(), RowKind::COUNT);
    }
}
