//! Proofs of honest and dishonest provers.

mod caps;
mod hiding;
mod models;
mod soundness;

use std::sync::{Arc, OnceLock};

use rand_core::OsRng;
use sha2::{Digest, Sha256};

use super::{Prover, Verifier, VerifyError, Witness, proof_len_of};
use crate::argument::plan::{BatchShape, Plan};
use crate::argument::statement::{ARGUMENT_VERSION, Context, Slot, Statement};
use crate::argument::testing;
use crate::field::{Scalar, to_hex};
use crate::hash::sponge::view_digest;
use crate::model::program::Program;

/// A batch of the test program, proved once.
struct Case {
    prover: Prover,
    verifier: Verifier,
    statement: Statement,
    documents: Vec<Witness>,
    proof: Vec<u8>,
}

fn witnesses(program: &Program) -> Vec<Witness> {
    let documents = testing::documents(program);
    let salted = |(i, bytes): (u64, _)| Witness::new(bytes, Scalar::from(1000 + i));
    (0..).zip(documents).map(salted).collect()
}

/// Of one batch, in a context that stands for any.
pub(crate) fn statement(program: &Program, plan: &Plan, documents: &[Witness]) -> Statement {
    let context = Context { header: Scalar::from(1), root: Scalar::from(2), request: [3; 32] };
    let described: Vec<_> = (0..)
        .zip(documents)
        .map(|(leaf, w)| {
            (leaf, view_digest(program.view(), w.salt, &w.bytes), program.matches(&w.bytes))
        })
        .collect();
    Statement::of_batch(context, plan, 0, &described, &Slot::dummy(program))
}

fn case() -> &'static Case {
    static CASE: OnceLock<Case> = OnceLock::new();
    CASE.get_or_init(|| {
        let program = Arc::new(testing::program());
        let documents = witnesses(&program);
        let BatchShape { copies, .. } = Plan::choose(&program, 1 << 20, None).unwrap();
        let shape = BatchShape { copies, lanes: 2 };
        let plan = Plan::new(&program, documents.len() as u64, shape).unwrap();
        let statement = statement(&program, &plan, &documents);
        let prover = Prover::new(program.clone(), copies, statement.lanes).unwrap();
        let verifier = Verifier::new(program, copies, statement.lanes).unwrap();
        let proof = prover.prove(&statement, &documents, &mut OsRng).unwrap();
        Case { prover, verifier, statement, documents, proof }
    })
}

#[test]
fn an_honest_proof_is_accepted_and_has_the_one_length() {
    let case = case();
    assert_eq!(case.proof.len(), case.verifier.proof_len());
    let Statement { copies, lanes, .. } = case.statement;
    assert_eq!(case.proof.len(), proof_len_of(&testing::program(), copies, lanes));
    assert_eq!(case.verifier.verify(&case.statement, &case.proof), Ok(()));
    let decisions = case.statement.slots.iter().map(|slot| slot.decision);
    assert!(decisions.clone().any(|v| v) && decisions.clone().any(|v| !v));
}

#[test]
fn processors_without_vectors_prove_too() {
    let case = case();
    let Statement { copies, lanes, .. } = case.statement;
    let prover = Prover::new(Arc::new(testing::program()), copies, lanes).unwrap().plain();
    let proof = prover.prove(&case.statement, &case.documents, &mut OsRng).unwrap();
    assert_eq!(case.verifier.verify(&case.statement, &proof), Ok(()));
}

#[test]
fn statements_of_another_layout_are_not_looked_at() {
    let case = case();
    let mutations: [fn(&mut Statement); 4] = [
        |s| s.lanes += 1,
        |s| s.copies += 1,
        |s| {
            s.slots.pop();
        },
        |s| s.slots.extend(s.slots.last().cloned()),
    ];
    for (index, mutate) in mutations.iter().enumerate() {
        let mut changed = case.statement.clone();
        mutate(&mut changed);
        let found = case.verifier.verify(&changed, &case.proof);
        assert!(matches!(found, Err(VerifyError::Slots { .. })), "mutation {index}: {found:?}");
    }
}

#[test]
fn a_proof_is_of_its_statement_alone() {
    let case = case();
    let mutations: [fn(&mut Statement); 8] = [
        |s| s.context.header += Scalar::from(1),
        |s| s.context.root += Scalar::from(1),
        |s| s.context.request[0] ^= 1,
        |s| s.batches += 1,
        |s| s.slots[0].decision ^= true,
        |s| s.slots[1].digest += Scalar::from(1),
        |s| s.slots[0].leaf = Some(99),
        |s| s.slots.swap(0, 1),
    ];
    for (index, mutate) in mutations.iter().enumerate() {
        let mut changed = case.statement.clone();
        mutate(&mut changed);
        let result = case.verifier.verify(&changed, &case.proof);
        assert_eq!(result, Err(VerifyError::Refused), "mutation {index}");
    }
}

#[test]
fn changed_bytes_are_refused() {
    let case = case();
    let refused = |proof: &[u8]| case.verifier.verify(&case.statement, proof).unwrap_err();
    let len = case.proof.len();
    assert_eq!(
        refused(&case.proof[..len - 1]),
        VerifyError::Length { expected: len, got: len - 1 }
    );
    let longer = [&case.proof[..], &[0]].concat();
    assert_eq!(refused(&longer), VerifyError::Length { expected: len, got: len + 1 });
    for position in (0..len).step_by(len / 60) {
        let mut flipped = case.proof.clone();
        flipped[position] ^= 1;
        refused(&flipped);
    }
}

/// Every column has fresh random rows, and the quotient's pieces random masks:
/// the prover's own, not the library's.
#[test]
fn two_proofs_of_a_statement_share_no_commitment_and_no_value() {
    let case = case();
    let again = case.prover.prove(&case.statement, &case.documents, &mut OsRng).unwrap();
    assert_eq!(case.verifier.verify(&case.statement, &again), Ok(()));
    let cs = case.verifier.constraint_system();
    // Data, advice, the random polynomial and the quotient's pieces.
    let points = case.verifier.data_columns() + cs.num_advice_columns() + cs.degree();
    let (points, values) = case.proof.split_at(48 * points);
    let (other_points, other_values) = again.split_at(points.len());
    assert!(points.chunks(48).zip(other_points.chunks(48)).all(|(one, other)| one != other));
    assert!(values.chunks(32).zip(other_values.chunks(32)).all(|(one, other)| one != other));
}

#[test]
fn the_prover_refuses_a_false_statement() {
    let case = case();
    let mut flipped = case.statement.clone();
    flipped.slots[0].decision ^= true;
    assert!(case.prover.prove(&flipped, &case.documents, &mut OsRng).is_err());
}

/// Pins the circuit: a change of gates, layout, constants or the library shows
/// here first. If it is meant, bump [`ARGUMENT_VERSION`] and these values.
///
/// [`ARGUMENT_VERSION`]: crate::argument::statement::ARGUMENT_VERSION
#[test]
fn golden_values_pin_the_circuit() {
    let case = case();
    let program = hex::encode(Sha256::digest(testing::program().encode()));
    assert_eq!(program, "292826168d9ce2f18d768b2e5e035a77f1b27d1674a5446cb79e68d9dc3565ed");
    assert_eq!(
        to_hex(&case.verifier.key_digest()),
        "83ebaab8f3eb62f605f3d92fc80308ac94959e0098814524c6f22589b9d82d6a"
    );
    assert_eq!(case.proof.len(), 2176);
    assert_eq!(ARGUMENT_VERSION, 3);
}
