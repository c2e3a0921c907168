//! Whole models: compiled programs against float inference.

use std::path::{Path, PathBuf};

use super::onnx;
use super::predicate::Predicate;
use super::quality::{Decision, Quality, quality};
use super::quantize::{CompileOptions, Compiled, InputScaling, ViewDims, compile, table_entries};
use super::reference::{FloatModel, calibrate};

mod decisions;
mod hostile;
mod operators;
mod precision;

struct Document {
    view: Vec<u8>,
    label: Option<usize>,
}

fn load(folder: &Path) -> Vec<Document> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
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

fn measure(name: &str, predicate: Predicate) -> (Compiled, Quality) {
    let data = std::env::var_os("CANDOR_MNIST").expect("CANDOR_MNIST");
    let data = Path::new(&data);
    let bytes = std::fs::read(data.join(name)).unwrap();
    let graph = onnx::read(&bytes).unwrap();
    let dims = ViewDims { height: 28, width: 28, channels: 1 };
    let scaling = InputScaling::default();
    let calibration = load(&data.join("calibration"));
    let views = calibration.iter().map(|document| document.view.as_slice());
    let ranges = calibrate(&graph, dims, &scaling, views).unwrap();
    let options = CompileOptions {
        view: "image/gray-28x28".to_owned(),
        dims,
        scaling: scaling.clone(),
        predicate: predicate.clone(),
        ranges,
    };
    let start = std::time::Instant::now();
    let compiled = compile(&graph, &options).unwrap();
    let elapsed = start.elapsed();
    assert_eq!(
        compile(&graph, &options).unwrap().program.encode(),
        compiled.program.encode(),
        "the compiler is deterministic"
    );
    let model = FloatModel::new(&graph, dims, &scaling).unwrap();
    let documents = load(&data.join("documents"));
    let samples = model.samples(documents.iter().map(|d| (d.view.as_slice(), d.label))).unwrap();
    let decision = Decision::on_raw_scores(&predicate, &model).unwrap();
    let figures = quality(&compiled, &decision, true, samples).unwrap();
    println!(
        "{name}: {:?}, {} table entries, compiled in {elapsed:?}\n{figures:?}",
        compiled.precision,
        table_entries(&compiled.program),
    );
    for table in compiled.program.tables() {
        println!("  table from {}: {} entries", table.low, table.values.len());
    }
    (compiled, figures)
}

/// Figures over digits: `CANDOR_MNIST=FOLDER cargo test --lib
/// model::tests::mnist -- --ignored --nocapture`, where the folder holds the
/// models named below and PNG files in `calibration` and `documents`.
#[test]
#[ignore = "reads a folder that is not part of the project"]
fn mnist() {
    for model in ["mnist_cnn_s2.onnx", "mnist_mlp.onnx"] {
        let (_, figures) = measure(model, Predicate::match_class([7]));
        assert_eq!(figures.documents, 300);
        assert!(figures.same_top_class.unwrap() >= 299);
        assert!(figures.same_decision >= 299);
    }
}
