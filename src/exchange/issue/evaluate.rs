//! Measures a request on documents of the requester's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::classes::Names;
use super::documents::Documents;
use super::layers::{self, Layer};
use super::retrieval::{Confusion, Relevant, Retrieval, confusion};
use super::scores_out;
use super::sweep::Sweep;
use crate::corpus::views::Vocabularies;
use crate::exchange::cost::Cost;
use crate::exchange::error::{Check, ExchangeError, Failure};
use crate::exchange::folder::refuse_existing;
use crate::exchange::formats::csv;
use crate::exchange::formats::request::{self, CheckedRequest, dims};
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::progress::Progress;
use crate::exchange::vocabularies;
use crate::model::quality::{self, Decision, Outcome, Sample};
use crate::model::quantize::{Link, raw_scores};
use crate::model::reference::{FloatError, FloatModel};

/// What `evaluate` is given.
#[derive(Clone, Copy, Debug)]
pub struct EvaluateOptions<'a> {
    /// The request's folder.
    pub request: &'a Path,
    /// Documents of the requester's own.
    pub documents: &'a Path,
    /// What a view of tokens reads by.
    pub vocabularies: &'a Vocabularies,
    /// Their true classes.
    pub labels: Labels<'a>,
    /// A CSV file of what another runtime gave for the same tensors: `file`, then one
    /// column for each score of the model's output. Without it the program is held
    /// against Candor's own evaluation of the model.
    pub scores: Option<&'a Path>,
    /// A CSV file to write, with the scores of every document; must not exist.
    pub scores_out: Option<&'a Path>,
    /// Whether to say what other thresholds would release.
    pub sweep: bool,
    /// How many of the documents nearest the border of the decision to name.
    pub nearest: usize,
}

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
    /// What the program makes of the documents of each label.
    pub confusion: Vec<Confusion>,
    /// What other thresholds would release, if that was asked for.
    pub sweep: Option<Sweep>,
    /// What each layer costs, and what its range cuts off of these documents.
    pub layers: Vec<Layer>,
    /// The list of scores, if it was asked for.
    pub scores_out: Option<PathBuf>,
    /// What answering will cost.
    pub cost: Cost,
    /// What is asked.
    #[serde(skip)]
    pub asked: CheckedRequest,
    /// What other thresholds would release, if nearest documents were asked for and the
    /// request can be put as a threshold.
    #[serde(skip)]
    pub curve: Option<Sweep>,
    /// The documents nearest the border, the nearest first.
    #[serde(skip)]
    pub nearest: Vec<Nearest>,
}

/// A document near the border of the decision.
#[derive(Clone, Debug)]
pub struct Nearest {
    /// Its path under the folder.
    pub file: String,
    /// Where it stands.
    pub location: PathBuf,
    /// Its true class, if known.
    pub label: Option<usize>,
    /// Whether it matches by the model.
    pub by_model: bool,
    /// Whether it matches by the program.
    pub by_program: bool,
    /// What the model's scores would have to change by for the other decision, as a part
    /// of the range of scores.
    pub margin: f64,
}

/// Where the true classes come from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Labels<'a> {
    /// CSV `file,label`; without it, `…_label7.png` is of class 7.
    pub file: Option<&'a Path>,
    /// Names of the classes 0, 1, …; a label may also be a number. If there are none, the
    /// model's own are taken.
    pub classes: &'a [String],
}

/// Measures a request on documents of the requester's own. Its root is not
/// checked: no commitment is needed.
///
/// # Errors
/// If something given cannot be used, or the list of scores cannot be written.
pub fn evaluate(
    options: &EvaluateOptions<'_>,
    progress: &dyn Progress,
) -> Result<Evaluation, ExchangeError> {
    let path = options.request;
    if let Some(out) = options.scores_out {
        refuse_existing(out)?;
    }
    let checked = request::load_alone(path)?;
    let model = checked.model.as_ref().and_then(|model| Some((model, model.graph.as_ref()?)));
    let Some((classifier, (model, graph))) = checked.request.classifier().zip(model) else {
        let advice = "`evaluate` measures requests of `issue-request --model`";
        return Err(ExchangeError::file(path, "is a search, not a model", advice));
    };
    let view = vocabularies::view(checked.request.view, options.vocabularies)?;
    let said = &model.said;
    vocabularies::check_said(path, said, &view)?;
    let documents = Documents::read(options.documents, &view, progress)?;
    let labels = options.labels.read(&documents, Names::of(said, graph).list)?;
    let scores = options.scores;
    let scores = scores.map(|file| outside_scores(file, &documents, graph.scores())).transpose()?;
    let about_model = |error: FloatError| {
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
    let (_, link) = raw_scores(graph);
    let measure = || {
        let float = FloatModel::new(graph, dims(&checked.request.view), &classifier.input)?;
        let (quality, outcomes) = match scores {
            None => {
                progress.stage("evaluating the model", count);
                let views = labelled.map(|((_, view), label)| (view.as_slice(), *label));
                let samples = float.samples(views.inspect(|_| tick()))?;
                let decision = Decision::on_raw_scores(predicate, &float)?;
                progress.stage("running the program", count);
                let samples = samples.into_iter().inspect(|_| tick());
                quality::measure(&model.compiled, &decision, true, samples)?
            }
            Some(ref scores) => {
                progress.stage("running the program", count);
                let samples = labelled.zip(scores).inspect(|_| tick());
                let samples = samples.map(|(((_, view), label), scores)| Sample {
                    view,
                    label: *label,
                    scores: scores.clone(),
                });
                let decision = Decision::on_output(predicate);
                quality::measure(&model.compiled, &decision, link == Link::None, samples)?
            }
        };
        let views = documents.views.iter().map(|(_, view)| view.as_slice());
        let (compiled, ranges) = (&model.compiled, &classifier.ranges);
        let layers = layers::layers(graph, compiled, &float, ranges, views)?;
        Ok::<_, FloatError>((quality, outcomes, layers))
    };
    let (quality, outcomes, layers) = measure().map_err(about_model)?;
    let relevant = Relevant::of(predicate, graph.scores());
    // Scores of another runtime are those after a sigmoid already.
    let link = if scores.is_some() && link == Link::Sigmoid { Link::None } else { link };
    let swept = || Sweep::of(predicate, link, &relevant, &outcomes);
    let (sweep, curve) = (options.sweep.then(swept), (options.nearest > 0).then(swept));
    if let Some(out) = options.scores_out {
        scores_out::write(out, &documents, &outcomes)?;
    }
    Ok(Evaluation {
        request: Sha256Hex(checked.digest),
        unreadable: documents.unreadable,
        quality,
        disagreement_accepted: classifier.quality.disagreement_accepted,
        retrieval: Retrieval::of(&relevant, &outcomes),
        confusion: confusion(&outcomes),
        sweep: sweep.transpose()?,
        layers,
        scores_out: options.scores_out.map(Path::to_owned),
        cost: Cost::of(&checked.program)?,
        curve: curve.and_then(Result::ok),
        nearest: nearest(&documents, &outcomes, options.nearest),
        asked: checked,
    })
}

/// The documents with the smallest margins; of equal ones, in the order of their paths.
fn nearest(documents: &Documents, outcomes: &[Outcome], most: usize) -> Vec<Nearest> {
    let all = documents.views.iter().zip(&documents.locations).zip(outcomes);
    let mut all: Vec<_> = all.collect();
    all.sort_by(|(one, outcome), (other, next)| {
        outcome.margin.total_cmp(&next.margin).then_with(|| one.0.0.cmp(&other.0.0))
    });
    let mut nearest = Vec::new();
    for (((file, _), location), outcome) in all.into_iter().take(most) {
        nearest.push(Nearest {
            file: file.clone(),
            location: location.clone(),
            label: outcome.label,
            by_model: outcome.by_model,
            by_program: outcome.by_program,
            margin: outcome.margin,
        });
    }
    nearest
}

impl Labels<'_> {
    fn read(
        &self,
        documents: &Documents,
        named: &[String],
    ) -> Result<Vec<Option<usize>>, ExchangeError> {
        let classes = if self.classes.is_empty() { named } else { self.classes };
        let Some(file) = self.file else {
            let of_name = |(name, _): &(String, Vec<u8>)| {
                let (stem, _) = name.rsplit_once('.').unwrap_or((name, ""));
                stem.rsplit_once("_label")?.1.parse().ok()
            };
            return Ok(documents.views.iter().map(of_name).collect());
        };
        let mut labels = BTreeMap::new();
        for (name, label) in csv::read_pairs(file, ["file", "label"])? {
            let class = classes.iter().position(|class| *class == label);
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
