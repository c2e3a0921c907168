//! Operators of `ai.onnx.ml`: what is read of them, and what is refused.

use crate::model::evaluate;
use crate::model::graph::{Graph, Op, Trees};
use crate::model::onnx::proto::{
    AttributeProto, OperatorSetProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use crate::model::onnx::writer::{Writer, float, floats, ints, string, strings};
use crate::model::onnx::{OnnxError, Reading, ends_of, read, read_as};

/// A model of one operator over four features, with a label before its scores if it is a
/// classifier.
fn one(operator: &str, attributes: Vec<AttributeProto>) -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4], 1);
    w.model.opset_import.push(OperatorSetProto { domain: "ai.onnx.ml".into(), version: 3 });
    let output = w.node(operator, &["x"], attributes);
    let node = w.graph().node.last_mut().unwrap();
    node.domain = "ai.onnx.ml".into();
    if operator.ends_with("Classifier") {
        node.output.insert(0, "label".into());
    }
    w.finish(&output)
}

/// Two stumps over three classes, in the terms of the file.
fn stumps() -> Vec<AttributeProto> {
    vec![
        ints("nodes_treeids", &[0, 0, 0, 1, 1, 1]),
        ints("nodes_nodeids", &[0, 1, 2, 0, 1, 2]),
        ints("nodes_featureids", &[0, 0, 0, 3, 0, 0]),
        strings("nodes_modes", &["BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_GT", "LEAF", "LEAF"]),
        floats("nodes_values", &[0.5, 0.0, 0.0, 2.0, 0.0, 0.0]),
        ints("nodes_truenodeids", &[1, 0, 0, 1, 0, 0]),
        ints("nodes_falsenodeids", &[2, 0, 0, 2, 0, 0]),
        ints("class_treeids", &[0, 0, 1]),
        ints("class_nodeids", &[1, 2, 2]),
        ints("class_ids", &[0, 1, 2]),
        floats("class_weights", &[0.1, 0.2, 0.3]),
        strings("classlabels_strings", &["a", "b", "c"]),
    ]
}

fn scores(bytes: &[u8], input: [f64; 4]) -> Vec<f64> {
    let graph = read(bytes).unwrap();
    evaluate::tensor(&graph, input.to_vec(), graph.output)
}

fn changed(change: impl FnOnce(&mut Vec<AttributeProto>)) -> Result<(), OnnxError> {
    let mut attributes = stumps();
    change(&mut attributes);
    read(&one("TreeEnsembleClassifier", attributes)).map(|_| ())
}

fn attribute<'a>(list: &'a mut [AttributeProto], name: &str) -> &'a mut AttributeProto {
    list.iter_mut().find(|attribute| attribute.name == name).unwrap()
}

#[test]
fn trees_add_up_and_their_classes_have_names() {
    let bytes = one("TreeEnsembleClassifier", stumps());
    // Nothing of it is looked for in other files.
    #[cfg(feature = "issue")]
    {
        use crate::model::onnx::external::taken_in;
        let mut nowhere = |_: &_, _| unreachable!();
        assert_eq!(taken_in(bytes.clone(), &mut nowhere).unwrap(), bytes);
    }
    let graph = read(&bytes).unwrap();
    assert_eq!(graph.classes, ["a", "b", "c"]);
    let Op::Trees(Trees { denominator, .. }) = &graph.nodes[0].op else { panic!() };
    assert_eq!(*denominator, 10, "tenths are read as tenths");
    assert_eq!(scores(&bytes, [0.5, 0.0, 0.0, 3.0]), [0.1, 0.0, 0.0]);
    assert_eq!(scores(&bytes, [0.6, 0.0, 0.0, 2.0]), [0.0, 0.2, 0.3]);
}

#[test]
fn one_score_of_two_classes_becomes_two() {
    let two = |weights: [f32; 3], post: &str| {
        let mut list = stumps();
        attribute(&mut list, "class_ids").ints = vec![0, 0, 0];
        attribute(&mut list, "class_weights").floats = weights.to_vec();
        list.pop();
        list.push(ints("classlabels_int64s", &[5, 7]));
        list.push(string("post_transform", post));
        one("TreeEnsembleClassifier", list)
    };
    let first = [0.0, 0.0, 0.0, 3.0];
    assert_eq!(scores(&two([0.25, 0.5, 0.5], "NONE"), first), [0.75, 0.25]);
    assert_eq!(scores(&two([-0.25, 0.5, 0.5], "NONE"), first), [0.25, -0.25]);
    let logistic = scores(&two([0.25, 0.5, 0.5], "LOGISTIC"), first);
    assert!(logistic[1] > 0.56 && (logistic[0] + logistic[1] - 1.0).abs() < 1e-12);
    assert_eq!(read(&two([0.25, 0.5, 0.5], "NONE")).unwrap().classes, ["5", "7"]);
}

#[test]
fn broken_trees_are_refused() {
    type Change = fn(&mut Vec<AttributeProto>);
    let cases: [(&str, Change); 18] = [
        ("begins at two nodes", |list| attribute(list, "nodes_truenodeids").ints[0] = 2),
        ("reached in two ways", |list| {
            attribute(list, "nodes_modes").strings[1] = b"BRANCH_LT".to_vec();
            attribute(list, "nodes_truenodeids").ints[1] = 2;
            attribute(list, "nodes_falsenodeids").ints[1] = 2;
            attribute(list, "class_nodeids").ints[0] = 2;
        }),
        ("it is a cycle", |list| {
            attribute(list, "nodes_modes").strings[1] = b"BRANCH_LT".to_vec();
            attribute(list, "nodes_falsenodeids").ints[1] = 0;
            attribute(list, "nodes_truenodeids").ints[1] = 2;
        }),
        ("which it does not have", |list| attribute(list, "nodes_falsenodeids").ints[0] = 9),
        ("has two nodes 1", |list| attribute(list, "nodes_nodeids").ints[2] = 1),
        ("begins at two nodes", |list| attribute(list, "nodes_treeids").ints[3..].fill(0)),
        ("not a finite number", |list| attribute(list, "nodes_values").floats[0] = f32::INFINITY),
        ("not a finite number", |list| attribute(list, "class_weights").floats[0] = f32::NAN),
        ("too large", |list| attribute(list, "class_weights").floats[0] = 1e30),
        ("feature 4 of 4", |list| attribute(list, "nodes_featureids").ints[0] = 4),
        ("feature -1 of 4", |list| attribute(list, "nodes_featureids").ints[0] = -1),
        ("mode `BRANCH`", |list| attribute(list, "nodes_modes").strings[0] = b"BRANCH".to_vec()),
        ("is no leaf", |list| attribute(list, "class_nodeids").ints[0] = 0),
        ("score 3 of 3", |list| attribute(list, "class_ids").ints[0] = 3),
        ("two amounts", |list| {
            for name in ["class_nodeids", "class_ids"] {
                attribute(list, name).ints[1] = attribute(list, name).ints[0];
            }
        }),
        ("values for 6 nodes", |list| attribute(list, "nodes_treeids").ints.truncate(5)),
        ("the same name", |list| {
            attribute(list, "classlabels_strings").strings[1] = b"a".to_vec();
        }),
        ("PROBIT", |list| list.push(string("post_transform", "PROBIT"))),
    ];
    for (says, change) in cases {
        // Where two things are wrong, either may be said.
        let also = if says == "begins at two nodes" { "has two nodes" } else { says };
        match changed(change) {
            Ok(()) => panic!("{says}: read"),
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains(says) || error.contains(also), "{says}: {error}");
            }
        }
    }
}

#[test]
fn trees_far_too_deep_or_many_are_refused_in_time() {
    // One long branch: the right child of each node is the next.
    let deep = |depth: i64| {
        let nodes = 2 * depth + 1;
        let ids: Vec<i64> = (0..nodes).collect();
        let zeros = vec![0i64; nodes as usize];
        let branch = |id: &i64| *id < depth;
        let modes: Vec<&str> =
            ids.iter().map(|id| if branch(id) { "BRANCH_LEQ" } else { "LEAF" }).collect();
        let next: Vec<i64> = ids.iter().map(|id| if *id < depth { *id + 1 } else { 0 }).collect();
        let leaf: Vec<i64> =
            ids.iter().map(|id| if *id < depth { depth + 1 + *id } else { 0 }).collect();
        vec![
            ints("nodes_treeids", &zeros),
            ints("nodes_nodeids", &ids),
            ints("nodes_featureids", &zeros),
            strings("nodes_modes", &modes),
            floats("nodes_values", &vec![0.5; nodes as usize]),
            ints("nodes_truenodeids", &leaf),
            ints("nodes_falsenodeids", &next),
            ints("target_treeids", &[0]),
            ints("target_nodeids", &[depth]),
            ints("target_ids", &[0]),
            floats("target_weights", &[1.0]),
        ]
    };
    assert!(read(&one("TreeEnsembleRegressor", deep(500))).is_ok());
    let error = read(&one("TreeEnsembleRegressor", deep(600))).unwrap_err().to_string();
    assert!(error.contains("deeper than 512"), "{error}");
    let many = read(&one("TreeEnsembleRegressor", deep(300_000))).unwrap_err().to_string();
    assert!(many.contains("524288"), "{many}");
}

#[test]
fn a_label_beside_the_scores_is_left_aside() {
    let mut w = Writer::new(13, &[1, 4], 1);
    w.model.opset_import.push(OperatorSetProto { domain: "ai.onnx.ml".into(), version: 3 });
    let scores = w.node("TreeEnsembleClassifier", &["x"], stumps());
    let node = w.graph().node.last_mut().unwrap();
    node.domain = "ai.onnx.ml".into();
    node.output.insert(0, "label".into());
    let mapped =
        w.node("ZipMap", &[&scores], vec![strings("classlabels_strings", &["a", "b", "c"])]);
    w.graph().node.last_mut().unwrap().domain = "ai.onnx.ml".into();
    let mut label = w.clone();
    let bytes = w.finish(&mapped);
    let whole = read(&bytes).unwrap();
    // With the label as a second output, declared as strings.
    label.second_output("label", 8);
    let both = read(&label.clone().finish_beside(&mapped)).unwrap();
    assert_eq!((both.nodes.len(), &both.classes), (whole.nodes.len(), &whole.classes));
    // If the label is asked for, what it is the greatest of is read.
    let bytes = label.clone().finish_beside(&mapped);
    let reading = Reading { output: Some("label".into()), ..Default::default() };
    assert_eq!(read_as(&bytes, &reading).unwrap().classes, whole.classes);
    assert_eq!(ends_of(&bytes, Some("label")).unwrap().output, "label");
    assert_eq!(ends_of(&bytes, None).unwrap().output, mapped);
    // The label alone is the name of the greatest score.
    let alone = read(&label.finish("label")).unwrap();
    assert_eq!((alone.scores(), alone.nodes.len()), (3, 1));
    assert_eq!(alone.classes, ["a", "b", "c"]);
}

#[test]
fn an_arg_max_at_the_end_is_seen_through() {
    let with = |attributes: Vec<AttributeProto>| {
        let mut w = Writer::new(13, &[1, 4], 1);
        let weights = w.weights(&[4, 3], 0.0, 1.0);
        let scores = w.node("MatMul", &["x", &weights], vec![]);
        let top = w.node("ArgMax", &[&scores], attributes);
        let shape = w.integers(&[-1]);
        let label = w.node("Reshape", &[&top, &shape], vec![]);
        read(&w.finish(&label))
    };
    use crate::model::onnx::writer::int;
    assert_eq!(with(vec![int("axis", 1)]).unwrap().scores(), 3);
    assert_eq!(with(vec![int("axis", -1), int("keepdims", 0)]).unwrap().nodes.len(), 1);
    assert!(with(vec![int("axis", 0)]).is_err(), "over the batch");
    assert!(with(vec![int("axis", 1), int("select_last_index", 1)]).is_err());
}

#[test]
fn columns_are_scaled_picked_and_joined() {
    let scaled = one(
        "Scaler",
        vec![floats("offset", &[1.0, 2.0, 3.0, 4.0]), floats("scale", &[2.0, 2.0, 0.5, 1.0])],
    );
    assert_eq!(scores(&scaled, [1.0, 3.0, 5.0, 4.0]), [0.0, 2.0, 1.0, 0.0]);
    let bits = one("Binarizer", vec![float("threshold", 2.0)]);
    assert_eq!(scores(&bits, [1.0, 2.0, 3.0, 200.0]), [0.0, 0.0, 1.0, 1.0]);
    let imputed = one(
        "Imputer",
        vec![floats("imputed_value_floats", &[1.0]), float("replaced_value_float", f32::NAN)],
    );
    assert_eq!(scores(&imputed, [1.0, 2.0, 3.0, 4.0]), [1.0, 2.0, 3.0, 4.0]);
    let zeros = one("Imputer", vec![float("replaced_value_float", 0.0)]);
    assert!(read(&zeros).unwrap_err().to_string().contains("it replaces 0"));
    let norm = one("Normalizer", vec![string("norm", "L1")]);
    assert_eq!(scores(&norm, [1.0, 2.0, 1.0, 0.0]), [0.25, 0.5, 0.25, 0.0]);
    assert!(read(&one("Normalizer", vec![])).unwrap_err().to_string().contains("greatest"));
}

#[test]
fn linear_models_are_dense_layers() {
    let linear = |post: &str| {
        one(
            "LinearClassifier",
            vec![
                floats("coefficients", &[1.0, 0.0, 0.0, -1.0]),
                floats("intercepts", &[0.5]),
                ints("classlabels_ints", &[0, 1]),
                string("post_transform", post),
            ],
        )
    };
    assert_eq!(scores(&linear("NONE"), [3.0, 9.0, 9.0, 1.0]), [-2.5, 2.5]);
    assert!(scores(&linear("LOGISTIC"), [3.0, 9.0, 9.0, 1.0])[1] > 0.9);
    assert!(read(&linear("SOFTMAX")).is_err());
    let regressor = one("LinearRegressor", vec![floats("coefficients", &[1.0, 2.0, 3.0, 4.0])]);
    assert_eq!(scores(&regressor, [1.0, 1.0, 1.0, 1.0]), [10.0]);
    let kernel = one("SVMClassifier", vec![string("kernel_type", "RBF")]);
    assert!(read(&kernel).unwrap_err().to_string().contains("kernel RBF"));
}

#[test]
fn trees_need_no_other_operator_set_and_others_do() {
    let trees = |version: i64, and: Option<&str>| {
        let mut w = Writer::new(13, &[1, 4], 1);
        w.model.opset_import = vec![OperatorSetProto { domain: "ai.onnx.ml".into(), version }];
        let mut scores = w.node("TreeEnsembleClassifier", &["x"], stumps());
        let node = w.graph().node.last_mut().unwrap();
        node.domain = "ai.onnx.ml".into();
        node.output.insert(0, "label".into());
        if let Some(operator) = and {
            scores = w.node(operator, &[&scores], vec![]);
        }
        read(&w.finish(&scores)).map(|graph| graph.scores()).map_err(|error| error.to_string())
    };
    assert_eq!(trees(3, None), Ok(3));
    assert!(trees(3, Some("Relu")).unwrap_err().contains("no operator set"));
    assert!(trees(6, None).unwrap_err().contains("ai.onnx.ml is 6, supported are 1 to 5"));
}

/// Trees over what is made of the input.
fn trees_over(make: impl FnOnce(&mut Writer) -> String) -> Result<Graph, String> {
    let mut w = Writer::new(13, &[1, 4], 1);
    w.model.opset_import.push(OperatorSetProto { domain: "ai.onnx.ml".into(), version: 3 });
    let made = make(&mut w);
    let scores = w.node("TreeEnsembleClassifier", &[&made], stumps());
    let node = w.graph().node.last_mut().unwrap();
    node.domain = "ai.onnx.ml".into();
    node.output.insert(0, "label".into());
    read(&w.finish(&scores)).map_err(|error| error.to_string())
}

#[test]
fn trees_over_sums_of_the_view_are_refused() {
    let sums = trees_over(|w| {
        let weights = w.weights(&[4, 4], 0.0, 1.0);
        w.node("MatMul", &["x", &weights], vec![])
    });
    // Not even of an element with itself, which single precision would round apart.
    let squares = trees_over(|w| w.node("Mul", &["x", "x"], vec![]));
    for error in [sums.unwrap_err(), squares.unwrap_err()] {
        assert!(error.contains("several elements of the view"), "{error}");
    }
}

/// Each is rounded to single precision by itself, so they are not one function.
#[test]
fn functions_before_trees_stay_apart() {
    let graph = trees_over(|w| {
        let y = w.node("Exp", &["x"], vec![]);
        let y = w.node("Log", &[&y], vec![]);
        w.node("Abs", &[&y], vec![])
    })
    .unwrap();
    assert_eq!(graph.nodes.len(), 4);
    // Abs(Log(Exp(x))) of both signs, on either side of the thresholds 0.5 and 2.
    let scores = |input: [f64; 4]| evaluate::tensor(&graph, input.to_vec(), graph.output);
    assert_eq!(scores([-0.25, 0.0, 0.0, -3.0]), [0.1, 0.0, 0.0]);
    assert_eq!(scores([-0.75, 0.0, 0.0, 1.5]), [0.0, 0.2, 0.3]);
}

/// A linear classifier whose normalised scores are halved, as in a vote of two.
fn halved(post: &str, coefficients: &[f32], intercepts: &[f32], norm: &str) -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4], 1);
    w.model.opset_import.push(OperatorSetProto { domain: "ai.onnx.ml".into(), version: 3 });
    let classes: Vec<i64> = (0..(coefficients.len() as i64 / 4).max(2)).collect();
    let attributes = vec![
        floats("coefficients", coefficients),
        floats("intercepts", intercepts),
        ints("classlabels_ints", &classes),
        string("post_transform", post),
    ];
    let linear = w.node("LinearClassifier", &["x"], attributes);
    w.graph().node[0].output.insert(0, "label".into());
    let normalised = w.node("Normalizer", &[&linear], vec![string("norm", norm)]);
    w.graph().node.iter_mut().for_each(|node| node.domain = "ai.onnx.ml".into());
    let half = w.floats(&[1], vec![0.5]);
    let output = w.node("Mul", &[&normalised, &half], vec![]);
    w.finish(&output)
}

/// Soft voting normalises what sums to one already.
#[test]
fn normalisations_of_what_sums_to_one_are_left_out() {
    let three = [1.0, 0.0, 0.0, 0.5, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let sum = |model: &[u8]| scores(model, [0.5, -0.25, 1.0, 2.0]).iter().sum::<f64>();
    for model in [
        halved("SOFTMAX", &three, &[], "L1"),
        halved("LOGISTIC", &three[..4], &[0.5], "L1"),
        halved("LOGISTIC", &[1.0, 0.0, 0.0, -2.0, -1.0, 0.0, 0.0, 2.0], &[0.5, -0.5], "L1"),
    ] {
        let graph = read(&model).unwrap();
        assert!(!graph.nodes.iter().any(|node| matches!(node.op, Op::Normalise(_))));
        assert!((sum(&model) - 0.5).abs() < 1e-12);
    }
    for model in [
        halved("SOFTMAX", &three, &[], "L2"),
        halved("NONE", &three, &[], "L1"),
        halved("LOGISTIC", &three, &[], "L1"),
        halved("LOGISTIC", &[1.0, 0.0, 0.0, -2.0, -1.0, 0.0, 0.0, 2.5], &[0.5, -0.5], "L1"),
        halved("LOGISTIC", &[1.0, 0.0, 0.0, -2.0, -1.0, 0.0, 0.0, 2.0], &[0.5, -0.25], "L1"),
    ] {
        let refusal = read(&model).unwrap_err().to_string();
        assert!(refusal.contains("is not the model's output"), "{refusal}");
    }
}

impl Writer {
    /// Declares another output.
    fn second_output(&mut self, name: &str, kind: i32) {
        let mut info = ValueInfoProto { name: name.into(), ..Default::default() };
        let tensor_type = Some(TensorTypeProto { elem_type: kind, shape: None });
        info.r#type = Some(TypeProto { tensor_type, ..Default::default() });
        self.graph().output.push(info);
    }

    /// The file, with a tensor as output beside those declared.
    fn finish_beside(mut self, output: &str) -> Vec<u8> {
        use prost::Message as _;
        self.second_output(output, 0);
        self.model.encode_to_vec()
    }
}
