//! Witnesses that break one clause, refused by circuit and twin alike.
//!
//! A dishonest prover commits to its broken witness faithfully and runs the
//! real protocol. Everything that follows from the break is computed from it,
//! so that the clause in question alone can refuse it.

mod chunks;
mod embeddings;
mod hints;
mod lattice;
mod matrices;
mod protocol;
mod steps;
mod witnesses;

use std::sync::{Arc, OnceLock};

use ff::Field;
use rand_core::OsRng;

use crate::argument::deferred::{DeferredRows, Folding};
use crate::argument::lane::LaneLayout;
use crate::argument::shape::Shape;
use crate::argument::statement::{Context, Slot, Statement};
use crate::argument::tables::Entries;
use crate::argument::testing;
use crate::argument::testing::forge::{self, ArgumentHook, Hooks, RowHook};
use crate::argument::trace::Trace;
use crate::field::Scalar;
use crate::model::program::{Op, Program, Table};
use crate::proof::columns::advice::{SecondPhase, count_ids, multiplicity_columns};
use crate::proof::columns::data::first_round;
use crate::proof::gates::Drawn;
use crate::proof::{Prover, Verifier, Watch};

const COPIES: u32 = 3;
const LANES: u32 = 2;

struct Bench {
    program: Arc<Program>,
    shape: Shape,
    prover: Prover,
    verifier: Verifier,
    documents: Vec<Vec<u64>>,
}

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| Bench::of(testing::program()))
}

type Forgery = fn(&mut SecondPhase, &Drawn);

fn salt(slot: usize) -> Scalar {
    Scalar::from(slot as u64 + 5).invert().unwrap()
}

impl Bench {
    fn of(program: Program) -> Self {
        let program = Arc::new(program);
        let documents = testing::documents(&program);
        let wide = |bytes: &Vec<u8>| bytes.iter().copied().map(u64::from).collect();
        Self {
            shape: Shape::of(&program),
            prover: Prover::new(program.clone(), COPIES, LANES).unwrap(),
            verifier: Verifier::new(program.clone(), COPIES, LANES).unwrap(),
            documents: documents.iter().skip(2).take(6).map(wide).collect(),
            program,
        }
    }

    fn trace(&self, slot: usize, hooks: &Hooks) -> Trace {
        forge::trace(&self.program, &self.shape, &self.documents[slot], salt(slot), hooks)
    }

    fn honest(&self) -> Vec<Trace> {
        (0..self.documents.len()).map(|slot| self.trace(slot, &Hooks::default())).collect()
    }

    /// The statement that goes with traces, true of them or not.
    fn statement(&self, traces: &[Trace]) -> Statement {
        let slot = |(leaf, trace): (u64, &Trace)| Slot {
            leaf: Some(leaf),
            digest: trace.digest,
            decision: trace.decision,
        };
        Statement {
            context: Context { header: Scalar::ONE, root: Scalar::from(2), request: [3; 32] },
            batch: 0,
            batches: 1,
            lanes: LANES,
            copies: COPIES,
            slots: (0..).zip(traces).map(slot).collect(),
        }
    }

    /// Counts what look-ups there are and leaves out those that hit nothing.
    fn multiplicities(&self, traces: &[Trace]) -> Vec<Vec<Scalar>> {
        let entries = Entries::of(&self.program);
        let mut counts = vec![0; entries.as_slice().len()];
        for trace in traces {
            for ([q, r, _], lookups) in trace.table.iter().zip(&self.shape.lookups) {
                let hits = [Some((lookups.step, q)), lookups.remainder.map(|tag| (tag, r))];
                for (tag, q) in hits.into_iter().flatten() {
                    if let Some(position) = entries.position(tag, *q) {
                        counts[position] += 1;
                    }
                }
            }
        }
        let traces: Vec<&Trace> = traces.iter().collect();
        multiplicity_columns(&counts, &count_ids(&self.program, &traces))
    }

    fn prove(&self, statement: &Statement, traces: &[Trace]) -> Vec<u8> {
        self.prove_forged(statement, traces, self.multiplicities(traces), |_, _| ())
    }

    fn prove_forged(
        &self,
        statement: &Statement,
        traces: &[Trace],
        multiplicities: Vec<Vec<Scalar>>,
        forge: Forgery,
    ) -> Vec<u8> {
        self.prove_with(statement, traces, multiplicities, |_| (), forge)
    }

    /// The rows of the second round of all slots may be changed when τ is known.
    fn prove_with(
        &self,
        statement: &Statement,
        traces: &[Trace],
        multiplicities: Vec<Vec<Scalar>>,
        forge_second: impl FnOnce(&mut [DeferredRows]),
        forge: Forgery,
    ) -> Vec<u8> {
        let forge_second = |rows: &mut [DeferredRows], _: &Folding| {
            forge_second(rows);
            multiplicities
        };
        self.prove_folded(statement, traces, forge_second, forge)
    }

    /// The same with what follows from τ at hand; the multiplicities are chosen then.
    fn prove_folded(
        &self,
        statement: &Statement,
        traces: &[Trace],
        forge_second: impl FnOnce(&mut [DeferredRows], &Folding) -> Vec<Vec<Scalar>>,
        forge: Forgery,
    ) -> Vec<u8> {
        let traces: Vec<&Trace> = traces.iter().collect();
        let lane = LaneLayout::new(&self.shape, COPIES);
        let first = first_round(&lane, &traces, &mut OsRng);
        let second = |folding: &Folding| {
            let rows = |trace: &&Trace| folding.rows(&self.program, &trace.deferred);
            let mut rows: Vec<_> = traces.iter().map(rows).collect();
            let multiplicities = forge_second(&mut rows, folding);
            (rows, multiplicities)
        };
        let mut watch = Watch::new(&|_| ());
        let proof =
            self.prover.prove_columns(statement, first, second, forge, &mut watch, &mut OsRng);
        proof.unwrap()
    }

    fn accepts(&self, statement: &Statement, proof: &[u8]) -> bool {
        self.verifier.verify(statement, proof).is_ok()
    }

    /// Circuit and twin must agree that the traces are no witness.
    fn assert_refused(&self, name: &str, statement: &Statement, traces: &[Trace]) {
        let twin = statement.check(&self.program, traces);
        assert!(twin.is_err(), "{name}: the twin accepts");
        let proof = self.prove(statement, traces);
        assert!(!self.accepts(statement, &proof), "{name}: the verifier accepts");
    }

    /// Circuit and twin accept the honest traces, and the forger without hooks is the
    /// honest prover; gives the traces.
    fn assert_honest_is_accepted(&self) -> Vec<Trace> {
        let traces = self.honest();
        let statement = self.statement(&traces);
        assert_eq!(statement.check(&self.program, &traces), Ok(()));
        assert!(self.accepts(&statement, &self.prove(&statement, &traces)));
        for (slot, trace) in traces.iter().enumerate() {
            let honest = Trace::of(&self.program, &self.shape, &self.bytes(slot), salt(slot));
            assert_eq!((&honest.table, &honest.product), (&trace.table, &trace.product));
            assert_eq!((&honest.sbox, honest.digest), (&trace.sbox, trace.digest));
            assert_eq!(honest.deferred, trace.deferred);
        }
        traces
    }

    fn bytes(&self, slot: usize) -> Vec<u8> {
        self.documents[slot].iter().map(|byte| *byte as u8).collect()
    }

    /// The first row of the n-th node that a predicate picks.
    fn row_of(&self, pick: fn(&Op) -> bool) -> usize {
        let node = self.program.nodes().iter().position(|node| pick(&node.op)).unwrap();
        self.shape.first_row[node]
    }

    fn step_row(&self) -> usize {
        self.row_of(|op| matches!(op, Op::Table { .. }))
    }
}

#[test]
fn the_honest_witness_is_accepted_by_both() {
    let bench = bench();
    let traces = bench.assert_honest_is_accepted();
    let decisions: Vec<bool> = traces.iter().map(|trace| trace.decision).collect();
    assert!(decisions.contains(&true) && decisions.contains(&false));
}

/// A row hook that acts in one row.
fn at(row: usize, change: fn([u64; 3], &Table) -> [u64; 3]) -> Option<RowHook> {
    Some(Box::new(move |here, cells, table| if here == row { change(cells, table) } else { cells }))
}

/// An argument hook that adds to x in one row.
fn shifted(row: usize, by: i64) -> Option<ArgumentHook> {
    Some(Box::new(move |here, x| if here == row { x + by } else { x }))
}
