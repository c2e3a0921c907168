//! Whole models: compiled programs against float inference.

use std::path::{Path, PathBuf};

use super::onnx;
use super::predicate::Predicate;
use super::quality::{Decision, quality};
use super::quantize::{CompileOptions, InputScaling, ViewDims, compile};
use super::reference::{FloatModel, calibrate};

mod attention;
mod choices;
mod decisions;
mod functions;
mod hostile;
mod linear_operators;
mod operators;
mod precision;
mod products;
mod quantised;
mod score_bits;

struct Document {
    view: Vec<u8>,
    label: Option<usize>,
}

/// The PNG files of a folder, which all are 28 by 28.
fn load(folder: &Path) -> Vec<Document> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "png"));
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let label = name.split_once("label").and_then(|(_, label)| label.parse().ok());
            Document { view: image::open(path).unwrap().into_luma8().into_raw(), label }
        })
        .collect()
}

#[test]
fn the_sample_model_and_its_program_see_the_same() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_corpus");
    let graph = onnx::read(&std::fs::read(sample.join("model.onnx")).unwrap()).unwrap();
    let dims = ViewDims { height: 28, width: 28, channels: 1 };
    let scaling = InputScaling::default();
    let calibration = load(&sample.join("calibration"));
    let views = calibration.iter().map(|document| document.view.as_slice());
    let ranges = calibrate(&graph, dims, &scaling, views).unwrap();
    let predicate = Predicate::match_class([7]);
    let options = CompileOptions {
        view: "image/gray-28x28".to_owned(),
        dims,
        scaling: scaling.clone(),
        predicate: predicate.clone(),
        ranges,
    };
    let compiled = compile(&graph, &options).unwrap();
    let again = compile(&graph, &options).unwrap();
    assert_eq!(again.program.encode(), compiled.program.encode(), "compiling is deterministic");

    let model = FloatModel::new(&graph, dims, &scaling).unwrap();
    let documents = load(&sample.join("documents"));
    let samples = model.samples(documents.iter().map(|d| (d.view.as_slice(), d.label))).unwrap();
    let decision = Decision::on_raw_scores(&predicate, &model).unwrap();
    let figures = quality(&compiled, &decision, true, samples).unwrap();
    assert!(figures.documents >= 30, "{figures:?}");
    assert_eq!(figures.same_decision, figures.documents, "{figures:?}");
    assert_eq!(figures.same_top_class, Some(figures.documents), "{figures:?}");
}
