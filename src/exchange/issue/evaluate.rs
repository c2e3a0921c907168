//! Measures a request on documents of the requester's own.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::documents::Documents;
use crate::exchange::cost::Cost;
use crate::exchange::error::{Check, ExchangeError, Failure};
use crate::exchange::formats::csv;
use crate::exchange::formats::request::{self, CheckedRequest, dims};
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::progress::Progress;
use crate::model::predicate::Predicate;
use crate::model::quality::{self, Decision, Sample};
use crate::model::quantize::{Link, raw_scores};
use crate::model::reference::FloatModel;

/// What `evaluate` found.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// The request's digest.
    pub request: Sha256Hex,
    /// Files that the view cannot read.
    pub unreadable: u64,
    /// Agreement of program and model, and accuracy where labelled.
    pub quality: quality::Quality,
    /// The request was issued although program and model disagreed.
    pub disagreement_accepted: bool,
    /// What the predicate finds of what the labels say it should.
    pub retrieval: Option<Retrieval>,
    /// What answering will cost.
    pub cost: Cost,
}

/// Decisions against labels: a labelled document is relevant if its class is one
/// of those that match.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Retrieval {
    /// Relevant documents.
    pub relevant: u64,
    /// Labelled documents that match.
    pub matching: u64,
    /// Both.
    pub relevant_and_matching: u64,
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
/// `scores` is a CSV file of what another runtime gave for the same tensors:
/// `file`, then one column for each score of the model's output. Without it
/// the program is held against Candor's own evaluation of the model.
///
/// # Errors
/// If something given cannot be used.
pub fn evaluate(
    request: &Path,
    documents: &Path,
    labels: &Labels<'_>,
    scores: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Evaluation, ExchangeError> {
    let path = request;
    let checked = request::load_alone(path)?;
    let Some((classifier, model)) = checked.request.classifier().zip(checked.model.as_ref()) else {
        let advice = "`evaluate` measures requests of `issue-request --model`";
        return Err(ExchangeError::file(path, "is a search, not a model", advice));
    };
    let documents = Documents::read(documents, checked.request.view, progress)?;
    let labels = labels.read(&documents)?;
    let scores =
        scores.map(|file| outside_scores(file, &documents, model.graph.scores())).transpose()?;
    let about_model = |error| {
        ExchangeError::Refused(Failure::new(
            Check::Request,
            "model.onnx",
            "a model that runs",
            error,
        ))
    };
    let predicate = &classifier.predicate;
    let labelled = documents.views.iter().zip(&labels);
    let count = documents.views.len() as u64;
    let tick = || progress.advance(1);
    let measure = || match scores {
        None => {
            let float =
                FloatModel::new(&model.graph, dims(&checked.request.view), &classifier.input)?;
            progress.stage("evaluating the model", count);
            let views = labelled.map(|((_, view), label)| (view.as_slice(), *label));
            let samples = float.samples(views.inspect(|_| tick()))?;
            let decision = Decision::on_raw_scores(predicate, &float)?;
            progress.stage("running the program", count);
            let samples = samples.into_iter().inspect(|_| tick());
            quality::quality(&model.compiled, &decision, true, samples)
        }
        Some(ref scores) => {
            progress.stage("running the program", count);
            let samples = labelled.zip(scores).inspect(|_| tick());
            let samples = samples.map(|(((_, view), label), scores)| Sample {
                view,
                label: *label,
                scores: scores.clone(),
            });
            let (_, link) = raw_scores(&model.graph);
            let decision = Decision::on_output(predicate);
            quality::quality(&model.compiled, &decision, link == Link::None, samples)
        }
    };
    let quality = measure().map_err(about_model)?;
    Ok(Evaluation {
        request: Sha256Hex(checked.digest),
        unreadable: documents.unreadable,
        quality,
        disagreement_accepted: classifier.quality.disagreement_accepted,
        retrieval: retrieval(&checked, &documents, &labels),
        cost: Cost::of(&checked.program)?,
    })
}

fn retrieval(
    request: &CheckedRequest,
    documents: &Documents,
    labels: &[Option<usize>],
) -> Option<Retrieval> {
    let Predicate::MatchClass(classes) = &request.request.classifier()?.predicate else {
        return None;
    };
    let mut retrieval = Retrieval::default();
    let mut labelled = false;
    for ((_, view), label) in documents.views.iter().zip(labels) {
        let Some(label) = *label else { continue };
        labelled = true;
        let relevant = classes.iter().any(|class| *class as usize == label);
        let matched = request.program.matches(view);
        retrieval.relevant += u64::from(relevant);
        retrieval.matching += u64::from(matched);
        retrieval.relevant_and_matching += u64::from(relevant && matched);
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
                let problem = format!("`{label}` is not a class");
                let advice = "name the classes in order: --classes first,second,…";
                return Err(ExchangeError::file(file, problem, advice));
            };
            labels.insert(documents.name_of(&name), class);
        }
        Ok(documents.views.iter().map(|(name, _)| labels.get(name).copied()).collect())
    }
}

/// The scores of each document, in the order of the documents.
fn outside_scores(
    file: &Path,
    documents: &Documents,
    count: usize,
) -> Result<Vec<Vec<f64>>, ExchangeError> {
    let mut rows = BTreeMap::new();
    for (line, (name, scores)) in csv::read_rows(file, "file", count)?.into_iter().enumerate() {
        let parsed = scores
            .iter()
            .map(|score| score.trim().parse::<f64>().ok().filter(|score| score.is_finite()));
        let Some(scores) = parsed.collect::<Option<Vec<f64>>>() else {
            let problem = format!("row {} holds something that is not a finite number", line + 2);
            return Err(ExchangeError::file(file, problem, "write scores as decimal numbers"));
        };
        let name = documents.name_of(name.as_bytes());
        if rows.insert(name.clone(), scores).is_some() {
            let advice = "give one row for each document";
            return Err(ExchangeError::file(file, format!("{name} is listed twice"), advice));
        }
    }
    let of = |(name, _): &(String, Vec<u8>)| {
        rows.remove(name).ok_or_else(|| {
            let problem = format!("there is no row for {name}");
            let advice = "score every document that `requester featurize` gives a row";
            ExchangeError::file(file, problem, advice)
        })
    };
    let scores = documents.views.iter().map(of).collect::<Result<_, _>>()?;
    match rows.into_keys().next() {
        None => Ok(scores),
        Some(name) => {
            let problem = format!("{name} is not a document that the view reads");
            let advice = "give the documents that were scored, and paths relative to their folder";
            Err(ExchangeError::file(file, problem, advice))
        }
    }
}
