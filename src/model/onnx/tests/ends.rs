//! Which output is read, and how large the input is.

use super::super::proto::{Opaque, TensorTypeProto, TypeProto, ValueInfoProto};
use super::super::writer::Writer;
use super::super::{Reading, ends_of, read, read_as};
use crate::model::quantize::ViewDims;

/// A model with the outputs `label` and `scores` of these types.
fn two(label: Option<i32>, scores: Option<TypeProto>) -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4], 1);
    let y = w.node("Relu", &["x"], vec![]);
    let z = w.node("Hardmax", &["x"], vec![]);
    let kind = |elem_type| TypeProto {
        tensor_type: Some(TensorTypeProto { elem_type, shape: None }),
        ..Default::default()
    };
    let more = ValueInfoProto { name: z, r#type: label.map(kind) };
    let bytes = w.finish(&y);
    let mut model = <super::super::proto::ModelProto as prost::Message>::decode(&*bytes).unwrap();
    let graph = model.graph.as_mut().unwrap();
    graph.output[0].r#type = scores;
    graph.output.insert(0, more);
    prost::Message::encode_to_vec(&model)
}

fn tensor(elem_type: i32) -> Option<TypeProto> {
    let tensor_type = Some(TensorTypeProto { elem_type, shape: None });
    Some(TypeProto { tensor_type, ..Default::default() })
}

#[test]
fn labels_are_passed_over() {
    let sequence = TypeProto { sequence_type: Some(Opaque {}), ..Default::default() };
    // Integers and texts beside floats, or beside the dictionaries of ZipMap.
    for (label, scores) in [(7, tensor(1)), (8, tensor(1)), (7, Some(sequence)), (7, None)] {
        let bytes = two(Some(label), scores);
        assert_eq!(read(&bytes).unwrap().nodes[0].operator, "Relu");
        let ends = ends_of(&bytes, None).unwrap();
        assert_eq!((ends.output.as_str(), ends.several_outputs), ("t1", true));
    }
}

#[test]
fn of_several_scores_one_is_named() {
    let bytes = two(Some(1), tensor(1));
    let message = read(&bytes).unwrap_err().to_string();
    assert!(
        message.contains("2 outputs (`t2`, `t1`)") && message.contains("--output"),
        "{message}"
    );
    let named =
        |name: &str| read_as(&bytes, &Reading { output: Some(name.into()), ..Default::default() });
    assert_eq!(named("t1").unwrap().nodes[0].operator, "Relu");
    let message = named("x").unwrap_err().to_string();
    assert!(message.contains("no output `x`; it has `t2`, `t1`"), "{message}");
    // What is not asked for need not be supported.
    assert!(named("t2").unwrap_err().to_string().contains("(Hardmax)"));
}

#[test]
fn open_sizes_are_fixed() {
    let mut w = Writer::new(13, &[1, 3, 8, 8], 1);
    let y = w.node("Relu", &["x"], vec![]);
    let shape = |w: &mut Writer| {
        let kind = w.graph().input[0].r#type.as_mut().unwrap();
        kind.tensor_type.as_mut().unwrap().shape.clone().unwrap()
    };
    let mut dims = shape(&mut w);
    for (axis, value) in [(0, None), (2, None), (3, Some(-1))] {
        dims.dim[axis].dim_value = value;
        dims.dim[axis].dim_param = Some("size".into());
    }
    w.graph().input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().shape = Some(dims);
    let bytes = w.finish(&y);
    assert!(read(&bytes).unwrap_err().to_string().contains("--input-shape 1,3,64,64"));
    let stated = ends_of(&bytes, None).unwrap().input;
    assert_eq!(stated, [Some(1), Some(3), None, None]);
    let sized = |shape: &[usize]| {
        read_as(&bytes, &Reading { input_shape: Some(shape.to_vec()), ..Default::default() })
    };
    assert_eq!(sized(&[1, 3, 5, 7]).unwrap().input.shape, [1, 3, 5, 7]);
    for shape in [&[1, 3, 5][..], &[1, 1, 5, 7], &[2, 3, 5, 7], &[]] {
        let message = sized(shape).unwrap_err().to_string();
        assert!(message.contains("has the shape 1×3×?×?"), "{message}");
    }
    assert!(sized(&[1, 3, 1 << 20, 1 << 20]).unwrap_err().to_string().contains("limits"));
    assert!(sized(&[1, 3, 0, 7]).is_err());
    let view = |channels| ViewDims { height: 5, width: 7, channels };
    assert_eq!(view(3).shape_of(&stated), Some(vec![1, 3, 5, 7]));
    assert_eq!(view(1).shape_of(&stated), None);
    // Nothing is open, or channels may be first or last.
    assert_eq!(view(1).shape_of(&[Some(1), Some(35)]), None);
    assert_eq!(view(3).shape_of(&[Some(1), None, None, None]), None);
    assert_eq!(view(1).shape_of(&[Some(1), None]), Some(vec![1, 35]));
    assert_eq!(view(3).shape_of(&[Some(1), None, None, Some(3)]), Some(vec![1, 5, 7, 3]));
}

#[test]
fn tensorflow_lite_is_told_apart() {
    let bytes = [b"\x1c\0\0\0TFL3".as_slice(), &[0; 40]].concat();
    let message = read(&bytes).unwrap_err().to_string();
    assert!(message.contains("TensorFlow Lite") && message.contains("--tflite"), "{message}");
}
