//! Models over hashed words, with made weights: one dense layer, and two with a ReLU
//! between, over 4,096 columns.

use std::fs;
use std::path::Path;

use candor::exchange::issue;
use candor::model::quantize::PixelValues;
use candor::{InputScaling, Predicate, Release, Silent};
use candor_testing::mails::{Mails, write_folder};
use candor_testing::models::{made_up, stacked};

const COLUMNS: u64 = 4096;
/// Mails that calibrate.
const CALIBRATION: usize = 60;

/// One dense layer.
pub(crate) fn linear() -> Vec<u8> {
    made_up([1, 1, COLUMNS], 2)
}

/// A hidden layer of 32.
pub(crate) fn layers() -> Vec<u8> {
    stacked(COLUMNS, 32, 2)
}

/// Compiles a model into a request.
pub(crate) fn request(at: &Path, commitment: &Path, model: &[u8], out: &Path) {
    let (file, calibration) = (at.join("model.onnx"), at.join("calibration"));
    fs::write(&file, model).expect("a model");
    if !calibration.exists() {
        // Of another seed than the corpus.
        write_folder(&calibration, Mails::new(2).take(CALIBRATION)).expect("mails");
    }
    let view = "text/words-4096".parse().expect("a view");
    let question = issue::ModelQuestion {
        input: InputScaling { values: PixelValues::Raw, ..InputScaling::default() },
        // Made weights decide by small differences.
        agreement: 0.0,
        accept_disagreement: true,
        ..issue::ModelQuestion::new(&file, view, &calibration, Predicate::match_class([1]))
    };
    let options = issue::Options {
        release: Release::Item,
        accept_outside: &candor::CoarseKind::ALL,
        ..issue::Options::new(question, commitment, out)
    };
    issue::issue(&options, &Silent).expect("a request");
}
