//! Models: read, compiled, run; and what is refused of them.

use candor::model::graph::Graph;
use candor::model::onnx::{Metadata, OnnxError, Reading, Survey, describe, ends_of, read, survey};
use candor::model::predicate::Predicate;
use candor::model::quantize::{CompileOptions, InputScaling, ViewDims, compile};

use super::ranges;

/// The size that is given to axes which a model leaves open.
const OPEN: usize = 4;
/// Most bytes of a message about a model.
const LONGEST: usize = 64 << 10;

/// Reads a model, as it is and with what it leaves open decided. If it can be read it either
/// compiles, to the same program each time, or is refused; a program gives a decision on
/// every document. What is refused is listed, the same each time.
pub(crate) fn onnx(data: &[u8]) {
    let Ok(description) = describe(data) else {
        assert!(read(data).is_err(), "it is read, and cannot be described");
        return;
    };
    let usual = Reading::default();
    if let Survey { graph: Ok(graph), .. } = survey(data, &usual) {
        return compiled(&graph);
    }
    refused(data, &usual);
    let outputs = description.outputs.iter().take(2).map(|port| Some(port.name.clone()));
    for output in outputs.chain([None]) {
        let Ok(ends) = ends_of(data, output.as_deref()) else { continue };
        let sizes = ends.input.iter().map(|size| size.unwrap_or(OPEN)).collect();
        let reading = Reading { output, input_shape: Some(sizes), ..Reading::default() };
        match survey(data, &reading).graph {
            Ok(graph) => compiled(&graph),
            Err(_) => refused(data, &reading),
        }
    }
}

/// A model that is refused: the list is short, names what it should, and repeats.
fn refused(data: &[u8], reading: &Reading) {
    let Survey { graph, operators } = survey(data, reading);
    let error = graph.expect_err("it was refused before");
    let again = survey(data, reading);
    assert_eq!(again.graph.err().as_ref(), Some(&error));
    assert_eq!(again.operators, operators);
    assert!(error.to_string().len() <= LONGEST, "{} bytes", error.to_string().len());
    let Some(list) = error.refusals() else { return };
    assert!(!list.list.is_empty() && list.list.len() <= 21, "{list:?}");
    assert!(list.count() >= list.list.len());
    if let OnnxError::Several(_) = error {
        assert!(list.count() > 1, "{list:?}");
    }
    for one in &operators {
        assert!(one.refused + one.passed_over <= one.nodes, "{one:?}");
    }
}

/// What a model says of itself: it is understood or refused, and told as it stands.
pub(crate) fn metadata(data: &[u8]) {
    let said = Metadata::of(data);
    let told = Metadata::told(data);
    if let Ok(told) = &told {
        assert!(told.iter().all(|(key, _)| key.starts_with("candor.")));
        // No entry, nothing said.
        assert!(!told.is_empty() || said.as_ref().is_ok_and(|said| *said == Metadata::default()));
    } else {
        assert!(said.is_err());
    }
    if let Ok(said) = said {
        let numbers = said.mean.iter().chain(&said.std).chain(&said.threshold);
        assert!(numbers.into_iter().all(|number| number.is_finite()));
    }
}

fn compiled(graph: &Graph) {
    let options = options(graph);
    let outcome = compile(graph, &options);
    let again = compile(graph, &options);
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
