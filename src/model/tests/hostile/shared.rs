//! What many nodes share, and would be gone through again for each of them.

use std::time::Instant;

use super::*;
use crate::model::graph::Op;
use crate::model::onnx::proto::NodeProto;
use crate::model::onnx::writer::int;

/// What it took before is minutes or hours; what it may take is far above what it does.
fn soon<T>(name: &str, made: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = made();
    let seconds = start.elapsed().as_secs();
    assert!(seconds < 60, "{name}: {seconds} s");
    made
}

/// A node whose name has a megabyte, and as many outputs as there may be.
#[test]
fn a_long_name_is_kept_once() {
    let count = 4000;
    let mut w = Writer::new(18, &[1, count], 3);
    let outputs: Vec<String> = (0..count).map(|at| format!("part{at}")).collect();
    w.graph().node.push(NodeProto {
        name: "n".repeat(1 << 20),
        input: vec!["x".into()],
        output: outputs.clone(),
        op_type: "Split".into(),
        attribute: vec![int("axis", 1), int("num_outputs", count)],
        ..Default::default()
    });
    let parts: Vec<&str> = outputs.iter().map(String::as_str).collect();
    let y = w.node("Concat", &parts, vec![int("axis", 1)]);
    let graph = onnx::read(&w.finish(&y)).unwrap();
    assert!(graph.nodes.len() > 4000);
    assert!(graph.nodes.iter().all(|node| node.name.len() <= 200));
}

/// Steps of one node, each of which needs a name beside those before it.
#[test]
fn names_for_many_steps_are_found_soon() {
    let of = |name: &str, inputs: usize| {
        let mut w = Writer::new(18, &[1, 1], 3);
        let first = w.node("Relu", &["x"], vec![]);
        w.node("Max", &vec![first.as_str(); inputs], vec![]);
        w.graph().node[1].output[0] = name.into();
        w.finish(name)
    };
    let graph = soon("many steps", || onnx::read(&of("y", 4000))).unwrap();
    let mut names: Vec<&str> = graph.nodes.iter().map(|node| node.output.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), graph.nodes.len());
    let long = soon("steps with long names", || outcome(&of(&"n".repeat(1 << 16), 2000)));
    says(&long.unwrap_err(), &["names and attributes"]);
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
