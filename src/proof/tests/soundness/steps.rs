//! Strips in which one coefficient serves quotient and remainder.

use std::sync::OnceLock;

use super::{Bench, COPIES, Hooks, LANES, at};
use crate::argument::lane::LaneLayout;
use crate::argument::rows::RowKind;
use crate::argument::testing;
use crate::model::program::{Op, Table};
use crate::proof::fixed_columns::Weighed;

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| Bench::of(testing::tall_program()))
}

/// The shift of each table strip whose q and r share a coefficient.
fn shared(bench: &Bench) -> Vec<Option<u32>> {
    let lane = LaneLayout::new(&bench.shape, COPIES);
    let shift_of = |strip: usize| {
        let column = lane.first_column(RowKind::Table, strip);
        bench.verifier.weighed().iter().find_map(|weighed| match weighed {
            Weighed::Step { first, shift } => (*first == column).then_some(*shift),
            Weighed::Column(_) => None,
        })
    };
    (0..lane.strips(RowKind::Table)).map(shift_of).collect()
}

/// A row of the first step, and the strip of the first copy's.
fn inside(bench: &Bench) -> (usize, usize) {
    let row = bench.row_of(|op| matches!(op, Op::Table { shift: 3, .. })) + 4501;
    let lane = LaneLayout::new(&bench.shape, COPIES);
    (row, lane.place(RowKind::Table, 0, row).0)
}

#[test]
fn only_strips_of_one_shift_whose_quotients_nothing_reads_share_a_coefficient() {
    let bench = bench();
    let lane = LaneLayout::new(&bench.shape, COPIES);
    let mut shifts = vec![std::collections::BTreeSet::new(); lane.strips(RowKind::Table)];
    let second = bench.row_of(|op| matches!(op, Op::Table { shift: 4, .. }));
    for copy in 0..COPIES as usize {
        for row in 0..bench.shape.rows[RowKind::Table] {
            let (strip, _) = lane.place(RowKind::Table, copy, row);
            let is_read = (second..second + 9000).contains(&row);
            shifts[strip].insert(bench.shape.shifts[row].filter(|_| !is_read));
        }
    }
    let expected: Vec<Option<u32>> = shifts
        .iter()
        .map(|found| found.first().copied().flatten().filter(|_| found.len() == 1))
        .collect();
    let found = shared(bench);
    assert_eq!(found, expected);
    assert!(found.contains(&Some(3)) && found.contains(&None) && !found.contains(&Some(4)));
    assert_eq!(found[inside(bench).1], Some(3));
    let shared = found.iter().flatten().count();
    assert_eq!(bench.verifier.weighed().len(), lane.columns() - shared);
}

#[test]
fn honest_steps_of_whole_strips_are_accepted() {
    let traces = bench().assert_honest_is_accepted();
    assert_eq!(traces.len(), (COPIES * LANES) as usize);
}

#[test]
fn broken_rows_of_a_shared_coefficient_are_refused() {
    let bench = bench();
    let (row, _) = inside(bench);
    let next = |[q, r, _]: [u64; 3], table: &Table| {
        let q = if q as usize + 1 < table.values.len() { q + 1 } else { q - 1 };
        [q, r, (table.values[q as usize] - table.min()) as u64]
    };
    let borrow = |[q, r, _]: [u64; 3], table: &Table| {
        let q = q - 1;
        [q, r + 8, (table.values[q as usize] - table.min()) as u64]
    };
    let cases: [(&str, Hooks); 3] = [
        ("another quotient", Hooks { row: at(row, next), ..Hooks::default() }),
        (
            "another remainder",
            Hooks { row: at(row, |[q, r, y], _| [q, r ^ 1, y]), ..Hooks::default() },
        ),
        ("r out of range, division kept", Hooks { row: at(row, borrow), ..Hooks::default() }),
    ];
    for (name, hooks) in cases {
        let mut traces = bench.honest();
        traces[0] = bench.trace(0, &hooks);
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}
