//! What committing, proving and verifying cost: `cargo bench`.
//!
//! Each proving bench is a batch whose strips of one kind are full, so that
//! time over throughput is the cost of a row of that kind, everything included.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use candor::argument::lane::ROWS;
use candor::argument::plan::{BatchShape, Plan};
use candor::argument::statement::{Context, Slot, Statement};
use candor::corpus::commit::commit_corpus;
use candor::field::Scalar;
use candor::hash::sponge::view_digest;
use candor::model::linear::{Dense, LinearMap};
use candor::model::program::{Op, Program, ProgramBuilder, Table};
use candor::proof::scheme::{Kzg, prover_bases};
use candor::proof::{Prover, Verifier, Witness};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ff::Field;
use halo2_proofs::poly::EvaluationDomain;
use halo2_proofs::poly::commitment::PolynomialCommitmentScheme;
use rand_core::OsRng;

/// A dense layer of `outputs` sums of all bytes, clamped; squares of them if
/// `squares`; and a decision.
fn program(bytes: usize, outputs: usize, squares: bool) -> Program {
    let mut b = ProgramBuilder::new(format!("image/gray-{bytes}x1"), bytes).unwrap();
    let dense = |rows: usize, columns: usize| {
        let weights = (0..rows * columns).map(|i| (i as i64 * 37) % 23 - 11).collect();
        LinearMap::Dense(Dense { rows, columns, weights })
    };
    let step = |b: &mut ProgramBuilder, input, function: fn(i64) -> i64| {
        let range = b.range(input);
        let mut shift = 0;
        while (range.high - range.low) >> shift > 2000 {
            shift += 1;
        }
        let half = (1i128 << shift) >> 1;
        let [low, high] = [range.low, range.high].map(|x| ((x + half) >> shift) as i64);
        let table = b.table(Table::of(low, high, function)).unwrap();
        b.push(Op::Table { input, table, shift }).unwrap()
    };
    let terms = vec![(0, dense(outputs, bytes))];
    let sums = b.push(Op::Linear { terms, bias: vec![0; outputs] }).unwrap();
    let mut last = step(&mut b, sums, |q| q.clamp(0, 255));
    if squares {
        last = b.push(Op::Product { left: last, right: last }).unwrap();
    }
    // A few of them: the sum of all squares would outgrow the tables.
    let few = (0..outputs as i64).map(|i| if i < 8 { i - 4 } else { 0 }).collect();
    let few = LinearMap::Dense(Dense { rows: 1, columns: outputs, weights: few });
    let terms = vec![(last, few)];
    let score = b.push(Op::Linear { terms, bias: vec![0] }).unwrap();
    let decision = step(&mut b, score, |q| i64::from(q > 0));
    b.finish(decision).unwrap()
}

struct Batch {
    program: Arc<Program>,
    plan: Plan,
    statement: Statement,
    documents: Vec<Witness>,
}

fn batch(program: Program, lanes: u32) -> Batch {
    let BatchShape { copies, .. } = Plan::choose(&program, 1 << 20, None).unwrap();
    let shape = BatchShape { copies, lanes };
    let count = u64::from(lanes * copies);
    let plan = Plan::new(&program, count, shape).unwrap();
    let document = |i: u64| {
        let bytes = (0..program.input_len() as u64).map(|j| (i * 7919 + j * 31) as u8);
        Witness::new(bytes.collect(), Scalar::from(i))
    };
    let documents: Vec<Witness> = (0..count).map(document).collect();
    let described: Vec<_> = (0..)
        .zip(&documents)
        .map(|(leaf, w)| {
            let digest = view_digest(program.view(), w.salt, &w.bytes);
            (leaf, digest, program.matches(&w.bytes))
        })
        .collect();
    let context = Context { header: Scalar::from(1), root: Scalar::from(2), request: [3; 32] };
    let dummy = Slot::dummy(&program);
    let statement = Statement::of_batch(context, &plan, 0, &described, &dummy);
    Batch { program: Arc::new(program), plan, statement, documents }
}

fn prove(c: &mut Criterion) {
    let mut group = c.benchmark_group("prove a row");
    group.sample_size(10);
    // Table rows: one byte in 32 rows. S-boxes: 129 rows for 248 bytes.
    let cases = [
        ("table", batch(program(31, 1000, false), 24)),
        ("S-box", batch(program(247, 1, false), 100)),
        ("product", batch(program(31, 1000, true), 12)),
    ];
    for (index, (name, batch)) in cases.into_iter().enumerate() {
        let lane = batch.plan.lane;
        let kind = candor::argument::rows::RowKind::ALL[index];
        let rows = lane.rows(kind) * batch.documents.len();
        group.throughput(Throughput::Elements(rows as u64));
        let prover = Prover::new(batch.program, lane.copies, batch.statement.lanes).unwrap();
        group.bench_function(name, |b| {
            b.iter(|| prover.prove(&batch.statement, &batch.documents, &mut OsRng).unwrap());
        });
    }
    group.finish();
}

fn verify(c: &mut Criterion) {
    let batch = batch(program(784, 400, false), 20);
    let copies = batch.plan.lane.copies;
    let lanes = batch.statement.lanes;
    let prover = Prover::new(batch.program.clone(), copies, lanes).unwrap();
    let proof = prover.prove(&batch.statement, &batch.documents, &mut OsRng).unwrap();
    let verifier = Verifier::new(batch.program.clone(), copies, lanes).unwrap();
    let mut group = c.benchmark_group("verify");
    group.sample_size(20);
    group.throughput(Throughput::Elements(batch.documents.len() as u64));
    group.bench_function("a document", |b| {
        b.iter(|| verifier.verify(&batch.statement, black_box(&proof)).unwrap());
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("key generation", |b| {
        b.iter(|| Verifier::new(batch.program.clone(), copies, lanes).unwrap().key_digest());
    });
    group.finish();
}

fn commit(c: &mut Criterion) {
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_corpus/documents");
    let count = std::fs::read_dir(&documents).unwrap().count();
    let views = ["image/gray-28x28".parse().unwrap()];
    let mut group = c.benchmark_group("commit");
    group.throughput(Throughput::Elements(count as u64));
    group.bench_function("a document", |b| {
        b.iter(|| commit_corpus(&documents, &views, &mut OsRng, &|_, _| ()).unwrap());
    });
    group.finish();
}

fn columns(c: &mut Criterion) {
    let bases = prover_bases().unwrap();
    let domain = EvaluationDomain::<Scalar>::new(1, ROWS.ilog2());
    let long = Scalar::from(3).invert().unwrap();
    let full = |i: usize| long * Scalar::from(i as u64 + 1);
    let column = |bits: u32| {
        // Short values with the random rows that every data column has.
        let value = move |i: usize| match i {
            _ if i >= ROWS - 8 => full(i),
            _ => Scalar::from((i as u64).wrapping_mul(0x9e37_79b9) & ((1 << bits) - 1)),
        };
        domain.lagrange_from_vec((0..ROWS).map(value).collect())
    };
    let mut group = c.benchmark_group("commit to a column");
    let full = domain.lagrange_from_vec((0..ROWS).map(full).collect());
    for (name, column) in [("8 bits", column(8)), ("12 bits", column(12)), ("255 bits", full)] {
        group.bench_function(name, |b| b.iter(|| Kzg::commit_lagrange(bases, black_box(&column))));
    }
    group.finish();
}

criterion_group!(benches, commit, columns, prove, verify);
criterion_main!(benches);
