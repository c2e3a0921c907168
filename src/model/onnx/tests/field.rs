//! Models as people have them: every one is read.

use std::path::{Path, PathBuf};

use super::super::read;

fn models() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/models/field");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "onnx"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn every_field_model_is_read() {
    let models = models();
    assert_eq!(models.len(), 23);
    let refused: Vec<String> = models
        .iter()
        .filter_map(|path| {
            let error = read(&std::fs::read(path).unwrap()).err()?;
            Some(format!("{}: {error}", path.file_name().unwrap().to_string_lossy()))
        })
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}
