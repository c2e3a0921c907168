//! What many nodes share, and would be gone through again for each of them.

use std::time::Instant;

use super::*;
use crate::model::graph::Op;
use crate::model::onnx::writer::int;

/// What it took before is minutes or hours; what it may take is far above what it does.
fn soon<T>(name: &str, made: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = made();
    let seconds = start.elapsed().as_secs();
    assert!(seconds < 60, "{name}: {seconds} s");
    made
}

/// Nodes that read a large weight, and what is refused: they are passed over.
#[test]
fn weights_of_what_is_passed_over_are_not_decoded() {
    let mut w = Writer::new(18, &[1, 64], 3);
    let mut y = w.node("NoSuchOperator", &["x"], vec![]);
    let weights = w.floats(&[1 << 16, 64], vec![0.5; 1 << 22]);
    for _ in 0..2000 {
        y = w.node("Add", &[&y, &weights], vec![]);
    }
    let file = w.finish(&y);
    says(&soon("passed over", || outcome(&file)).unwrap_err(), &["NoSuchOperator"]);
}

/// Many softmaxes behind one chain of masks.
#[test]
fn a_chain_of_masks_is_followed_some_way_alone() {
    let of = |softmaxes: usize, masks: usize, elements: i64| {
        let mut w = Writer::new(18, &[1, elements], 3);
        let mut closed = vec![0.0; elements as usize];
        closed[0] = -1e9;
        let mask = w.floats(&[1, elements], closed);
        let mut y = "x".to_owned();
        for _ in 0..masks {
            y = w.node("Add", &[&y, &mask], vec![]);
        }
        let mut sum = w.node("Softmax", &[&y], vec![int("axis", 1)]);
        for _ in 1..softmaxes {
            let next = w.node("Softmax", &[&y], vec![int("axis", 1)]);
            sum = w.node("Add", &[&sum, &next], vec![]);
        }
        let relu = w.node("Relu", &[&sum], vec![]);
        w.finish(&relu)
    };
    let sums =
        |graph: &Graph| graph.nodes.iter().filter(|node| matches!(node.op, Op::Affine(_))).count();
    assert_eq!(sums(&onnx::read(&of(1, 3, 8)).unwrap()), 0);
    assert_eq!(sums(&onnx::read(&of(1, 20, 8)).unwrap()), 4);
    let file = of(1000, 2000, 1024);
    soon("a chain of masks", || onnx::read(&file)).unwrap();
}

/// Products by what was reshaped again and again: is it the factor of a normalisation?
#[test]
fn a_chain_of_reshapes_is_gone_through_once() {
    let mut w = Writer::new(18, &[1, 1], 3);
    let shapes = [w.integers(&[1, 1, 1]), w.integers(&[1, 1])];
    let mut factor = w.node("Relu", &["x"], vec![]);
    for at in 0..2000 {
        factor = w.node("Reshape", &[&factor, &shapes[at % 2]], vec![]);
    }
    let mut y = "x".to_owned();
    for _ in 0..2000 {
        y = w.node("Mul", &[&y, &factor], vec![]);
    }
    let file = w.finish(&y);
    soon("reshapes", || onnx::read(&file)).unwrap();
}
