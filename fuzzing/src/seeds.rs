//! Where mutation begins.

use std::fs;
use std::path::Path;

use candor_testing::repository;

use crate::targets::{bundle, exif, proof, request};

/// Valid inputs of a target, in an order that does not change.
///
/// # Panics
/// If there is no such target, or its files cannot be read.
#[must_use]
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "onnx" => folder(&repository().join("fuzzing/seeds/onnx")),
        "views" => {
            ["sample_corpus/documents", "tests/vectors/images", "tests/vectors/images/field"]
                .iter()
                .flat_map(|images| folder(&repository().join(images)))
                .collect()
        }
        "tiff" => folder(&repository().join("tests/vectors/images/tiff")),
        "exif" => exif::seeds(),
        "request" => request::seeds(),
        "bundle" => bundle::seeds(),
        "proof" => proof::seeds(),
        other => panic!("there is no target {other}"),
    }
}

fn folder(path: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(path).expect("a folder of seeds");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a seed").path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a seed")).collect()
}
