//! Where mutation begins.

mod documents;

use std::fs;
use std::path::{Path, PathBuf};

#[cfg(feature = "library")]
use crate::targets::{bundle, exif, proof, request};

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
        "onnx" => folder("fuzzing/seeds/onnx"),
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
        other => documents::seeds(other).unwrap_or_else(|| panic!("there is no target {other}")),
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files of a folder of the repository.
fn folder(path: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(repository().join(path)).expect("a folder of seeds");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a seed").path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a seed")).collect()
}
