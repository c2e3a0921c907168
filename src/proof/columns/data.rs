//! The data columns: traces, and random rows that hide them.

use ff::Field;
use rand_core::CryptoRngCore;
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
    rng: &mut dyn CryptoRngCore,
) -> Vec<Vec<Scalar>> {
    columns(lane, Round::First, traces, |trace, kind, row| trace.row(kind, row), rng)
}

/// The same of the second round.
pub(crate) fn second_round(
    lane: &LaneLayout,
    rows: &[DeferredRows],
    rng: &mut dyn CryptoRngCore,
) -> Vec<Vec<Scalar>> {
    columns(lane, Round::Second, rows, |rows, kind, row| rows.row(kind, row), rng)
}

fn columns<Slot: Sync>(
    lane: &LaneLayout,
    round: Round,
    slots: &[Slot],
    row_of: impl Fn(&Slot, RowKind, usize) -> [Scalar; RowKind::MOST_COLUMNS] + Sync,
    rng: &mut dyn CryptoRngCore,
) -> Vec<Vec<Scalar>> {
    let kinds = RowKind::ALL.into_iter().filter(|kind| kind.round() == round);
    let strips = kinds.flat_map(|kind| (0..lane.strips(kind)).map(move |strip| (kind, strip)));
    let strips: Vec<(RowKind, usize)> = strips.collect();
    let width = strips.iter().map(|(kind, _)| kind.columns()).sum();
    if width == 0 {
        return Vec::new();
    }
    let lanes = slots.chunks(lane.copies as usize);
    // All from one thread: what the allocator keeps for each thread is not given back.
    let mut columns = vec![vec![Scalar::ZERO; DATA_ROWS]; lanes.len() * width];
    let mut rest = columns.as_mut_slice();
    let mut all = Vec::new();
    for slots in lanes {
        for (kind, strip) in &strips {
            let own = rest.split_off_mut(..kind.columns()).expect("a lane has all strips");
            all.push((slots, *kind, *strip, own));
        }
    }
    all.into_par_iter().for_each(|(slots, kind, strip, columns)| {
        for (row, (copy, of_copy)) in lane.rows_of_strip(kind, strip).enumerate() {
            let cells = row_of(&slots[copy], kind, of_copy);
            for (column, cell) in columns.iter_mut().zip(cells) {
                column[row] = cell;
            }
        }
    });
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
    rng: &mut dyn CryptoRngCore,
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
