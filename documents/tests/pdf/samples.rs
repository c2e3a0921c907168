//! The files with known answers.

use std::path::Path;

use candor_documents::{Kind, kind_of};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{children_of, read_pdf};

fn data() -> Vec<(String, Vec<u8>, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let expected: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let files = expected["files"].as_object().unwrap();
    let pdfs = files.iter().filter(|(_, file)| file["kind"] == "pdf");
    pdfs.map(|(name, file)| (name.clone(), std::fs::read(folder.join(name)).unwrap(), file.clone()))
        .collect()
}

pub(crate) fn samples() -> Vec<Vec<u8>> {
    data().into_iter().map(|(_, bytes, _)| bytes).collect()
}

/// The words of a text, in order: what stands between others than letters, numbers and
/// soft hyphens.
fn words(text: &str) -> Vec<String> {
    text.split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(String::from)
        .collect()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_string()).collect()
}

#[test]
fn samples_are_read_as_expected() {
    let data = data();
    assert_eq!(data.len(), 9);
    for (name, bytes, expected) in data {
        assert_eq!(kind_of(&bytes), Kind::Pdf, "{name}");
        let read = read_pdf(&bytes);
        if let Some(reason) = expected["exception"].as_str() {
            assert_eq!(read.unwrap_err().name(), reason, "{name}");
            assert_eq!(children_of(&bytes).unwrap_err().name(), reason, "{name}");
            continue;
        }
        let read = read.unwrap();
        let found = words(read.text.as_str());
        for key in ["must", "words"] {
            for word in strings(&expected[key]) {
                assert!(found.contains(&word), "{name}: {word} not in {found:?}");
            }
        }
        for key in ["must_not", "should_not"] {
            for word in strings(&expected[key]) {
                assert!(!found.contains(&word), "{name}: {word}");
            }
        }
        let place = |word: &String| found.iter().position(|other| other == word).unwrap();
        assert!(strings(&expected["order"]).iter().map(place).is_sorted(), "{name}");
        for pair in expected["pairs"].as_array().into_iter().flatten() {
            let pair = strings(pair);
            assert_eq!(place(&pair[0]) + 1, place(&pair[1]), "{name}");
        }
    }
}

/// What the rules leave open, as `docs/text/pdf.md` decides it.
#[test]
fn open_questions_are_decided() {
    // Words divided at a line end are joined when terms are made, not here.
    let divided = ["zqvbgckedd", "zqwsjjptiu", "efficient"];
    for (name, bytes, expected) in data() {
        let Ok(read) = read_pdf(&bytes) else { continue };
        let found = words(read.text.as_str());
        for key in ["should", "should_words"] {
            for word in strings(&expected[key]) {
                assert_eq!(
                    found.contains(&word),
                    !divided.contains(&word.as_str()),
                    "{name}: {word}"
                );
            }
        }
    }
}

#[test]
fn children_of_samples() {
    for (name, bytes, expected) in data() {
        let Some(wanted) = expected["family"]["children"].as_array() else { continue };
        let found = children_of(&bytes).unwrap();
        assert_eq!(found.len(), wanted.len(), "{name}");
        for (child, wanted) in found.iter().zip(wanted) {
            if let Some(digest) = wanted["sha256"].as_str() {
                assert_eq!(child.name, wanted["name"].as_str().unwrap().as_bytes(), "{name}");
                let bytes = child.bytes.as_ref().unwrap();
                let hex: String =
                    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(hex, digest, "{name}");
            } else {
                assert_eq!(kind_of(child.bytes.as_ref().unwrap()), Kind::Tiff, "{name}");
            }
        }
    }
}

#[test]
fn older_revisions_are_reported() {
    let sample = data().into_iter().find(|(name, ..)| name == "pdf-incremental.pdf").unwrap();
    let unread = read_pdf(&sample.1).unwrap().unread;
    assert_eq!(
        unread.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["older revision"]
    );
}
