//! Classifiers of scikit-learn, XGBoost and LightGBM against their own libraries and onnxruntime.

use std::fs;
use std::path::Path;

use candor::model::float_bits::FiniteF64;
use candor::model::graph::Graph;
use candor::model::onnx;
use candor::model::predicate::Predicate;
use candor::model::quantize::{
    CompileError, CompileOptions, Compiled, InputScaling, PixelValues, ViewDims, compile,
};
use candor::model::reference::calibrate;
use serde_json::Value;

use crate::cases::descriptions;

const DIMS: ViewDims = ViewDims { height: 8, width: 8, channels: 1 };
/// A margin of at most this part of the range of the scores is close, where a model is not exact.
const CLOSE: f64 = 0.02;

/// A model, its documents and what others say of them.
pub(crate) struct Classifier {
    name: String,
    graph: Graph,
    scaling: InputScaling,
    exact: bool,
    documents: Vec<Vec<u8>>,
    scores: Vec<Vec<f64>>,
    labels: Vec<usize>,
    library: Vec<usize>,
}

/// Decisions compared, and those that differ.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) models: usize,
    pub(crate) decisions: usize,
    pub(crate) wrong: Vec<String>,
    /// Documents that others decide otherwise among themselves.
    pub(crate) disputed: usize,
}

/// The models of a folder.
pub(crate) fn read(folder: &Path) -> Vec<Classifier> {
    descriptions(folder).iter().map(|path| Classifier::read(path)).collect()
}

impl Classifier {
    fn read(path: &Path) -> Self {
        let about: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let graph = onnx::read(&fs::read(path.with_extension("onnx")).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let list = |key: &str| -> Vec<usize> {
            let list = about[key].as_array().unwrap().iter();
            list.map(|class| usize::try_from(class.as_u64().unwrap()).unwrap()).collect()
        };
        let names: Vec<&str> = about["classes"]
            .as_array()
            .map(|list| list.iter().map(|name| name.as_str().unwrap()).collect())
            .unwrap_or_default();
        // A single score is a decision function, which has no names.
        if graph.scores() == names.len() {
            assert_eq!(graph.classes, names, "{name}");
        }
        let mut scaling = InputScaling::default();
        if about["input"] == "--raw" {
            scaling.values = PixelValues::Raw;
        }
        let row =
            |row: &Value| row.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        Self {
            name,
            graph,
            scaling,
            exact: about["exact"].as_bool().unwrap(),
            documents: fs::read(path.with_extension("u8"))
                .unwrap()
                .chunks(DIMS.len())
                .map(<[u8]>::to_vec)
                .collect(),
            scores: about["scores"].as_array().unwrap().iter().map(row).collect(),
            labels: list("labels"),
            library: list("library"),
        }
    }

    fn compile(&self, predicate: Predicate) -> Result<Compiled, CompileError> {
        let views = self.documents.iter().map(Vec::as_slice);
        let ranges = calibrate(&self.graph, DIMS, &self.scaling, views).unwrap();
        let options = CompileOptions {
            view: "image/gray-8x8".to_owned(),
            dims: DIMS,
            scaling: self.scaling.clone(),
            predicate,
            ranges,
        };
        compile(&self.graph, &options)
    }

    /// Holds every class, and some thresholds, against the stored answers.
    pub(crate) fn check(&self, count: &mut Count) {
        count.models += 1;
        let scores = self.graph.scores();
        if scores > 1 {
            for class in 0..scores.min(4) {
                self.check_class(class, count);
            }
        }
        let mut seen: Vec<f64> = self.scores.iter().map(|row| row[0]).collect();
        seen.sort_by(f64::total_cmp);
        for at in [seen.len() / 4, seen.len() / 2, 3 * seen.len() / 4] {
            // Halfway between two scores: there runtimes agree.
            let Some(next) = seen.iter().copied().find(|score| *score > seen[at] + 1e-4) else {
                continue;
            };
            self.check_threshold(f64::midpoint(seen[at], next), count);
        }
    }

    fn check_class(&self, class: usize, count: &mut Count) {
        let compiled = self.compile(Predicate::match_class([u32::try_from(class).unwrap()]));
        let compiled = compiled.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let margins: Vec<f64> = self.scores.iter().map(|row| margin(row, class)).collect();
        let range = margins.iter().fold(f64::MIN_POSITIVE, |most: f64, m| most.max(m.abs()));
        for (at, document) in self.documents.iter().enumerate() {
            if !self.exact && margins[at].abs() <= CLOSE * range {
                continue;
            }
            let own = compiled.program.matches(document);
            let library = self.library[at] == class;
            let label = self.labels.get(at).map_or(library, |label| *label == class);
            count.decisions += 1;
            count.disputed += usize::from(label != library);
            if own != library && (self.exact || own != label) {
                count.wrong.push(format!(
                    "{} class {class} document {at}: {own}, library {library}, runtime {label}, scores {:?}",
                    self.name, self.scores[at]
                ));
            }
        }
    }

    fn check_threshold(&self, threshold: f64, count: &mut Count) {
        let above = FiniteF64::new(threshold).unwrap();
        let predicate = Predicate::MatchScore { index: 0, above };
        // A score after softmax has no threshold.
        let Ok(compiled) = self.compile(predicate) else { return };
        let lowest = self.scores.iter().map(|row| row[0]).fold(f64::MAX, f64::min);
        let highest = self.scores.iter().map(|row| row[0]).fold(f64::MIN, f64::max);
        for (at, document) in self.documents.iter().enumerate() {
            let score = self.scores[at][0];
            if !self.exact && (score - threshold).abs() <= CLOSE * (highest - lowest) {
                continue;
            }
            count.decisions += 1;
            if compiled.program.matches(document) != (score > threshold) {
                count.wrong.push(format!("{} above {threshold} document {at}: {score}", self.name));
            }
        }
    }
}

/// By how much a class is ahead of the others.
fn margin(scores: &[f64], class: usize) -> f64 {
    let others = scores.iter().enumerate().filter(|(other, _)| *other != class);
    scores[class] - others.map(|(_, score)| *score).fold(f64::MIN, f64::max)
}
