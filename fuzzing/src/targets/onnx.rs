//! Models: read, compiled, run.

use candor::model::graph::Graph;
use candor::model::onnx::read;
use candor::model::predicate::Predicate;
use candor::model::quantize::{CompileOptions, InputScaling, ViewDims, compile};

use super::ranges;

/// Reads a model. If it can be read it either compiles, to the same program
/// each time, or is refused; a program gives a decision on every document.
pub(crate) fn onnx(data: &[u8]) {
    let Ok(graph) = read(data) else { return };
    let options = options(&graph);
    let outcome = compile(&graph, &options);
    let again = compile(&graph, &options);
    match (outcome, again) {
        (Ok(first), Ok(second)) => {
            assert!(first.program == second.program, "two programs of one model");
            for byte in [0, 85, 255] {
                let _ = first.program.matches(&vec![byte; first.program.input_len()]);
            }
        }
        (first, second) => assert_eq!(first.err(), second.err()),
    }
}

fn options(graph: &Graph) -> CompileOptions {
    let dims = match *graph.input.shape {
        [_, c @ (1 | 3), height, width] => ViewDims { height, width, channels: c },
        [_, height, width, channels] => ViewDims { height, width, channels },
        [_, height, width] => ViewDims { height, width, channels: 1 },
        ref shape => ViewDims { height: 1, width: shape.iter().product(), channels: 1 },
    };
    CompileOptions {
        view: "fuzzed".to_owned(),
        dims,
        scaling: InputScaling::default(),
        predicate: Predicate::match_class([0]),
        ranges: ranges(graph, -1.0, 1.0),
    }
}
