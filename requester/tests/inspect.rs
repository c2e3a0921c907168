//! Models looked at, and requests tried, before there is a commitment.

mod common;

use std::fs;

use candor_testing::models::chain;
use common::requester;

const STRANGE: [&str; 5] =
    ["Hardmax", "Det", "NonMaxSuppression", "StringNormalizer", "RandomUniformLike"];

#[test]
fn a_model_with_five_problems_lists_all_five() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let operators: Vec<&str> = STRANGE.iter().flat_map(|name| ["Relu", name]).collect();
    fs::write(folder.join("m.onnx"), chain(&operators)).unwrap();
    let (code, out, errors) = requester(folder, "inspect m.onnx");
    assert_eq!((code, errors.as_str()), (2, ""), "{out}");
    for name in STRANGE {
        assert!(out.contains(&format!("({name}): this operator is not supported")), "{out}");
    }
    assert!(out.contains("5 Relu: known"), "{out}");
    assert_eq!(out.matches("rewrite the model with").count(), 1, "advice stands there once: {out}");
    assert!(out.ends_with("asked      it cannot be\n"), "{out}");

    // So does the command that would issue it, on lines of their own.
    fs::create_dir(folder.join("samples")).unwrap();
    let issue = "issue-request --model m.onnx --calibration samples --view image/gray-4x4 \
                 --match-class 0 --dry-run";
    let (code, out, errors) = requester(folder, issue);
    assert_eq!((code, out.as_str()), (2, ""));
    assert_eq!(errors.lines().count(), 6, "{errors}");
    for (line, name) in errors.lines().skip(1).zip(STRANGE) {
        assert!(line.starts_with("  (") && line.contains(name), "{line}");
    }
}

#[test]
fn a_dry_run_writes_nothing_and_needs_no_commitment() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let issue = "issue-request --model SAMPLE/model.onnx --calibration SAMPLE/calibration \
                 --match-class 3 --dry-run";
    let (code, out, errors) = requester(folder, &format!("{issue} --view image/gray-28x28"));
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    for part in ["dry run    nothing is written", "decisions", "cost", "predicted  1000 documents"]
    {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(out.ends_with("issued     it would be\n"), "{out}");
    let (code, out, _) = requester(folder, &format!("{issue} --view image/gray-28x28 --json"));
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let quality = &found["quality"];
    let by_program = quality["matched_by_both"].as_u64().unwrap()
        + quality["matched_by_program_only"].as_u64().unwrap();
    assert_eq!((code, found["matching"].as_array().unwrap().len() as u64), (0, by_program));
    // Neither option nor model nor commitment says the view.
    let (code, _, errors) = requester(folder, issue);
    assert_eq!(code, 2);
    assert!(errors.contains("--view") && errors.contains("requester inspect"), "{errors}");
    // Where a request would be, it is left alone.
    fs::create_dir(folder.join("out")).unwrap();
    let (code, ..) = requester(folder, &format!("{issue} --view image/gray-28x28 --out out"));
    assert_eq!(code, 0);
    assert_eq!(folder.join("out").read_dir().unwrap().count(), 0);
    assert_eq!(folder.read_dir().unwrap().count(), 1);

    let search = "issue-request --terms merger --dry-run";
    let (code, out, _) = requester(folder, &format!("{search} --view text/terms-33"));
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("search     merger") && out.contains("cost "), "{out}");
    let (code, _, errors) = requester(folder, search);
    assert_eq!(code, 2);
    assert!(errors.contains("--view"), "{errors}");
    assert_eq!(folder.read_dir().unwrap().count(), 1);
}

#[test]
fn an_inspection_foretells_what_a_request_costs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let json = |line: &str| -> serde_json::Value {
        let (code, out, errors) = requester(folder, &format!("{line} --json"));
        assert_eq!((code, errors.as_str()), (0, ""), "{line}: {out}");
        serde_json::from_str(&out).unwrap()
    };
    let calibrated = "--calibration SAMPLE/calibration --view image/gray-28x28 --match-class 7";
    let tried = json(&format!("issue-request --model SAMPLE/model.onnx {calibrated} --dry-run"));
    let inspected = json(&format!("inspect SAMPLE/model.onnx {calibrated}"));
    for key in ["cost", "predicted", "quality", "layers"] {
        assert_eq!(inspected[key], tried[key], "{key}");
    }
    // Without documents, a row more or less.
    let guessed = json("inspect SAMPLE/model.onnx");
    assert_eq!(guessed["compiled"]["ranges"], "made up");
    assert_eq!(guessed["settings"][0]["from"], "guess");
    let rows =
        |report: &serde_json::Value| report["cost"]["rows_per_document"]["table"].as_f64().unwrap();
    assert!((rows(&guessed) / rows(&tried) - 1.0).abs() < 0.05, "{guessed}");
    // More documents take more time.
    let seconds = |documents: u32| {
        let report = json(&format!("inspect SAMPLE/model.onnx --documents {documents}"));
        report["predicted"]["seconds"].as_f64().unwrap()
    };
    assert!(seconds(100_000) > 50.0 * seconds(1000));
}
