//! Runs the requester in a folder.

use std::path::Path;

use candor_testing::{run, words};

/// Exit code, stdout and stderr; `SAMPLE` stands for the sample corpus.
pub(crate) fn requester(folder: &Path, arguments: &str) -> (i32, String, String) {
    run(env!("CARGO_BIN_EXE_requester"), folder, words(arguments))
}
