//! Proofs of honest and dishonest provers.

mod soundness;

use std::sync::{Arc, OnceLock};

use rand_core::OsRng;

use super::{Prover, Verifier, VerifyError, Witness};
use crate::argument::plan::Plan;
use crate::argument::statement::{Context, Slot, Statement};
use crate::argument::testing;
use crate::corpus::sponge::view_digest;
use crate::field::Scalar;
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
    let salted = |(i, bytes): (u64, _)| Witness { bytes, salt: Scalar::from(1000 + i) };
    (0..).zip(documents).map(salted).collect()
}

fn statement(program: &Program, plan: &Plan, documents: &[Witness]) -> Statement {
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
        let lanes = 2;
        let plan = Plan::new(&program, documents.len() as u64, lanes).unwrap();
        let statement = statement(&program, &plan, &documents);
        let copies = plan.lane.copies;
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
    assert_eq!(case.verifier.verify(&case.statement, &case.proof), Ok(()));
    let verdicts = case.statement.slots.iter().map(|slot| slot.verdict);
    assert!(verdicts.clone().any(|v| v) && verdicts.clone().any(|v| !v));
}

#[test]
fn a_proof_is_of_its_statement_alone() {
    let case = case();
    let mutations: [fn(&mut Statement); 8] = [
        |s| s.context.header += Scalar::from(1),
        |s| s.context.root += Scalar::from(1),
        |s| s.context.request[0] ^= 1,
        |s| s.batches += 1,
        |s| s.slots[0].verdict ^= true,
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

#[test]
fn the_prover_refuses_a_false_statement() {
    let case = case();
    let mut flipped = case.statement.clone();
    flipped.slots[0].verdict ^= true;
    assert!(case.prover.prove(&flipped, &case.documents, &mut OsRng).is_err());
}

#[test]
#[ignore]
fn timing() {
    use crate::model::linear::*;
    use crate::model::program::*;
    use std::time::Instant;
    // like mnist cnn: 784 bytes, ~800 table rows
    let mut b = ProgramBuilder::new("image/gray-28x28", 784).unwrap();
    let weights = (0..4 * 9).map(|i| (i * 37 % 23) - 11).collect();
    let conv = LinearMap::Conv2d(Conv2d {
        input: [1, 28, 28],
        output: [4, 14, 14],
        kernel: [3, 3],
        stride: [2, 2],
        padding: [1, 1],
        dilation: [1, 1],
        groups: 1,
        weights,
    });
    let conv = b.push(Op::Linear { terms: vec![(0, conv)], bias: vec![17; 784] }).unwrap();
    let range = b.range(conv);
    let shift = 6;
    let [low, high] = [range.low, range.high].map(|x| ((x + 32) >> shift) as i64);
    let clamp = b.table(Table::of(low, high, |q| q.clamp(0, 255))).unwrap();
    let act = b.push(Op::Table { input: conv, table: clamp, shift }).unwrap();
    let dense = LinearMap::Dense(Dense {
        rows: 1,
        columns: 784,
        weights: (0..784).map(|i| 3 - i % 5).collect(),
    });
    let score = b.push(Op::Linear { terms: vec![(act, dense)], bias: vec![-5] }).unwrap();
    let range = b.range(score);
    let shift = 10;
    let [low, high] = [range.low, range.high].map(|x| ((x + 512) >> shift) as i64);
    let step = b.table(Table::of(low, high, |q| i64::from(q > 0))).unwrap();
    let verdict = b.push(Op::Table { input: score, table: step, shift }).unwrap();
    let program = Arc::new(b.finish(verdict).unwrap());
    let documents: Vec<Witness> = (0..300u64)
        .map(|i| Witness {
            bytes: (0..784).map(|j| ((i * 7919 + j * 104729) % 251) as u8).collect(),
            salt: Scalar::from(i),
        })
        .collect();
    let lanes = Plan::choose_lanes(&program, 300, None).unwrap();
    let plan = Plan::new(&program, 300, lanes).unwrap();
    println!("{plan:?} columns {}", plan.lane.columns());
    let t = Instant::now();
    crate::proof::setup::ethereum().unwrap();
    println!("setup {:?}", t.elapsed());
    let t = Instant::now();
    crate::proof::scheme::prover_bases().unwrap();
    println!("bases {:?}", t.elapsed());
    let first = plan.batch(0);
    let docs = &documents[..first.count as usize];
    let st = statement(&program, &plan, docs);
    let t = Instant::now();
    let prover = Prover::new(program.clone(), plan.lane.copies, st.lanes).unwrap();
    println!("prover {:?}", t.elapsed());
    let t = Instant::now();
    let verifier = Verifier::new(program.clone(), plan.lane.copies, st.lanes).unwrap();
    println!("verifier {:?}", t.elapsed());
    let t = Instant::now();
    let proof = prover.prove(&st, docs, &mut OsRng).unwrap();
    println!("prove {:?} docs {} bytes {}", t.elapsed(), docs.len(), proof.len());
    let t = Instant::now();
    verifier.verify(&st, &proof).unwrap();
    println!("verify {:?}", t.elapsed());
    println!(
        "{}",
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|l| l.starts_with("VmHWM"))
            .unwrap()
    );
}
