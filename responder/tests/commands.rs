//! The responder's commands on the sample corpus.

use std::path::{Path, PathBuf};
use std::process::Command;

use candor::corpus::Store;
use candor::exchange::Silent;
use candor::exchange::issue::{self, issue};
use candor::field::to_hex;
use candor::model::predicate::Predicate;
use candor::model::quantize::InputScaling;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample_corpus")
}

fn responder(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_responder"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Nothing printed is of the opening store; names of documents least of all.
fn assert_tells_nothing(printed: &str, store: &Path) {
    let store = Store::read(store).unwrap();
    for entry in &store.entries {
        let salts = entry.views.iter().map(|view| to_hex(&view.salt)).chain([to_hex(&entry.salt)]);
        let path = String::from_utf8(entry.path.clone()).unwrap();
        let digest = entry.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        for secret in salts.chain([path, digest]) {
            assert!(!printed.contains(&secret), "{secret} in {printed}");
        }
    }
}

#[test]
fn commit_and_respond_report_what_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let documents = sample().join("documents");
    let documents = documents.to_str().unwrap();
    let commit = ["commit-corpus", documents, "--view", "image/gray-28x28", "--out", "commit"];
    let (code, out, errors) = responder(folder, &commit);
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    assert!(out.contains("1 absent"), "{out}");
    let store = folder.join("commit/opening.store");
    assert_tells_nothing(&out, &store);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let store = folder.join("commit/opening.store").metadata().unwrap();
        assert_eq!(store.permissions().mode() & 0o777, 0o600);
    }
    // Never overwritten: the salts would be lost.
    let (code, _, errors) = responder(folder, &commit);
    assert_eq!(code, 2);
    assert!(errors.contains("already exists"), "{errors}");

    let options = issue::Options {
        model: &sample().join("model.onnx"),
        view: "image/gray-28x28".parse().unwrap(),
        commitment: &folder.join("commit/commitment.json"),
        calibration: &sample().join("calibration"),
        input: InputScaling::default(),
        predicate: Predicate::match_class([7]),
        agreement: issue::DEFAULT_AGREEMENT,
        accept_disagreement: true,
        out: &folder.join("request"),
    };
    issue(&options, &Silent).unwrap();
    let respond = ["respond", "--corpus", documents, "--commitment", "commit"];
    let respond = [&respond[..], &["--request", "request", "--out", "bundle", "--json"]].concat();
    let (code, out, errors) = responder(folder, &respond);
    // What it will take comes first, apart from the result.
    assert_eq!(code, 0, "{errors}");
    assert!(errors.starts_with("documents  43, of which 42 are to be proved\n"), "{errors}");
    assert_tells_nothing(&errors, &store);
    let summary: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    for field in [
        "documents",
        "matched",
        "absent",
        "table_rows_per_document",
        "sbox_rows_per_document",
        "proofs",
        "proving_seconds",
        "microseconds_per_table_row",
        "bundle_bytes_without_files",
    ] {
        assert!(summary[field].as_f64().unwrap() > 0.0, "{field}: {summary}");
    }
    assert!(summary.get("peak_rss_bytes").is_some());
    assert_tells_nothing(&out, &store);
    let respond = ["respond", "--corpus", documents, "--commitment", "commit"];
    let respond = [&respond[..], &["--request", "request", "--out", "in-words"]].concat();
    let (code, out, errors) = responder(folder, &respond);
    assert_eq!(code, 0, "{errors}");
    assert_tells_nothing(&out, &store);

    // A request for another corpus is a failed check, not an error of usage.
    let again = ["commit-corpus", documents, "--view", "image/gray-28x28", "--out", "other"];
    assert_eq!(responder(folder, &again).0, 0);
    let respond = ["respond", "--corpus", documents, "--commitment", "other"];
    let respond = [&respond[..], &["--request", "request", "--out", "second"]].concat();
    let (code, _, errors) = responder(folder, &respond);
    assert_eq!(code, 1);
    assert!(errors.contains("check 2 (request) failed"), "{errors}");

    for wrong in [
        &["commit-corpus", documents, "--view", "image/gray-0x28", "--out", "x"][..],
        &["commit-corpus", "nowhere", "--view", "image/gray-8x8", "--out", "x"],
        &["respond"],
    ] {
        let (code, _, errors) = responder(folder, wrong);
        assert_eq!(code, 2, "{errors}");
        assert!(errors.starts_with("error: "), "{errors}");
    }
    assert!(!folder.join("x").exists());
}
