//! What compiling models costs a judge, apart from everything else:
//!
//! ```sh
//! cargo run --release -p candor-testing --example compile-cost -- FILE|REQUEST…
//! ```
//!
//! A request is compiled as it says. A file with a model is compiled as if each of its
//! tensors lay between -1 and 1, which is enough to see what a greedy model takes. Run it
//! with one of them to see the memory of that one alone.

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
    for path in std::env::args().skip(1) {
        let path = Path::new(&path);
        let (model, asked) = if path.is_dir() {
            let (request, _) = look(path).expect("a request");
            (path.join("model.onnx"), request.classifier().cloned().map(|c| (request.view, c)))
        } else {
            (path.to_owned(), None)
        };
        let start = Instant::now();
        let lap = || start.elapsed().as_secs_f64();
        let bytes = fs::read(&model).expect("a model");
        let reading = asked.as_ref().map_or_else(Reading::default, |(_, asked)| Reading {
            output: asked.output.clone(),
            input_shape: asked.input_shape.clone(),
            ..Reading::default()
        });
        let graph = match onnx::read_as(&bytes, &reading) {
            Ok(graph) => graph,
            Err(error) => {
                println!(
                    "{}: {:.1} s, {:.0} MB: {error}",
                    path.display(),
                    lap(),
                    peak::megabytes()
                );
                continue;
            }
        };
        let read = lap();
        let (options, precision): (CompileOptions, Option<Precision>) = match asked {
            Some((view, asked)) => {
                let options = compile_options(&view, asked.input, asked.predicate, asked.ranges);
                (options, asked.precision)
            }
            None => (unit(&graph), None),
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
        println!("{}: read {read:.1} s, in all {all:.1} s, {most:.0} MB: {found}", path.display());
    }
}

/// Ranges of -1 to 1 for every tensor.
fn unit(graph: &Graph) -> CompileOptions {
    let mut ranges = CalibratedRanges::default();
    for end in [-1.0, 1.0] {
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
