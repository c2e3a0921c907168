//! What the judge's command prints and how it ends.

mod common;

use std::fs;

use common::{answer, judge};

#[test]
fn exit_codes_tell_outcomes_from_errors() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    answer(folder);
    let verify =
        "verify-bundle --commitment commit/PUBLIC/commitment.json --request request --bundle";

    let (code, out, errors) = judge(folder, &format!("{verify} bundle"));
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    assert!(out.contains("VERIFIED: exactly"), "{out}");
    assert!(!out.contains("_label"), "no document's name: {out}");

    let (code, out, errors) = judge(folder, &format!("{verify} withheld --json"));
    assert_eq!((code, errors.as_str()), (3, ""), "{out}");
    assert_eq!(out.lines().count(), 1);
    assert!(!out.contains("_label") && !out.contains("privileged"), "{out}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["outcome"], "incomplete");
    assert_eq!((report["documents"].as_u64(), report["withheld"].as_u64()), (Some(6), Some(1)));
    assert_eq!((report["matching"].as_u64(), report["unreadable"].as_u64()), (Some(3), Some(0)));
    assert_eq!(report["released"], 2);
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
    for (id, check) in (1..).zip(report["checks"].as_array().unwrap()) {
        assert_eq!((check["id"].as_u64(), check["result"].as_str()), (Some(id), Some("passed")));
        assert!(check["name"].is_string() && check["finding"].is_object());
    }

    let released = folder.join("bundle/data/released");
    let file = fs::read_dir(&released).unwrap().next().unwrap().unwrap().path();
    let document = "verify-document --commitment commit/PUBLIC/commitment.json --bundle bundle";
    let (code, out, _) = judge(folder, &format!("{document} {}", file.display()));
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("_label7."), "{out}");
    let (code, out, _) = judge(folder, &format!("{document} documents/0001_label8.png"));
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("DOES NOT VERIFY"), "{out}");

    let mut bytes = fs::read(&file).unwrap();
    bytes.push(0);
    fs::write(&file, bytes).unwrap();
    let (code, out, _) = judge(folder, &format!("{verify} bundle"));
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("check 1 (parsing) failed: data/released/"), "{out}");
    let (code, out, _) = judge(folder, &format!("{verify} bundle --json"));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, report["outcome"].as_str()), (1, Some("failed")));
    assert_eq!(report["checks"][0]["result"], "failed");
    assert_eq!(report["checks"][1]["result"], "not_run");
    assert!(report["checks"][1]["finding"].is_null());

    for wrong in [&format!("{verify} nowhere")[..], "verify-bundle", "convict"] {
        let (code, out, errors) = judge(folder, wrong);
        assert_eq!((code, out.as_str()), (2, ""), "{errors}");
        assert!(errors.starts_with("error: "), "{errors}");
    }
    let (code, out, _) = judge(folder, "verify-bundle --help");
    assert_eq!(code, 0);
    assert!(out.contains("Example:"), "{out}");
}

#[test]
fn a_log_is_made_of_what_verifies_and_of_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    answer(folder);
    let log = "log --commitment commit/PUBLIC/commitment.json --request request --kind privilege";
    let (code, out, errors) = judge(folder, &format!("{log} --bundle withheld --out log.csv"));
    assert_eq!((code, errors.as_str()), (3, ""), "{out}");
    assert!(out.starts_with("Privilege log") && out.contains("1 document is withheld"), "{out}");
    let table = fs::read_to_string(folder.join("log.csv")).unwrap();
    assert!(table.starts_with("no. (proved),leaf (proved),matches (proved),"), "{table}");
    assert!(table.contains(",other/privileged,") && !table.contains("_label"), "{table}");
    let time = "--time 2026-01-02T03:04:05Z";
    let page = format!("{log} --bundle bundle --out log.html {time}");
    assert_eq!(judge(folder, &page).0, 0);
    let text = fs::read_to_string(folder.join("log.html")).unwrap();
    assert!(text.contains("None.") && text.contains("2026-01-02 03:04:05 UTC"));
    // Nothing is overwritten, and the name says what is written.
    let (code, _, errors) = judge(folder, &page);
    assert!(code == 2 && errors.contains("already exists"), "{errors}");
    let (code, _, errors) = judge(folder, &format!("{log} --bundle bundle --out log.txt"));
    assert!(code == 2 && errors.contains("end it in .csv or .html"), "{errors}");
    // With the index.
    let verify = "verify-bundle --commitment commit/PUBLIC/commitment.json --request request";
    let (code, ..) = judge(folder, &format!("{verify} --bundle bundle --index released.csv"));
    let index = fs::read_to_string(folder.join("released.csv")).unwrap();
    assert_eq!((code, index.lines().count()), (0, 4), "{index}");
    fs::write(folder.join("withheld/data/withheld.jsonl"), "").unwrap();
    let (code, out, _) = judge(folder, &format!("{log} --bundle withheld --out none.csv"));
    assert!(code == 1 && out.contains("DOES NOT VERIFY"), "{out}");
    let (code, ..) = judge(folder, &format!("{verify} --bundle withheld --index none.csv"));
    assert!(code == 1 && !folder.join("none.csv").exists());
}
