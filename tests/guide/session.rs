//! A shell in a temporary folder.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use candor_testing::{copy, sample};
use tempfile::TempDir;

use crate::programs;

/// What the guide presupposes, and the state of a shell.
pub(crate) struct Session {
    _folder: TempDir,
    current: PathBuf,
    code: i32,
}

impl Session {
    /// Copies the sample corpus, also under the names of the guide's examples.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sample = sample();
        let here = folder.path();
        copy(&sample, &here.join("sample_corpus"));
        for (from, to) in
            [("matter", "COLLECTED"), ("documents", "DOCS"), ("calibration", "SAMPLES")]
        {
            copy(&sample.join(from), &here.join(to));
        }
        fs::copy(sample.join("model.onnx"), here.join("digits.onnx")).unwrap();
        let current = here.to_owned();
        Self { _folder: folder, current, code: 0 }
    }

    /// Runs a command; gives its exit code, and what it printed to standard
    /// output and standard error.
    pub(crate) fn run(&mut self, command: &str) -> (i32, String) {
        if command == "echo $?" {
            let code = std::mem::take(&mut self.code);
            return (0, format!("{code}\n"));
        }
        if let Some(folder) = command.strip_prefix("cd ") {
            self.current = self.current.join(folder).canonicalize().unwrap();
            return (0, String::new());
        }
        let path = env::var_os("PATH").unwrap_or_default();
        let paths = [programs::folder().to_owned()].into_iter().chain(env::split_paths(&path));
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .env("PATH", env::join_paths(paths).unwrap())
            .current_dir(&self.current)
            .output()
            .unwrap();
        self.code = output.status.code().unwrap();
        (self.code, String::from_utf8(output.stdout).unwrap())
    }
}
