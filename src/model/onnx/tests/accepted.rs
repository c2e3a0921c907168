//! What is read, kind by kind: as which operators, with which shape.

use super::super::proto::{NodeProto, TensorProto};
use super::super::read;
use super::super::writer::{Writer, float, int, ints, string};
use crate::model::graph::{Activation, Affine, Concat, Graph, Op, TensorRef};

/// What a model becomes: the kinds of its operators, and the output's shape.
fn became(writer: Writer, output: &str) -> (String, Vec<usize>) {
    let graph = read(&writer.finish(output)).unwrap_or_else(|error| panic!("{error}"));
    let kinds: Vec<&str> = graph.nodes.iter().map(|node| kind(&node.op)).collect();
    (kinds.join(" "), graph.shape(graph.output).to_vec())
}

pub(super) fn kind(op: &Op) -> &'static str {
    match op {
        Op::Conv(_) => "conv",
        Op::Dense(_) => "dense",
        Op::Affine(_) => "affine",
        Op::Sum(_) => "sum",
        Op::Product => "product",
        Op::Gate => "gate",
        Op::Activation(_) => "activation",
        Op::Function(_) => "function",
        Op::MaxPool(_) => "max",
        Op::AveragePool(_) => "mean",
        Op::Reshape => "reshape",
        Op::Transpose(_) => "transpose",
        Op::Concat(_) => "concat",
        Op::Gather(_) => "gather",
        Op::MatMul(_) => "matmul",
        Op::Softmax(_) => "softmax",
        Op::Standardise(_) => "standardise",
        Op::Embedding(_) => "embedding",
        Op::Normalise(_) => "norm",
        Op::Trees(_) => "trees",
        Op::Quantize(_) => "quantize",
    }
}

/// A model of an input of this shape, and what `make` adds to it.
fn model(
    opset: i64,
    shape: &[i64],
    make: impl FnOnce(&mut Writer) -> String,
) -> (String, Vec<usize>) {
    let mut writer = Writer::new(opset, shape, 1);
    let output = make(&mut writer);
    became(writer, &output)
}

fn truth(w: &mut Writer, value: bool) -> String {
    let tensor = TensorProto {
        dims: vec![],
        data_type: 9,
        name: "truth".into(),
        raw_data: vec![u8::from(value)].into(),
        ..Default::default()
    };
    w.graph().initializer.push(tensor);
    "truth".into()
}

fn also(w: &mut Writer, name: &str) {
    w.graph().node.last_mut().unwrap().output.push(name.into());
}

#[test]
fn what_nobody_reads_is_dropped() {
    let found = model(13, &[1, 4], |w| {
        w.node("Erf", &["x"], vec![]);
        let y = w.node("Relu", &["x"], vec![int("unknown", 1)]);
        w.node("NonMaxSuppression", &[&y, "", "x"], vec![]);
        let weights = w.floats(&[2], vec![f32::NAN, 1.0]);
        w.graph().initializer.last_mut().unwrap().data_type = 10;
        w.node("Add", &[&y, &weights], vec![]);
        let elsewhere = NodeProto {
            domain: "com.example".into(),
            op_type: "Own".into(),
            input: vec!["x".into()],
            output: vec!["own".into()],
            ..Default::default()
        };
        w.graph().node.push(elsewhere);
        w.node("Sigmoid", &["x"], vec![])
    });
    assert_eq!(found, ("activation".into(), vec![1, 4]));
    // A second input that only a dropped node reads.
    let found = model(13, &[1, 4], |w| {
        let mut more = w.graph().input[0].clone();
        more.name = "mask".into();
        w.graph().input.push(more);
        w.node("Add", &["x", "mask"], vec![]);
        w.node("Relu", &["x"], vec![])
    });
    assert_eq!(found, ("activation".into(), vec![1, 4]));
}

#[test]
fn views_behind_a_softmax_are_seen_through() {
    type Tail = fn(&mut Writer, &str) -> String;
    let tails: [Tail; 9] = [
        |_, y| y.to_owned(),
        |w, y| w.node("Identity", &[y], vec![]),
        |w, y| w.node("Dropout", &[y], vec![]),
        |w, y| w.node("Cast", &[y], vec![int("to", 1)]),
        |w, y| w.node("Flatten", &[y], vec![]),
        |w, y| {
            let shape = w.integers(&[3]);
            w.node("Reshape", &[y, &shape], vec![])
        },
        |w, y| {
            let axis = w.integers(&[0]);
            let y = w.node("Squeeze", &[y, &axis], vec![]);
            w.node("Unsqueeze", &[&y, &axis], vec![])
        },
        |w, y| w.node("Transpose", &[y], vec![]),
        |w, y| {
            w.node("Erf", &[y], vec![]);
            w.node("Identity", &[y], vec![])
        },
    ];
    for operator in ["Softmax", "LogSoftmax"] {
        for (number, tail) in tails.iter().enumerate() {
            let (kinds, shape) = model(13, &[1, 3], |w| {
                let y = w.node(operator, &["x"], vec![]);
                tail(w, &y)
            });
            let rest: Vec<&str> = kinds.split(' ').skip(1).collect();
            assert!(kinds.starts_with("softmax"), "{number}: {kinds}");
            assert!(rest.iter().all(|kind| *kind == "reshape"), "{number}: {kinds}");
            assert_eq!(shape.iter().product::<usize>(), 3);
        }
    }
}

#[test]
fn optional_inputs_and_outputs_are_optional() {
    for opset in [9, 11, 13, 17] {
        let found = model(opset, &[1, 1, 4, 4], |w| {
            let weights = w.weights(&[2, 1, 3, 3], 0.0, 1.0);
            let y = w.node("Conv", &["x", &weights, ""], vec![]);
            let y = w.node("MaxPool", &[&y], vec![ints("kernel_shape", &[2, 2])]);
            also(w, "indices");
            let y = w.node("Dropout", &[&y, "", ""], vec![]);
            also(w, "mask");
            let y = if opset < 11 {
                w.node("Clip", &[&y], vec![])
            } else {
                w.node("Clip", &[&y, "", ""], vec![])
            };
            w.node("Flatten", &[&y, ""], vec![])
        });
        assert_eq!(found, ("conv max activation reshape".into(), vec![1, 2]));
    }
    for trailing in [false, true] {
        let found = model(13, &[1, 4], |w| {
            let truth = truth(w, false);
            let ratio = w.floats(&[], vec![0.5]);
            let ratio = if trailing { ratio } else { String::new() };
            let y = w.node("Dropout", &["x", &ratio, &truth], vec![]);
            w.node("Relu", &[&y], vec![])
        });
        assert_eq!(found, ("activation".into(), vec![1, 4]));
    }
}

#[test]
fn bounds_may_be_infinite_missing_or_crossed() {
    let inf = f32::INFINITY;
    for (low, high, expected) in [
        (Some(-inf), Some(1.0), (f64::NEG_INFINITY, 1.0)),
        (Some(0.0), Some(inf), (0.0, f64::INFINITY)),
        (Some(-f32::MAX), Some(f32::MAX), (f64::NEG_INFINITY, f64::INFINITY)),
        (None, Some(2.0), (f64::NEG_INFINITY, 2.0)),
        (Some(3.0), None, (3.0, f64::INFINITY)),
        (Some(3.0), Some(1.0), (1.0, 1.0)),
    ] {
        for opset in [10, 13] {
            let mut w = Writer::new(opset, &[1, 4], 1);
            let y = if opset < 11 {
                let bound = |name, value: Option<f32>| value.map(|value| float(name, value));
                w.node(
                    "Clip",
                    &["x"],
                    [bound("min", low), bound("max", high)].into_iter().flatten().collect(),
                )
            } else {
                let mut bound = |value: Option<f32>| {
                    value.map_or(String::new(), |value| w.floats(&[], vec![value]))
                };
                let (low, high) = (bound(low), bound(high));
                w.node("Clip", &["x", &low, &high], vec![])
            };
            let graph = read(&w.finish(&y)).unwrap();
            let Op::Activation(Activation::Clip { low, high }) = graph.nodes[0].op else {
                panic!()
            };
            assert_eq!((low, high), expected);
        }
    }
}

/// Weights of a dense layer, its output's shape.
fn product(shape: &[i64], weights: &[i64], first: bool) -> (String, Vec<usize>) {
    model(13, shape, |w| {
        let axes: Vec<i64> = vec![0];
        let axes = w.integers(&axes);
        let x = w.node("Squeeze", &["x", &axes], vec![]);
        let weights = w.weights(weights, 0.0, 1.0);
        if first {
            w.node("MatMul", &[&weights, &x], vec![])
        } else {
            w.node("MatMul", &[&x, &weights], vec![])
        }
    })
}

#[test]
fn products_have_numpys_shapes() {
    for (input, weights, first, expected) in [
        (&[1, 4][..], &[4, 3][..], false, &[3][..]),
        (&[1, 4], &[4], false, &[]),
        (&[1, 4], &[1, 4, 3], false, &[1, 3]),
        (&[1, 4], &[1, 1, 4, 3], false, &[1, 1, 3]),
        (&[1, 2, 4], &[4], false, &[2]),
        (&[1, 2, 4], &[1, 1, 4, 3], false, &[1, 1, 2, 3]),
        (&[1, 5, 2, 4], &[1, 4, 3], false, &[5, 2, 3]),
        (&[1, 4], &[3, 4], true, &[3]),
        (&[1, 4], &[4], true, &[]),
        (&[1, 4], &[1, 3, 4], true, &[1, 3]),
        (&[1, 4, 2], &[4], true, &[2]),
        (&[1, 5, 4, 2], &[4], true, &[5, 2]),
        (&[1, 5, 4, 2], &[1, 1, 3, 4], true, &[1, 5, 3, 2]),
        (&[1, 4, 2], &[1, 1, 3, 4], true, &[1, 1, 3, 2]),
    ] {
        let (kinds, shape) = product(input, weights, first);
        assert_eq!(
            (kinds.as_str(), shape.as_slice()),
            ("reshape dense", expected),
            "{input:?} {weights:?}"
        );
    }
}

#[test]
fn gemm_takes_the_constant_on_either_side() {
    for (input, constant_first, transposes, kinds) in [
        ([1i64, 4], false, [0, 0], "dense"),
        ([1, 4], false, [0, 1], "dense"),
        ([4, 1], false, [1, 0], "reshape reshape dense"),
        ([4, 2], false, [1, 1], "reshape transpose dense"),
        ([4, 2], true, [0, 0], "reshape dense"),
        ([4, 2], true, [1, 0], "reshape dense"),
        ([2, 4], true, [0, 1], "reshape transpose dense"),
        ([2, 4], true, [1, 1], "reshape transpose dense"),
    ] {
        let (found, shape) = model(13, &[1, input[0] * input[1]], |w| {
            let x = if input[0] == 1 {
                "x".to_owned()
            } else {
                let shape = w.integers(&input);
                w.node("Reshape", &["x", &shape], vec![])
            };
            let flip = transposes[usize::from(!constant_first)] == 1;
            let depth_first = flip == constant_first;
            let weights = w.weights(if depth_first { &[4, 3] } else { &[3, 4] }, 0.0, 1.0);
            let bias = w.weights(&[1], 0.0, 1.0);
            let inputs = if constant_first { [&weights, &x, &bias] } else { [&x, &weights, &bias] };
            let attributes = vec![int("transA", transposes[0]), int("transB", transposes[1])];
            w.node("Gemm", &inputs.map(String::as_str), attributes)
        });
        assert_eq!(found, kinds, "{input:?} {transposes:?}");
        let other = usize::try_from(input[0] * input[1] / 4).unwrap();
        assert_eq!(shape, if constant_first { [3, other] } else { [other, 3] });
    }
    // The third input may depend on the document.
    let found = model(13, &[1, 4], |w| {
        let weights = w.weights(&[4, 4], 0.0, 1.0);
        w.node("Gemm", &["x", &weights, "x"], vec![float("beta", 0.5)])
    });
    assert_eq!(found, ("dense affine sum".into(), vec![1, 4]));
}

#[test]
fn shapes_are_constants() {
    let found = model(13, &[1, 2, 3, 4], |w| {
        let shape = w.node("Shape", &["x"], vec![]);
        let (zero, one, end) = (w.integers(&[0]), w.integers(&[1]), w.integers(&[i64::MAX]));
        let batch = w.node("Gather", &[&shape, &zero], vec![]);
        let rest = w.node("Slice", &[&shape, &one, &end], vec![]);
        let product = w.node("ReduceProd", &[&rest], vec![int("keepdims", 1)]);
        let two = w.integers(&[2]);
        let half = w.node("Div", &[&product, &two], vec![]);
        let target = w.node("Concat", &[&batch, &two, &half], vec![int("axis", 0)]);
        let target = w.node("Cast", &[&target], vec![int("to", 1)]);
        let target = w.node("Floor", &[&target], vec![]);
        let target = w.node("Cast", &[&target], vec![int("to", 7)]);
        w.node("Reshape", &["x", &target], vec![])
    });
    assert_eq!(found, ("reshape".into(), vec![1, 2, 12]));
    // What PyTorch writes for `expand`.
    let found = model(13, &[1, 3], |w| {
        let (rank, wanted) = (w.integers(&[2]), w.integers(&[4, -1]));
        let ones = w.node("ConstantOfShape", &[&rank], vec![]);
        let ones = w.node("Cast", &[&ones], vec![int("to", 7)]);
        let one = w.integers(&[1]);
        let ones = w.node("Add", &[&ones, &one], vec![]);
        let minus = w.integers(&[-1]);
        let minus = w.node("Mul", &[&ones, &minus], vec![]);
        let open = w.node("Equal", &[&wanted, &minus], vec![]);
        let target = w.node("Where", &[&open, &ones, &wanted], vec![]);
        w.node("Expand", &["x", &target], vec![])
    });
    assert_eq!(found, ("gather".into(), vec![4, 3]));
}

/// The constant of `x + c`, where `make` computes `c`.
fn constant(make: impl FnOnce(&mut Writer) -> String) -> Vec<f64> {
    let mut w = Writer::new(13, &[1, 1, 1], 1);
    let value = make(&mut w);
    let y = w.node("Add", &["x", &value], vec![]);
    let graph = read(&w.finish(&y)).unwrap_or_else(|error| panic!("{error}"));
    match &graph.nodes[0].op {
        Op::Affine(affine) => affine.offset.values.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn weights_are_computed() {
    let floats = |w: &mut Writer, list: &[f32]| w.floats(&[list.len() as i64], list.to_vec());
    let two = |operator: &'static str, right: &'static [f32]| {
        constant(|w| {
            let (l, r) = (floats(w, &[8.0, -2.0, 0.25]), floats(w, right));
            w.node(operator, &[&l, &r], vec![])
        })
    };
    assert_eq!(two("Add", &[1.0]), [9.0, -1.0, 1.25]);
    assert_eq!(two("Sub", &[1.0, 2.0, 3.0]), [7.0, -4.0, -2.75]);
    assert_eq!(two("Mul", &[0.5]), [4.0, -1.0, 0.125]);
    assert_eq!(two("Div", &[2.0]), [4.0, -1.0, 0.125]);
    assert_eq!(two("Pow", &[2.0]), [64.0, 4.0, 0.0625]);
    assert_eq!(two("Max", &[0.5]), [8.0, 0.5, 0.5]);
    let one = |operator: &'static str| {
        constant(|w| {
            let l = floats(w, &[4.0, 0.25]);
            w.node(operator, &[&l], vec![])
        })
    };
    assert_eq!(one("Sqrt"), [2.0, 0.5]);
    assert_eq!(one("Neg"), [-4.0, -0.25]);
    assert_eq!(one("Reciprocal"), [0.25, 4.0]);
    assert_eq!(one("Relu"), [4.0, 0.25]);
    assert_eq!(one("Ceil"), [4.0, 1.0]);
    assert_eq!(one("Identity"), [4.0, 0.25]);
    let moved = |operator: &'static str, inputs: &'static [&'static [i64]], attributes| {
        constant(|w| {
            let mut names = vec![w.floats(&[2, 3], (0u8..6).map(f32::from).collect())];
            names.extend(inputs.iter().map(|list| w.integers(list)));
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            w.node(operator, &names, attributes)
        })
    };
    assert_eq!(moved("Transpose", &[], vec![]), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(moved("Slice", &[&[-1], &[-9], &[1], &[-2]], vec![]), [2.0, 0.0, 5.0, 3.0]);
    assert_eq!(moved("Gather", &[&[-1, 0]], vec![int("axis", 1)]), [2.0, 0.0, 5.0, 3.0]);
    assert_eq!(moved("Tile", &[&[1, 2]], vec![])[..6], [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
    assert_eq!(moved("Pad", &[&[0, 1, 0, 0]], vec![])[..4], [0.0, 0.0, 1.0, 2.0]);
    assert_eq!(
        moved("Pad", &[&[0, 1, 0, 0]], vec![string("mode", "reflect")])[..4],
        [1.0, 0.0, 1.0, 2.0]
    );
    assert_eq!(
        moved("Pad", &[&[0, 0, 0, 2]], vec![string("mode", "edge")])[..5],
        [0.0, 1.0, 2.0, 2.0, 2.0]
    );
    assert_eq!(moved("ReduceMean", &[], vec![ints("axes", &[1])]), [1.0, 4.0]);
    assert_eq!(moved("ReduceMax", &[], vec![ints("axes", &[0])]), [3.0, 4.0, 5.0]);
    let product = constant(|w| {
        let (l, r) =
            (w.floats(&[1, 2], vec![1.0, 2.0]), w.floats(&[2, 2], vec![1.0, 2.0, 3.0, 4.0]));
        let y = w.node("MatMul", &[&l, &r], vec![]);
        w.node("Concat", &[&y, &l], vec![int("axis", 0)])
    });
    assert_eq!(product, [7.0, 10.0, 1.0, 2.0]);
}

fn graph(opset: i64, shape: &[i64], make: impl FnOnce(&mut Writer) -> String) -> Graph {
    let mut w = Writer::new(opset, shape, 1);
    let output = make(&mut w);
    read(&w.finish(&output)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn padding_and_slices_are_selections() {
    let pad = |opset: i64, pads: &'static [i64], mode: &'static str, value: f32| {
        let graph = graph(opset, &[1, 3], |w| {
            let padded = if opset < 11 {
                let attributes =
                    vec![ints("pads", pads), string("mode", mode), float("value", value)];
                w.node("Pad", &["x"], attributes)
            } else {
                let (pads, value) = (w.integers(pads), w.floats(&[], vec![value]));
                w.node("Pad", &["x", &pads, &value], vec![string("mode", mode)])
            };
            w.node("Relu", &[&padded], vec![])
        });
        match &graph.nodes[0].op {
            Op::Gather(gather) => (gather.index(), gather.fill),
            Op::Activation(_) => (Vec::new(), 0.0),
            other => panic!("{other:?}"),
        }
    };
    for opset in [9, 11, 18] {
        let expected = vec![None, Some(0), Some(1), Some(2), None, None];
        assert_eq!(pad(opset, &[0, 1, 0, 2], "constant", 0.5), (expected, 0.5));
        assert_eq!(pad(opset, &[0, -1, 0, 1], "constant", 0.0).0, [Some(1), Some(2), None]);
        assert_eq!(pad(opset, &[0, 2, 0, 1], "reflect", 0.0).0, [2, 1, 0, 1, 2, 1].map(Some));
        assert_eq!(pad(opset, &[0, 1, 0, 1], "edge", 0.0).0, [0, 0, 1, 2, 2].map(Some));
        assert_eq!(pad(opset, &[0, 0, 0, 0], "constant", 0.0).0, []);
    }
    let axes = graph(18, &[1, 3], |w| {
        let (pads, axes) = (w.integers(&[1, 0]), w.integers(&[-1]));
        w.node("Pad", &["x", &pads, "", &axes], vec![])
    });
    assert_eq!(axes.nodes[0].shape, [1, 4]);
    for (opset, expected) in [(9, [1, 2]), (13, [1, 2])] {
        let slice = graph(opset, &[1, 3], |w| {
            if opset < 10 {
                let attributes = vec![ints("starts", &[1]), ints("ends", &[9]), ints("axes", &[1])];
                return w.node("Slice", &["x"], attributes);
            }
            let (start, end, axis) = (w.integers(&[-2]), w.integers(&[i64::MAX]), w.integers(&[1]));
            w.node("Slice", &["x", &start, &end, &axis], vec![])
        });
        let Op::Gather(gather) = &slice.nodes[0].op else { panic!() };
        assert_eq!(gather.index(), expected.map(Some));
    }
    // Two-dimensional indices make two axes.
    let gather = graph(13, &[1, 4, 2], |w| {
        let pairs = w.integers(&[3, 0, 1, 1]);
        let shape = w.integers(&[2, 2]);
        let pairs = w.node("Reshape", &[&pairs, &shape], vec![]);
        w.node("Gather", &["x", &pairs], vec![int("axis", 1)])
    });
    assert_eq!(gather.nodes[0].shape, [1, 2, 2, 2]);
    let Op::Gather(picked) = &gather.nodes[0].op else { panic!() };
    assert_eq!(picked.index(), [6, 7, 0, 1, 2, 3, 2, 3].map(Some));
    let repeated = graph(13, &[1, 2], |w| {
        let shape = w.integers(&[2, 2]);
        w.node("Tile", &["x", &shape], vec![])
    });
    let Op::Gather(tiled) = &repeated.nodes[0].op else { panic!() };
    assert_eq!(tiled.index(), [0, 1, 0, 1, 0, 1, 0, 1].map(Some));
}

#[test]
fn constants_stand_between_tensors_in_a_concatenation() {
    let graph = graph(13, &[1, 2, 2], |w| {
        let first = w.floats(&[1, 1, 2], vec![5.0, 6.0]);
        let relu = w.node("Relu", &["x"], vec![]);
        w.node("Concat", &[&first, "x", &first, &relu], vec![int("axis", 1)])
    });
    let [_, joined, spread, added] = graph.nodes.as_slice() else { panic!("{graph:?}") };
    assert_eq!(joined.op, Op::Concat(Concat { axis: 1 }));
    assert_eq!(joined.inputs, [TensorRef::Input, TensorRef::Node(0)]);
    let Op::Gather(gather) = &spread.op else { panic!() };
    let expected = [
        None,
        None,
        Some(0),
        Some(1),
        Some(2),
        Some(3),
        None,
        None,
        Some(4),
        Some(5),
        Some(6),
        Some(7),
    ];
    assert_eq!(gather.index(), expected);
    let Op::Affine(Affine { offset, .. }) = &added.op else { panic!() };
    assert_eq!(offset.values, [5.0, 6.0, 0.0, 0.0, 0.0, 0.0, 5.0, 6.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(added.shape, [1, 6, 2]);
}

#[test]
fn reductions_are_pools() {
    for (operator, kinds) in [
        ("ReduceMean", "mean"),
        ("ReduceSum", "mean affine"),
        ("ReduceMax", "max"),
        ("ReduceMin", "affine max affine"),
    ] {
        for opset in [11, 13, 18] {
            for (axes, before, after) in [
                (&[2, 3][..], "", ""),
                (&[-1, -2], "", ""),
                (&[1, 2, 3], "reshape", "reshape"),
                (&[0, 1, 2, 3], "reshape", "reshape"),
                (&[1], "transpose reshape", "reshape"),
                (&[2], "transpose reshape", "reshape"),
                (&[3], "reshape", "reshape"),
            ] {
                for keep in [0, 1] {
                    let as_input = opset >= if operator == "ReduceSum" { 13 } else { 18 };
                    let (found, shape) = model(opset, &[1, 2, 3, 4], |w| {
                        let mut attributes = vec![int("keepdims", keep)];
                        if as_input {
                            let axes = w.integers(axes);
                            return w.node(operator, &["x", &axes], attributes);
                        }
                        attributes.push(ints("axes", axes));
                        w.node(operator, &["x"], attributes)
                    });
                    assert!(found.contains(kinds), "{found}");
                    // Kept axes of size 1 need no view where the pool has them.
                    assert!(found.starts_with(before), "{operator} {axes:?}: {found}");
                    let _ = after;
                    let gone = |axis: usize| {
                        axes.iter()
                            .any(|&a| if a < 0 { a + 4 == axis as i64 } else { a == axis as i64 })
                    };
                    let expected: Vec<usize> = [1, 2, 3, 4]
                        .into_iter()
                        .enumerate()
                        .filter(|(axis, _)| keep == 1 || !gone(*axis))
                        .map(|(axis, dim)| if gone(axis) { 1 } else { dim })
                        .collect();
                    assert_eq!(shape, expected, "{operator} {axes:?} {keep}");
                }
            }
        }
    }
    assert_eq!(model(13, &[1, 2, 3, 4], |w| w.node("GlobalMaxPool", &["x"], vec![])).0, "max");
}

#[test]
fn windows_may_end_outside() {
    for (size, expected) in [(5, 3), (6, 3), (7, 4)] {
        for operator in ["MaxPool", "AveragePool"] {
            let (_, shape) = model(13, &[1, 1, size, 4], |w| {
                let attributes = vec![
                    ints("kernel_shape", &[2, 2]),
                    ints("strides", &[2, 2]),
                    int("ceil_mode", 1),
                ];
                w.node(operator, &["x"], attributes)
            });
            assert_eq!(shape, [1, 1, expected, 2], "{operator} {size}");
        }
    }
    // The last window would begin in the padding.
    let (_, shape) = model(13, &[1, 1, 4, 1], |w| {
        let attributes = vec![
            ints("kernel_shape", &[1, 1]),
            ints("strides", &[3, 1]),
            ints("pads", &[0, 0, 2, 0]),
            int("ceil_mode", 1),
        ];
        w.node("AveragePool", &["x"], attributes)
    });
    assert_eq!(shape, [1, 1, 2, 1]);
}

#[test]
fn newer_operator_sets_are_read() {
    for opset in 9..=25 {
        let found = model(opset, &[1, 1, 4, 4], |w| {
            let weights = w.weights(&[2, 1, 3, 3], 0.0, 1.0);
            let y = w.node("Conv", &["x", &weights], vec![]);
            let y = w.node("Flatten", &[&y], vec![]);
            w.node("Softmax", &[&y], vec![])
        });
        assert_eq!(found, ("conv reshape softmax".into(), vec![1, 8]));
    }
}

#[test]
fn weights_of_other_types_become_floats() {
    for (data_type, raw, expected) in [
        (
            10,
            vec![0x00, 0x3c, 0x00, 0xc4, 0x01, 0x00, 0xff, 0x7b],
            vec![1.0, -4.0, 1.0 / 16_777_216.0, 65504.0],
        ),
        (2, vec![0, 255], vec![0.0, 255.0]),
        (3, vec![1, 255], vec![1.0, -1.0]),
        (4, vec![255, 255], vec![65535.0]),
        (5, vec![255, 255], vec![-1.0]),
        (6, vec![254, 255, 255, 255], vec![-2.0]),
        (9, vec![1, 0], vec![1.0, 0.0]),
    ] {
        for typed in [false, true] {
            let found = constant(|w| {
                let mut tensor = TensorProto {
                    dims: vec![expected.len() as i64],
                    data_type,
                    name: "small".into(),
                    raw_data: raw.clone().into(),
                    ..Default::default()
                };
                if typed && data_type == 10 {
                    let halves = raw.chunks(2).map(|b| i32::from(u16::from_le_bytes([b[0], b[1]])));
                    tensor.int32_data = halves.collect();
                    tensor.raw_data.clear();
                } else if typed {
                    tensor.int32_data = expected.iter().map(|value| *value as i32).collect();
                    tensor.raw_data.clear();
                }
                w.graph().initializer.push(tensor);
                w.node("Cast", &["small"], vec![int("to", 1)])
            });
            assert_eq!(found, expected, "{data_type}");
        }
    }
}
