//! What compiling models costs a judge, apart from everything else:
//!
//! ```sh
//! cargo run --release -p candor-testing --example compile-cost -- [--at LEVELS,SHIFT] [--reach R] FILE|REQUEST…
//! ```
//!
//! A request is compiled as it says. A file with a model is compiled as if each of its
//! tensors lay between -1 and 1, or -R and R, which is enough to see what a greedy model
//! takes: as the requester does, who looks for a precision, or as a judge does, who is told it.
//! Run it with one of them to see the memory of that one alone.

use std::fs;
use std::path::Path;
use std::time::Instant;

use candor::exchange::formats::request::{compile_options, look};
use candor::model::graph::Graph;
use candor::model::onnx::{self, Reading};
use candor::model::predicate::Predicate;
use candor::model::quantize::{
    CalibratedRanges, CompileOptions, InputScaling, Precision, ViewDims, compile, compile_at,
};
use candor_testing::peak;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut told, mut reach) = (None, 1.0);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value");
        match argument.as_str() {
            "--at" => {
                let value = value();
                let (levels, shift) = value.split_once(',').expect("LEVELS,SHIFT");
                let (levels, shift) = (levels.parse(), shift.parse());
                let (levels, shift) = (levels.expect("levels"), shift.expect("a shift"));
                told = Some(Precision { levels, shift, score_bits: 0 });
                continue;
            }
            "--reach" => {
                reach = value().parse().expect("a number");
                continue;
            }
            _ => {}
        }
        let path = Path::new(&argument);
        let (model, asked) = if path.is_dir() {
            let (request, _) = look(path).expect("a request");
            (path.join("model.onnx"), request.classifier().cloned().map(|c| (request.view, c)))
        } else {
            (path.to_owned(), None)
        };
        let start = Instant::now();
        let lap = || start.elapsed().as_secs_f64();
        let bytes = fs::read(&model).expect("a model");
        let size = bytes.len() as f64 / 1e6;
        let reading = asked.as_ref().map_or_else(Reading::default, |(_, asked)| Reading {
            output: asked.output.clone(),
            input_shape: asked.input_shape.clone(),
            ..Reading::default()
        });
        // As a judge, who needs the file no more.
        let graph = match onnx::read_owned(bytes, &reading) {
            Ok(graph) => graph,
            Err(error) => {
                let (all, most) = (lap(), peak::megabytes());
                println!("{}: {size:.1} MB, {all:.1} s, {most:.0} MB: {error}", path.display());
                continue;
            }
        };
        let read = lap();
        let (options, precision): (CompileOptions, Option<Precision>) = match asked {
            Some((view, asked)) => {
                let options = compile_options(&view, asked.input, asked.predicate, asked.ranges);
                (options, asked.precision)
            }
            None => (within(&graph, reach), told),
        };
        let compiled = match precision {
            Some(precision) => compile_at(&graph, &options, precision),
            None => compile(&graph, &options),
        };
        let found = compiled.map(|compiled| {
            let bytes = compiled.program.encode().len();
            let elements: usize = compiled.program.nodes().iter().map(|node| node.len).sum();
            format!("{elements} elements, program.bin of {bytes} bytes")
        });
        let (all, most) = (lap(), peak::megabytes());
        let found = found.unwrap_or_else(|error| error.to_string());
        println!(
            "{}: {size:.1} MB, read {read:.1} s, in all {all:.1} s ({:.1} s of processors), {most:.0} MB: {found}",
            path.display(),
            peak::processor_seconds()
        );
    }
}

/// Ranges of as far as that around 0 for every tensor.
fn within(graph: &Graph, reach: f64) -> CompileOptions {
    let mut ranges = CalibratedRanges::default();
    for end in [-reach, reach] {
        for node in &graph.nodes {
            ranges.observe(&node.output, end).expect("a number");
        }
        ranges.observe_centred(end).expect("a number");
    }
    let dims = match *graph.input.shape {
        [_, channels, height, width] => ViewDims { height, width, channels },
        _ => ViewDims { height: 1, width: graph.input.shape.iter().product(), channels: 1 },
    };
    CompileOptions {
        view: "test".to_owned(),
        dims,
        scaling: InputScaling::default(),
        predicate: Predicate::match_class([0]),
        ranges,
    }
}
