//! Classifiers with documents and the scores that onnxruntime gives them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use candor::corpus::ViewId;
use candor::exchange::formats::request::dims;
use candor::exchange::issue::{DEFAULT_AGREEMENT, program_for};
use candor::model::evaluate;
use candor::model::float_bits::FiniteF64;
use candor::model::graph::{Graph, Op, TensorRef};
use candor::model::onnx::{self, Reading};
use candor::model::predicate::Predicate;
use candor::model::quality::{CLOSE_PERCENT, Decision, quality};
use candor::model::quantize::{CompileOptions, InputScaling, PixelValues, ViewDims, compile};
use candor::model::reference::{FloatModel, calibrate};
use rayon::prelude::*;
use serde_json::Value;

/// A margin of at most this part of the range of the scores is close: a program
/// in whole numbers may decide otherwise, and one document of 24 may pass the gate so.
const CLOSE: f64 = CLOSE_PERCENT as f64 / 100.0;

/// A model, its documents, and the scores of each.
pub(crate) struct Case {
    name: String,
    model: Vec<u8>,
    view: String,
    dims: ViewDims,
    scaling: InputScaling,
    predicate: Predicate,
    documents: Vec<Vec<u8>>,
    scores: Vec<Vec<f64>>,
}

/// How a case ended.
enum Outcome {
    /// The documents that are not close, all decided as they should be.
    Right(usize),
    Refused(String),
    /// Documents decided otherwise, and the widest margin among them.
    Wrong(Vec<usize>, f64),
}

/// The files of a folder that describe cases, by name.
pub(crate) fn descriptions(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths
}

/// The cases of a folder, each `name.json` beside `name.onnx`, and beside `name.u8` unless it
/// names another file of documents.
pub(crate) fn random(folder: &Path) -> Vec<Case> {
    descriptions(folder)
        .iter()
        .map(|path| {
            let about: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            let named = about["documents"].as_str().map(|name| path.with_file_name(name));
            let bytes = fs::read(named.unwrap_or_else(|| path.with_extension("u8"))).unwrap();
            let documents = |dims: ViewDims| bytes.chunks(dims.len()).map(<[u8]>::to_vec).collect();
            let name = path.file_stem().unwrap().to_str().unwrap();
            case(name, fs::read(path.with_extension("onnx")).unwrap(), &about, documents)
        })
        .collect()
}

/// A case whose model is not in its folder.
pub(crate) fn of_model(description: &Path, model: &Path) -> Case {
    let about: Value = serde_json::from_slice(&fs::read(description).unwrap()).unwrap();
    let bytes = fs::read(description.with_extension("u8")).unwrap();
    let documents = |dims: ViewDims| bytes.chunks(dims.len()).map(<[u8]>::to_vec).collect();
    let name = description.file_stem().unwrap().to_str().unwrap();
    case(name, fs::read(model).unwrap(), &about, documents)
}

/// The field models, with the images of their documents.
pub(crate) fn field(folder: &Path) -> Vec<Case> {
    let expected: Value =
        serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    expected
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, about)| {
            let images = folder.join(about["documents"].as_str().unwrap());
            let mut paths: Vec<_> =
                fs::read_dir(images).unwrap().map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            let pixels = |path| image::open(path).unwrap().into_luma8().into_raw();
            let documents = |_| paths.iter().map(pixels).collect();
            let model = fs::read(folder.join(name).with_extension("onnx")).unwrap();
            let case = case(name, model, about, documents);
            case.agrees_with(about, &paths);
            case
        })
        .collect()
}

fn case(
    name: &str,
    model: Vec<u8>,
    about: &Value,
    documents: impl FnOnce(ViewDims) -> Vec<Vec<u8>>,
) -> Case {
    let view = about["view"].as_str().unwrap().to_owned();
    let dims = dims(&view.parse::<ViewId>().unwrap());
    let values = match about["input"].as_str() {
        Some("--raw") => PixelValues::Raw,
        Some("--preset imagenet") => PixelValues::Standardised {
            mean: [0.485, 0.456, 0.406].map(|mean| FiniteF64::new(mean).unwrap()).to_vec(),
            std: [0.229, 0.224, 0.225].map(|std| FiniteF64::new(std).unwrap()).to_vec(),
        },
        Some("b-128") => {
            let one = |value| vec![FiniteF64::new(value).unwrap()];
            let (mean, std) = (one(128.0 / 255.0), one(1.0 / 255.0));
            PixelValues::Standardised { mean, std }
        }
        _ => PixelValues::Unit,
    };
    let scaling = InputScaling { values, ..InputScaling::default() };
    let asked = &about["predicate"];
    let predicate = match asked["match_class"].as_u64() {
        Some(class) => Predicate::match_class([u32::try_from(class).unwrap()]),
        None => Predicate::MatchScore {
            index: u32::try_from(asked["match_score"].as_u64().unwrap()).unwrap(),
            above: FiniteF64::new(asked["above"].as_f64().unwrap()).unwrap(),
        },
    };
    let row = |row: &Value| row.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let scores = about["scores"].as_array().unwrap().iter().map(row).collect();
    let name = name.to_owned();
    Case { name, model, view, dims, scaling, predicate, documents: documents(dims), scores }
}

impl Case {
    /// The model, sizes that it leaves open as the view has them.
    fn graph(&self) -> Result<Graph, String> {
        let read = || {
            let ends = onnx::ends_of(&self.model, None)?;
            let input_shape = self.dims.shape_of(&ends.input);
            onnx::read_as(&self.model, &Reading { input_shape, ..Reading::default() })
        };
        read().map_err(|error| error.to_string())
    }

    /// By how much each document matches or fails to, as a part of the range of
    /// the scores: above zero if it matches.
    fn margins(&self) -> Vec<f64> {
        let range = |values: &mut dyn Iterator<Item = f64>| {
            let (low, high) = values.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
            (high - low).max(f64::MIN_POSITIVE)
        };
        match &self.predicate {
            Predicate::MatchScore { index, above } => {
                let score = |row: &Vec<f64>| row[*index as usize];
                let range = range(&mut self.scores.iter().map(score));
                self.scores.iter().map(|row| (score(row) - above.get()) / range).collect()
            }
            Predicate::MatchClass(classes) => {
                // What all scores of a document share decides nothing.
                let level = |row: &Vec<f64>| row.iter().sum::<f64>() / row.len() as f64;
                let range = range(
                    &mut self.scores.iter().flat_map(|row| row.iter().map(|v| v - level(row))),
                );
                let greatest = |row: &Vec<f64>, matching: bool| {
                    let of = |(at, _): &(usize, &f64)| classes.contains(&(*at as u32)) == matching;
                    row.iter().enumerate().filter(of).map(|(_, v)| *v).fold(f64::MIN, f64::max)
                };
                let margin = |row| (greatest(row, true) - greatest(row, false)) / range;
                self.scores.iter().map(margin).collect()
            }
        }
    }

    /// The stored lists of matching and of close documents follow from the
    /// stored scores.
    fn agrees_with(&self, about: &Value, paths: &[std::path::PathBuf]) {
        let listed = |key: &str, path: &std::path::Path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            about[key].as_array().unwrap().iter().any(|entry| entry == name)
        };
        for (path, margin) in paths.iter().zip(self.margins()) {
            if listed("close", path) {
                assert!(margin.abs() <= CLOSE, "{}: {margin}", self.name);
            } else {
                assert_eq!(listed("matches", path), margin > 0.0, "{}: {path:?}", self.name);
            }
        }
    }

    /// What the model is given for a document, computed apart from the library's own map.
    fn input(&self, document: &[u8], shape: &[usize]) -> Vec<f64> {
        if self.dims.holds_tokens() {
            return document
                .as_chunks()
                .0
                .iter()
                .map(|id| u16::from_le_bytes(*id).into())
                .collect();
        }
        let channels = self.dims.channels;
        let scaled = |at: usize| {
            let byte = f64::from(document[at]);
            match &self.scaling.values {
                PixelValues::Raw => byte,
                PixelValues::Unit => byte / 255.0,
                PixelValues::Standardised { mean, std } => {
                    (byte / 255.0 - mean[at % channels].get()) / std[at % channels].get()
                }
            }
        };
        if shape.get(1) == Some(&channels) && shape.len() == 4 {
            let pixels = document.len() / channels;
            let of = |channel| (0..pixels).map(move |pixel| pixel * channels + channel);
            (0..channels).flat_map(of).map(scaled).collect()
        } else {
            (0..document.len()).map(scaled).collect()
        }
    }

    /// The same with fewer documents.
    pub(crate) fn with(mut self, documents: usize) -> Self {
        self.documents.truncate(documents);
        self.scores.truncate(documents);
        self
    }

    /// By how much the scores of the graph, evaluated by definition, differ from
    /// the stored ones at most, as a part of their size. `raw` are those before a
    /// softmax.
    pub(crate) fn graph_differs(&self, raw: bool) -> Result<f64, String> {
        let graph = self.graph()?;
        let mut tensor = graph.output;
        while let TensorRef::Node(index) = tensor
            && raw
            && matches!(graph.nodes[index].op, Op::Reshape | Op::Softmax(_))
        {
            tensor = graph.nodes[index].inputs[0];
        }
        let mut most: f64 = 0.0;
        let size = self.scores.iter().flatten().fold(f64::MIN_POSITIVE, |m, v| m.max(v.abs()));
        for (document, scores) in self.documents.iter().zip(&self.scores) {
            let own = evaluate::tensor(&graph, self.input(document, &graph.input.shape), tensor);
            assert_eq!(own.len(), scores.len(), "{}", self.name);
            for (found, expected) in own.iter().zip(scores) {
                most = most.max((found - expected).abs() / size);
            }
        }
        Ok(most)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn run(&self) -> Outcome {
        match self.decisions() {
            Err(reason) => Outcome::Refused(reason),
            Ok(decisions) => {
                let margins = self.margins();
                let wide = |at: &usize| margins[*at].abs() > CLOSE;
                let clear = (0..margins.len()).filter(wide);
                let wrong: Vec<usize> =
                    clear.clone().filter(|at| decisions[*at] != (margins[*at] > 0.0)).collect();
                match wrong.iter().map(|at| margins[*at].abs()).reduce(f64::max) {
                    None => Outcome::Right(clear.count()),
                    Some(widest) => Outcome::Wrong(wrong, widest),
                }
            }
        }
    }

    /// The program's decision on each document; `Err` if reader, compiler or
    /// gate refuse. Where the gate refuses the first program, there is the one that
    /// `issue-request` searches for.
    fn decisions(&self) -> Result<Vec<bool>, String> {
        let graph = self.graph()?;
        let views = || self.documents.iter().map(Vec::as_slice);
        let ranges = calibrate(&graph, self.dims, &self.scaling, views())
            .map_err(|error| error.to_string())?;
        let options = CompileOptions {
            view: self.view.clone(),
            dims: self.dims,
            scaling: self.scaling.clone(),
            predicate: self.predicate.clone(),
            ranges,
        };
        let compiled = compile(&graph, &options).map_err(|error| error.to_string())?;
        let model = FloatModel::new(&graph, self.dims, &self.scaling).unwrap();
        let samples = model.samples(views().map(|view| (view, None))).unwrap();
        let decision = Decision::on_raw_scores(&self.predicate, &model).unwrap();
        let quality = quality(&compiled, &decision, true, samples.iter().cloned()).unwrap();
        let (compiled, quality) = match quality.passes(DEFAULT_AGREEMENT) {
            true => (compiled, quality),
            false => program_for(&graph, options, &model, &samples, &decision, DEFAULT_AGREEMENT)
                .map_err(|error| error.to_string())?,
        };
        if !quality.passes(DEFAULT_AGREEMENT) {
            return Err(format!(
                "by the gate: the same decision on {}, top class on {:?} of {}, {} clear ones missed",
                quality.same_decision,
                quality.same_top_class,
                quality.documents,
                quality.clear_disagreements()
            ));
        }
        Ok(self.documents.iter().map(|document| compiled.program.matches(document)).collect())
    }
}

/// The outcomes of many cases.
pub(crate) struct Table(Vec<(String, Outcome)>);

impl Table {
    pub(crate) fn of(cases: Vec<Case>) -> Self {
        Self(cases.into_par_iter().map(|case| (case.name.clone(), case.run())).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn refused(&self) -> usize {
        self.refusals().count()
    }

    /// The names of the models that are refused, and why.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, outcome)| match outcome {
            Outcome::Refused(reason) => Some((name.as_str(), reason.as_str())),
            _ => None,
        })
    }

    pub(crate) fn wrong(&self) -> usize {
        self.0.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Wrong(..))).count()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut clear = 0;
        for (name, outcome) in &self.0 {
            match outcome {
                Outcome::Right(documents) => clear += documents,
                Outcome::Refused(reason) => writeln!(f, "{name} is refused: {reason}")?,
                Outcome::Wrong(documents, widest) => writeln!(
                    f,
                    "{name} is wrong on documents {documents:?}, by up to {widest:.3} of the range"
                )?,
            }
        }
        let (wrong, refused) = (self.wrong(), self.refused());
        write!(
            f,
            "{} models: {} right ({clear} documents that are not close), {refused} refused, {wrong} wrong",
            self.len(),
            self.len() - wrong - refused,
        )
    }
}
