//! What a model says of itself, and what `evaluate` shows of its decisions.

mod common;

use std::fs;
use std::path::Path;

use candor_testing::{Case, sample};
use common::requester;
use serde_json::Value;

/// The sample model with entries in its metadata: field 14 of a model, which may stand
/// at the end.
fn model(folder: &Path, entries: &[(&str, &str)]) {
    let mut bytes = fs::read(sample().join("model.onnx")).unwrap();
    for (key, value) in entries {
        let mut entry = Vec::new();
        for (tag, text) in [(0x0a, key), (0x12, value)] {
            entry.extend([tag, u8::try_from(text.len()).unwrap()]);
            entry.extend(text.bytes());
        }
        bytes.extend([0x72, u8::try_from(entry.len()).unwrap()]);
        bytes.extend(entry);
    }
    fs::write(folder.join("m.onnx"), bytes).unwrap();
}

const ISSUE: &str =
    "issue-request --model m.onnx --calibration SAMPLE/calibration --commitment commit";
const NAMES: &str = "zero,one,two,three,four,five,six,seven,eight,nine";

fn report(folder: &Path, command: &str) -> Value {
    let (code, out, errors) = requester(folder, &format!("{command} --json"));
    assert_eq!(code, 0, "{command}: {errors}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_model_says_what_it_wants_and_options_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let case = Case::new(folder).with_all_samples();
    case.with_views(&["image/gray-28x28", "image/gray-8x8"]).commit();
    model(
        folder,
        &[
            ("candor.view", "image/gray-28x28"),
            ("candor.scaling", "unit"),
            ("candor.classes", NAMES),
            ("candor.match", "seven"),
        ],
    );
    let issued = report(folder, &format!("{ISSUE} --out request"));
    let settings = issued["settings"].as_array().unwrap();
    let told: Vec<_> = settings.iter().map(|one| (&one["value"], &one["from"])).collect();
    assert_eq!(
        told.iter().map(|(value, from)| format!("{value} {from}")).collect::<Vec<_>>(),
        [
            r#""image/gray-28x28" "model""#,
            r#""bytes / 255" "model""#,
            r#""top class 7 (seven)" "model""#
        ]
    );
    // The rows of the layers are those of the document.
    let layers = issued["layers"].as_array().unwrap();
    let rows: u64 = layers.iter().map(|layer| layer["rows"].as_u64().unwrap()).sum();
    assert_eq!(Some(rows), issued["cost"]["rows_per_document"]["table"].as_u64());
    assert!(layers.iter().any(|layer| layer["operator"] == "Relu"), "{layers:?}");

    let issued = report(folder, &format!("{ISSUE} --match-class three --match-class 8 --out r2"));
    assert_eq!(issued["settings"][2]["value"], "top class 3 (three) or 8 (eight)");
    assert_eq!(issued["settings"][2]["from"], "options");

    // The model's names serve for labels.
    fs::write(folder.join("labels.csv"), "file,label\n0004_label7.png,seven\n").unwrap();
    let evaluate = "evaluate --request request --documents SAMPLE/documents";
    let found = report(folder, &format!("{evaluate} --labels labels.csv"));
    assert_eq!(found["retrieval"]["relevant"], 1);

    for (entries, problem) in [
        (&[("candor.veiw", "x")][..], "candor.veiw"),
        (&[("candor.view", "image/gray")], "is not a view"),
        (&[("candor.scaling", "half"), ("candor.view", "image/gray-28x28")], "half"),
        (&[("candor.mean", "0"), ("candor.view", "image/gray-28x28")], "candor.std"),
        (&[("candor.match", "seven"), ("candor.view", "image/gray-28x28")], "`seven`"),
        (&[("candor.view", "image/gray-28x28")], "--match-class"),
    ] {
        model(folder, entries);
        let (code, _, errors) = requester(folder, &format!("{ISSUE} --out x"));
        assert_eq!(code, 2, "{entries:?}: {errors}");
        assert!(errors.contains(problem), "{errors}");
    }
}

#[test]
fn evaluate_shows_intervals_confusion_thresholds_and_scores() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Case::new(folder).with_all_samples().with_views(&["image/gray-28x28"]).commit();
    model(folder, &[]);
    let issued =
        report(folder, &format!("{ISSUE} --preset tf --match-score 7 --above -1.5 --out r"));
    let scaling = &issued["settings"][1];
    assert_eq!(scaling["value"], "(bytes / 255 - 0.5) / 0.5");
    report(folder, &format!("{ISSUE} --match-score 7 --above -1.5 --out request"));
    let evaluate = "evaluate --request request --documents SAMPLE/documents";
    let found = report(folder, &format!("{evaluate} --sweep --scores-out scores.csv"));

    let retrieval = &found["retrieval"];
    let (relevant, both) = (&retrieval["relevant"], &retrieval["relevant_and_matching"]);
    assert_eq!(relevant, 7);
    let ends: Vec<f64> = retrieval["recall"]
        .as_array()
        .unwrap()
        .iter()
        .map(|end| end.as_str().unwrap().parse().unwrap())
        .collect();
    let share = both.as_f64().unwrap() / 7.0;
    assert!(ends[0] < share && share <= ends[1] && ends[1] <= 1.0, "{retrieval}");
    let confusion = found["confusion"].as_array().unwrap();
    let documents: u64 = confusion.iter().map(|row| row["documents"].as_u64().unwrap()).sum();
    assert_eq!(documents, 42);

    // Higher thresholds release less and miss more; the request's own is among them.
    let thresholds = found["sweep"]["thresholds"].as_array().unwrap();
    let of = |key: &str| -> Vec<f64> {
        thresholds.iter().map(|line| line[key].as_f64().unwrap()).collect()
    };
    assert!(of("above").is_sorted() && of("misses").is_sorted(), "{thresholds:?}");
    assert!(of("releases").is_sorted_by(|a, b| a >= b), "{thresholds:?}");
    let own = thresholds.iter().find(|line| line["above"] == -1.5).unwrap();
    let by_model = found["quality"]["matched_by_both"].as_u64().unwrap()
        + found["quality"]["matched_by_model_only"].as_u64().unwrap();
    assert_eq!(own["releases"], by_model);

    let list = fs::read_to_string(folder.join("scores.csv")).unwrap();
    assert!(list.starts_with("file,label,program,model,score0,score1,"), "{list}");
    assert_eq!(list.lines().count(), 43);
    let (code, _, errors) = requester(folder, &format!("{evaluate} --scores-out scores.csv"));
    assert_eq!(code, 2);
    assert!(errors.contains("scores.csv"), "{errors}");
}
