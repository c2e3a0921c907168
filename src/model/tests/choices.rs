//! Comparisons and choices: what the integer program makes of them, and what they cost.

use super::operators::Case;
use super::products::{assert_close, scores};
use crate::model::onnx::writer::{Writer, int};
use crate::model::program::Op;
use crate::model::quantize::{Compiled, PixelValues};

/// A 1×1 convolution, so that a tensor is a sum.
fn mixed(w: &mut Writer, x: &str) -> String {
    let weights = w.weights(&[3, 2, 1, 1], 0.0, 1.0);
    let bias = w.weights(&[3], 0.1, 0.2);
    w.node("Conv", &[x, &weights, &bias], vec![])
}

fn rows(compiled: &Compiled, counted: fn(&Op) -> bool) -> usize {
    let nodes = compiled.program.nodes().iter();
    nodes.filter(|node| counted(&node.op)).map(|node| node.len).sum()
}

#[test]
fn an_activation_by_cases_costs_what_its_operator_does() {
    let spelled = |w: &mut Writer, x: &str| {
        let (zero, one) = (w.floats(&[], vec![0.0]), w.floats(&[], vec![1.0]));
        let above = w.node("Greater", &[x, &zero], vec![]);
        let power = w.node("Exp", &[x], vec![]);
        let below = w.node("Sub", &[&power, &one], vec![]);
        w.node("Where", &[&above, x, &below], vec![])
    };
    let operator = |w: &mut Writer, x: &str| w.node("Elu", &[x], vec![]);
    let programs = [&spelled as &dyn Fn(&mut Writer, &str) -> String, &operator].map(|make| {
        let mut w = Writer::new(17, &[1, 2, 4, 4], 5);
        let y = mixed(&mut w, "x");
        let y = make(&mut w, &y);
        let y = scores(&mut w, &y, 48);
        let (compiled, figures) = Case::new(2, 4, 4).compile(&w.finish(&y));
        assert_close(&compiled, &figures, 2.0);
        compiled.program.encode()
    });
    assert_eq!(programs[0], programs[1]);
}

#[test]
fn a_mask_is_shut_or_open_and_never_between() {
    // Whether a sum is above its mean: two rows an element, of which one cuts it off next to the
    // threshold.
    let mut w = Writer::new(17, &[1, 2, 4, 4], 5);
    let sum = mixed(&mut w, "x");
    let threshold = w.floats(&[3, 1, 1], vec![0.2, 0.1, -0.1]);
    let above = w.node("GreaterOrEqual", &[&sum, &threshold], vec![]);
    let mask = w.node("Cast", &[&above], vec![int("to", 1)]);
    let y = scores(&mut w, &mask, 48);
    let (compiled, figures) = Case::new(2, 4, 4).compile(&w.finish(&y));
    assert_close(&compiled, &figures, 1.5);
    assert!(rows(&compiled, |op| matches!(op, Op::Table { .. })) <= 2 * 48 + 12);
}

#[test]
fn a_choice_among_tensors_is_a_product_each() {
    let mut w = Writer::new(17, &[1, 2, 4, 4], 5);
    let (left, right, third) = (mixed(&mut w, "x"), mixed(&mut w, "x"), mixed(&mut w, "x"));
    let left = w.node("Relu", &[&left], vec![]);
    let right = w.node("Sigmoid", &[&right], vec![]);
    let above = w.node("Less", &[&third, &right], vec![]);
    let y = w.node("Where", &[&above, &left, &right], vec![]);
    let y = scores(&mut w, &y, 48);
    let (compiled, figures) = Case::new(2, 4, 4).compile(&w.finish(&y));
    assert_close(&compiled, &figures, 8.0);
    assert_eq!(rows(&compiled, |op| matches!(op, Op::Product { .. })), 2 * 48);
}

#[test]
fn bytes_are_compared_exactly() {
    // Each byte with 128, and with the byte beside it.
    let mut w = Writer::new(17, &[1, 16], 5);
    let middle = w.floats(&[], vec![128.0]);
    let at_least = w.node("GreaterOrEqual", &["x", &middle], vec![]);
    let places = w.integers(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0]);
    let other = w.node("Gather", &["x", &places], vec![int("axis", 1)]);
    let greater = w.node("Greater", &["x", &other], vec![]);
    let equal = w.node("Equal", &["x", &middle], vec![]);
    let either = w.node("Or", &[&greater, &equal], vec![]);
    let both = w.node("Xor", &[&either, &at_least], vec![]);
    let mask = w.node("Cast", &[&both], vec![int("to", 1)]);
    let weights = w.weights(&[16, 3], 0.0, 1.0);
    let y = w.node("MatMul", &[&mask, &weights], vec![]);
    let mut case = Case::new(1, 1, 16);
    case.scaling.values = PixelValues::Raw;
    let (compiled, figures) = case.compile(&w.finish(&y));
    assert_close(&compiled, &figures, 1.0);
}
