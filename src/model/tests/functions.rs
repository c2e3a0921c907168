//! Functions of one element: programs against the float model, and what they cost.

use super::operators::Case;
use crate::model::float_bits::FiniteF64;
use crate::model::onnx;
use crate::model::onnx::writer::{Writer, float, ints, string};
use crate::model::program::Op;
use crate::model::quantize::{CompileOptions, Compiled, InputScaling, PixelValues, compile};
use crate::model::reference::calibrate;

/// Elements of all table steps.
fn rows(compiled: &Compiled) -> usize {
    let nodes = compiled.program.nodes().iter();
    nodes.filter(|node| matches!(node.op, Op::Table { .. })).map(|node| node.len).sum()
}

/// A convolution, something of its result that takes so much off its sides, and layers that read
/// it.
fn layered(
    shape: [i64; 3],
    after: i64,
    between: impl FnOnce(&mut Writer, &str) -> String,
) -> Vec<u8> {
    let [channels, height, width] = shape;
    let mut w = Writer::new(20, &[1, channels, height, width], 5);
    let weights = w.weights(&[4, channels, 3, 3], 0.0, 0.6);
    let bias = w.weights(&[4], 0.2, 0.5);
    let y = w.node("Conv", &["x", &weights, &bias], vec![]);
    let y = between(&mut w, &y);
    let y = w.node("AveragePool", &[&y], vec![ints("kernel_shape", &[2, 2])]);
    let y = w.node("Flatten", &[&y], vec![]);
    let weights = w.weights(&[4 * (height - after - 3) * (width - after - 3), 3], 0.0, 1.0);
    let y = w.node("MatMul", &[&y, &weights], vec![]);
    w.finish(&y)
}

/// By how much of the scores' range the program misses the model's scores.
fn error(model: &[u8], case: &Case) -> f64 {
    let (compiled, figures) = case.compile(model);
    let scores = compiled.scores.unwrap();
    figures.max_score_error.unwrap() / (scores.unit * compiled.precision.levels as f64)
}

#[test]
fn programs_follow_every_function() {
    let one = |operator: &str| (operator.to_owned(), vec![]);
    let names = "HardSwish HardSigmoid Gelu Mish Elu Selu Celu Softplus Softsign ThresholdedRelu \
                 Shrink Tanh Erf Exp Abs Neg Sin Cos Swish Atan Sinh Asinh Cosh";
    let mut operators: Vec<_> = names.split_whitespace().map(one).collect();
    operators.push(("LeakyRelu".to_owned(), vec![float("alpha", -0.5)]));
    operators.push(("Gelu".to_owned(), vec![string("approximate", "tanh")]));
    operators.push(("Elu".to_owned(), vec![float("alpha", 3.0)]));
    for (operator, attributes) in operators {
        let model = layered([1, 12, 12], 0, |w, y| w.node(&operator, &[y], attributes));
        let error = error(&model, &Case::new(1, 12, 12));
        // Where the function jumps, elements near the jump may be on the wrong side.
        let most =
            if matches!(operator.as_str(), "ThresholdedRelu" | "Shrink") { 0.04 } else { 0.01 };
        assert!(error < most, "{operator}: {error}");
    }
}

#[test]
fn functions_of_a_part_of_the_numbers_are_compiled_where_they_are_defined() {
    for operator in ["Log", "Sqrt", "Reciprocal", "Acosh"] {
        let model = layered([1, 12, 12], 0, |w, y| {
            let (square, more) = (w.floats(&[], vec![2.0]), w.floats(&[], vec![1.5]));
            let y = w.node("Pow", &[y, &square], vec![]);
            let y = w.node("Add", &[&y, &more], vec![]);
            w.node(operator, &[&y], vec![])
        });
        let error = error(&model, &Case::new(1, 12, 12));
        assert!(error < 0.01, "{operator}: {error}");
    }
    // Where they are not, the model is refused.
    for operator in ["Log", "Sqrt", "Reciprocal", "Acosh"] {
        let model = layered([1, 12, 12], 0, |w, y| w.node(operator, &[y], vec![]));
        let graph = onnx::read(&model).unwrap();
        let case = Case::new(1, 12, 12);
        let documents = case.documents();
        let views = documents.iter().map(Vec::as_slice);
        let found = calibrate(&graph, case.dims, &case.scaling, views);
        // A document that happens to be exactly at zero is not needed.
        let message = match found {
            Err(error) => error.to_string(),
            Ok(ranges) => {
                let options = CompileOptions {
                    view: "test".to_owned(),
                    dims: case.dims,
                    scaling: case.scaling.clone(),
                    predicate: case.predicate.clone(),
                    ranges,
                };
                compile(&graph, &options).expect_err(operator).to_string()
            }
        };
        assert!(message.contains("not finite"), "{operator}: {message}");
    }
}

#[test]
fn a_function_costs_one_row_or_two() {
    // 400 elements, whose sums may go little further than they do.
    let model = layered([1, 12, 12], 0, |w, y| w.node("Tanh", &[y], vec![]));
    let (compiled, _) = Case::new(1, 12, 12).compile(&model);
    let relu = layered([1, 12, 12], 0, |w, y| w.node("Relu", &[y], vec![]));
    let (plain, _) = Case::new(1, 12, 12).compile(&relu);
    assert_eq!(rows(&compiled), rows(&plain));
    // 16 elements, which are sums of 2,304 bytes.
    let dense = |operator: &str| {
        let mut w = Writer::new(13, &[1, 1, 48, 48], 3);
        let flat = w.node("Flatten", &["x"], vec![]);
        let weights = w.weights(&[2304, 16], 0.0, 0.05);
        let y = w.node("MatMul", &[&flat, &weights], vec![]);
        let y = w.node(operator, &[&y], vec![]);
        let weights = w.weights(&[16, 3], 0.0, 1.0);
        let y = w.node("MatMul", &[&y, &weights], vec![]);
        w.finish(&y)
    };
    let case = Case::new(1, 48, 48);
    let (compiled, _) = case.compile(&dense("Tanh"));
    let (plain, _) = case.compile(&dense("Relu"));
    assert_eq!(rows(&compiled), rows(&plain) + 16);
    assert!(error(&dense("Tanh"), &case) < 0.02);
    let longest = compiled.program.tables().iter().map(|table| table.values.len()).max().unwrap();
    assert!(longest as i64 <= 16 * (compiled.precision.levels + 1), "{longest}");
}

#[test]
fn functions_of_levels_need_no_sum() {
    // Of bytes, and of what another function made.
    for before in [None, Some("Tanh")] {
        let mut w = Writer::new(20, &[1, 1, 4, 4], 8);
        let y = before.map_or("x".to_owned(), |operator| w.node(operator, &["x"], vec![]));
        let pool = w.node("MaxPool", &[&y], vec![ints("kernel_shape", &[2, 2])]);
        let y = w.node("Exp", &[&pool], vec![]);
        let flat = w.node("Flatten", &[&y], vec![]);
        let weights = w.weights(&[9, 3], 0.0, 1.0);
        let y = w.node("MatMul", &[&flat, &weights], vec![]);
        let model = w.finish(&y);
        assert!(error(&model, &Case::new(1, 4, 4)) < 0.01);
    }
}

#[test]
fn maxima_and_functions_keep_their_order() {
    // |max| is not max |…|.
    let model = layered([1, 12, 12], 1, |w, y| {
        let y = w.node("MaxPool", &[y], vec![ints("kernel_shape", &[2, 2])]);
        w.node("Abs", &[&y], vec![])
    });
    assert!(error(&model, &Case::new(1, 12, 12)) < 0.01);
}

#[test]
fn slopes_for_each_channel() {
    let model = layered([1, 12, 12], 0, |w, y| {
        let slopes = w.floats(&[4, 1, 1], vec![0.25, -1.5, 3.0, 1.0]);
        w.node("PRelu", &[y, &slopes], vec![])
    });
    assert!(error(&model, &Case::new(1, 12, 12)) < 0.01);
}

#[test]
fn steep_functions_keep_their_precision() {
    // Sums far beyond where tanh bends; and a power that spans five orders of magnitude.
    for (operator, factor) in [("Tanh", 40.0), ("Exp", 6.0)] {
        let model = layered([1, 12, 12], 0, |w, y| {
            let factor = w.floats(&[], vec![factor]);
            let y = w.node("Mul", &[y, &factor], vec![]);
            w.node(operator, &[&y], vec![])
        });
        let error = error(&model, &Case::new(1, 12, 12));
        assert!(error < 0.03, "{operator}: {error}");
    }
}

#[test]
fn raw_bytes_are_arguments_too() {
    let mut w = Writer::new(13, &[1, 16], 2);
    let one = w.floats(&[], vec![1.0]);
    let y = w.node("Add", &["x", &one], vec![]);
    let y = w.node("Log", &[&y], vec![]);
    let weights = w.weights(&[16, 3], 0.0, 1.0);
    let y = w.node("MatMul", &[&y, &weights], vec![]);
    let mut case = Case::new(1, 1, 16);
    case.scaling = InputScaling { values: PixelValues::Raw, ..InputScaling::default() };
    let (compiled, _) = case.compile(&w.finish(&y));
    // Half a level for each byte at most: the argument itself is exact.
    let scores = compiled.scores.unwrap();
    assert!(FiniteF64::new(scores.unit).is_ok());
    assert_eq!(rows(&compiled), 16 + rows_of_the_decision(&compiled));
}

fn rows_of_the_decision(compiled: &Compiled) -> usize {
    let nodes = compiled.program.nodes().iter().zip(&compiled.owners);
    let steps =
        nodes.filter(|(node, owner)| matches!(node.op, Op::Table { .. }) && owner.is_none());
    steps.map(|(node, _)| node.len).sum()
}
