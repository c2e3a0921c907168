//! Scores whose levels are coarser than those of other tensors, and accumulators that are finer.

use super::operators::Case;
use crate::model::float_bits::FiniteF64;
use crate::model::onnx;
use crate::model::onnx::writer::Writer;
use crate::model::predicate::Predicate;
use crate::model::program::{Node, Op};
use crate::model::quality::{Decision, Quality, quality};
use crate::model::quantize::{CompileOptions, Compiled, Precision, compile_at, table_entries};
use crate::model::reference::{FloatModel, calibrate};

/// A small layer, and scores that read many of its elements and lie close together.
fn wide() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1, 16, 16], 4);
    let weights = w.weights(&[8, 1, 3, 3], 0.1, 0.3);
    let y = w.node("Conv", &["x", &weights], vec![]);
    let y = w.node("Relu", &[&y], vec![]);
    let y = w.node("Flatten", &[&y], vec![]);
    let weights = w.weights(&[8 * 14 * 14, 3], 0.0, 0.1);
    let y = w.node("MatMul", &[&y, &weights], vec![]);
    w.finish(&y)
}

fn at(score_bits: u32, predicate: &Predicate) -> Result<(Compiled, Quality), String> {
    with(Precision { levels: 1023, shift: 12, score_bits }, predicate)
}

fn with(precision: Precision, predicate: &Predicate) -> Result<(Compiled, Quality), String> {
    let case = Case::new(1, 16, 16);
    let graph = onnx::read(&wide()).unwrap();
    let documents = case.documents();
    let views = || documents.iter().map(Vec::as_slice);
    let options = CompileOptions {
        view: "test".to_owned(),
        dims: case.dims,
        scaling: case.scaling.clone(),
        predicate: predicate.clone(),
        ranges: calibrate(&graph, case.dims, &case.scaling, views()).unwrap(),
    };
    let compiled = compile_at(&graph, &options, precision).map_err(|error| error.to_string())?;
    let model = FloatModel::new(&graph, case.dims, &case.scaling).unwrap();
    let samples = model.samples(views().map(|view| (view, None))).unwrap();
    let decision = Decision::on_raw_scores(predicate, &model).unwrap();
    let figures = quality(&compiled, &decision, true, samples).unwrap();
    Ok((compiled, figures))
}

#[test]
fn coarser_scores_leave_shorter_tables() {
    let classes = Predicate::match_class([0]);
    let ((fine, _), (coarse, figures)) = (at(0, &classes).unwrap(), at(3, &classes).unwrap());
    let entries = [&fine, &coarse].map(|compiled| table_entries(&compiled.program));
    assert!(entries[1] * 2 < entries[0], "{entries:?}");
    let (own, scores) = (fine.scores.unwrap(), coarse.scores.unwrap());
    // But for the level of zero, which is a whole one.
    assert!((scores.unit / own.unit - 8.0).abs() < 0.2, "{} {}", scores.unit, own.unit);
    assert!(figures.max_score_error.unwrap() < 2.0 * scores.unit, "{figures:?}");
}

/// Rows of the table steps of a program.
fn rows(compiled: &Compiled) -> usize {
    let program = &compiled.program;
    let of = |node: &Node| match node.op {
        Op::Table { shift, .. } if program.has_upper_limb(shift) => node.len + node.len.div_ceil(2),
        Op::Table { .. } => node.len,
        _ => 0,
    };
    program.nodes().iter().map(of).sum()
}

#[test]
fn finer_accumulators_take_longer_ranges_and_no_rows() {
    let classes = Predicate::match_class([0]);
    let at = |shift| with(Precision { levels: 1023, shift, score_bits: 3 }, &classes);
    let ((usual, before), (finer, after)) = (at(12).unwrap(), at(16).unwrap());
    assert_eq!([usual.program.lower_bits(), finer.program.lower_bits()], [12, 16]);
    assert_eq!(rows(&finer), rows(&usual));
    // Ranges of 2^16 and 2^8 instead of one of 2^12, and the tables of steps as before.
    let entries = [&usual, &finer].map(|compiled| table_entries(&compiled.program));
    assert!((61_000..62_500).contains(&(entries[1] - entries[0])), "{entries:?}");
    assert_eq!(after.same_decision, before.same_decision);
    // The encoding says so at its end, and only there.
    let encoded = finer.program.encode();
    assert_eq!(encoded[encoded.len() - 8..], 16u64.to_le_bytes());
    assert!(at(17).is_err(), "a limb of 17 bits");
}

#[test]
fn a_threshold_loses_nothing() {
    let above = FiniteF64::new(0.0).unwrap();
    let threshold = Predicate::MatchScore { index: 1, above };
    let found = [0, 4].map(|bits| at(bits, &threshold).unwrap());
    let [(fine, before), (coarse, after)] = &found;
    assert!(table_entries(&coarse.program) < table_entries(&fine.program));
    assert_eq!(before, after);
}

#[test]
fn a_request_may_not_ask_for_more() {
    let refused = at(5, &Predicate::match_class([0])).unwrap_err();
    assert!(refused.contains("and 5 fewer of the scores"), "{refused}");
}
