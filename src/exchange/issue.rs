//! The requester: compiles a model into a request, and measures how closely
//! the program follows it.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error::{Check, ExchangeError, Failure};
use super::files::{refuse_existing, write_folder};
use super::progress::Progress;
use super::request::{self, CheckedRequest, FORMAT, Quality, Request, compile_options, dims};
use super::text::{Element, Sha256Hex};
use super::{commitment, csv};
use crate::argument::plan::{Kind, Lane, Plan};
use crate::argument::shape::Shape;
use crate::corpus::commit::{CorpusError, read_document};
use crate::corpus::scan::{Found, scan};
use crate::corpus::views::ViewId;
use crate::files::read_capped;
use crate::model::float::{self, FloatModel, Sample};
use crate::model::onnx::{self, MAX_MODEL_BYTES};
use crate::model::predicate::Predicate;
use crate::model::program::Program;
use crate::model::quantize::{self, COMPILER_VERSION, InputScaling};

/// What `issue-request` is given.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The ONNX model.
    pub model: &'a Path,
    /// The view that the model reads.
    pub view: ViewId,
    /// The responder's `commitment.json`.
    pub commitment: &'a Path,
    /// Documents like those of the corpus, to find the ranges of values.
    pub calibration: &'a Path,
    /// How the view's bytes become the model's input.
    pub input: InputScaling,
    /// What is asked of the scores.
    pub predicate: Predicate,
    /// The folder to write; must not exist.
    pub out: &'a Path,
}

/// What `issue-request` did.
#[derive(Clone, Debug, Serialize)]
pub struct Issued {
    /// The request's digest.
    pub request: Sha256Hex,
    /// The root that it addresses.
    pub root: Element,
    /// How close program and model are on the calibration documents.
    pub quality: Quality,
    /// Calibration files that the view cannot read.
    pub unreadable: u64,
    /// What answering will cost.
    pub cost: Cost,
}

/// What a document costs the responder, from the program alone.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// Look-up rows a document.
    pub table_rows_per_document: usize,
    /// Hash rows a document.
    pub sbox_rows_per_document: usize,
    /// Product rows a document.
    pub product_rows_per_document: usize,
    /// Data columns a document, in a full batch.
    pub columns_per_document: f64,
    /// Milliseconds of proving a document on two cores of 2024, about.
    pub milliseconds_per_document: f64,
}

/// Milliseconds that a data column takes to prove on two cores, see
/// `docs/performance.md`.
const MILLISECONDS_PER_COLUMN: f64 = 9.0;

impl Cost {
    fn of(program: &Program) -> Result<Self, ExchangeError> {
        let refuse = |error| ExchangeError::input("model", error, "use a smaller model or view");
        let layout = Plan::choose(program, 1 << 20, None).map_err(refuse)?;
        let plan = Plan::new(program, 1 << 20, layout).map_err(refuse)?;
        let single = Lane::new(&Shape::of(program), 1);
        let columns = plan.lane.columns() as f64 / f64::from(plan.lane.copies);
        Ok(Self {
            table_rows_per_document: single.rows(Kind::Table),
            sbox_rows_per_document: single.rows(Kind::Sbox),
            product_rows_per_document: single.rows(Kind::Product),
            columns_per_document: columns,
            milliseconds_per_document: columns * MILLISECONDS_PER_COLUMN,
        })
    }
}

/// Compiles a model into a request.
///
/// # Errors
/// If something given cannot be used, or the request cannot be written.
pub fn issue(options: &Options<'_>, progress: &dyn Progress) -> Result<Issued, ExchangeError> {
    refuse_existing(options.out)?;
    let commitment = commitment::read(options.commitment)?;
    let view = options.view;
    if !commitment.header.views.contains(&view) {
        let views: Vec<_> = commitment.header.views.iter().map(ToString::to_string).collect();
        let problem = format!("the corpus was not committed under {view}");
        let advice = format!("choose one of its views: {}", views.join(", "));
        return Err(ExchangeError::file(options.commitment, problem, advice));
    }
    let model = read_capped(options.model, MAX_MODEL_BYTES as u64)?;
    let about_model = |error: &dyn std::fmt::Display| {
        ExchangeError::file(options.model, error, "see docs/user-guide.md for what models may hold")
    };
    let graph = onnx::read(&model).map_err(|error| about_model(&error))?;
    let documents = Documents::read(options.calibration, view, progress)?;
    let scales = float::calibrate(
        &model,
        &graph,
        dims(&view),
        &options.input,
        documents.views.iter().map(|(_, bytes)| bytes.as_slice()),
    )
    .map_err(|error| about_model(&error))?;
    progress.stage("compiling", 1);
    let compile = compile_options(&view, options.input.clone(), options.predicate.clone(), scales);
    let compiled = quantize::compile(&graph, &compile).map_err(|error| about_model(&error))?;
    let float = FloatModel::new(&model, &graph, dims(&view), &options.input)
        .map_err(|error| about_model(&error))?;
    let samples = documents.views.iter().map(|(_, view)| Sample { view, label: None });
    let quality = float::quality(&compiled, &float, &graph, &options.predicate, samples)
        .map_err(|error| about_model(&error))?;
    let cost = Cost::of(&compiled.program)?;
    let request = Request {
        format: FORMAT.to_owned(),
        compiler: COMPILER_VERSION,
        root: Element(commitment.root),
        header: Element(commitment.header.digest()),
        view,
        input: options.input.clone(),
        predicate: options.predicate.clone(),
        model_sha256: Sha256Hex(Sha256::digest(&model).into()),
        program_sha256: Sha256Hex(Sha256::digest(compiled.program.encode()).into()),
        quality: Quality {
            documents: quality.documents as u64,
            same_verdict: quality.same_verdict as u64,
            same_class: quality.same_top_class.map(|count| count as u64),
            matched: quality.program_matches as u64,
        },
        scales: compile.scales,
    };
    write_folder(options.out, |folder| {
        request::write(folder, &request, &model, &compiled.program)
    })?;
    Ok(Issued {
        request: Sha256Hex(request::digest(&request)),
        root: request.root,
        quality: request.quality,
        unreadable: documents.unreadable,
        cost,
    })
}

/// What `evaluate` found.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// The request's digest.
    pub request: Sha256Hex,
    /// Files that the view cannot read.
    pub unreadable: u64,
    /// Agreement of program and model, and accuracy where labelled.
    pub quality: float::Quality,
    /// What the predicate finds of what the labels say it should.
    pub retrieval: Option<Retrieval>,
    /// What answering will cost.
    pub cost: Cost,
}

/// Verdicts against labels: a labelled document is relevant if its class is one
/// of those that match.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Retrieval {
    /// Relevant documents.
    pub relevant: u64,
    /// Labelled documents that match.
    pub matched: u64,
    /// Both.
    pub relevant_and_matched: u64,
}

/// Where the true classes come from.
#[derive(Clone, Debug, Default)]
pub struct Labels<'a> {
    /// CSV `file,label`; without it, `…_label7.png` is of class 7.
    pub file: Option<&'a Path>,
    /// Names of the classes 0, 1, …; a label may also be a number.
    pub classes: &'a [String],
}

/// Measures a request on documents of the requester's own. Its root is not
/// checked: no commitment is needed.
///
/// # Errors
/// If something given cannot be used.
pub fn evaluate(
    request: &Path,
    documents: &Path,
    labels: &Labels<'_>,
    progress: &dyn Progress,
) -> Result<Evaluation, ExchangeError> {
    let checked = request::load_alone(request)?;
    let documents = Documents::read(documents, checked.request.view, progress)?;
    let labels = labels.read(&documents)?;
    let float = FloatModel::new(
        &checked.model,
        &checked.graph,
        dims(&checked.request.view),
        &checked.request.input,
    );
    let about_model = |error| {
        ExchangeError::Refused(Failure::new(
            Check::Request,
            "model.onnx",
            "a model that runs",
            error,
        ))
    };
    let float = float.map_err(about_model)?;
    let predicate = &checked.request.predicate;
    let samples = documents
        .views
        .iter()
        .zip(&labels)
        .map(|((_, view), label)| Sample { view, label: *label });
    progress.stage("evaluating", 1);
    let quality = float::quality(&checked.compiled, &float, &checked.graph, predicate, samples)
        .map_err(about_model)?;
    Ok(Evaluation {
        request: Sha256Hex(checked.digest),
        unreadable: documents.unreadable,
        quality,
        retrieval: retrieval(&checked, &documents, &labels),
        cost: Cost::of(&checked.program)?,
    })
}

fn retrieval(
    request: &CheckedRequest,
    documents: &Documents,
    labels: &[Option<usize>],
) -> Option<Retrieval> {
    let Predicate::MatchClass(classes) = &request.request.predicate else { return None };
    let mut retrieval = Retrieval::default();
    let mut labelled = false;
    for ((_, view), label) in documents.views.iter().zip(labels) {
        let Some(label) = *label else { continue };
        labelled = true;
        let relevant = classes.iter().any(|class| *class as usize == label);
        let matched = request.program.matches(view);
        retrieval.relevant += u64::from(relevant);
        retrieval.matched += u64::from(matched);
        retrieval.relevant_and_matched += u64::from(relevant && matched);
    }
    labelled.then_some(retrieval)
}

impl Labels<'_> {
    fn read(&self, documents: &Documents) -> Result<Vec<Option<usize>>, ExchangeError> {
        let Some(file) = self.file else {
            let of_name = |(name, _): &(String, Vec<u8>)| {
                let (stem, _) = name.rsplit_once('.').unwrap_or((name, ""));
                stem.rsplit_once("_label")?.1.parse().ok()
            };
            return Ok(documents.views.iter().map(of_name).collect());
        };
        let mut labels = BTreeMap::new();
        for (name, label) in csv::read_pairs(file, ["file", "label"])? {
            let class = self.classes.iter().position(|class| *class == label);
            let Some(class) = class.or_else(|| label.parse().ok()) else {
                let problem = format!("`{label}` is no class");
                let advice = "name the classes in order: --classes first,second,…";
                return Err(ExchangeError::file(file, problem, advice));
            };
            labels.insert(String::from_utf8_lossy(&name).into_owned(), class);
        }
        Ok(documents.views.iter().map(|(name, _)| labels.get(name).copied()).collect())
    }
}

/// The readable documents under a directory: relative path and view.
struct Documents {
    views: Vec<(String, Vec<u8>)>,
    unreadable: u64,
}

impl Documents {
    fn read(
        directory: &Path,
        view: ViewId,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        let files = scan(directory).map_err(CorpusError::from)?;
        progress.stage("reading documents", files.len() as u64);
        let read = |file: &Found| {
            let reading = read_document(&file.location)?;
            progress.advance(1);
            let name = String::from_utf8_lossy(&file.path).into_owned();
            let views = reading.canonicalise(&[view]).unwrap_or_default();
            Ok(views.into_iter().next().map(|view| (name, view)))
        };
        let found: Vec<Option<_>> =
            files.par_iter().map(read).collect::<Result<_, ExchangeError>>()?;
        let all = found.len();
        let views: Vec<_> = found.into_iter().flatten().collect();
        if views.is_empty() {
            let problem = format!("holds no document that {view} can read");
            return Err(ExchangeError::file(directory, problem, "give a directory of such files"));
        }
        let unreadable = (all - views.len()) as u64;
        Ok(Self { views, unreadable })
    }
}
