//! Reading well-formed and malformed files: errors, never panics.

mod accepted;
mod attended;
mod attention;
mod ends;
mod field;
mod folded;
mod functions;
mod linear;
mod listed;
mod ml;
mod quantised;
mod refused;
mod rotary;
mod truth;
mod written_out;

use super::proto::TensorProto;
use super::writer::{Writer, int, ints};
use super::{OnnxError, read};
use crate::model::graph::Op;

/// A convolution, a pool and a dense layer.
fn small() -> (Writer, String) {
    let mut w = Writer::new(13, &[1, 1, 6, 6], 1);
    let weights = w.weights(&[2, 1, 3, 3], 0.0, 1.0);
    let conv = w.node("Conv", &["x", &weights], vec![ints("pads", &[1, 1, 1, 1])]);
    let relu = w.node("Relu", &[&conv], vec![]);
    let pool =
        w.node("MaxPool", &[&relu], vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])]);
    let flat = w.node("Flatten", &[&pool], vec![]);
    let matrix = w.weights(&[18, 3], 0.0, 1.0);
    let scores = w.node("Gemm", &[&flat, &matrix], vec![]);
    (w, scores)
}

fn refusal(change: impl FnOnce(&mut Writer)) -> String {
    let (mut writer, output) = small();
    change(&mut writer);
    read(&writer.finish(&output)).expect_err("must be refused").to_string()
}

#[test]
fn shapes_are_inferred() {
    let (writer, output) = small();
    let graph = read(&writer.finish(&output)).unwrap();
    let shapes: Vec<&[usize]> = graph.nodes.iter().map(|node| node.shape.as_slice()).collect();
    assert_eq!(shapes, [&[1, 2, 6, 6][..], &[1, 2, 6, 6], &[1, 2, 3, 3], &[1, 18], &[1, 3]]);
    assert!(matches!(graph.nodes[0].op, Op::Conv(_)));
    assert_eq!(graph.scores(), 3);
}

#[test]
fn every_truncation_is_an_error() {
    let (writer, output) = small();
    let bytes = writer.finish(&output);
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn changed_bytes_never_panic() {
    let (writer, output) = small();
    let bytes = writer.finish(&output);
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff, bytes[at] ^ 8] {
            let mut changed = bytes.clone();
            changed[at] = value;
            let _ = read(&changed);
        }
    }
}

#[test]
fn the_node_and_a_way_out_are_named() {
    let message = refusal(|w| w.graph().node[1].op_type = "Hardmax".into());
    assert!(
        message.contains("`n3` (Hardmax)") && message.contains("rewrite the model"),
        "{message}"
    );
}

#[test]
fn hostile_graphs_are_refused() {
    let cycle = refusal(|w| {
        let last = w.graph().node[4].output[0].clone();
        w.graph().node[1].input[0] = last;
    });
    assert!(cycle.contains("cycles"), "{cycle}");
    let missing = refusal(|w| w.graph().node[1].input[0] = "nobody".into());
    assert!(missing.contains("`nobody`"), "{missing}");
    let twice = refusal(|w| {
        let first = w.graph().node[0].output[0].clone();
        w.graph().node[1].output[0] = first;
    });
    assert!(twice.contains("twice"), "{twice}");
    let same_weights = refusal(|w| {
        let tensor = w.graph().initializer[0].clone();
        w.graph().initializer.push(tensor);
    });
    assert!(same_weights.contains("twice"), "{same_weights}");
    let domain = refusal(|w| w.graph().node[1].domain = "com.example".into());
    assert!(domain.contains("com.example"), "{domain}");
    let opset = refusal(|w| w.model.opset_import[0].version = 6);
    assert!(opset.contains("7 to 25"), "{opset}");
    let attribute = refusal(|w| w.graph().node[1].attribute.push(int("surprise", 1)));
    assert!(attribute.contains("surprise"), "{attribute}");
    let softmax = refusal(|w| w.graph().node[1].op_type = "LogSoftmax".into());
    assert!(softmax.contains("(LogSoftmax)"), "{softmax}");
    let window = refusal(|w| w.graph().node[2].attribute[0] = ints("kernel_shape", &[9, 9]));
    assert!(window.contains("wider"), "{window}");
}

#[test]
fn hostile_weights_are_refused() {
    fn tensor(w: &mut Writer) -> &mut TensorProto {
        &mut w.graph().initializer[0]
    }
    fn put_first(tensor: &mut TensorProto, value: f32) {
        tensor.raw_data = [&value.to_le_bytes(), &tensor.raw_data[4..]].concat().into();
    }
    let nan = refusal(|w| put_first(tensor(w), f32::NAN));
    assert!(nan.contains("finite"), "{nan}");
    let infinite = refusal(|w| put_first(tensor(w), f32::INFINITY));
    assert!(infinite.contains("finite"), "{infinite}");
    let external = refusal(|w| tensor(w).data_location = 1);
    assert!(external.contains("another file"), "{external}");
    let short = refusal(|w| tensor(w).raw_data.truncate(8));
    assert!(short.contains("calls for"), "{short}");
    let huge = refusal(|w| tensor(w).dims = vec![1 << 40, 1 << 40, 3, 3]);
    assert!(huge.contains("limits"), "{huge}");
    let negative = refusal(|w| tensor(w).dims[0] = -2);
    assert!(negative.contains("-2"), "{negative}");
    let complex = refusal(|w| tensor(w).data_type = 14);
    assert!(complex.contains("element type 14"), "{complex}");
    let misfit = refusal(|w| tensor(w).dims = vec![1, 2, 3, 3]);
    assert!(misfit.contains("(Conv)"), "{misfit}");
}

#[test]
fn inputs_need_a_fixed_size() {
    let dim = |w: &mut Writer, axis: usize, value: Option<i64>| {
        let tensor = w.graph().input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap();
        tensor.shape.as_mut().unwrap().dim[axis].dim_value = value;
    };
    assert!(refusal(|w| dim(w, 2, None)).contains("fixed"));
    assert!(refusal(|w| dim(w, 2, Some(1 << 50))).contains("limits"));
    assert!(refusal(|w| dim(w, 0, Some(4))).contains("the batch, is 4"));
    let (mut writer, output) = small();
    dim(&mut writer, 0, None);
    assert!(read(&writer.finish(&output)).is_ok());
}

#[test]
fn structure_out_of_proportion_is_refused() {
    // Two bytes each: an empty node in a graph.
    let mut graph = Vec::new();
    for _ in 0..600_000 {
        graph.extend([0x0a, 0x00]);
    }
    let mut bytes = vec![0x3a];
    prost::encoding::encode_varint(graph.len() as u64, &mut bytes);
    bytes.extend(graph);
    let error = read(&bytes).unwrap_err();
    assert!(matches!(error, OnnxError::Model { .. }), "{error}");
}
