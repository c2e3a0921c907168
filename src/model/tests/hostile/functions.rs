//! Functions of one element with parameters and ranges that nobody means.

use super::*;
use crate::model::onnx::writer::float;

/// A dense layer, something of its results, and another layer.
fn layered(between: impl FnOnce(&mut Writer, &str) -> String) -> Vec<u8> {
    let mut w = Writer::new(24, &[1, 8], 3);
    let weights = w.weights(&[8, 8], 0.0, 1.0);
    let y = w.node("MatMul", &["x", &weights], vec![]);
    let y = between(&mut w, &y);
    let weights = w.weights(&[8, 2], 0.0, 1.0);
    let y = w.node("MatMul", &[&y, &weights], vec![]);
    w.finish(&y)
}

/// Compiles with ranges that a request may hold: a program or an error, and soon.
fn compiles(name: &str, model: &[u8]) {
    let graph = match onnx::read(model) {
        Ok(graph) => graph,
        Err(error) => return says(&error.to_string(), &[]),
    };
    let ends = [
        (-1.0, 1.0),
        (0.0, 0.0),
        (5.0, 5.0),
        (-1e308, 1e308),
        (-f64::MAX, f64::MAX),
        (1e-320, 2e-320),
        (-1e300, -1e299),
        (1e15, 1e15 + 1.0),
    ];
    for (low, high) in ends {
        let ranges = ranges_of(&graph, low, high);
        let options = CompileOptions { ranges, ..options(&graph) };
        let started = std::time::Instant::now();
        if let Err(error) = compile(&graph, &options) {
            says(&error.to_string(), &[]);
        }
        let seconds = started.elapsed().as_secs();
        assert!(seconds < 60, "{name} with {low} to {high}: {seconds} s");
    }
}

#[test]
fn every_function_survives_every_range() {
    let names = "HardSwish HardSigmoid Gelu Mish Elu Selu Celu Softplus Softsign ThresholdedRelu \
                 Shrink Tanh Erf Exp Log Sqrt Reciprocal Abs Sin Tan Swish Floor Sign Acosh Atanh";
    for name in names.split_whitespace() {
        compiles(name, &layered(|w, y| w.node(name, &[y], vec![])));
    }
}

#[test]
fn parameters_of_every_size_are_survived() {
    for number in [3e38, -3e38, 1e-38, -1e-45, 0.0, 0.5, -1.0] {
        for name in ["Elu", "Celu", "ThresholdedRelu", "Swish", "HardSigmoid", "LeakyRelu"] {
            let attributes = vec![float("alpha", number)];
            compiles(name, &layered(|w, y| w.node(name, &[y], attributes)));
        }
        for (name, first) in [("Pow", false), ("Pow", true), ("Div", true), ("Max", true)] {
            let model = layered(|w, y| {
                let number = w.floats(&[], vec![number]);
                let inputs = if first { [number.as_str(), y] } else { [y, number.as_str()] };
                w.node(name, &inputs, vec![])
            });
            compiles(name, &model);
        }
        compiles(
            "PRelu",
            &layered(|w, y| {
                let mut slopes = vec![0.25; 8];
                slopes[0] = number;
                let slopes = w.floats(&[8], slopes);
                w.node("PRelu", &[y, &slopes], vec![])
            }),
        );
    }
}

#[test]
fn towers_of_functions_are_survived() {
    for tower in [&["Exp", "Exp", "Exp", "Exp"][..], &["Tan", "Reciprocal", "Tan", "Log"]] {
        let model = layered(|w, y| {
            (0..40).fold(y.to_owned(), |y, at| w.node(tower[at % 4], &[&y], vec![]))
        });
        compiles(tower[0], &model);
    }
}

/// Squares of squares: a function that is not finite soon, spelled as products.
#[test]
fn towers_of_squares_are_survived() {
    let model = layered(|w, y| (0..70).fold(y.to_owned(), |y, _| w.node("Mul", &[&y, &y], vec![])));
    compiles("squares", &model);
}
