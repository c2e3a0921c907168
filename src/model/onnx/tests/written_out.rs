//! Functions, If and Loop: what they stand for is written out.

use super::super::proto::{AttributeProto, FunctionProto, NodeProto, OperatorSetProto};
use super::super::read;
use super::super::writer::{Writer, float, graph, int, node, subgraph};
use crate::model::graph::{Activation, Graph, Op};

fn constant(value: f32, output: &str) -> NodeProto {
    NodeProto { attribute: vec![float("value_float", value)], ..node("Constant", &[], output) }
}

fn function(name: &str, inputs: &[&str], nodes: Vec<NodeProto>, output: &str) -> FunctionProto {
    FunctionProto {
        name: name.into(),
        domain: "test".into(),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        node: nodes,
        opset_import: vec![OperatorSetProto { domain: String::new(), version: 18 }],
        ..Default::default()
    }
}

fn operators(graph: &Graph) -> Vec<&str> {
    graph.nodes.iter().map(|node| node.operator.as_str()).collect()
}

/// The offsets of sums with constants, in order.
fn offsets(graph: &Graph) -> Vec<f64> {
    let of = |op: &Op| match op {
        Op::Affine(affine) => affine.offset.values.first().copied(),
        _ => None,
    };
    graph.nodes.iter().filter_map(|node| of(&node.op)).collect()
}

/// A model that calls `test.name` with these attributes.
fn calling(functions: Vec<FunctionProto>, name: &str, attributes: Vec<AttributeProto>) -> Vec<u8> {
    let mut w = Writer::new(18, &[1, 4], 1);
    w.model.functions = functions;
    let y = w.node(name, &["x"], attributes);
    w.graph().node[0].domain = "test".into();
    let y = w.node("Relu", &[&y], vec![]);
    w.finish(&y)
}

fn slope(name: &str, refers: &str) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        kind: 1,
        ref_attr_name: refers.into(),
        ..Default::default()
    }
}

#[test]
fn functions_are_inlined() {
    let leaky =
        NodeProto { attribute: vec![slope("alpha", "slope")], ..node("LeakyRelu", &["a"], "b") };
    let mut inner = function("inner", &["a"], vec![leaky], "b");
    let outer = |inner_attributes| {
        let call = NodeProto {
            domain: "test".into(),
            attribute: inner_attributes,
            ..node("inner", &["a"], "c")
        };
        function(
            "outer",
            &["a"],
            vec![
                call.clone(),
                NodeProto { input: vec!["c".into()], output: vec!["d".into()], ..call },
            ],
            "d",
        )
    };
    let alpha = |bytes: &[u8]| {
        let graph = read(bytes).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(operators(&graph), ["LeakyRelu", "LeakyRelu", "Relu"]);
        assert!(graph.nodes[0].name.ends_with("#1 -> b"), "{}", graph.nodes[0].name);
        assert_ne!(graph.nodes[0].output, graph.nodes[1].output);
        match graph.nodes[1].op {
            Op::Activation(Activation::LeakyRelu { alpha }) => alpha,
            ref other => panic!("{other:?}"),
        }
    };
    // Given by the caller, passed on by the outer function, a default, or the operator's own.
    inner.attribute = vec!["slope".into()];
    let mut passing = outer(vec![slope("slope", "given")]);
    passing.attribute = vec!["given".into()];
    let functions = vec![inner.clone(), passing];
    assert_eq!(alpha(&calling(functions.clone(), "outer", vec![float("given", 0.5)])), 0.5);
    let own = f64::from(0.01f32);
    assert!((alpha(&calling(functions, "outer", vec![])) - own).abs() < 1e-9);
    assert_eq!(
        alpha(&calling(vec![inner.clone(), outer(vec![float("slope", 0.25)])], "outer", vec![])),
        0.25
    );
    inner.attribute.clear();
    inner.attribute_proto = vec![float("slope", 0.125)];
    assert_eq!(alpha(&calling(vec![inner.clone(), outer(vec![])], "outer", vec![])), 0.125);
    let message =
        read(&calling(vec![inner], "inner", vec![int("other", 1)])).unwrap_err().to_string();
    assert!(message.contains("no attribute `other`"), "{message}");
}

#[test]
fn functions_have_their_own_operator_set_and_overload() {
    // Axes are an attribute before opset 13.
    let squeeze = NodeProto {
        attribute: vec![super::super::writer::ints("axes", &[0])],
        ..node("Squeeze", &["a"], "b")
    };
    let mut old = function("f", &["a"], vec![squeeze], "b");
    old.opset_import[0].version = 11;
    assert_eq!(
        operators(&read(&calling(vec![old.clone()], "f", vec![])).unwrap()),
        ["Squeeze", "Relu"]
    );
    // Of another overload: not this one.
    old.overload = "second".into();
    assert!(
        read(&calling(vec![old.clone()], "f", vec![])).unwrap_err().to_string().contains("domain")
    );
    old.opset_import[0].version = 99;
    assert!(
        read(&calling(vec![old.clone()], "f", vec![])).unwrap_err().to_string().contains("`f`")
    );
    old.domain = String::new();
    let message = read(&calling(vec![old], "f", vec![])).unwrap_err().to_string();
    assert!(message.contains("defines an operator `f`"), "{message}");
}

#[test]
fn a_condition_picks_its_branch() {
    let branch = |value: f32| {
        // `x` is of the graph around it.
        let nodes = vec![constant(value, "c"), node("Add", &["x", "c"], "r")];
        graph(nodes, &[], &["r"])
    };
    for (dims, expected) in [(4, 1.0), (5, 2.0)] {
        let mut w = Writer::new(18, &[1, dims], 1);
        let shape = w.node("Shape", &["x"], vec![int("start", 1)]);
        let four = w.integers(&[4]);
        let equal = w.node("Equal", &[&shape, &four], vec![]);
        let branches =
            vec![subgraph("then_branch", branch(1.0)), subgraph("else_branch", branch(2.0))];
        let y = w.node("If", &[&equal], branches);
        assert_eq!(offsets(&read(&w.finish(&y)).unwrap()), [expected]);
    }
    let mut w = Writer::new(18, &[1, 4], 1);
    let branches = vec![subgraph("then_branch", branch(1.0)), subgraph("else_branch", branch(2.0))];
    let y = w.node("If", &["x"], branches);
    let message = read(&w.finish(&y)).unwrap_err().to_string();
    assert!(message.contains("(If)") && message.contains("depends on the document"), "{message}");
}

/// A loop that adds its number of rounds so far to `x`, and collects that number.
fn looping(rounds: Option<i64>, while_below: i64) -> Vec<u8> {
    let mut w = Writer::new(18, &[1, 4], 1);
    let limit = w.integers(&[while_below]);
    let rounds = rounds.map_or(String::new(), |rounds| w.integers(&[rounds]));
    let to_float = NodeProto { attribute: vec![int("to", 1)], ..node("Cast", &["i"], "f") };
    let body = graph(
        vec![
            to_float,
            node("Add", &["v", "f"], "w"),
            node("Less", &["i", &limit], "go"),
            node("Identity", &["f"], "seen"),
        ],
        &["i", "c", "v"],
        &["go", "w", "seen"],
    );
    let y = w.node("Loop", &[&rounds, "", "x"], vec![subgraph("body", body)]);
    w.graph().node.last_mut().unwrap().output.push("seen_all".into());
    let sum = w.node("ReduceSum", &["seen_all"], vec![int("keepdims", 0)]);
    let y = w.node("Add", &[&y, &sum], vec![]);
    w.finish(&y)
}

#[test]
fn loops_are_unrolled() {
    assert_eq!(offsets(&read(&looping(Some(3), 99)).unwrap()), [0.0, 1.0, 2.0, 3.0]);
    // The condition of round 1 is the last that holds for another.
    assert_eq!(offsets(&read(&looping(None, 2)).unwrap()), [0.0, 1.0, 2.0, 3.0]);
    let none = read(&looping(Some(0), 2)).unwrap_err().to_string();
    assert!(none.contains("makes no round"), "{none}");
    let endless = read(&looping(None, i64::MAX)).unwrap_err().to_string();
    assert!(endless.contains("repetitions"), "{endless}");
}

#[test]
fn what_loops_collect_of_tensors_is_stacked() {
    let mut w = Writer::new(18, &[1, 4], 1);
    let rounds = w.integers(&[2]);
    let body = graph(
        vec![node("Relu", &["v"], "w"), node("Identity", &["c"], "go")],
        &["i", "c", "v"],
        &["go", "w", "w"],
    );
    w.node("Loop", &[&rounds, "", "x"], vec![subgraph("body", body)]);
    w.graph().node.last_mut().unwrap().output.push("all".into());
    let y = w.node("Relu", &["all"], vec![]);
    let graph = read(&w.finish(&y)).unwrap();
    assert_eq!(graph.shape(graph.output), [2, 1, 4]);
    let names: std::collections::BTreeSet<_> =
        graph.nodes.iter().map(|node| &node.output).collect();
    assert_eq!(names.len(), graph.nodes.len());
}

#[test]
fn lists_and_scans_are_refused() {
    for operator in ["Scan", "SequenceConstruct", "OptionalHasElement", "SplitToSequence"] {
        let mut w = Writer::new(18, &[1, 4], 1);
        let y = w.node(operator, &["x"], vec![]);
        let message = read(&w.finish(&y)).unwrap_err().to_string();
        assert!(message.contains(operator) && message.contains("write it out"), "{message}");
    }
}
