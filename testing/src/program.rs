//! Running the programs.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use crate::files::sample;

/// Runs a program in a folder; its exit code, output and errors.
///
/// A package's tests name its own program with `env!("CARGO_BIN_EXE_…")`.
pub fn run(
    program: impl AsRef<OsStr>,
    folder: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> (i32, String, String) {
    told(Command::new(program).args(arguments).current_dir(folder).output().unwrap())
}

/// Exit code, output and errors of a program that has ended.
#[must_use]
pub fn told(Output { status, stdout, stderr }: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// Arguments that a line holds between spaces; `SAMPLE` in them stands for the
/// sample corpus.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    let sample = sample();
    let sample = sample.to_str().unwrap();
    line.split_whitespace().map(|word| word.replace("SAMPLE", sample)).collect()
}
