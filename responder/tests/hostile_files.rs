//! Documents and disks that misbehave while the responder works. On Unix alone:
//! the tests limit what a process may write, and make links.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};

use candor_testing::Case;

const RESPONDER: &str = env!("CARGO_BIN_EXE_responder");

/// A few documents, committed to and asked for sevens.
struct Setting(Case);

const SEVEN: &str = "0104_label7.bmp";

impl Setting {
    fn new() -> Self {
        Self::with_more_in_the_match(&[])
    }

    /// Bytes after the image that matches, which no decoder reads.
    fn with_more_in_the_match(more: &[u8]) -> Self {
        let samples = [SEVEN, "0000_label4.png", "0033_label3.gif", "note.txt"];
        let case = Case::temporary()
            .with_samples(&samples)
            .with_damaged()
            .with_views(&["image/gray-28x28"]);
        let bytes = fs::read(case.documents().join(SEVEN)).unwrap();
        case.add(SEVEN, &[&bytes[..], more].concat());
        Self(case.asked())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    fn document(&self) -> PathBuf {
        self.path("documents").join(SEVEN)
    }

    fn respond(&self) -> Vec<&'static str> {
        let folders = ["respond", "--corpus", "documents", "--commitment", "commit"];
        [&folders[..], &["--request", "request", "--out", "bundle"]].concat()
    }

    /// Runs the responder; blocks of 1024 bytes that it may write to one file.
    fn run(&self, arguments: &[&str], blocks: Option<u64>) -> Output {
        let limit = blocks.map_or(String::new(), |blocks| {
            // Without its signal the limit is an error of `write`, as a full
            // disk is.
            format!("trap '' XFSZ; ulimit -f {blocks}; ")
        });
        Command::new("bash")
            .args(["-c", &format!("{limit}exec \"$0\" \"$@\""), RESPONDER])
            .args(arguments)
            .current_dir(self.0.root())
            .output()
            .unwrap()
    }

    /// The command ends with exit code 2, names what it could not do, and
    /// leaves nothing under the final name.
    fn refuses(&self, arguments: &[&str], blocks: Option<u64>, out: &str, parts: &[&str]) {
        let output = self.run(arguments, blocks);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.lines().any(|line| line.starts_with("error: ")), "{errors}");
        for part in parts {
            assert!(errors.contains(part), "`{part}` is missing: {errors}");
        }
        assert!(self.path(out).symlink_metadata().is_err(), "{out} stands: {errors}");
    }

    fn answers(&self) {
        let output = self.run(&self.respond(), None);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{errors}");
    }
}

#[test]
fn a_full_disk_stops_a_commitment_and_leaves_none() {
    let case = Setting::new();
    let again = ["commit-corpus", "documents", "--view", "image/gray-28x28", "--out", "again"];
    case.refuses(&again, Some(0), "again", &["opening.store", "cannot hold a file of this size"]);
    let left = fs::read_dir(case.0.root()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    let output = case.run(&again, None);
    assert_eq!(output.status.code(), Some(0));
}

/// The limit falls on the session's record, on a proof, and on what is
/// released; the same command finishes the work when there is room.
#[test]
fn a_full_disk_stops_an_answer_which_can_be_resumed() {
    let case = Setting::with_more_in_the_match(&[b'x'; 100_000]);
    let arguments = case.respond();
    case.refuses(
        &arguments,
        Some(0),
        "bundle",
        &["session.json", "cannot hold a file of this size"],
    );
    case.refuses(
        &arguments,
        Some(1),
        "bundle",
        &["00000000.proof", "cannot hold a file of this size"],
    );
    case.refuses(
        &arguments,
        Some(64),
        "bundle",
        &[SEVEN, "released", "cannot hold a file of this size"],
    );
    let output = case.run(&[&arguments[..], &["--json"]].concat(), None);
    assert_eq!(output.status.code(), Some(0));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["proofs_reused"], 1, "{summary}");
}

#[test]
fn a_document_that_became_something_else_is_named() {
    let case = Setting::new();
    let bytes = fs::read(case.document()).unwrap();
    let copy = case.path("copy");
    fs::write(&copy, &bytes).unwrap();
    for (kind, target) in [
        ("directory", None),
        ("symbolic link", Some("0000_label4.png")),
        ("symbolic link", Some("nowhere")),
        // It would never end.
        ("symbolic link", Some("/dev/zero")),
        // The same bytes, but not the file.
        ("symbolic link", Some("../copy")),
    ] {
        fs::remove_file(case.document()).unwrap();
        match target {
            None => fs::create_dir(case.document()).unwrap(),
            Some(target) => symlink(target, case.document()).unwrap(),
        }
        case.refuses(&case.respond(), None, "bundle", &[SEVEN, kind]);
        match target {
            None => fs::remove_dir(case.document()).unwrap(),
            Some(_) => fs::remove_file(case.document()).unwrap(),
        }
        fs::write(case.document(), &bytes).unwrap();
    }
    fs::remove_file(case.document()).unwrap();
    case.refuses(&case.respond(), None, "bundle", &[SEVEN, "no such file"]);
    fs::write(case.document(), &bytes).unwrap();
    case.answers();
}

#[test]
fn a_document_that_cannot_be_read_any_more_is_named() {
    let case = Setting::new();
    fs::set_permissions(case.document(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(case.document()).is_ok() {
        eprintln!("skipped: this user may read every file");
        return;
    }
    case.refuses(&case.respond(), None, "bundle", &[SEVEN, "denied"]);
    fs::set_permissions(case.document(), fs::Permissions::from_mode(0o600)).unwrap();
    case.answers();
}
