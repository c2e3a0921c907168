//! Scaling that a model does itself, at its input.
//!
//! Many exporters put the subtraction of a mean and the division by a deviation into
//! the model. It is then part of it, and must not be done outside as well.

use super::float_bits::FiniteF64;
use super::graph::{Graph, INPUT, Node, Op, TensorRef};
use super::quantize::PixelValues;

/// What a model does to its input before anything else, told by its first element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnScaling {
    /// The factor.
    pub scale: f64,
    /// What is added afterwards.
    pub offset: f64,
}

/// Widest result of a scaling that is meant for the bytes themselves.
const WIDE: f64 = 16.0;
/// Largest mean of values from 0 to 1 that anyone subtracts.
const UNIT_MEAN: f64 = 2.0;

impl OwnScaling {
    /// The additions, subtractions, multiplications and divisions by constants that
    /// stand directly at a model's input, if there are any.
    #[must_use]
    pub fn of(graph: &Graph) -> Option<Self> {
        let mut found: Option<Self> = None;
        let mut tensor = TensorRef::Input;
        while let Some((index, node)) = sole_reader(graph, tensor) {
            match &node.op {
                Op::Reshape | Op::Transpose(_) => {}
                Op::Affine(affine)
                    if matches!(node.operator.as_str(), "Add" | "Sub" | "Mul" | "Div") =>
                {
                    let first = |values: &[f64], none| values.first().copied().unwrap_or(none);
                    let scale = first(&affine.scale.values, 1.0);
                    let offset = first(&affine.offset.values, 0.0);
                    let before = found.unwrap_or(Self { scale: 1.0, offset: 0.0 });
                    found = Some(Self {
                        scale: before.scale * scale,
                        offset: before.offset * scale + offset,
                    });
                }
                _ => break,
            }
            tensor = TensorRef::Node(index);
        }
        found
    }

    /// Whether it is meant for bytes from 0 to 255, and not for values from 0 to 1: it
    /// makes bytes small, or subtracts more than such values can be.
    #[must_use]
    pub fn takes_bytes(&self) -> bool {
        (255.0 * self.scale).abs() <= WIDE || self.offset.abs() > UNIT_MEAN * self.scale.abs()
    }
}

/// How bytes become a model's input where that is one of integers, which the file quantised before:
/// as they are, or less 128 where the integers have a sign.
#[must_use]
pub fn of_integers(graph: &Graph) -> Option<PixelValues> {
    let first = graph.nodes.first().filter(|node| node.inputs == [TensorRef::Input])?;
    match &first.op {
        Op::Quantize(integers) if first.operator == INPUT => {
            if integers.low == 0 {
                return Some(PixelValues::Raw);
            }
            let one = |value| FiniteF64::new(value).ok().map(|value| vec![value]);
            Some(PixelValues::Standardised { mean: one(128.0 / 255.0)?, std: one(1.0 / 255.0)? })
        }
        _ => None,
    }
}

/// The only node that reads a tensor.
fn sole_reader(graph: &Graph, tensor: TensorRef) -> Option<(usize, &Node)> {
    let mut readers = graph.nodes.iter().enumerate().filter(|(_, node)| node.inputs == [tensor]);
    let reader = readers.next()?;
    let all = graph.nodes.iter().flat_map(|node| &node.inputs);
    (all.filter(|input| **input == tensor).count() == 1).then_some(reader)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::onnx;
    use crate::model::onnx::writer::Writer;

    /// A model whose input goes through these operators first.
    fn scaling(steps: &[(&str, f32)]) -> Option<OwnScaling> {
        let mut w = Writer::new(13, &[1, 1, 2, 2], 1);
        let mut y = "x".to_owned();
        for (operator, value) in steps {
            let constant = w.floats(&[1], vec![*value]);
            y = w.node(operator, &[&y, &constant], vec![]);
        }
        let flat = w.node("Flatten", &[&y], vec![]);
        let dense = w.weights(&[4, 2], 0.0, 1.0);
        let y = w.node("MatMul", &[&flat, &dense], vec![]);
        OwnScaling::of(&onnx::read(&w.finish(&y)).unwrap())
    }

    #[test]
    fn inputs_of_integers_take_bytes() {
        let wanted = |data_type: i32| {
            let mut w = Writer::new(13, &[1, 4], 1);
            let input = w.graph().input[0].r#type.as_mut().unwrap();
            input.tensor_type.as_mut().unwrap().elem_type = data_type;
            let scale = w.floats(&[], vec![0.5]);
            let y = match data_type {
                1 => w.node("Relu", &["x"], vec![]),
                _ => w.node("DequantizeLinear", &["x", &scale], vec![]),
            };
            of_integers(&onnx::read(&w.finish(&y)).unwrap())
        };
        assert_eq!(wanted(1), None);
        assert_eq!(wanted(2), Some(PixelValues::Raw));
        let Some(PixelValues::Standardised { mean, std }) = wanted(3) else { panic!() };
        for byte in 0..=255u8 {
            let value = (f64::from(byte) / 255.0 - mean[0].get()) / std[0].get();
            assert!((value - (f64::from(byte) - 128.0)).abs() < 1e-12);
        }
    }

    #[test]
    fn what_stands_at_the_input_is_found() {
        assert_eq!(scaling(&[]), None);
        let imagenet = scaling(&[("Sub", 0.5), ("Div", 0.25)]).unwrap();
        assert_eq!(imagenet, OwnScaling { scale: 4.0, offset: -2.0 });
        assert!(!imagenet.takes_bytes());
        for bytes in [
            &[("Div", 255.0)][..],
            &[("Div", 127.5), ("Sub", 1.0)],
            &[("Sub", 103.9)],
            &[("Div", 255.0), ("Sub", 0.5), ("Div", 0.25)],
            &[("Sub", 123.7), ("Mul", 0.017)],
        ] {
            assert!(scaling(bytes).unwrap().takes_bytes(), "{bytes:?}");
        }
        assert!(!scaling(&[("Mul", 2.0), ("Sub", 1.0)]).unwrap().takes_bytes());
    }
}
