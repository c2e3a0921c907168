//! Functions and subgraphs that call for much, or for each other, and weights elsewhere.

use prost::Message;

use super::*;
use crate::model::onnx::proto::{FunctionProto, GraphProto, NodeProto, OperatorSetProto};
use crate::model::onnx::writer::{graph, int, node, subgraph};

/// A function that calls another so many times, one after the other.
fn function(name: &str, calls: &str, times: usize) -> FunctionProto {
    let mut nodes = Vec::new();
    let mut at = "a".to_owned();
    for time in 0..times {
        let next = format!("b{time}");
        let mut call = node(calls, &[&at], &next);
        call.domain = if calls == "Relu" { String::new() } else { "bomb".into() };
        nodes.push(call);
        at = next;
    }
    FunctionProto {
        name: name.into(),
        domain: "bomb".into(),
        input: vec!["a".into()],
        output: vec![at],
        node: nodes,
        opset_import: vec![OperatorSetProto { domain: String::new(), version: 13 }],
        ..Default::default()
    }
}

fn calling(functions: Vec<FunctionProto>) -> String {
    let mut w = Writer::new(13, &[1, 4], 1);
    w.model.functions = functions;
    let y = w.node("f0", &["x"], vec![]);
    w.graph().node[0].domain = "bomb".into();
    refusal(w, &y)
}

#[test]
fn functions_that_call_themselves_or_too_many_are_refused() {
    says(&calling(vec![function("f0", "f0", 1)]), &["(f0)", "32 functions"]);
    let circle = vec![function("f0", "f1", 1), function("f1", "f0", 1)];
    says(&calling(circle), &["32 functions"]);
    // 10^20 calls of a Relu; each level is small.
    let mut levels: Vec<_> =
        (0..20).map(|at| function(&format!("f{at}"), &format!("f{}", at + 1), 10)).collect();
    levels.push(function("f20", "Relu", 10));
    let start = std::time::Instant::now();
    let message = calling(levels);
    assert!(message.contains("repetitions"), "{message}");
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn loops_without_end_are_refused() {
    let start = std::time::Instant::now();
    let looping = |body: GraphProto, rounds: Option<i64>, carried: &[&str]| {
        let mut w = Writer::new(13, &[1, 4], 1);
        let rounds = rounds.map_or(String::new(), |rounds| w.integers(&[rounds]));
        let inputs = [&[rounds.as_str(), ""], carried].concat();
        let y = w.node("Loop", &inputs, vec![subgraph("body", body)]);
        let y = w.node("Relu", &[&y], vec![]);
        refusal(w, &y)
    };
    let turn = node("Identity", &["c"], "go");
    // Nothing in it counts.
    let idle = graph(vec![turn.clone()], &["i", "c", "v"], &["go", "v"]);
    says(&looping(idle, Some(i64::MAX), &["x"]), &["repetitions"]);
    let busy = graph(vec![turn.clone(), node("Relu", &["v"], "w")], &["i", "c", "v"], &["go", "w"]);
    says(&looping(busy.clone(), None, &["x"]), &["tensors depend on the document"]);
    // Twice as large each time.
    let double = NodeProto { attribute: vec![int("axis", 1)], ..node("Concat", &["v", "v"], "w") };
    let growing = graph(vec![turn.clone(), double], &["i", "c", "v"], &["go", "w"]);
    says(&looping(growing.clone(), None, &["x"]), &["(Concat)", "elements"]);
    // Loops in loops: each has few rounds.
    let mut inner = busy;
    for _ in 0..8 {
        let attribute = vec![subgraph("body", inner)];
        let round = NodeProto { attribute, ..node("Loop", &["many", "", "v"], "w") };
        inner = graph(vec![turn.clone(), round], &["i", "c", "v"], &["go", "w"]);
    }
    // Names inside each other must differ.
    says(&looping(inner, Some(100), &["x"]), &["not computed by an earlier node"]);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn constants_in_loops_are_counted() {
    let start = std::time::Instant::now();
    let mut w = Writer::new(18, &[1, 4], 1);
    // A long list that is gone through each time: axes, all of them 0.
    let axes = w.floats(&[1 << 18], vec![0.0; 1 << 18]);
    let axes = w.node("Cast", &[&axes], vec![int("to", 7)]);
    let body = graph(
        vec![node("Identity", &["c"], "go"), node("ReduceSum", &["v", &axes], "w")],
        &["i", "c", "v"],
        &["go", "w"],
    );
    let y = w.node("Loop", &["", "", "x"], vec![subgraph("body", body)]);
    says(&refusal(w, &y), &["(ReduceSum)", "multiplications"]);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn places_in_loops_and_parts_are_counted() {
    let start = std::time::Instant::now();
    // All of a row is picked each time.
    let mut w = Writer::new(13, &[1, 1 << 20], 1);
    let (from, to, axis) = (w.integers(&[0]), w.integers(&[1 << 20]), w.integers(&[1]));
    let pick = node("Slice", &["v", &from, &to, &axis], "w");
    let body = graph(vec![node("Identity", &["c"], "go"), pick], &["i", "c", "v"], &["go", "w"]);
    let y = w.node("Loop", &["", "", "x"], vec![subgraph("body", body)]);
    says(&refusal(w, &y), &["(Slice)", "multiplications"]);
    let mut w = Writer::new(13, &[1, 1 << 16], 1);
    let y = w.node("Split", &["x"], vec![int("axis", 1)]);
    let more = (1..1 << 16).map(|part| format!("part{part}"));
    w.graph().node[0].output.extend(more);
    says(&refusal(w, &y), &["(Split)", "multiplications"]);
    // Many attributes, each looked for among many.
    let mut wide = function("f0", "Relu", 1);
    wide.attribute = (0..2000).map(|at| format!("a{at}")).collect();
    let given = (0..2000).map(|at| int(&format!("a{at}"), 1)).collect();
    let mut w = Writer::new(13, &[1, 4], 1);
    w.model.functions = vec![wide];
    let y = w.node("f0", &["x"], given);
    w.graph().node[0].domain = "bomb".into();
    says(&refusal(w, &y), &["repetitions"]);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn subgraphs_are_graphs() {
    let branch = |graph: GraphProto| {
        let mut w = Writer::new(13, &[1, 4], 1);
        let yes = w.integers(&[1]);
        let yes = w.node("Cast", &[&yes], vec![int("to", 9)]);
        let branches = vec![subgraph("then_branch", graph.clone()), subgraph("else_branch", graph)];
        let y = w.node("If", &[&yes], branches);
        let y = w.node("Relu", &[&y], vec![]);
        refusal(w, &y)
    };
    says(&branch(graph(vec![node("Relu", &["nobody"], "r")], &[], &["r"])), &["`nobody`"]);
    // A name of the graph around it.
    let shadow = branch(graph(vec![node("Relu", &["x"], "x")], &[], &["x"]));
    says(&shadow, &["`x` is computed twice"]);
    says(&branch(graph(vec![node("Relu", &["x"], "r")], &["a"], &["r"])), &["number of inputs"]);
    says(&branch(graph(vec![], &[], &[])), &["fewer outputs"]);
    says(&branch(graph(vec![], &[], &["r"])), &["`r`"]);
    // Of its own, but defined after it is read.
    let late = vec![node("Relu", &["b"], "r"), node("Relu", &["x"], "b")];
    says(&branch(graph(late, &[], &["r"])), &["not computed by an earlier node"]);
}

#[test]
fn deep_nesting_is_refused() {
    let mut inner = graph(vec![node("Relu", &["x"], "r")], &[], &["r"]);
    for _ in 0..200 {
        let mut outer = node("If", &["x"], "r");
        outer.attribute = vec![subgraph("then_branch", inner)];
        inner = graph(vec![outer], &[], &["r"]);
    }
    let mut w = Writer::new(13, &[1, 4], 1);
    let y = w.node("If", &["x"], vec![subgraph("then_branch", inner)]);
    says(&refusal(w, &y), &["nested too deeply"]);
}

/// Weights elsewhere, with these entries.
fn elsewhere(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut tensor = Vec::new();
    // dims 2×2, float, location 1, a name.
    tensor.extend([0x08, 2, 0x08, 2, 0x10, 1, 0x70, 1, 0x42, 1, b'w']);
    for (key, value) in entries {
        let mut entry = Vec::new();
        for (tag, text) in [(0x0a, key), (0x12, value)] {
            entry.extend([tag, u8::try_from(text.len()).unwrap()]);
            entry.extend(text.as_bytes());
        }
        tensor.extend([0x6a, u8::try_from(entry.len()).unwrap()]);
        tensor.extend(entry);
    }
    let mut w = Writer::new(13, &[1, 2], 1);
    let zero = w.weights(&[1], 0.0, 0.0);
    let y = w.node("MatMul", &["x", "w"], vec![]);
    let y = w.node("Add", &[&y, &zero], vec![]);
    // A second graph message is merged with the first.
    let mut bytes = w.finish(&y);
    let mut graph = vec![0x2a, u8::try_from(tensor.len()).unwrap()];
    graph.extend(tensor);
    bytes.extend([0x3a, u8::try_from(graph.len()).unwrap()]);
    bytes.extend(graph);
    bytes
}

#[cfg(feature = "issue")]
#[test]
fn weights_elsewhere_are_taken_in_or_refused() {
    use crate::model::onnx::external::taken_in;
    let data: Vec<u8> = [1.0f32, 2.0, 3.0, 4.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let taken = |entries: &[(&str, &str)], data: &[u8]| {
        taken_in(elsewhere(entries), &mut |place, most| {
            assert_eq!((place.location.as_str(), place.offset), ("weights", 8));
            assert!(most >= 64 << 20 || data.len() <= most);
            Ok(data.to_vec())
        })
    };
    let entries = [("location", "weights"), ("offset", "8"), ("length", "16")];
    let whole = taken(&entries, &data).unwrap();
    assert!(onnx::read(&elsewhere(&entries)).is_err());
    assert_eq!(onnx::read(&whole).unwrap().nodes.len(), 2);
    // Of another length: the reader counts.
    let short = taken(&entries, &data[..12]).unwrap();
    says(&onnx::read(&short).unwrap_err().to_string(), &["`w`", "calls for 4 values"]);
    for bad in [
        &[("location", "weights"), ("offset", "-8")][..],
        &[("location", "weights"), ("length", "many")],
        &[("location", "weights"), ("location", "other")],
    ] {
        let error = taken(bad, &data).unwrap_err().to_string();
        says(&error, &["`w`", "its data's"]);
    }
    // Nothing elsewhere: the same bytes.
    let plain = Writer::new(13, &[1, 2], 1).model.encode_to_vec();
    assert_eq!(taken_in(plain.clone(), &mut |_, _| panic!()).unwrap(), plain);
}
