//! The repository's samples, and folders.

use std::fs;
use std::path::{Path, PathBuf};

use candor::exchange::formats::text::Sha256Hex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a member's folder").to_owned()
}

/// The repository's sample corpus.
#[must_use]
pub fn sample() -> PathBuf {
    repository().join("sample_corpus")
}

/// The stored case: `commitment.json`, `request` and `bundle`.
#[must_use]
pub fn golden() -> PathBuf {
    repository().join("tests/golden")
}

/// Copies a folder with everything in it, into one that may exist.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// All files under a folder, relative to it, in the order of their names; none if
/// there is no such folder.
#[must_use]
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// A digest as artefacts have it.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Sha256Hex {
    Sha256Hex(Sha256::digest(bytes).into())
}

/// A JSON file.
#[must_use]
pub fn document<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Rewrites a JSON file in the encoding that artefacts have.
pub fn change_document<T: Serialize + DeserializeOwned>(path: &Path, change: impl FnOnce(&mut T)) {
    let mut value = document(path);
    change(&mut value);
    fs::write(path, serde_json::to_string_pretty(&value).unwrap() + "\n").unwrap();
}

/// A file with a JSON value on each line.
#[must_use]
pub fn lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Writes a JSON value on each line.
pub fn write_lines(path: &Path, values: &[impl Serialize]) {
    let lines = values.iter().map(|value| serde_json::to_string(value).unwrap() + "\n");
    fs::write(path, lines.collect::<String>()).unwrap();
}
