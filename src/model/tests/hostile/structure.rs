//! Graphs and bytes that no exporter writes.

use prost::encoding::WireType;
use prost::encoding::{encode_key, encode_varint};

use super::*;
use crate::model::onnx::proto::{NodeProto, Opaque, OperatorSetProto, TensorProto};
use crate::model::onnx::writer::{int, ints, string};

/// An image of one channel of 8×8, a convolution, and what else `add` makes.
fn after_conv(add: impl FnOnce(&mut Writer, &str) -> String) -> String {
    let mut w = Writer::new(13, &[1, 1, 8, 8], 1);
    let weights = w.weights(&[4, 1, 3, 3], 0.0, 1.0);
    let conv = w.node("Conv", &["x", &weights], vec![]);
    let output = add(&mut w, &conv);
    refusal(w, &output)
}

/// A convolution with the given attributes over an image of 8×8.
fn conv_with(
    shape: [i64; 4],
    attributes: Vec<crate::model::onnx::proto::AttributeProto>,
) -> String {
    let mut w = Writer::new(13, &[1, 4, 8, 8], 1);
    let weights = w.weights(&shape, 0.0, 1.0);
    let y = w.node("Conv", &["x", &weights], attributes);
    refusal(w, &y)
}

fn tensor(dims: &[i64]) -> TensorProto {
    TensorProto { dims: dims.to_vec(), data_type: 1, name: "hostile".into(), ..Default::default() }
}

fn weights_of(tensor: TensorProto) -> String {
    let mut w = Writer::new(13, &[1, 4], 1);
    w.graph().initializer.push(tensor);
    let y = w.node("MatMul", &["x", "hostile"], vec![]);
    refusal(w, &y)
}

#[test]
fn nodes_must_use_what_stands_before_them() {
    let own = after_conv(|w, conv| {
        let y = w.node("Add", &[conv, conv], vec![]);
        w.graph().node[1].input[1] = y.clone();
        y
    });
    says(&own, &["(Add)", "not computed by an earlier node"]);
    let missing = after_conv(|w, _| w.node("Relu", &["nobody"], vec![]));
    says(&missing, &["(Relu)", "`nobody`"]);
    let none = after_conv(|w, _| w.node("Relu", &[], vec![]));
    says(&none, &["(Relu)", "0 inputs"]);
    let empty = after_conv(|w, _| w.node("Relu", &[""], vec![]));
    says(&empty, &["(Relu)", "0 inputs"]);
    let twice = after_conv(|w, conv| {
        let y = w.node("Relu", &[conv], vec![]);
        w.graph().node[1].output[0] = conv.to_owned();
        y
    });
    says(&twice, &["(Relu)", "computed twice"]);
    let input = after_conv(|w, conv| {
        w.node("Relu", &[conv], vec![]);
        w.graph().node[1].output[0] = "x".into();
        "x".into()
    });
    says(&input, &["(Relu)", "`x` is computed twice"]);
    let unnamed = after_conv(|w, conv| {
        w.node("Relu", &[conv], vec![]);
        w.graph().node[1].output.clear();
        String::new()
    });
    says(&unnamed, &["(Relu)", "no name"]);
    let two = after_conv(|w, conv| {
        let y = w.node("Relu", &[conv], vec![]);
        w.graph().node[1].output.push(y.clone());
        y
    });
    says(&two, &["(Relu)", "computed twice"]);
    let nowhere = after_conv(|_, _| "nobody".into());
    says(&nowhere, &["`nobody`", "not computed"]);
}

#[test]
fn dimensions_out_of_range_are_refused() {
    for (dims, part) in [
        (&[i64::MAX, 2][..], "limits"),
        (&[i64::MIN, 2], "dimension -9223372036854775808"),
        (&[-1, 2], "dimension -1"),
        (&[1 << 32, 1 << 32], "limits"),
        (&[1 << 14, 1 << 14], "limits"),
        (&[4, 0], "empty"),
        (&[1; 9], "limits"),
        // As large as may be, but the values are not there.
        (&[1 << 12, 1 << 12], "the file has 0"),
    ] {
        says(&weights_of(tensor(dims)), &["`hostile`", part]);
    }
    let many = weights_of(tensor(&[1; 1000]));
    says(&many, &["`hostile`", "limits"]);
    for (shape, part) in [
        (&[1, i64::MAX][..], "limits"),
        (&[1, -7], "no fixed shape"),
        (&[1, 0], "no fixed shape"),
        (&[1, 1 << 23], "elements"),
        (&[1, 1 << 32, 1 << 32], "limits"),
    ] {
        let mut w = Writer::new(13, shape, 1);
        let y = w.node("Relu", &["x"], vec![]);
        says(&refusal(w, &y), &[part]);
    }
}

#[test]
fn data_elsewhere_or_of_another_length_is_refused() {
    // `location` of external data may be any path; it is not even decoded.
    let outside =
        TensorProto { data_location: 1, external_data: vec![Opaque {}], ..tensor(&[4, 2]) };
    says(&weights_of(outside), &["`hostile`", "another file"]);
    let quietly = TensorProto { external_data: vec![Opaque {}], ..tensor(&[4, 2]) };
    says(&weights_of(quietly), &["`hostile`", "another file"]);
    for length in [31, 33, 28, 36] {
        let raw = TensorProto { raw_data: vec![0; length].into(), ..tensor(&[4, 2]) };
        says(&weights_of(raw), &["`hostile`"]);
    }
    let typed = TensorProto { float_data: vec![0.0; 7], ..tensor(&[4, 2]) };
    says(&weights_of(typed), &["`hostile`", "the file has 7"]);
    let strings = TensorProto { data_type: 8, ..tensor(&[4, 2]) };
    says(&weights_of(strings), &["`hostile`", "string"]);
    let unknown = TensorProto { data_type: i32::MIN, ..tensor(&[4, 2]) };
    says(&weights_of(unknown), &["`hostile`", "element type"]);
}

#[test]
fn external_data_with_a_path_is_refused() {
    let mut w = Writer::new(13, &[1, 4], 1);
    let weights = w.weights(&[4, 2], 0.0, 1.0);
    let y = w.node("MatMul", &["x", &weights], vec![]);
    let y = w.node("Add", &[&y, "passwd"], vec![]);
    let bytes = w.finish(&y);
    // A second graph message is merged with the first: one more weight tensor,
    // with the key `location`.
    let entry = message(&[(1, b"location"), (2, b"../../../etc/passwd")]);
    let weight = message(&[(8, b"passwd"), (13, &entry)]);
    let more = message(&[(7, &message(&[(5, &weight)]))]);
    says(&outcome(&[bytes, more].concat()).unwrap_err(), &["`passwd`", "another file"]);
}

/// Length-delimited fields.
fn message(fields: &[(u32, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (tag, bytes) in fields {
        encode_key(*tag, WireType::LengthDelimited, &mut out);
        encode_varint(bytes.len() as u64, &mut out);
        out.extend_from_slice(bytes);
    }
    out
}

#[test]
fn windows_and_groups_out_of_range_are_refused() {
    for attribute in ["strides", "dilations", "kernel_shape"] {
        for size in [1_000_000_000, i64::MAX, 0, -1] {
            says(
                &conv_with([4, 4, 3, 3], vec![ints(attribute, &[1, size])]),
                &["(Conv)", attribute],
            );
        }
        says(&conv_with([4, 4, 3, 3], vec![ints(attribute, &[1])]), &["(Conv)", attribute]);
    }
    for size in [1_000_000_000, i64::MIN] {
        says(&conv_with([4, 4, 3, 3], vec![ints("pads", &[0, 0, size, 0])]), &["(Conv)", "pads"]);
    }
    says(&conv_with([4, 4, 9, 9], vec![]), &["(Conv)", "wider"]);
    // Within range each, but the output is far too large.
    let padded = conv_with([4, 4, 1, 1], vec![ints("pads", &[65536; 4])]);
    says(&padded, &["(Conv)", "limits"]);
    for group in [3, 0, -4, i64::MAX, 1_000_000_000] {
        says(&conv_with([4, 4, 3, 3], vec![int("group", group)]), &["(Conv)", "groups"]);
    }
    says(&conv_with([6, 1, 3, 3], vec![int("group", 4)]), &["(Conv)", "groups"]);
    let pool = |kernel: &[i64], more: &[i64]| {
        after_conv(|w, conv| {
            let attributes = vec![ints("kernel_shape", kernel), ints("pads", more)];
            w.node("MaxPool", &[conv], attributes)
        })
    };
    says(&pool(&[2, 1_000_000_000], &[0; 4]), &["(MaxPool)", "kernel_shape"]);
    says(&pool(&[2, 2], &[9, 0, 0, 0]), &["(MaxPool)", "padding alone"]);
    says(&pool(&[65536, 65536], &[40000; 4]), &["(MaxPool)"]);
    let mut channels = Writer::new(13, &[1, 4, 8, 8], 1);
    let weights = channels.floats(&[1_000_000_000, 4, 3, 3], vec![0.5; 36]);
    let y = channels.node("Conv", &["x", &weights], vec![]);
    says(&refusal(channels, &y), &["weight tensor `t1`", "limits"]);
    let same = conv_with([4, 4, 3, 3], vec![string("auto_pad", "SAME_\u{1b}[2J")]);
    says(&same, &["(Conv)", "auto_pad", "\\u{1b}"]);
}

#[test]
fn layouts_that_contradict_themselves_are_refused() {
    let reshape = |shape: &[i64]| {
        after_conv(|w, conv| {
            let shape = w.integers(shape);
            w.node("Reshape", &[conv, &shape], vec![])
        })
    };
    says(&reshape(&[-1, -1]), &["(Reshape)", "not understood"]);
    says(&reshape(&[-2, 72]), &["(Reshape)", "not understood"]);
    says(&reshape(&[1, 145]), &["(Reshape)", "does not become"]);
    says(&reshape(&[i64::MAX, -1]), &["(Reshape)", "limits"]);
    says(&reshape(&[0, 0, 0, 0, 0]), &["(Reshape)", "empty"]);
    says(&reshape(&[1; 300]), &["(Reshape)", "limits"]);
    let transpose =
        |perm: &[i64]| after_conv(|w, conv| w.node("Transpose", &[conv], vec![ints("perm", perm)]));
    says(&transpose(&[0, 0, 1, 2]), &["(Transpose)", "permute"]);
    says(&transpose(&[0, 1, 2, i64::MIN]), &["(Transpose)", "axis"]);
    let concat =
        |axis: i64| after_conv(|w, conv| w.node("Concat", &[conv, conv], vec![int("axis", axis)]));
    says(&concat(4), &["(Concat)", "axis 4"]);
    says(&concat(i64::MIN), &["(Concat)", "axis"]);
    let flatten = after_conv(|w, conv| w.node("Flatten", &[conv], vec![int("axis", -9)]));
    says(&flatten, &["(Flatten)", "axis -9"]);
}

#[test]
fn other_domains_and_subgraphs_without_a_graph_are_refused() {
    let opset = |domain: &str, version| {
        let mut w = Writer::new(13, &[1, 4], 1);
        w.model.opset_import = vec![OperatorSetProto { domain: domain.into(), version }];
        let y = w.node("Relu", &["x"], vec![]);
        refusal(w, &y)
    };
    for version in [i64::MIN, 0, 6, 26, i64::MAX] {
        says(&opset("", version), &["operator set", "7 to 25"]);
    }
    says(&opset("com.example", 1), &["default domain"]);
    let mut sparse = Writer::new(13, &[1, 4], 1);
    sparse.graph().sparse_initializer.push(Opaque {});
    let y = sparse.node("Relu", &["x"], vec![]);
    says(&refusal(sparse, &y), &["sparse"]);
    // An attribute of type GRAPH (5) without a graph.
    let graph = |operator: &str, inputs: usize| {
        after_conv(|w, conv| {
            let body = crate::model::onnx::proto::AttributeProto {
                name: "then_branch".into(),
                kind: 5,
                ..Default::default()
            };
            w.node(operator, &vec![conv; inputs], vec![body])
        })
    };
    for (operator, inputs, part) in
        [("If", 1, "is missing"), ("Loop", 2, "is missing"), ("Scan", 1, "not supported")]
    {
        says(&graph(operator, inputs), &[operator, part]);
    }
    says(&graph("Relu", 1), &["(Relu)", "`then_branch`"]);
}

#[test]
fn names_cannot_steer_a_terminal_or_fill_it() {
    let steering = after_conv(|w, conv| {
        let y = w.node("Erf\u{1b}[2J", &[conv], vec![]);
        w.graph().node[1].name = "\u{1b}]0;owned\u{7}\u{202e}".into();
        y
    });
    says(&steering, &["\\u{1b}]0;owned\\u{7}\\u{202e}", "Erf\\u{1b}[2J"]);
    assert!(!steering.contains(char::is_control), "{steering:?}");
    let long = after_conv(|w, conv| {
        let y = w.node("Erf", &[conv], vec![]);
        w.graph().node[1].name = "n".repeat(1 << 20);
        w.graph().node[1].domain = "d".repeat(1 << 20);
        y
    });
    says(&long, &["nnn", "…", "domain"]);
}

#[test]
fn bytes_that_are_no_model_are_refused() {
    let mut w = Writer::new(13, &[1, 4], 1);
    let weights = w.weights(&[4, 2], 0.0, 1.0);
    let y = w.node("MatMul", &["x", &weights], vec![]);
    let good = w.finish(&y);
    assert!(outcome(&good).is_ok());
    let with = |more: &[u8]| outcome(&[&good[..], more].concat()).unwrap_err();

    // Graph and operator set with the wire type of a number, of eight bytes,
    // of groups, of none.
    for key in [7 << 3, 7 << 3 | 1, 7 << 3 | 3, 7 << 3 | 4, 7 << 3 | 6, 8 << 3] {
        says(&with(&[key, 1, 0, 0, 0, 0, 0, 0, 0]), &["not a readable ONNX file"]);
    }
    // A number that never ends, and a length beyond the file.
    says(
        &with(&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        &["not a readable"],
    );
    says(&with(&[0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), &["not a readable"]);
    // Text that is not UTF-8: the name of a node.
    let name = message(&[(7, &message(&[(1, &message(&[(3, b"\xff\xfe")]))]))]);
    says(&with(&name), &["not a readable", "UTF-8"]);
    // Groups in groups, where a decoder that recurses runs out of stack: at the
    // top, and inside a weight tensor.
    let groups = vec![0x0b; 1 << 20];
    says(&with(&groups), &["not a readable"]);
    says(&with(&message(&[(7, &message(&[(5, &groups)]))])), &["not a readable"]);
    // Messages in messages, in a field that nobody reads.
    let nested = (0..5000).fold(Vec::new(), |inner, _| message(&[(6, &inner)]));
    let _ = outcome(&[good.clone(), nested].concat());
    for bytes in [&b""[..], &[0; 100], b"\x89PNG\r\n\x1a\n", &[0xff; 4096]] {
        assert!(outcome(bytes).is_err());
    }
    let limit = crate::model::onnx::MAX_MODEL_BYTES;
    says(&outcome(&vec![0; limit + 1]).unwrap_err(), &[&limit.to_string(), "smaller model"]);
}

#[test]
fn chains_and_fans_are_capped() {
    let chain = |nodes: usize| {
        let mut w = Writer::new(13, &[1, 4], 1);
        let weights = w.weights(&[4, 4], 0.0, 1.0);
        let mut y = w.node("MatMul", &["x", &weights], vec![]);
        for _ in 1..nodes {
            y = w.node("Relu", &[&y], vec![]);
        }
        w.finish(&y)
    };
    says(&outcome(&chain(20_000)).unwrap_err(), &["20000 nodes", "4096"]);
    assert!(outcome(&chain(4096)).is_ok());
    let mut fan = Writer::new(13, &[1, 4], 1);
    let y = fan.node("Relu", &["x"], vec![]);
    let inputs = vec![y.clone(); 1_000_000];
    fan.graph().node.push(NodeProto {
        input: inputs,
        output: vec!["wide".into()],
        op_type: "Concat".into(),
        attribute: vec![int("axis", 1)],
        ..Default::default()
    });
    says(&refusal(fan, "wide"), &["fields"]);
}
