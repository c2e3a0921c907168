//! Bundles: every file that a judge parses.

use std::fs;
use std::sync::LazyLock;

use candor::exchange::Outcome;
use candor::exchange::formats::bag::seal;

use super::split;
use crate::case::{case, files};

/// The honest files.
static FILES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| files(&case().bundle()));

/// What the responder may write as it likes, if the manifests fit: its reasons
/// for withholding and for blacking out. Tag files are overwritten when manifests are made.
const FREE: [&str; 6] = [
    "data/substitutes.jsonl",
    "data/withheld.jsonl",
    "bag-info.txt",
    "bagit.txt",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
];

/// Puts bytes in the place of one of a bundle's files, and if the first byte is
/// even makes the manifests fit. Whatever is not the honest file fails a check.
pub(crate) fn bundle(data: &[u8]) {
    let (first, bytes) = split(data);
    let (name, honest) = &FILES[usize::from(first >> 1) % FILES.len()];
    let case = case();
    let root = case.bundle();
    fs::write(root.join(name), bytes).expect("a file of the bundle");
    let sealed = first & 1 == 0;
    if sealed {
        seal(&root).expect("manifests");
    }
    let outcome = case.try_verify();
    for (name, bytes) in FILES.iter() {
        fs::write(root.join(name), bytes).expect("a file of the bundle");
    }
    let report = outcome.expect("the judge decides");
    if bytes == honest {
        assert_eq!(report.outcome, Outcome::Incomplete, "the honest bundle: {report:?}");
    } else {
        let free = sealed && FREE.contains(&name.as_str());
        assert!(free || report.outcome == Outcome::Failed, "{name}: {report:?}");
    }
}

/// The honest files, as the target takes them, with and without new manifests.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let both = |(at, (_, bytes)): (u8, &(String, Vec<u8>))| {
        [at, at + 1].map(|first| [&[first][..], bytes].concat())
    };
    (0u8..).step_by(2).zip(FILES.iter()).flat_map(both).collect()
}
