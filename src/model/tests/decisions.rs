//! Predicates: the decision cell against the definition.

use super::operators::Case;
use crate::model::float_bits::FiniteF64;
use crate::model::onnx;
use crate::model::onnx::writer::Writer;
use crate::model::predicate::{Predicate, PredicateError, top_class};
use crate::model::program::Program;
use crate::model::quantize::{CalibratedRanges, CompileError, CompileOptions, compile};

fn linear(classes: i64, last: Option<&str>) -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 6], 5);
    let weights = w.weights(&[6, classes], 0.0, 1.0);
    let mut y = w.node("MatMul", &["x", &weights], vec![]);
    if let Some(operator) = last {
        y = w.node(operator, &[&y], vec![]);
    }
    w.finish(&y)
}

fn decision(program: &Program, view: &[u8]) -> bool {
    program.evaluate(view)[program.decision()] == [1]
}

/// Every subset of five classes, on documents with many ties (few levels and
/// equal scores for the document of zeros).
#[test]
fn the_decision_is_the_predicate_of_the_integer_scores() {
    for subset in 1u32..31 {
        let classes = (0..5).filter(|class| subset >> class & 1 == 1);
        let mut case = Case::new(1, 1, 6);
        case.predicate = Predicate::match_class(classes.clone());
        let (compiled, _) = case.compile(&linear(5, None));
        let mut views = case.documents();
        views.push(vec![0; 6]);
        for view in views {
            let scores = &compiled.program.evaluate(&view)[compiled.scores.unwrap().node];
            let top = top_class(scores).unwrap() as u32;
            assert_eq!(decision(&compiled.program, &view), classes.clone().any(|c| c == top));
        }
    }
}

#[test]
fn thresholds_follow_the_float_model() {
    for last in [None, Some("Sigmoid")] {
        let mut case = Case::new(1, 1, 6);
        let above = FiniteF64::new(if last.is_some() { 0.6 } else { 0.4 }).unwrap();
        case.predicate = Predicate::MatchScore { index: 1, above };
        let (compiled, figures) = case.compile(&linear(3, last));
        assert_eq!(figures.same_decision, figures.documents);
        assert!((1..figures.documents).contains(&figures.float_matches()), "{figures:?}");
        assert!(compiled.scores.is_none());
    }
}

#[test]
fn a_threshold_after_softmax_is_refused() {
    let graph = onnx::read(&linear(3, Some("Softmax"))).unwrap();
    let mut ranges = CalibratedRanges::default();
    for node in &graph.nodes {
        ranges.observe(&node.output, 1.0).unwrap();
    }
    let case = Case::new(1, 1, 6);
    let mut options = CompileOptions {
        view: "test".to_owned(),
        dims: case.dims,
        scaling: case.scaling,
        predicate: Predicate::MatchScore { index: 1, above: FiniteF64::new(0.5).unwrap() },
        ranges,
    };
    let refused = compile(&graph, &options).unwrap_err();
    assert_eq!(refused, CompileError::Predicate(PredicateError::Softmax));
    options.predicate = Predicate::match_class([1]);
    options.ranges.observe("unknown", 1.0).unwrap();
    assert!(matches!(compile(&graph, &options), Err(CompileError::CalibratedRanges(_))));
}
