//! Models, ranges and predicates that someone made to crash, fool or exhaust
//! the programs. Whatever happens is an error that names the culprit.

mod functions;
mod greedy;
mod nested;
mod quantised;
mod ranges;
mod shared;
mod structure;

use crate::model::float_bits::FiniteF64;
use crate::model::graph::Graph;
use crate::model::onnx;
use crate::model::onnx::writer::Writer;
use crate::model::predicate::Predicate;
use crate::model::quantize::{
    CalibratedRanges, CompileError, CompileOptions, Compiled, InputScaling, ViewDims, compile,
};

/// Ranges of -1 to 1 for every tensor.
fn unit_ranges(graph: &Graph) -> CalibratedRanges {
    ranges_of(graph, -1.0, 1.0)
}

fn ranges_of(graph: &Graph, low: f64, high: f64) -> CalibratedRanges {
    let mut ranges = CalibratedRanges::default();
    for node in &graph.nodes {
        for end in [low, high] {
            ranges.observe(&node.output, end).unwrap();
        }
    }
    for end in [low, high] {
        ranges.observe_centred(end).unwrap();
    }
    ranges
}

/// Options for a model whose input is one row of numbers, or an image.
fn options(graph: &Graph) -> CompileOptions {
    let dims = match *graph.input.shape {
        [_, channels, height, width] => ViewDims { height, width, channels },
        _ => ViewDims { height: 1, width: graph.input.shape[1], channels: 1 },
    };
    CompileOptions {
        view: "test".to_owned(),
        dims,
        scaling: InputScaling::default(),
        predicate: Predicate::match_class([0]),
        ranges: unit_ranges(graph),
    }
}

/// Reads and compiles a model; what the user is told if that fails.
fn outcome(bytes: &[u8]) -> Result<Compiled, String> {
    let graph = onnx::read(bytes).map_err(|error| error.to_string())?;
    compile(&graph, &options(&graph)).map_err(|error| error.to_string())
}

fn refusal(writer: Writer, output: &str) -> String {
    outcome(&writer.finish(output)).expect_err("must be refused")
}

fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing: {message}");
    }
    assert!(message.len() < 2000, "{} bytes", message.len());
}
