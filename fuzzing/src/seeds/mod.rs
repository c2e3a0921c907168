//! Where mutation begins.

mod documents;
#[cfg(feature = "library")]
mod models;

use std::fs;
use std::path::{Path, PathBuf};

#[cfg(feature = "library")]
use crate::targets::{bundle, exif, lot, proof, request};

/// Longest model that mutation begins with.
#[cfg(feature = "library")]
const LONGEST_MODEL: usize = 8 << 10;

/// Valid inputs of a target, in an order that does not change.
///
/// # Panics
/// If there is no such target, or its files cannot be read.
#[must_use]
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        #[cfg(feature = "library")]
        "views" => {
            ["sample_corpus/documents", "tests/vectors/images", "tests/vectors/images/field"]
                .iter()
                .flat_map(|images| folder(images))
                .collect()
        }
        #[cfg(feature = "library")]
        // Models of operators, then those that exporters and converters write.
        "onnx" | "inspect" => [
            "fuzzing/seeds/onnx",
            "tests/vectors/models/exported",
            "tests/vectors/models/classifiers",
        ]
        .iter()
        .flat_map(|models| folder_of(models, "onnx"))
        .filter(|model| model.len() <= LONGEST_MODEL)
        .collect(),
        #[cfg(feature = "library")]
        "metadata" => models::saying(),
        #[cfg(feature = "library")]
        "tiff" => folder("tests/vectors/images/tiff"),
        #[cfg(feature = "library")]
        "exif" => exif::seeds(),
        #[cfg(feature = "library")]
        "request" => request::seeds(),
        #[cfg(feature = "library")]
        "bundle" => bundle::seeds(),
        #[cfg(feature = "library")]
        "proof" => proof::seeds(),
        #[cfg(feature = "library")]
        "lot" => lot::seeds(),
        other => documents::seeds(other).unwrap_or_else(|| panic!("there is no target {other}")),
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files of a folder of the repository.
fn folder(path: &str) -> Vec<Vec<u8>> {
    folder_of(path, "")
}

/// The files of a folder whose names end in an extension, or all.
fn folder_of(path: &str, extension: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(repository().join(path)).expect("a folder of seeds");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a seed").path()).collect();
    let wanted =
        |path: &Path| extension.is_empty() || path.extension().is_some_and(|e| e == extension);
    paths.retain(|path| path.is_file() && wanted(path));
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a seed")).collect()
}
