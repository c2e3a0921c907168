//! Program against model: the gate of `issue-request`, and the scores of
//! another runtime.

mod common;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use candor::model::onnx;
use candor::model::quantize::{InputScaling, ViewDims};
use candor::model::reference::FloatModel;
use candor_testing::{Case, sample};
use common::requester;

const SIDE: usize = 28;
const DIMS: ViewDims = ViewDims { height: SIDE, width: SIDE, channels: 1 };

fn issued(folder: &Path) {
    Case::new(folder).with_all_samples().with_views(&["image/gray-28x28"]).commit();
    let (code, out, errors) = requester(folder, &format!("{ISSUE} --out request"));
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    for part in ["decisions  the same by program and model on", "margins", "top class"] {
        assert!(out.contains(part), "{out}");
    }
}

const ISSUE: &str = "issue-request --model SAMPLE/model.onnx --calibration SAMPLE/calibration \
                     --commitment commit/PUBLIC/commitment.json --view image/gray-28x28 --match-class 7";

/// What another runtime would give for the rows of `featurize`, made by the
/// library's own evaluation: the sample model ends in its scores.
fn scores(folder: &Path, turn: impl Fn(usize, Vec<f64>) -> Vec<f64>) -> String {
    let (code, ..) =
        requester(folder, "featurize --view image/gray-28x28 SAMPLE/documents --out X.npy");
    assert_eq!(code, 0);
    let array = fs::read(folder.join("X.npy")).unwrap();
    for name in ["X.npy", "X.view.json"] {
        fs::remove_file(folder.join(name)).unwrap();
    }
    let rows: Vec<&[u8]> = array[128..].chunks(SIDE * SIDE).collect();
    let graph = onnx::read(&fs::read(sample().join("model.onnx")).unwrap()).unwrap();
    let model = FloatModel::new(&graph, DIMS, &InputScaling::default()).unwrap();
    let mut text = "file,s0,s1,s2,s3,s4,s5,s6,s7,s8,s9\n".to_owned();
    let list = fs::read_to_string(folder.join("X.csv")).unwrap();
    fs::remove_file(folder.join("X.csv")).unwrap();
    for line in list.lines().skip(1) {
        let mut cells = line.rsplitn(3, ',');
        let (row, _, file) = (cells.next().unwrap(), cells.next(), cells.next().unwrap());
        if let Ok(row) = row.parse::<usize>() {
            let scores = turn(row, model.scores(rows[row]).unwrap());
            let scores: Vec<String> = scores.iter().map(ToString::to_string).collect();
            writeln!(text, "{file},{}", scores.join(",")).unwrap();
        }
    }
    text
}

#[test]
fn scores_of_another_runtime_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    issued(folder);
    let evaluate = "evaluate --request request --documents SAMPLE/documents --scores scores.csv";
    let run = |text: &str| {
        fs::write(folder.join("scores.csv"), text).unwrap();
        requester(folder, &format!("{evaluate} --json"))
    };
    let honest = scores(folder, |_, scores| scores);
    let (code, out, errors) = run(&honest);
    assert_eq!(code, 0, "{errors}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let quality = &found["quality"];
    assert_eq!((&quality["documents"], &quality["same_decision"]), (&42.into(), &42.into()));
    assert!(quality["max_score_error"].as_f64().unwrap() < 1.0, "{out}");

    // A runtime that sees something else is told apart.
    let shifted = scores(folder, |row, mut scores| {
        scores.rotate_left(row % 2);
        scores
    });
    let (code, out, _) = run(&shifted);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    assert!(found["quality"]["same_top_class"].as_u64().unwrap() < 30, "{out}");

    let lines: Vec<&str> = honest.lines().collect();
    for (wrong, part) in [
        (lines[..lines.len() - 1].join("\n"), "there is no row for"),
        (format!("{honest}{}\n", lines[1]), "is listed twice"),
        (
            format!("{honest}other.png{}\n", ",1".repeat(10)),
            "is not a document that the view reads",
        ),
        (honest.replacen("file,s0", "file", 1), "columns"),
        (
            honest.replacen(lines[1], &format!("{},x", lines[1].rsplit_once(',').unwrap().0), 1),
            "finite",
        ),
        (
            honest.replacen(lines[1], &format!("{},inf", lines[1].rsplit_once(',').unwrap().0), 1),
            "finite",
        ),
    ] {
        let (code, _, errors) = run(&wrong);
        assert_eq!(code, 2, "{errors}");
        assert!(errors.contains("scores.csv") && errors.contains(part), "{part}: {errors}");
    }
}

#[test]
fn a_share_that_no_program_reaches_stops_the_request_unless_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    issued(folder);
    for share in ["1.5", "-0.1", "nan"] {
        let (code, _, errors) = requester(folder, &format!("{ISSUE} --agreement={share} --out x"));
        assert_eq!(code, 2, "{errors}");
        assert!(errors.contains("--agreement"), "{errors}");
    }
    let text = fs::read_to_string(folder.join("request/request.json")).unwrap();
    assert!(text.contains("\"disagreement_accepted\": false"), "{text}");
}
