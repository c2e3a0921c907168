//! Products of matrices, whose inner rows are chosen when τ is known.

use std::sync::OnceLock;

use ff::Field;

use super::{Bench, COPIES, Hooks, LANES, at};
use crate::argument::deferred::{DeferredRows, Folding};
use crate::argument::testing;
use crate::argument::testing::forge::ElementHook;
use crate::argument::trace::Trace;
use crate::field::Scalar;
use crate::model::program::Op;

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| Bench::of(testing::matrix_program()))
}

/// The node of the first product of matrices.
fn matmul() -> usize {
    let is_product = |op: &Op| matches!(op, Op::MatMul { .. });
    bench().program.nodes().iter().position(|node| is_product(&node.op)).unwrap()
}

/// What a prover changes in the inner rows of all slots, τ known.
type Change = fn(&mut [DeferredRows]);

/// The verifier refuses it, and so does whoever computes the rows again.
fn assert_change_is_refused(name: &str, change: Change) {
    let bench = bench();
    let traces = bench.honest();
    let statement = bench.statement(&traces);
    let folding = Folding::of(&bench.program, Scalar::from(0x1234_5677).square().square());
    let rows = |trace: &Trace| folding.rows(&bench.program, &trace.deferred);
    let honest: Vec<DeferredRows> = traces.iter().map(rows).collect();
    let mut changed = honest.clone();
    change(&mut changed);
    assert_ne!(changed, honest, "{name}");
    let counts = bench.multiplicities(&traces);
    let proof = bench.prove_with(&statement, &traces, counts, change, |_, _| ());
    assert!(!bench.accepts(&statement, &proof), "{name}: the verifier accepts");
}

#[test]
fn honest_products_of_matrices_are_accepted() {
    let traces = bench().assert_honest_is_accepted();
    let decisions: Vec<bool> = traces.iter().map(|trace| trace.decision).collect();
    assert!(decisions.contains(&true) && decisions.contains(&false));
}

#[test]
fn changed_inner_rows_are_refused() {
    let cases: [(&str, Change); 7] = [
        ("one x and its product", |slots| {
            let row = &mut slots[0].inner[1];
            row[0] += Scalar::ONE;
            row[2] = row[0] * row[1];
        }),
        ("one y and its product", |slots| {
            let row = &mut slots[3].inner[2];
            row[1] += Scalar::ONE;
            row[2] = row[0] * row[1];
        }),
        ("a product alone", |slots| slots[0].inner[0][2] += Scalar::ONE),
        ("two products that cancel", |slots| {
            slots[0].inner[0][2] += Scalar::ONE;
            slots[0].inner[1][2] -= Scalar::ONE;
        }),
        ("rows of two inner indices", |slots| slots[0].inner.swap(0, 1)),
        ("rows of two copies", |slots| slots.swap(0, 1)),
        ("rows of two lanes", |slots| slots.swap(1, COPIES as usize + 1)),
    ];
    for (name, change) in cases {
        assert_change_is_refused(name, change);
    }
}

/// A false product whose rows are made good: x and z of two inner indices change so that
/// the sum of products is the false one, and the errors of the two relations of x would
/// cancel if they had one weight. Each has a power of ρ of its own, drawn afterwards.
#[test]
fn errors_of_bindings_that_cancel_under_tau_are_refused() {
    let bench = bench();
    let node = matmul();
    // Another value in one element, and all that follows from it.
    let mut traces = bench.honest();
    let slot = changed_slot(
        &mut traces,
        Box::new(move |id, e, value| if (id, e) == (node, 0) { value + 4 } else { value }),
    );
    let statement = bench.statement(&traces);
    assert!(statement.check(&bench.program, &traces).is_err());
    let counts = bench.multiplicities(&traces);
    let forge = |slots: &mut [DeferredRows]| {
        // The first pair's sum of products has to grow by the error of element 0, which
        // weighs τ^0: by 4.
        let (four, rows) = (Scalar::from(4), &mut slots[slot].inner);
        let by = four * (rows[0][1] - rows[1][1]).invert().unwrap();
        for (row, by) in [(0, by), (1, -by)] {
            rows[row][0] += by;
            rows[row][2] = rows[row][0] * rows[row][1];
        }
    };
    let proof = bench.prove_with(&statement, &traces, counts, forge, |_, _| ());
    assert!(!bench.accepts(&statement, &proof));
}

#[test]
fn false_products_are_refused() {
    let bench = bench();
    let node = matmul();
    let cases: [(&str, ElementHook); 3] = [
        ("one element", Box::new(move |id, e, x| if (id, e) == (node, 3) { x + 9 } else { x })),
        (
            "two elements whose errors cancel in a plain sum",
            Box::new(move |id, e, x| match (id == node, e) {
                (true, 1) => x + 9,
                (true, 4) => x - 9,
                _ => x,
            }),
        ),
        ("another pair's", Box::new(move |id, e, x| if id == node && e > 5 { x + 5 } else { x })),
    ];
    for (name, hook) in cases {
        let mut traces = bench.honest();
        changed_slot(&mut traces, hook);
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
    // Quotients of two elements, changed against each other, remainders kept.
    let step = bench.program.nodes().iter().position(|node| {
        let Op::Table { input, .. } = node.op else { return false };
        matches!(&bench.program.nodes()[input].op, Op::Linear { terms, .. }
            if terms.iter().any(|(id, _)| *id == matmul()))
    });
    let first = bench.shape.first_row[step.unwrap()];
    let mut traces = bench.honest();
    let more = at(first, |[q, r, _], table| [q + 1, r, entry(table, q + 1)]);
    let less = at(first + 1, |[q, r, _], table| [q - 1, r, entry(table, q - 1)]);
    let (more, less) = (more.unwrap(), less.unwrap());
    let row: super::RowHook =
        Box::new(move |row, cells, table| less(row, more(row, cells, table), table));
    traces[2] = bench.trace(2, &Hooks { row: Some(row), ..Hooks::default() });
    bench.assert_refused("quotients", &bench.statement(&traces), &traces);
}

fn entry(table: &crate::model::program::Table, q: u64) -> u64 {
    (table.values[q as usize] - table.min()) as u64
}

/// Puts a trace with a false product where it differs from the honest one.
fn changed_slot(traces: &mut [Trace], hook: ElementHook) -> usize {
    let hooks = Hooks { unmaterialised: Some(hook), ..Hooks::default() };
    let bench = bench();
    let slot = (0..(COPIES * LANES) as usize)
        .find(|slot| bench.trace(*slot, &hooks).table != traces[*slot].table)
        .unwrap();
    traces[slot] = bench.trace(slot, &hooks);
    slot
}

/// The rows of another τ.
#[test]
fn inner_rows_of_another_challenge_are_refused() {
    let bench = bench();
    let traces = bench.honest();
    let statement = bench.statement(&traces);
    let counts = bench.multiplicities(&traces);
    let folding = Folding::of(&bench.program, Scalar::from(0x1234_5677).square().square());
    let other = |slots: &mut [DeferredRows]| {
        for (slot, trace) in slots.iter_mut().zip(&traces) {
            *slot = folding.rows(&bench.program, &trace.deferred);
        }
    };
    let proof = bench.prove_with(&statement, &traces, counts, other, |_, _| ());
    assert!(!bench.accepts(&statement, &proof));
}
