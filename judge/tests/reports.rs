//! What the judge prints with `--json` is what `docs/formats.md` says.

use std::fs;
use std::path::Path;

use candor_testing::documented::Documented;
use candor_testing::{copy, golden, run, words};

fn judge(folder: &Path, arguments: &str) -> String {
    let (_, out, errors) = run(env!("CARGO_BIN_EXE_judge"), folder, words(arguments));
    assert_eq!(errors, "");
    out
}

#[test]
fn reports_have_the_documented_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy(&golden(), folder);
    let verify = "verify-bundle --json --commitment commitment.json --request request";
    let passed = judge(folder, &format!("{verify} --bundle bundle"));
    let log = "log --json --commitment commitment.json --request request --bundle bundle";
    let logged = judge(folder, &format!("{log} --kind vaughn --out log.csv"));
    let page = judge(folder, &format!("{log} --kind privilege --out log.html"));
    fs::remove_file(folder.join("bundle/bagit.txt")).unwrap();
    let failed = judge(folder, &format!("{verify} --bundle bundle"));
    let documented = Documented::read();
    documented.assert_describes("judge verify-bundle", &[&passed, &failed]);
    documented.assert_describes_findings(&passed);
    documented.assert_describes("judge log", &[&logged, &page]);

    let document = "verify-document --json --commitment commitment.json --bundle bundle";
    fs::copy(golden().join("bundle/bagit.txt"), folder.join("bundle/bagit.txt")).unwrap();
    let files = fs::read_dir(folder.join("bundle/data/released")).unwrap();
    let name = files.map(|file| file.unwrap().file_name().into_string().unwrap()).min().unwrap();
    let released = judge(folder, &format!("{document} bundle/data/released/{name}"));
    let other = judge(folder, &format!("{document} request/model.onnx"));
    documented.assert_describes("judge verify-document", &[&released, &other]);
}
