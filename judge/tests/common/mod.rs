//! An answer to judge, and the judge's program.

#![allow(dead_code, reason = "each test file uses a part")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use candor::exchange::issue::{self, issue};
use candor::exchange::respond::{self, respond};
use candor::exchange::{Silent, commit};
use candor::model::predicate::Predicate;
use candor::model::quantize::InputScaling;
use rand_core::OsRng;

/// Commits to six digits, asks for sevens and answers, all under `folder`.
pub(crate) fn answer(folder: &Path) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample_corpus");
    let documents = folder.join("documents");
    fs::create_dir(&documents).unwrap();
    let names = ["0004_label7.png", "0038_label7.png", "0001_label8.png", "0095_label7.jpg"];
    for name in names.iter().chain(&["0033_label3.gif", "0000_label4.png"]) {
        fs::copy(sample.join("documents").join(name), documents.join(name)).unwrap();
    }
    let view = "image/gray-28x28".parse().unwrap();
    commit(&documents, &[view], &folder.join("commit"), &Silent, &mut OsRng).unwrap();
    let options = issue::Options {
        model: &sample.join("model.onnx"),
        view,
        commitment: &folder.join("commit/PUBLIC/commitment.json"),
        calibration: &sample.join("calibration"),
        input: InputScaling::default(),
        predicate: Predicate::match_class([7]),
        agreement: issue::DEFAULT_AGREEMENT,
        accept_disagreement: true,
        out: &folder.join("request"),
    };
    issue(&options, &Silent).unwrap();
    let list = folder.join("withhold.csv");
    fs::write(&list, "file,reason\n0004_label7.png,privileged\n").unwrap();
    for (out, withhold) in [("bundle", None), ("withheld", Some(list.as_path()))] {
        let options = respond::Options {
            question: respond::Question {
                corpus: &documents,
                commitment: &folder.join("commit"),
                request: &folder.join("request"),
                batch: None,
            },
            out: &folder.join(out),
            withhold,
            release_unreadable: false,
        };
        respond(&options, &Silent, &mut OsRng).unwrap();
    }
}

pub(crate) fn judge(folder: &Path, arguments: &str) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_judge"))
        .args(arguments.split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}
