//! Layouts at the caps, which a hostile request or bundle may ask for.

use std::sync::Arc;

use group::Group;
use halo2curves::G1Projective;

use super::{Verifier, VerifyError};
use crate::argument::plan::{BatchShape, MAX_COLUMNS, Plan};
use crate::argument::statement::{Context, Slot, Statement};
use crate::field::Scalar;
use crate::model::linear::{Gather, LinearMap};
use crate::model::program::{Op, Program, ProgramBuilder, Table};
use crate::proof::setup::points;

/// What threads get by default, and the library walks its expressions by
/// recursion.
const STACK: usize = 2 << 20;

/// A program of a number of table rows beside the bytes and the decision.
fn program(rows: usize) -> Program {
    let mut b = ProgramBuilder::new("image/gray-31x1", 31).unwrap();
    let select = |input_len, len| {
        let index = (0..len).map(|i| Some((i % input_len) as u32)).collect();
        LinearMap::Gather(Gather { input_len, index })
    };
    let repeated = vec![(0, select(31, rows))];
    let repeated = b.push(Op::Linear { terms: repeated, bias: vec![0; rows] }).unwrap();
    let table = b.table(Table::of(0, 128, |q| i64::from(q > 50))).unwrap();
    let steps = b.push(Op::Table { input: repeated, table, shift: 1 }).unwrap();
    let first = vec![(steps, select(rows, 1))];
    let first = b.push(Op::Linear { terms: first, bias: vec![0] }).unwrap();
    let bit = b.table(Table::of(0, 1, |q| q)).unwrap();
    let decision = b.push(Op::Table { input: first, table: bit, shift: 0 }).unwrap();
    b.finish(decision).unwrap()
}

/// A proof in which every point is the generator and every number zero: it is
/// read to its end and every gate is evaluated.
fn bogus(verifier: &Verifier) -> Vec<u8> {
    let cs = verifier.constraint_system();
    let point: [u8; 48] = points::encode(&G1Projective::generator());
    let points = verifier.data_columns() + cs.num_advice_columns() + cs.degree();
    let mut proof = point.repeat(points);
    proof.resize(verifier.proof_len() - 2 * 48 - 2 * 32, 0);
    for part in [&point[..], &[0; 64], &point] {
        proof.extend(part);
    }
    proof
}

fn assert_refused_on_a_small_stack(rows: usize, shape: BatchShape, columns: usize) {
    let refuse = move || {
        let program = Arc::new(program(rows));
        let documents = u64::from(shape.copies) * u64::from(shape.lanes);
        let plan = Plan::new(&program, documents, shape).unwrap();
        let verifier = Verifier::new(program.clone(), shape.copies, shape.lanes).unwrap();
        assert_eq!(verifier.data_columns(), columns);
        let context = Context { header: Scalar::from(1), root: Scalar::from(2), request: [3; 32] };
        let described: Vec<_> =
            (0..documents).map(|leaf| (leaf, Scalar::from(leaf), false)).collect();
        let dummy = Slot::dummy(&program);
        let statement = Statement::of_batch(context, &plan, 0, &described, &dummy);
        assert_eq!(verifier.verify(&statement, &bogus(&verifier)), Err(VerifyError::Refused));
    };
    std::thread::Builder::new().stack_size(STACK).spawn(refuse).unwrap().join().unwrap();
}

#[test]
fn a_lane_of_all_columns_fits_a_small_stack() {
    assert_refused_on_a_small_stack(695_500, BatchShape { copies: 16, lanes: 1 }, MAX_COLUMNS);
}

#[test]
fn all_columns_in_many_lanes_fit_a_small_stack() {
    assert_refused_on_a_small_stack(5_000, BatchShape { copies: 1, lanes: 1024 }, MAX_COLUMNS);
}
