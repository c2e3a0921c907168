//! What is refused of a model is listed at once.

use super::super::writer::{Writer, graph, int, node, subgraph};
use super::super::{OnnxError, Reading, Refusal, Refusals, Survey, read, survey};
use super::refused::says;
use crate::model::onnx::proto::{FunctionProto, OperatorSetProto, TensorProto};

fn refusals(bytes: &[u8]) -> Refusals {
    read(bytes).expect_err("must be refused").refusals().expect("a model")
}

/// Operator, places and count of each reason.
fn places(list: &Refusals) -> Vec<(&str, String, usize)> {
    let of = |one: &'_ Refusal| (one.places.join(" "), one.count);
    let all = list.list.iter().map(|one| (one.operator.as_deref().unwrap_or(""), of(one)));
    all.map(|(operator, (places, count))| (operator, places, count)).collect()
}

#[test]
fn all_problems_of_a_model_are_listed() {
    let mut w = Writer::new(17, &[1, 1, 4, 4], 1);
    let complex = w.weights(&[4], 0.0, 1.0);
    w.graph().initializer[0].data_type = 14;
    let y = w.node("Hardmax", &["x"], vec![]);
    // Reads what is unknown, and is known itself.
    let y = w.node("Relu", &[&y], vec![]);
    let y = w.node("Hardmax", &[&y], vec![]);
    let y = w.node("Add", &[&y, &complex], vec![]);
    let z = w.node("Relu", &["x"], vec![int("surprise", 1)]);
    let z = w.node("Det", &[&z], vec![]);
    let z = w.node("Foo", &[&z], vec![]);
    w.graph().node.last_mut().unwrap().domain = "com.example".into();
    let y = w.node("Sub", &[&y, &z], vec![]);
    let bytes = w.finish(&y);
    let list = refusals(&bytes);
    assert_eq!(
        places(&list),
        [
            ("", "t1".to_owned(), 1),
            ("Hardmax", "n2 n4".to_owned(), 2),
            ("Relu", "n6".to_owned(), 1),
            ("Det", "n7".to_owned(), 1),
            ("Foo", "n8".to_owned(), 1),
        ]
    );
    assert_eq!(list.count(), 6);
    let message = read(&bytes).unwrap_err().to_string();
    says(
        &message,
        &[
            "for 5 reasons: (1) weight tensor `t1`: element type 14",
            "(2) nodes `n2`, `n4` (Hardmax): this operator is not supported; rewrite",
            "(3) node `n6` (Relu): attribute `surprise`",
            "(5) node `n8` (Foo): its domain `com.example`",
        ],
    );
    assert_eq!(refusals(&bytes), list, "each time the same");
    let Survey { operators, .. } = survey(&bytes, &Reading::default());
    let of = |name: &str| {
        let one = operators.iter().find(|one| one.operator == name).unwrap();
        [one.nodes, one.refused, one.passed_over]
    };
    assert_eq!(of("Relu"), [2, 1, 1]);
    assert_eq!(of("Hardmax"), [2, 2, 0]);
    assert_eq!(of("Add"), [1, 0, 1]);
}

#[test]
fn one_problem_reads_as_before() {
    let mut w = Writer::new(17, &[1, 4], 1);
    let y = w.node("Hardmax", &["x"], vec![]);
    let y = w.node("Relu", &[&y], vec![]);
    let error = read(&w.finish(&y)).unwrap_err();
    assert!(matches!(error, OnnxError::Node { .. }), "{error}");
}

#[test]
fn constants_that_are_unknown_are_no_tensors() {
    let mut w = Writer::new(17, &[1, 4], 1);
    let weights = w.weights(&[4], 0.0, 1.0);
    w.graph().initializer[0].data_type = 14;
    // Known over constants alone: nothing is to be said against it.
    let root = w.node("Sqrt", &[&weights], vec![]);
    let places_of = w.node("NonZero", &[&root], vec![]);
    let y = w.node("Gather", &["x", &places_of], vec![]);
    assert_eq!(places(&refusals(&w.finish(&y))), [("", "t1".to_owned(), 1)]);
}

#[test]
fn inputs_that_are_not_one_do_not_hide_operators() {
    let mut w = Writer::new(17, &[1, 4], 1);
    let mut more = w.graph().input[0].clone();
    more.name = "mask".into();
    w.graph().input.push(more);
    let y = w.node("Hardmax", &["mask"], vec![]);
    let y = w.node("Add", &["x", &y], vec![]);
    let list = refusals(&w.finish(&y));
    assert_eq!(places(&list), [("", String::new(), 1), ("Hardmax", "n1".to_owned(), 1)]);
    says(&list.list[0].problem, &["2 inputs"]);
    let mut w = Writer::new(17, &[1, 4], 1);
    let shape = w.graph().input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap();
    shape.shape.as_mut().unwrap().dim[1].dim_value = None;
    let y = w.node("Hardmax", &["x"], vec![]);
    says(&refusals(&w.finish(&y)).list[0].problem, &["no fixed shape"]);
}

#[test]
fn what_is_inside_functions_and_loops_is_listed_once() {
    let mut w = Writer::new(17, &[1, 4], 1);
    w.model.functions.push(FunctionProto {
        name: "twice".into(),
        domain: "own".into(),
        input: vec!["a".into()],
        output: vec!["b".into()],
        node: vec![node("Hardmax", &["a"], "h"), node("Relu", &["h"], "b")],
        opset_import: vec![OperatorSetProto { domain: String::new(), version: 17 }],
        ..Default::default()
    });
    let mut y = "x".to_owned();
    for _ in 0..2 {
        y = w.node("twice", &[&y], vec![]);
        w.graph().node.last_mut().unwrap().domain = "own".into();
    }
    let integer = |w: &mut Writer, value: i64| {
        let name = w.integers(&[value]);
        w.graph().initializer.last_mut().unwrap().dims = Vec::new();
        name
    };
    let rounds = integer(&mut w, 1000);
    let truth = TensorProto {
        data_type: 9,
        name: "true".into(),
        int32_data: vec![1],
        ..Default::default()
    };
    w.graph().initializer.push(truth);
    let nodes = vec![node("Identity", &["c"], "d"), node("Det", &["v"], "u")];
    let body = graph(nodes, &["i", "c", "v"], &["d", "u"]);
    let y = w.node("Loop", &[&rounds, "true", &y], vec![subgraph("body", body)]);
    let list = refusals(&w.finish(&y));
    let told = places(&list);
    assert_eq!((told[0].0, told[0].2), ("Hardmax", 2), "{told:?}");
    assert_eq!((told[1].0, told[1].2), ("Det", 1), "{told:?}");
    assert_eq!(told.len(), 2);
}

#[test]
fn the_list_is_short_and_the_rest_is_counted() {
    let mut w = Writer::new(17, &[1, 4], 1);
    let mut y = "x".to_owned();
    for at in 0..50 {
        let z = w.node(&format!("Strange{at}"), &["x"], vec![]);
        y = w.node("Add", &[&y, &z], vec![]);
    }
    for _ in 0..10 {
        y = w.node("Strange3", &[&y], vec![]);
    }
    let bytes = w.finish(&y);
    let list = refusals(&bytes);
    assert_eq!((list.list.len(), list.more, list.count()), (20, 30, 60));
    assert_eq!((list.list[3].count, list.list[3].places.len()), (11, 4));
    let message = read(&bytes).unwrap_err().to_string();
    says(&message, &["and 7 more (Strange3)", ". 30 places are refused for other reasons"]);
}

#[test]
fn what_no_exporter_writes_ends_the_list() {
    let mut w = Writer::new(17, &[1, 4], 1);
    let y = w.node("Hardmax", &["x"], vec![]);
    let wrong = w.weights(&[3], 0.0, 1.0);
    let z = w.node("Add", &["x", &wrong], vec![]);
    let y = w.node("Det", &[&y], vec![]);
    let y = w.node("Add", &[&y, &z], vec![]);
    let list = refusals(&w.finish(&y));
    let told = places(&list);
    assert_eq!(told.iter().map(|one| one.0).collect::<Vec<_>>(), ["Hardmax", "Add"]);
}

#[test]
fn every_softmax_inside_is_listed() {
    let mut w = Writer::new(17, &[1, 4], 1);
    let y = w.node("LogSoftmax", &["x"], vec![]);
    let y = w.node("Relu", &[&y], vec![]);
    let y = w.node("LogSoftmax", &[&y], vec![]);
    let y = w.node("Relu", &[&y], vec![]);
    assert_eq!(refusals(&w.finish(&y)).count(), 2);
}
