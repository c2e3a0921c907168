//! Runs the requester in a folder.

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample_corpus")
}

/// Exit code, stdout and stderr; `SAMPLE` stands for the sample corpus.
pub(crate) fn requester(folder: &Path, arguments: &str) -> (i32, String, String) {
    let sample = sample();
    let arguments = arguments.replace("SAMPLE", sample.to_str().unwrap());
    let output = Command::new(env!("CARGO_BIN_EXE_requester"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
