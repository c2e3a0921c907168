//! Models that are stored, and files that are none.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::exchange::Silent;

fn look(model: &Path, output: Option<&str>) -> Result<Inspection, ExchangeError> {
    let reading = Reading { output: output.map(str::to_owned), ..Reading::default() };
    let given = Given::default();
    let vocabularies = Vocabularies::default();
    let options =
        InspectOptions { model, reading, given, calibration: None, vocabularies, documents: 100 };
    inspect(&options, &Silent)
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The models of a folder.
fn models(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join(folder)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "onnx"));
    paths.sort();
    paths
}

#[test]
fn every_stored_model_opens() {
    let folders = ["classifiers", "exported", "field", "random"];
    let paths = folders.iter().flat_map(|name| models(&format!("tests/vectors/models/{name}")));
    let mut asked = 0;
    for path in paths {
        let name = path.display();
        let found = look(&path, None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(found.file.nodes > 0 && !found.operators.is_empty(), "{name}");
        assert!(found.operators.iter().all(|one| one.supported), "{name}: {found:?}");
        // All of them are read; for some there is no view of that size, and of some the values
        // go far beyond those of documents that nobody wrote.
        if found.compiles {
            asked += 1;
            let rows = found.operators.iter().filter_map(|one| one.rows).sum::<u64>();
            let all: u64 = found.layers.iter().map(|layer| layer.rows).sum();
            assert!(rows <= all && found.predicted.unwrap().seconds > 0.0, "{name}: {found:?}");
        } else {
            let [one] = found.refused.list.as_slice() else {
                panic!("{name}: {:?}", found.refused)
            };
            let narrow = one.advice.contains("--calibration");
            assert!(found.views.is_empty() || narrow, "{name}: {one:?} {:?}", found.views);
        }
    }
    assert!(asked >= 50, "{asked}");
}

#[test]
fn a_file_that_is_no_model_is_an_error_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.onnx");
    let bytes = fs::read(repository().join("sample_corpus/model.onnx")).unwrap();
    for end in [0, 1, 7, 100, 5000, bytes.len() - 1] {
        fs::write(&path, &bytes[..end]).unwrap();
        let error = look(&path, None).unwrap_err().to_string();
        assert!(error.contains("m.onnx: ") && error.contains("export"), "{end}: {error}");
    }
    for (bytes, part) in [
        (&b"\x1c\0\0\0TFL3 and more"[..], "TensorFlow Lite"),
        (b"PK\x03\x04 an archive", "not a readable ONNX file"),
        (b"\x89PNG\r\n\x1a\n", "not a readable ONNX file"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = look(&path, None).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(look(&folder.path().join("nothing"), None).is_err());
}

#[test]
fn weights_beside_the_model_are_told_or_missed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.onnx");
    fs::copy(repository().join("fuzzing/seeds/onnx/beside.onnx"), &path).unwrap();
    let found = look(&path, None).unwrap();
    assert!(!found.compiles);
    let [missing] = found.refused.list.as_slice() else { panic!("{:?}", found.refused) };
    assert!(missing.problem.contains("`weights`"), "{missing:?}");
    let weights: Vec<u8> = (0..24u8).flat_map(|at| f32::from(at).to_le_bytes()).collect();
    fs::write(folder.path().join("weights"), weights).unwrap();
    let found = look(&path, None).unwrap();
    assert!(found.compiles, "{:?}", found.refused);
    let [beside] = found.beside.as_slice() else { panic!("{:?}", found.beside) };
    assert_eq!((beside.file.as_str(), beside.bytes), ("weights", 96));
    assert_eq!(found.views[0].to_string(), "image/gray-2x2");
}

#[test]
fn what_the_model_says_decides_unless_it_makes_no_sense() {
    let path = repository().join("fuzzing/seeds/onnx/left_open.onnx");
    let open = look(&path, None).unwrap();
    assert!(open.refused.list[0].advice.contains("--output"), "{:?}", open.refused);
    let found = look(&path, Some("scores")).unwrap();
    assert!(found.compiles, "{:?}", found.refused);
    let settings: Vec<String> =
        found.settings.iter().map(|one| format!("{} {}", one.value, one.from)).collect();
    assert_eq!(settings[0], "image/rgb-8x8-fit model");
    assert_eq!(settings[2..], ["blue first model", "score 1 (dog) above 0.5 model"]);
    assert_eq!(found.says.len(), 7);
    assert_eq!(found.file.producer.as_deref(), Some("seeds 1"));
}
