//! Hints: softmax, means, reciprocal roots, limbs.
//!
//! Most of these witnesses satisfy every relation but one, or all of them and leave a range.

use std::sync::OnceLock;

use super::{Bench, Hooks};
use crate::argument::testing;
use crate::argument::testing::forge::{HintHook, NumberHook, ProductHook};
use crate::argument::trace::Trace;
use crate::model::program::{Op, Table};

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| Bench::of(testing::attention_program()))
}

/// A node, by number among those of its kind.
fn node(pick: fn(&Op) -> bool, number: usize) -> usize {
    let nodes = bench().program.nodes().iter().enumerate();
    let mut of_kind = nodes.filter(|(_, node)| pick(&node.op));
    of_kind.nth(number).unwrap().0
}

/// The first row of a node's table rows.
fn first_row(pick: fn(&Op) -> bool, number: usize) -> usize {
    bench().shape.first_row[node(pick, number)]
}

/// The row of a softmax row's offset; that of its digits follows.
fn offset_row(at: usize) -> usize {
    let softmax = node(|op| matches!(op, Op::Softmax { .. }), 0);
    bench().shape.first_row[softmax] + bench().program.nodes()[softmax].len + 2 * at
}

fn mean_row() -> usize {
    first_row(|op| matches!(op, Op::Mean { .. }), 0)
}

fn root_row(number: usize) -> usize {
    first_row(|op| matches!(op, Op::Rsqrt { .. }), number)
}

fn number(here: usize, by: i64) -> Option<NumberHook> {
    Some(Box::new(move |at, x| if at == here { x + by } else { x }))
}

fn cells(row: usize, change: fn([u64; 3]) -> [u64; 3]) -> Option<HintHook> {
    Some(Box::new(move |here, cells| if here == row { change(cells) } else { cells }))
}

fn hint(row: usize, change: fn([u64; 3]) -> [u64; 3]) -> Hooks {
    Hooks { hint: cells(row, change), ..Hooks::default() }
}

/// Circuit and twin refuse the traces with one slot's under hooks; one whose honest trace
/// `fits`.
fn assert_refused(name: &str, fits: impl Fn(&Trace) -> bool, hooks: &Hooks) {
    let bench = bench();
    let honest = bench.honest();
    let slot = honest.iter().position(fits).unwrap_or_else(|| panic!("{name}: no slot fits"));
    let mut traces = honest;
    let changed = bench.trace(slot, hooks);
    let same = changed.table == traces[slot].table && changed.product == traces[slot].product;
    assert!(!same, "{name}: nothing is changed");
    traces[slot] = changed;
    bench.assert_refused(name, &bench.statement(&traces), &traces);
}

#[test]
fn honest_hints_are_accepted() {
    let traces = bench().assert_honest_is_accepted();
    let decisions: Vec<bool> = traces.iter().map(|trace| trace.decision).collect();
    assert!(decisions.contains(&true) && decisions.contains(&false), "{decisions:?}");
}

#[test]
fn another_offset_of_a_softmax_is_refused() {
    let softmax = &bench().program.nodes()[node(|op| matches!(op, Op::Softmax { .. }), 0)];
    let Op::Softmax { table, digits, .. } = softmax.op else { panic!("a softmax") };
    let table: &Table = &bench().program.tables()[table];
    let first = first_row(|op| matches!(op, Op::Softmax { .. }), 0);
    let last = table.values.len() as u64 - 1;
    // An offset that is less must leave every argument in the table.
    let below_0 = |trace: &Trace| trace.table[first + 6..first + 9].iter().all(|row| row[0] < last);
    for (name, by) in [("L one less", -1), ("L one more", 1)] {
        // Its digits satisfy their relation, and leave their range.
        let hooks = Hooks { offset: number(2, by), ..Hooks::default() };
        let changed = bench().trace(bench().honest().iter().position(below_0).unwrap(), &hooks);
        let [below, above, _] = changed.table[offset_row(2) + 1];
        assert!(below.max(above) >= 1 << (digits - 1), "{name}: {below} {above}");
        assert_refused(name, below_0, &hooks);
    }
}

#[test]
fn other_cells_of_a_softmax_are_refused() {
    let any = |_: &Trace| true;
    // The program's t.
    const DIGITS: u32 = 5;
    assert!(
        bench()
            .program
            .nodes()
            .iter()
            .any(|node| matches!(node.op, Op::Softmax { digits: DIGITS, .. }))
    );
    // Of a range of t bits in place of t − 1, the digits could be others.
    let carried = hint(offset_row(1) + 1, |[a, b, y]| [a + 1, b + (1 << DIGITS) - 1, y]);
    assert_refused("digits with a carry", any, &carried);
    let one_more = hint(offset_row(1) + 1, |[a, b, y]| [a, b + 1, y]);
    assert_refused("b one more", any, &one_more);
    let both = hint(offset_row(1) + 1, |[a, b, y]| [a + 1, b + 1, y]);
    assert_refused("a and b one more", any, &both);
    let limb = hint(offset_row(0), |[low, high, y]| [low + (1 << 12), high - 1, y]);
    assert_refused("a limb of 4096", any, &limb);
    let cell = hint(offset_row(0), |[low, high, y]| [low + 1, high, y]);
    assert_refused("an offset that no argument has", any, &cell);
    let high = hint(offset_row(2), |[low, high, y]| [low, high + 1, y]);
    assert_refused("an upper limb of an offset", any, &high);
    let value = hint(offset_row(0), |[low, high, _]| [low, high, 1]);
    assert_refused("a value beside an offset", any, &value);
    // Of one row more and of another less.
    let pair = [offset_row(1) + 1, offset_row(2) + 1];
    let cancel: HintHook = Box::new(move |here, [a, b, y]| match here {
        _ if here == pair[0] => [a, b + 1, y],
        _ if here == pair[1] => [a, b - 1, y],
        _ => [a, b, y],
    });
    let has_digit = |trace: &Trace| trace.table[pair[1]][1] > 0;
    let hooks = Hooks { hint: Some(cancel), ..Hooks::default() };
    assert_refused("sums of two rows that cancel", has_digit, &hooks);
}

#[test]
fn other_means_are_refused() {
    let row = mean_row();
    // One more leaves less than nothing, one less leaves more than is allowed.
    for (name, by) in [("a mean one more", 1), ("a mean one less", -1)] {
        let hooks = Hooks { mean: number(1, by), ..Hooks::default() };
        assert_refused(name, |_| true, &hooks);
    }
    let some = |cell: usize| move |trace: &Trace| trace.table[row + cell][0] > 0;
    let remainder = hint(row + 1, |[low, high, y]| [low - 1, high, y]);
    assert_refused("what a division leaves", some(1), &remainder);
    let rest = hint(row + 2, |[low, high, y]| [low + 1, high, y]);
    assert_refused("the rest of what is left", |_| true, &rest);
    let pair: HintHook = Box::new(move |here, [low, high, y]| match here {
        _ if here == row + 1 => [low + 1, high, y],
        _ if here == row + 2 => [low - 1, high, y],
        _ => [low, high, y],
    });
    let hooks = Hooks { hint: Some(pair), ..Hooks::default() };
    assert_refused("a remainder that cancels with its rest", some(2), &hooks);
    let cell = hint(row, |[low, high, y]| [low + 1, high, y]);
    assert_refused("a mean that divides nothing", |_| true, &cell);
}

#[test]
fn other_reciprocal_roots_are_refused() {
    for (name, by) in [("t one more", 1), ("t one less", -1)] {
        let hooks = Hooks { root: number(1, by), ..Hooks::default() };
        assert_refused(name, |_| true, &hooks);
    }
    for root in 0..2 {
        let row = root_row(root);
        let cell = hint(row, |[low, high, y]| [low + 1, high, y]);
        assert_refused("a root that no product has", |_| true, &cell);
        for (name, change) in [
            ("the lower difference", (|[q, r, y]| [q ^ 1, r, y]) as fn([u64; 3]) -> [u64; 3]),
            ("the upper difference", |[q, r, y]| [q, r ^ 1, y]),
            ("two differences that cancel", |[q, r, y]| [q + 1, r + 1, y]),
        ] {
            assert_refused(name, |_| true, &hint(row + 1, change));
            assert_refused(name, |_| true, &hint(row + 2, change));
        }
        // The same number from other limbs.
        for cell in [0, 1] {
            let carry: HintHook = Box::new(move |here, mut cells| {
                if here == row + 1 {
                    cells[cell] += 1 << 12;
                } else if here == row + 2 {
                    cells[cell] -= 1;
                }
                cells
            });
            let hooks = Hooks { hint: Some(carry), ..Hooks::default() };
            let has_upper = |trace: &Trace| trace.table[row + 2][cell] > 0;
            assert_refused("a limb of 4096", has_upper, &hooks);
        }
    }
}

#[test]
fn other_products_of_reciprocal_roots_are_refused() {
    let is_root = |op: &Op| matches!(op, Op::Rsqrt { .. });
    let [with_mean, without] = [0, 1].map(|at| bench().shape.first_product_row[node(is_root, at)]);
    type Change = fn([i64; 3]) -> [i64; 3];
    let x: Change = |[x, y, _]| [x + 1, y, (x + 1) * y];
    let y: Change = |[x, y, _]| [x, y + 1, x * (y + 1)];
    let z: Change = |[x, y, z]| [x, y, z - 1];
    for first in [with_mean, without] {
        let rows = if first == with_mean { 3 } else { 2 };
        for row in first..first + rows {
            for (name, change) in [("a left side", x), ("a right side", y), ("a product", z)] {
                let in_row: ProductHook =
                    Box::new(move |here, cells| if here == row { change(cells) } else { cells });
                let hooks = Hooks { product: Some(in_row), ..Hooks::default() };
                assert_refused(name, |_| true, &hooks);
            }
        }
    }
}

#[test]
fn other_limbs_are_refused() {
    let row = first_row(|op| matches!(op, Op::Limbs { .. }), 0);
    assert_refused("a limb one off", |_| true, &hint(row, |[q, r, y]| [q ^ 1, r, y]));
    assert_refused("another limb one off", |_| true, &hint(row, |[q, r, y]| [q, r ^ 1, y]));
    assert_refused("the last limb", |_| true, &hint(row + 1, |[q, r, y]| [q + 1, r, y]));
    let carried = hint(row, |[q, r, y]| [q + (1 << 12), r - 1, y]);
    assert_refused("a limb of 4096", |trace| trace.table[row][1] > 0, &carried);
}
