//! A model whose tensors are multiplied, from its file to an accepted proof.

use super::*;
use crate::model::onnx;
use crate::model::onnx::writer::Writer;
use crate::model::predicate::Predicate;
use crate::model::program::Op;
use crate::model::quantize::{CompileOptions, InputScaling, ViewDims, compile};
use crate::model::reference::calibrate;

/// Squeeze and excitation over a picture of 4×4, then two scores.
fn squeeze_and_excitation(seed: u64) -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1, 4, 4], seed);
    let layer = |w: &mut Writer, x: &str, from: i64, to: i64| {
        let (weights, bias) = (w.weights(&[to, from, 1, 1], 0.0, 1.0), w.weights(&[to], 0.1, 0.1));
        w.node("Conv", &[x, &weights, &bias], vec![])
    };
    let x = layer(&mut w, "x", 1, 2);
    let x = w.node("Relu", &[&x], vec![]);
    let mean = w.node("GlobalAveragePool", &[&x], vec![]);
    let gate = layer(&mut w, &mean, 2, 2);
    let gate = w.node("Sigmoid", &[&gate], vec![]);
    let y = w.node("Mul", &[&x, &gate], vec![]);
    let y = w.node("Flatten", &[&y], vec![]);
    let weights = w.weights(&[32, 2], 0.0, 1.0);
    let y = w.node("MatMul", &[&y, &weights], vec![]);
    w.finish(&y)
}

/// The program of one, and a document that matches and one that does not.
fn compiled(seed: u64) -> Option<(Arc<Program>, [Vec<u8>; 2])> {
    let graph = onnx::read(&squeeze_and_excitation(seed)).unwrap();
    let dims = ViewDims { height: 4, width: 4, channels: 1 };
    let scaling = InputScaling::default();
    let picture = |page: u32| (0..16).map(|at| (page * 67 + at * (31 + page)) as u8).collect();
    let pictures: Vec<Vec<u8>> = (0..12).map(picture).collect();
    let ranges = calibrate(&graph, dims, &scaling, pictures.iter().map(Vec::as_slice)).unwrap();
    let (view, predicate) = ("image/gray-4x4".to_owned(), Predicate::match_class([0]));
    let options = CompileOptions { view, dims, scaling, predicate, ranges };
    let program = compile(&graph, &options).unwrap().program;
    let (matching, others): (Vec<_>, Vec<_>) =
        pictures.into_iter().partition(|picture| program.matches(picture));
    let chosen = [matching.into_iter().next()?, others.into_iter().next()?];
    Some((program, chosen))
}

#[test]
fn a_model_with_a_gate_is_proved() {
    // Of some, the first whose answers differ.
    let (program, chosen) = (0..40).find_map(compiled).unwrap();
    // A gate of two channels is two products of a column by a number.
    let products = program.nodes().iter().filter_map(|node| match node.op {
        Op::MatMul { batch, inner, .. } => Some(batch * inner),
        Op::Product { .. } => panic!("a product for every element"),
        _ => None,
    });
    assert_eq!(products.sum::<usize>(), 2);
    let documents: Vec<Witness> =
        (1..).zip(chosen).map(|(salt, bytes)| Witness::new(bytes, Scalar::from(salt))).collect();
    let BatchShape { copies, .. } = Plan::choose(&program, 2, None).unwrap();
    let plan = Plan::new(&program, 2, BatchShape { copies, lanes: 1 }).unwrap();
    let statement = statement(&program, &plan, &documents);
    let prover = Prover::new(program.clone(), copies, statement.lanes).unwrap();
    let verifier = Verifier::new(program, copies, statement.lanes).unwrap();
    let proof = prover.prove(&statement, &documents, &mut OsRng).unwrap();
    assert_eq!(verifier.verify(&statement, &proof), Ok(()));
    // The verdicts exchanged.
    let mut changed = statement.clone();
    for slot in &mut changed.slots[..2] {
        slot.decision = !slot.decision;
    }
    assert!(prover.prove(&changed, &documents, &mut OsRng).is_err());
    assert!(verifier.verify(&changed, &proof).is_err());
}
