//! Proofs of a fixed statement.

use std::sync::{Arc, LazyLock};

use candor::argument::plan::{BatchShape, Plan};
use candor::argument::statement::{Context, Slot, Statement};
use candor::field::Scalar;
use candor::hash::sponge::view_digest;
use candor::model::linear::{Dense, LinearMap};
use candor::model::program::{Op, Program, ProgramBuilder, Table};
use candor::proof::{Prover, Verifier, Witness};
use rand_core::{OsRng, RngCore};

use super::split;

/// The length of an encoded point, and of a scalar.
const POINT: usize = 48;
const SCALAR: usize = 32;

struct Fixture {
    verifier: Verifier,
    statement: Statement,
    proof: Vec<u8>,
}

/// Whether the first of two bytes is above the second.
fn program() -> Program {
    let mut builder = ProgramBuilder::new("image/gray-2x1", 2).expect("two bytes");
    let map = LinearMap::Dense(Dense { rows: 1, columns: 2, weights: vec![1, -1].into() });
    let sum = Op::Linear { terms: vec![(0, map)], bias: vec![0] };
    let input = builder.push(sum).expect("a node");
    let above = Table::of(-255, 255, |difference| i64::from(difference > 0));
    let table = builder.table(above).expect("a table");
    let decision = builder.push(Op::Table { input, table, shift: 0 }).expect("a node");
    builder.finish(decision).expect("a program")
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let program = Arc::new(program());
    let documents = [[3, 2], [2, 3]]
        .map(|bytes| Witness::new(bytes.to_vec(), Scalar::from(u64::from(bytes[0]))));
    let judged: Vec<_> = (0..)
        .zip(&documents)
        .map(|(leaf, document)| {
            let digest = view_digest(program.view(), document.salt, &document.bytes);
            (leaf, digest, program.matches(&document.bytes))
        })
        .collect();
    let plan = Plan::new(&program, documents.len() as u64, BatchShape { copies: 2, lanes: 1 })
        .expect("a plan");
    // A statement of this process alone: of another one's there are true proofs,
    // in the fuzzer's corpus for instance.
    let mut request = [0; 32];
    OsRng.fill_bytes(&mut request);
    let context = Context { header: Scalar::from(1), root: Scalar::from(2), request };
    let statement = Statement::of_batch(context, &plan, 0, &judged, &Slot::dummy(&program));
    let copies = plan.lane.copies;
    let prover = Prover::new(program.clone(), copies, statement.lanes).expect("a prover");
    let proof = prover.prove(&statement, &documents, &mut OsRng).expect("a proof");
    let verifier = Verifier::new(program, copies, statement.lanes).expect("a verifier");
    Fixture { verifier, statement, proof }
});

/// Gives the verifier other bytes than the proof: they are refused. The first
/// byte says whether the bytes are the proof itself, or edits of the honest
/// one, which is another in every process.
pub(crate) fn proof(data: &[u8]) {
    let Fixture { verifier, statement, proof: honest } = &*FIXTURE;
    let (kind, bytes) = split(data);
    let proof = if kind == 0 { bytes.to_vec() } else { edited(honest, bytes) };
    let accepted = verifier.verify(statement, &proof).is_ok();
    assert_eq!(accepted, proof == *honest, "{} of {} bytes", proof.len(), honest.len());
}

/// Edits of six bytes each: what, where (two bytes), from where or with what.
fn edited(honest: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut proof = honest.to_vec();
    for edit in edits.as_chunks::<6>().0 {
        let [what, a, b, c, d, value] = *edit;
        let [to, from] = [[a, b], [c, d]].map(|at| usize::from(u16::from_le_bytes(at)));
        let unit = if what & 1 == 0 { POINT } else { SCALAR };
        // Where the encodings of a kind begin is not known here: points come
        // first and scalars last, so both ends are counted from.
        let place = |at: usize, len: usize| match unit {
            POINT => at.saturating_mul(POINT).checked_rem(len.saturating_sub(POINT)),
            _ => at.saturating_mul(SCALAR).checked_rem(len).map(|back| len - back),
        };
        match what >> 1 & 7 {
            0 => proof.truncate(to),
            1 => proof.push(value),
            2 => copy(&mut proof, unit, place(to, honest.len()), place(from, honest.len())),
            3 => fill(&mut proof, unit, place(to, honest.len()), value),
            _ => {
                if let Some(byte) = proof.get_mut(to) {
                    *byte ^= value;
                }
            }
        }
    }
    proof
}

/// One encoding of the proof in the place of another: it decodes.
fn copy(proof: &mut [u8], unit: usize, to: Option<usize>, from: Option<usize>) {
    if let (Some(to), Some(from)) = (to, from)
        && to.max(from) + unit <= proof.len()
    {
        proof.copy_within(from..from + unit, to);
    }
}

/// Zero, one, or (0xc0 first) the point at infinity.
fn fill(proof: &mut [u8], unit: usize, to: Option<usize>, value: u8) {
    if let Some(place) = to.and_then(|to| proof.get_mut(to..to + unit)) {
        place.fill(0);
        place[0] = value;
    }
}

/// No edit, and one of each kind.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![1], [&[0][..], &FIXTURE.proof].concat()];
    for what in 0..10 {
        seeds.push(vec![1, what, 3, 0, 1, 0, 0xc0]);
    }
    seeds
}
