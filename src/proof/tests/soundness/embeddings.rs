//! Rows of public tables, selected by numbers of the document.

use std::sync::OnceLock;

use ff::Field;

use super::{Bench, Hooks};
use crate::argument::deferred::{DeferredRows, Folding};
use crate::argument::testing;
use crate::field::Scalar;
use crate::model::program::Op;
use crate::proof::columns::public::public_columns;
use crate::proof::fixed_columns::GROUP_ROWS;

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| Bench::of(testing::embedding_program()))
}

#[test]
fn honest_embeddings_are_accepted() {
    let bench = bench();
    let traces = bench.assert_honest_is_accepted();
    let decisions: Vec<bool> = traces.iter().map(|trace| trace.decision).collect();
    assert!(decisions.contains(&true) && decisions.contains(&false));
    let bytes = bench.bytes(0);
    let expected: Vec<i64> = (0..6).map(|t| i64::from(bytes[3 * t])).collect();
    assert_eq!(traces[0].deferred.ids[0], expected);
}

/// What a prover changes in the rows of all slots; the folded tables are at hand.
type Change = Box<dyn Fn(&mut [DeferredRows], &[Vec<Scalar>])>;

/// The verifier refuses honest traces with changed rows.
fn assert_change_is_refused(name: &str, change: impl Fn(&mut [DeferredRows], &[Vec<Scalar>])) {
    let bench = bench();
    let traces = bench.honest();
    let statement = bench.statement(&traces);
    let counts = bench.multiplicities(&traces);
    let forge = |slots: &mut [DeferredRows], folding: &Folding| {
        let honest = slots.to_vec();
        change(slots, folding.embeddings());
        assert_ne!(slots, honest, "{name}");
        counts
    };
    let proof = bench.prove_folded(&statement, &traces, forge, |_, _| ());
    assert!(!bench.accepts(&statement, &proof), "{name}: the verifier accepts");
}

#[test]
fn changed_embedding_rows_are_refused() {
    let bench = bench();
    let ids = bench.honest()[0].deferred.ids[0].clone();
    let elsewhere = (0..6).find(|t| ids[*t] != ids[0]).expect("two ids that differ");
    let first = ids[0] as usize;
    let other = (first + 1) % 256;
    let beyond = bench.program.embeddings()[1].ids as u64;
    let cases: [(&str, Change); 7] = [
        ("f alone", Box::new(|slots, _| slots[0].embedding[0][1] += Scalar::ONE)),
        (
            "f of another id",
            Box::new(move |slots, folded| slots[0].embedding[0][1] = folded[0][other]),
        ),
        (
            "another id and its f",
            Box::new(move |slots, folded| {
                slots[0].embedding[0] = [Scalar::from(other as u64), folded[0][other]];
            }),
        ),
        ("rows of two places", Box::new(move |slots, _| slots[0].embedding.swap(0, elsewhere))),
        (
            "rows of two slots",
            Box::new(|slots, _| {
                let (left, right) = slots.split_at_mut(1);
                std::mem::swap(&mut left[0].embedding, &mut right[0].embedding);
            }),
        ),
        // The last group's rows past the ids repeat its first entry: this is not one.
        (
            "an id past the last, with nothing",
            Box::new(move |slots, _| {
                slots[0].embedding[6] = [Scalar::from(beyond), Scalar::ZERO];
            }),
        ),
        (
            "a row of another table",
            Box::new(move |slots, folded| slots[0].embedding[0][1] = folded[1][first]),
        ),
    ];
    for (name, change) in cases {
        assert_change_is_refused(name, change);
    }
}

/// A document read as if two of its ids were others, and all that follows from it: only
/// the bindings of the two ids fail, by errors that would cancel under one weight.
#[test]
fn ids_whose_errors_cancel_are_refused() {
    const SLOT: usize = 3;
    let bench = bench();
    let honest = bench.trace(SLOT, &Hooks::default());
    let ids = honest.deferred.ids[0].clone();
    let mut places = (0..6).filter(|t| (1..255).contains(&ids[*t]));
    let [one, two] = [(); 2].map(|()| places.next().expect("two ids in between"));
    let moved = move |t: usize| match t {
        _ if t == one => ids[t] + 1,
        _ if t == two => ids[t] - 1,
        _ => ids[t],
    };
    let nodes = bench.program.nodes();
    let node = nodes.iter().position(|node| matches!(node.op, Op::Embedding { .. })).unwrap();
    let table = bench.program.embeddings()[0].clone();
    let columns = table.columns;
    let read = {
        let moved = moved.clone();
        move |e: usize| table.row(moved(e / columns) as usize).nth(e % columns).unwrap()
    };
    let change = move |id, e, x| if id == node { read(e) } else { x };
    let hooks = Hooks { unmaterialised: Some(Box::new(change)), ..Hooks::default() };
    let mut traces = bench.honest();
    traces[SLOT] = bench.trace(SLOT, &hooks);
    let statement = bench.statement(&traces);
    assert!(statement.check(&bench.program, &traces).is_err());
    let mut counted = traces.clone();
    counted[SLOT].deferred.ids[0] = (0..6).map(&moved).collect();
    let counts = bench.multiplicities(&counted);
    let forge = |slots: &mut [DeferredRows], folding: &Folding| {
        for t in [one, two] {
            let id = moved(t) as usize;
            slots[SLOT].embedding[t] = [Scalar::from(id as u64), folding.embeddings()[0][id]];
        }
        counts
    };
    let proof = bench.prove_folded(&statement, &traces, forge, |_, _| ());
    assert!(!bench.accepts(&statement, &proof));
}

#[test]
fn rows_that_the_id_does_not_select_are_refused() {
    let bench = bench();
    for pick in 0..2 {
        let nodes = bench.program.nodes().iter().enumerate();
        let mut nodes = nodes.filter(|(_, node)| matches!(node.op, Op::Embedding { .. }));
        let node = nodes.nth(pick).unwrap().0;
        let change = move |id, e, x| if (id, e) == (node, 1) { x + 4 } else { x };
        let hooks = Hooks { unmaterialised: Some(Box::new(change)), ..Hooks::default() };
        let mut traces = bench.honest();
        let differs = |slot: &usize| bench.trace(*slot, &hooks).table != traces[*slot].table;
        let slot = (0..traces.len()).find(differs).unwrap();
        traces[slot] = bench.trace(slot, &hooks);
        bench.assert_refused("another row", &bench.statement(&traces), &traces);
    }
}

#[test]
fn embedding_rows_of_another_challenge_are_refused() {
    let bench = bench();
    let traces = bench.honest();
    let folding = Folding::of(&bench.program, Scalar::from(0x1234_5677).square().square());
    assert_change_is_refused("another τ", |slots, _| {
        for (slot, trace) in slots.iter_mut().zip(&traces) {
            slot.embedding = folding.rows(&bench.program, &trace.deferred).embedding;
        }
    });
}

/// No row of a group holds an entry of no id.
#[test]
fn groups_of_embeddings_hold_their_entries_alone() {
    let bench = bench();
    let folding = Folding::of(&bench.program, Scalar::from(77));
    let columns = public_columns(&folding);
    let [one, two] = [0, 1].map(|id| folding.embeddings()[id].as_slice());
    assert!(two.len() > GROUP_ROWS && one.len() < GROUP_ROWS);
    // Embedding and first id of each group.
    let groups = [(one, 0), (two, 0), (two, GROUP_ROWS)];
    assert_eq!(columns.len(), groups.len());
    let rows = bench.verifier.table_rows();
    let rows = rows[rows.len() - groups.len() * GROUP_ROWS..].chunks(GROUP_ROWS);
    for (((values, first), column), rows) in groups.into_iter().zip(&columns).zip(rows) {
        assert_eq!((column.len(), rows.len()), (GROUP_ROWS, GROUP_ROWS));
        for (row, (value, [_, id, _])) in column.iter().zip(rows).enumerate() {
            let entry = if first + row < values.len() { first + row } else { first };
            assert_eq!((*value, *id), (values[entry], entry as u64));
        }
    }
}
