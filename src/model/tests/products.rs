//! Products of two tensors: what the integer program makes of them.

use super::operators::Case;
use crate::model::graph::{Op, TensorRef};
use crate::model::onnx;
use crate::model::onnx::writer::{Writer, float, ints};
use crate::model::operators::evaluate;
use crate::model::program::Op as ProgramOp;
use crate::model::quality::Quality;
use crate::model::quantize::{Compiled, PixelValues};

/// Product rows of a program.
fn product_rows(compiled: &Compiled) -> usize {
    let nodes = compiled.program.nodes().iter();
    nodes.filter(|node| matches!(node.op, ProgramOp::Product { .. })).map(|node| node.len).sum()
}

/// Inner rows of products of matrices.
fn inner_rows(compiled: &Compiled) -> usize {
    let inner = |op: &ProgramOp| match op {
        ProgramOp::MatMul { batch, inner, .. } => batch * inner,
        _ => 0,
    };
    compiled.program.nodes().iter().map(|node| inner(&node.op)).sum()
}

/// The scores differ by at most so many levels.
pub(super) fn assert_close(compiled: &Compiled, figures: &Quality, levels: f64) {
    let error = figures.max_score_error.unwrap() / compiled.scores.unwrap().unit;
    assert!(error <= levels, "{error} levels of {:?}", compiled.precision);
}

/// Scores of a dense layer over all elements of a tensor.
pub(super) fn scores(w: &mut Writer, x: &str, elements: i64) -> String {
    let flat = w.node("Flatten", &[x], vec![]);
    let weights = w.weights(&[elements, 3], 0.0, 1.0);
    w.node("MatMul", &[&flat, &weights], vec![])
}

/// A 1×1 convolution, so that a tensor is no picture any more.
fn mixed(w: &mut Writer, x: &str, from: i64, to: i64) -> String {
    let weights = w.weights(&[to, from, 1, 1], 0.0, 1.0);
    let bias = w.weights(&[to], 0.2, 0.2);
    w.node("Conv", &[x, &weights, &bias], vec![])
}

#[test]
fn bytes_are_multiplied_as_they_are() {
    let mut w = Writer::new(13, &[1, 2, 3, 4], 3);
    let (axes, half) = (w.integers(&[1]), w.integers(&[1]));
    let (zero, two) = (w.integers(&[0]), w.integers(&[2]));
    let left = w.node("Slice", &["x", &zero, &half, &axes], vec![]);
    let right = w.node("Slice", &["x", &half, &two, &axes], vec![]);
    let y = w.node("Mul", &[&left, &right], vec![]);
    let y = scores(&mut w, &y, 12);
    let mut case = Case::new(2, 3, 4);
    case.scaling.values = PixelValues::Raw;
    let (compiled, figures) = case.compile(&w.finish(&y));
    assert_eq!(product_rows(&compiled), 12);
    assert_close(&compiled, &figures, 1.1);
    // No step but that of the scores and the decision.
    let steps = compiled.program.nodes().iter().filter(|node| match node.op {
        ProgramOp::Table { .. } => node.len > 3,
        _ => false,
    });
    assert_eq!(steps.count(), 0);
}

#[test]
fn gates_of_every_broadcast() {
    // For each channel, each row, each element, one for all, and a wider one.
    for gate in [[2, 1, 1], [1, 4, 1], [2, 4, 5], [1, 1, 1], [1, 1, 5]] {
        for swapped in [false, true] {
            let mut w = Writer::new(13, &[1, 2, 4, 5], 7);
            let x = mixed(&mut w, "x", 2, 2);
            let kernel = [4 / gate[1], 5 / gate[2]];
            let y = mixed(&mut w, "x", 2, gate[0]);
            let y = w.node(
                "AveragePool",
                &[&y],
                vec![ints("kernel_shape", &kernel), ints("strides", &kernel)],
            );
            let gate_of = gate;
            let gate = w.node("Sigmoid", &[&y], vec![]);
            let pair = if swapped { [&gate, &x] } else { [&x, &gate] };
            let y = w.node("Mul", &pair.map(String::as_str), vec![]);
            let y = w.node("Relu", &[&y], vec![]);
            let y = scores(&mut w, &y, 40);
            let (compiled, figures) = Case::new(2, 4, 5).compile(&w.finish(&y));
            // Where the gate is the same along runs of elements, a row for each of them.
            let (product, inner) = match gate_of {
                [2, 1, 1] => (0, 2),
                [1, 4, 1] => (0, 8),
                [1, 1, 1] => (0, 1),
                _ => (40, 0),
            };
            assert_eq!((product_rows(&compiled), inner_rows(&compiled)), (product, inner));
            assert_close(&compiled, &figures, 8.0);
        }
    }
}

/// Sides far from zero, of either sign, whose levels begin at a number that is not zero.
#[test]
fn offsets_of_both_sides_count() {
    for (left, right) in [(20.0, 0.0), (0.0, -30.0), (25.0, 40.0), (-15.0, 33.0)] {
        let mut w = Writer::new(13, &[1, 2, 3, 3], 11);
        let mut side = |offset: f32| {
            let x = mixed(&mut w, "x", 2, 2);
            let offset = w.floats(&[1], vec![offset]);
            w.node("Add", &[&x, &offset], vec![])
        };
        let (left, right) = (side(left), side(right));
        let y = w.node("Mul", &[&left, &right], vec![]);
        // Without the part that is the same everywhere.
        let mean = w.node("GlobalAveragePool", &[&y], vec![]);
        let y = w.node("Sub", &[&y, &mean], vec![]);
        let y = scores(&mut w, &y, 18);
        let (compiled, figures) = Case::new(2, 3, 3).compile(&w.finish(&y));
        assert_eq!(product_rows(&compiled), 18);
        assert_close(&compiled, &figures, 8.0);
        assert_eq!(figures.same_decision, figures.documents);
    }
}

#[test]
fn a_constant_side_costs_nothing() {
    let mut w = Writer::new(13, &[1, 1, 3, 3], 13);
    let x = mixed(&mut w, "x", 1, 2);
    let zero = w.floats(&[1], vec![0.0]);
    let gate = w.node("Mul", &[&x, &zero], vec![]);
    let gate = w.node("Sigmoid", &[&gate], vec![]);
    let y = w.node("Mul", &[&x, &gate], vec![]);
    let y = scores(&mut w, &y, 18);
    let (compiled, figures) = Case::new(1, 3, 3).compile(&w.finish(&y));
    assert_eq!(figures.same_decision, figures.documents);
    assert!(product_rows(&compiled) <= 18);
}

#[test]
fn squares_and_products_of_products() {
    let mut w = Writer::new(13, &[1, 2, 3, 3], 17);
    let x = mixed(&mut w, "x", 2, 2);
    let square = w.node("Mul", &[&x, &x], vec![]);
    let cube = w.node("Mul", &[&square, &x], vec![]);
    let sum = w.node("Add", &[&cube, &square], vec![]);
    let most = w.node("MaxPool", &[&cube], vec![ints("kernel_shape", &[3, 3])]);
    let y = w.node("Mul", &[&sum, &most], vec![]);
    let y = scores(&mut w, &y, 18);
    let (compiled, figures) = Case::new(2, 3, 3).compile(&w.finish(&y));
    // The square is a function of one element.
    // So is the maximum in each channel for all of its elements.
    assert_eq!((product_rows(&compiled), inner_rows(&compiled)), (18, 2));
    assert_close(&compiled, &figures, 24.0);
}

/// A product is as wide as the square of the levels; a maximum over it is of levels.
#[test]
fn a_maximum_over_a_product_needs_no_long_table() {
    let mut w = Writer::new(13, &[1, 2, 3, 3], 19);
    let (x, y) = (mixed(&mut w, "x", 2, 2), mixed(&mut w, "x", 2, 2));
    let product = w.node("Mul", &[&x, &y], vec![]);
    let most = w.node("MaxPool", &[&product], vec![ints("kernel_shape", &[3, 3])]);
    let y = scores(&mut w, &most, 2);
    let (compiled, figures) = Case::new(2, 3, 3).compile(&w.finish(&y));
    let longest = compiled.program.tables().iter().map(|table| table.values.len()).max().unwrap();
    assert!(longest < 32 * compiled.precision.levels as usize, "{longest} entries");
    assert_close(&compiled, &figures, 16.0);
}

/// Squeeze and excitation as MobileNetV3 has it, the product read by a layer and a sum.
fn squeeze_and_excitation(w: &mut Writer) -> String {
    let x = mixed(w, "x", 1, 4);
    let x = w.node("Relu", &[&x], vec![]);
    let mean = w.node("GlobalAveragePool", &[&x], vec![]);
    let few = mixed(w, &mean, 4, 2);
    let few = w.node("Relu", &[&few], vec![]);
    let gate = mixed(w, &few, 2, 4);
    let gate = w.node("Sigmoid", &[&gate], vec![]);
    let scaled = w.node("Mul", &[&x, &gate], vec![]);
    let layer = mixed(w, &scaled, 4, 4);
    let layer = w.node("Add", &[&layer, &scaled], vec![]);
    let layer = w.node("LeakyRelu", &[&layer], vec![float("alpha", 0.1)]);
    w.node("GlobalAveragePool", &[&layer], vec![])
}

#[test]
fn squeeze_and_excitation_follows_the_model() {
    let mut w = Writer::new(13, &[1, 1, 6, 6], 19);
    let y = squeeze_and_excitation(&mut w);
    let (compiled, figures) = Case::new(1, 6, 6).compile(&w.finish(&y));
    assert_eq!((product_rows(&compiled), inner_rows(&compiled)), (0, 4));
    assert_eq!(figures.same_decision, figures.documents);
    assert_close(&compiled, &figures, 24.0);
}

/// What reads a tensor with a gate for each of four channels.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reader {
    /// A 1×1 convolution of so many channels.
    Layer(i64),
    /// The same, and the tensor before the gates is added.
    Sum,
    /// The same, and an activation.
    Bent,
    /// The convolution, and a sum beside it.
    Two,
}

/// Gates far from zero or not, before what reads the product.
fn gated(reader: Reader, offset: f32) -> (Compiled, Quality) {
    let mut w = Writer::new(13, &[1, 1, 6, 6], 23);
    let x = mixed(&mut w, "x", 1, 4);
    let x = w.node("Relu", &[&x], vec![]);
    let mean = w.node("GlobalAveragePool", &[&x], vec![]);
    let gate = mixed(&mut w, &mean, 4, 4);
    let gate = w.node("Sigmoid", &[&gate], vec![]);
    let offset = w.floats(&[1], vec![offset]);
    let gate = w.node("Add", &[&gate, &offset], vec![]);
    let product = w.node("Mul", &[&gate, &x], vec![]);
    let outputs = if let Reader::Layer(outputs) = reader { outputs } else { 4 };
    let y = mixed(&mut w, &product, 4, outputs);
    let y = match reader {
        Reader::Layer(_) => y,
        Reader::Sum => w.node("Add", &[&y, &x], vec![]),
        Reader::Bent => w.node("Relu", &[&y], vec![]),
        Reader::Two => w.node("Add", &[&y, &product], vec![]),
    };
    // It makes levels of what it reads.
    let y = w.node("MaxPool", &[&y], vec![ints("kernel_shape", &[2, 2])]);
    let y = scores(&mut w, &y, outputs * 25);
    Case::new(1, 6, 6).compile(&w.finish(&y))
}

/// Whether the gates went into the weights of `outputs` channels.
fn in_weights(compiled: &Compiled, outputs: usize) -> bool {
    let wanted = |op: &ProgramOp| {
        matches!(op, ProgramOp::MatMul { batch: 1, rows, inner: 4, columns: 36, .. }
            if *rows == outputs)
    };
    compiled.program.nodes().iter().any(|node| wanted(&node.op))
}

#[test]
fn gates_go_into_the_weights_of_the_only_reader() {
    for offset in [0.0, 7.0] {
        for reader in [Reader::Layer(1), Reader::Layer(4), Reader::Layer(7), Reader::Sum] {
            let (compiled, figures) = gated(reader, offset);
            let outputs = if let Reader::Layer(outputs) = reader { outputs as usize } else { 4 };
            assert!(in_weights(&compiled, outputs), "{reader:?}");
            assert_eq!((product_rows(&compiled), inner_rows(&compiled)), (0, 4));
            // The tensor before the gates alone, and what the layer makes of it.
            let long = |at: usize| match compiled.program.nodes()[at].op {
                ProgramOp::Table { .. } => compiled.program.nodes()[at].len,
                _ => 0,
            };
            let rows: usize = (0..compiled.program.nodes().len()).map(long).sum();
            assert!(rows < 4 * 36 + outputs * 36 + 16, "{reader:?}: {rows}");
            assert_close(&compiled, &figures, 8.0);
            assert_eq!(figures.same_decision, figures.documents);
        }
    }
}

#[test]
fn gates_stay_where_that_is_cheaper_or_others_read_the_product() {
    for reader in [Reader::Layer(8), Reader::Bent, Reader::Two] {
        let (compiled, figures) = gated(reader, 0.0);
        assert!(!in_weights(&compiled, 4) && !in_weights(&compiled, 8), "{reader:?}");
        assert_close(&compiled, &figures, 16.0);
    }
}

#[test]
fn a_product_is_what_it_says() {
    let mut w = Writer::new(13, &[1, 2, 2], 1);
    let gate = w.node("Sigmoid", &["x"], vec![]);
    let axes = w.integers(&[1]);
    let sum = w.node("ReduceSum", &["x", &axes], vec![]);
    let y = w.node("Mul", &[&sum, &gate], vec![]);
    let graph = onnx::read(&w.finish(&y)).unwrap();
    assert!(matches!(graph.nodes.last().unwrap().op, Op::Product));
    let last = TensorRef::Node(graph.nodes.len() - 1);
    let found = evaluate::tensor(&graph, vec![1.0, -2.0, 3.0, 0.5], last);
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let wanted =
        [4.0 * sigmoid(1.0), -1.5 * sigmoid(-2.0), 4.0 * sigmoid(3.0), -1.5 * sigmoid(0.5)];
    found.iter().zip(wanted).for_each(|(found, wanted)| assert!((found - wanted).abs() < 1e-12));
}
