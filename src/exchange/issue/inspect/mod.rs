//! What a model needs, and whether it can be compiled: before there is a commitment, and
//! without documents if need be.

mod made_up;
#[cfg(test)]
mod tests;
mod text;
mod views;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::classes::{self, Class, Names};
use super::documents::Documents;
use super::draft::{ModelQuestion, Worked};
use super::gate::DEFAULT_AGREEMENT;
use super::layers::{self, Layer};
use super::model;
use super::tuning;
use super::wishes::{Given, Setting, Settled, Wishes, chosen};
use crate::corpus::views::{ViewId, Vocabularies};
use crate::exchange::cost::{Cost, Prediction};
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::request::{compile_options, dims};
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::progress::Progress;
use crate::exchange::vocabularies;
use crate::model::graph::Graph;
use crate::model::onnx::{
    self, Description, Metadata, OnnxError, OperatorUse, Reading, Refusals, Survey,
};
use crate::model::quality::Quality;
use crate::model::quantize::{Compiled, Precision, table_entries};
use crate::model::reference::{FloatError, calibrate};
use crate::printable::printable;

/// What `inspect` is given.
#[derive(Clone, Debug)]
pub struct InspectOptions<'a> {
    /// The ONNX model.
    pub model: &'a Path,
    /// What the model leaves open: which output has the scores, how large the input is.
    pub reading: Reading,
    /// View, scaling and what matches, as far as they are given.
    pub given: Given<'a>,
    /// Documents like those of the corpus; without them, ranges are those of made-up ones.
    pub calibration: Option<&'a Path>,
    /// What a view of tokens reads by.
    pub vocabularies: Vocabularies,
    /// Documents for which the time is predicted.
    pub documents: u64,
}

/// What a model needs.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// It can be made into a request.
    pub compiles: bool,
    /// Bytes of the file, with the weights beside it.
    pub bytes: u64,
    /// The digest of the file with all weights inside, as a request records it.
    pub sha256: Sha256Hex,
    /// What the file holds.
    pub file: Description,
    /// Files beside it that hold weights.
    pub beside: Vec<Beside>,
    /// What it says of itself.
    pub says: Vec<Said>,
    /// The output that has the scores.
    pub output: Option<String>,
    /// The classes that it names, and those that match if that is said.
    pub classes: Vec<Class>,
    /// Its operators, by name.
    pub operators: Vec<Operator>,
    /// What is not supported.
    pub refused: Refusals,
    /// Views that fit the input, the likeliest first.
    pub views: Vec<ViewId>,
    /// What the figures are about, and where it comes from.
    pub settings: Vec<Setting>,
    /// The program; `None` if there is none, and then no figures either.
    pub compiled: Option<Foretold>,
    /// How close program and model are on the calibration documents, if there are any.
    pub quality: Option<Quality>,
    /// What each layer costs.
    pub layers: Vec<Layer>,
    /// What answering will cost.
    pub cost: Option<Cost>,
    /// What it will take for so many documents.
    pub predicted: Option<Prediction>,
}

/// A file beside a model.
#[derive(Clone, Debug, Serialize)]
pub struct Beside {
    /// Its path, relative to the model's folder.
    pub file: String,
    /// Bytes taken from it.
    pub bytes: u64,
}

/// An entry of a model's metadata.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    /// The key, `candor.` included.
    pub key: String,
    /// The value.
    pub value: String,
}

/// An operator of a model.
#[derive(Clone, Debug, Serialize)]
pub struct Operator {
    /// Its uses.
    #[serde(flatten)]
    pub uses: OperatorUse,
    /// None of them is refused.
    pub supported: bool,
    /// Elements that it computes of one document; 0 if it is a constant, or nothing.
    pub elements: u64,
    /// Rows that these take in the program; `None` without one.
    pub rows: Option<u64>,
}

/// A program before there is a request.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Foretold {
    /// Where the ranges of values come from: `calibration` or `made up`.
    pub ranges: &'static str,
    /// Levels and shift.
    pub precision: Precision,
    /// Entries of all tables.
    pub table_entries: i64,
    /// Programs that the search ran on the calibration documents to find this one; `None`
    /// without them: it is the one that a search begins with.
    pub tried: Option<u64>,
}

/// A program with all that is told of it.
struct Figures {
    compiled: Compiled,
    searched: Option<Searched>,
    layers: Vec<Layer>,
    cost: Cost,
    predicted: Prediction,
}

/// Looks at a model. What is not supported of it is in the report, and no error.
///
/// # Errors
/// If the file cannot be read or is no ONNX model, or an option makes no sense.
pub fn inspect(
    options: &InspectOptions<'_>,
    progress: &dyn Progress,
) -> Result<Inspection, ExchangeError> {
    let path = options.model;
    let about = |error: OnnxError| model::about(path, &error);
    let own = model::file(path)?;
    let file = onnx::describe(&own).map_err(about)?;
    let says = Metadata::told(&own).map_err(about)?;
    let mut refused = Refusals::default();
    let mut beside = BTreeMap::new();
    let bytes = match model::whole(path, own.clone(), &mut beside) {
        Ok(bytes) => bytes,
        Err(error) => {
            refused.extend(error.refusals().ok_or_else(|| about(error))?, |_| true);
            own
        }
    };
    let taken_in = refused.list.is_empty();
    let said = Metadata::of(&bytes).or_else(|error| {
        refused.extend(error.refusals().ok_or_else(|| about(error))?, |_| true);
        Ok::<_, ExchangeError>(Metadata::default())
    })?;
    let wishes = Wishes { model: path, given: &options.given, said: &said };
    let ends = onnx::ends_of(&bytes, options.reading.output.as_deref()).ok();
    let views = ends.as_ref().map(views::fitting).unwrap_or_default();
    let guess = views.first().map(|view| chosen(*view, GUESS));
    let view = wishes.view()?.or(guess);
    let reading = match (&ends, &view) {
        (Some(ends), Some((view, _))) => {
            let padding = options.vocabularies.padding(view);
            model::reading(ends, view, &Reading { padding, ..options.reading.clone() })
        }
        _ => options.reading.clone(),
    };
    let Survey { graph, operators } = onnx::survey(&bytes, &reading);
    let mut found = Found { settings: Vec::new(), classes: Vec::new(), figures: None };
    match (&graph, view) {
        (Err(error), view) => {
            let list = error.refusals().ok_or_else(|| about(error.clone()))?;
            // Weights that were not taken in are told already.
            refused.extend(list, |one| taken_in || one.operator.is_some() || one.places.is_empty());
            found.settings.extend(view.map(|(_, setting)| setting));
        }
        (Ok(graph), None) => {
            let problem = format!("no view has the shape of its input, {:?}", graph.input.shape);
            let advice = "use a model that reads a picture with one or three channels, or a row of text; see docs/user-guide.md";
            refused.add(&problem, advice);
        }
        (Ok(graph), Some(view)) => {
            let settled = settled(&wishes, view, graph)?;
            found.classes = classes::asked(&settled.predicate, Names::of(&said, graph));
            if !wishes.asks() {
                found.classes.retain(|class| class.name.is_some());
                found.classes.iter_mut().for_each(|class| class.matches = false);
            }
            found.settings.clone_from(&settled.settings);
            // What the file leaves open was told before.
            if refused.list.is_empty() {
                match foretold(options, &settled, graph, progress)? {
                    Ok(figures) => found.figures = Some(figures),
                    Err((problem, advice)) => refused.add(&problem, &advice),
                }
            }
        }
    }
    let figures = found.figures.as_ref();
    let compiled = figures.map(|figures| &figures.compiled);
    let count = |uses| Operator::of(uses, graph.as_ref().ok(), compiled);
    let operators = operators.into_iter().map(count).collect();
    let said =
        |(key, value): (String, String)| Said { key: printable(&key), value: printable(&value) };
    let in_file = |(file, bytes): (String, u64)| Beside { file: printable(&file), bytes };
    Ok(Inspection {
        compiles: figures.is_some(),
        bytes: bytes.len() as u64,
        sha256: Sha256Hex(Sha256::digest(&bytes).into()),
        file,
        beside: beside.into_iter().map(in_file).collect(),
        says: says.into_iter().map(said).collect(),
        output: ends.map(|ends| printable(&ends.output)),
        classes: found.classes,
        operators,
        refused,
        views,
        settings: found.settings,
        compiled: figures.map(Foretold::of),
        cost: figures.map(|figures| figures.cost),
        predicted: figures.map(|figures| figures.predicted),
        quality: figures.and_then(|figures| Some(figures.searched.as_ref()?.quality.clone())),
        layers: found.figures.map(|figures| figures.layers).unwrap_or_default(),
    })
}

const GUESS: &str = "guess";

/// What reading the model led to.
struct Found {
    settings: Vec<Setting>,
    classes: Vec<Class>,
    figures: Option<Figures>,
}

/// What is asked; of a model that does not say, for its first class.
fn settled(
    wishes: &Wishes<'_>,
    view: (ViewId, Setting),
    graph: &Graph,
) -> Result<Settled, ExchangeError> {
    if wishes.asks() {
        return wishes.settled(view, graph);
    }
    let first = ["index:0".to_owned()];
    let given = match graph.scores() {
        1 => Given { match_score: Some("index:0"), above: Some(0.5), ..*wishes.given },
        _ => Given { match_class: &first, ..*wishes.given },
    };
    let mut settled = Wishes { given: &given, ..*wishes }.settled(view, graph)?;
    for setting in settled.settings.iter_mut().filter(|setting| setting.what == "matches") {
        setting.from = GUESS;
    }
    Ok(settled)
}

/// A problem, and what to do.
type Refused = (String, String);

/// The program that a model becomes, or why it becomes none.
fn foretold(
    options: &InspectOptions<'_>,
    settled: &Settled,
    graph: &Graph,
    progress: &dyn Progress,
) -> Result<Result<Figures, Refused>, ExchangeError> {
    let found = match options.calibration {
        Some(folder) => {
            let view = vocabularies::view(settled.view, &options.vocabularies)?;
            let documents = Documents::read(folder, &view, progress)?;
            measured(options, settled, graph, (folder, &documents), progress)
        }
        None => {
            progress.stage("compiling", 1);
            unmeasured(settled, graph)
        }
    };
    let (compiled, searched, layers) = match found {
        Ok(found) => found,
        Err(error) => {
            let advice = match options.calibration {
                Some(_) => "see docs/models.md for what models may hold",
                // Their ranges may be too narrow.
                None => "the documents were made up: give real ones with --calibration",
            };
            return Ok(Err((error.to_string(), advice.to_owned())));
        }
    };
    let costs = || {
        let program = &compiled.program;
        Ok((Cost::of(program)?, Prediction::of(program, options.documents)?))
    };
    let (cost, predicted) = match costs() {
        Ok(costs) => costs,
        // A document takes more than a proof holds.
        Err(ExchangeError::Input { problem, advice, .. }) => return Ok(Err((problem, advice))),
        Err(other) => return Err(other),
    };
    Ok(Ok(Figures { compiled, searched, layers, cost, predicted }))
}

impl Foretold {
    fn of(figures: &Figures) -> Self {
        let Figures { compiled, searched, .. } = figures;
        Self {
            ranges: if searched.is_some() { "calibration" } else { "made up" },
            precision: compiled.precision,
            table_entries: table_entries(&compiled.program),
            tried: searched.as_ref().map(|searched| searched.tried),
        }
    }
}

/// What the search for a program found beside it.
struct Searched {
    quality: Quality,
    tried: u64,
}

type Program = (Compiled, Option<Searched>, Vec<Layer>);

/// The program that a request would have.
fn measured(
    options: &InspectOptions<'_>,
    settled: &Settled,
    graph: &Graph,
    (calibration, documents): (&Path, &Documents),
    progress: &dyn Progress,
) -> Result<Program, FloatError> {
    let question = ModelQuestion {
        model: options.model,
        view: settled.view,
        vocabularies: options.vocabularies.clone(),
        calibration,
        reading: options.reading.clone(),
        input: settled.input.clone(),
        predicate: settled.predicate.clone(),
        settings: &settled.settings,
        agreement: DEFAULT_AGREEMENT,
        accept_disagreement: true,
    };
    let Worked { tuned, layers, .. } = Worked::of(&question, graph, documents, progress)?;
    let searched = Searched { quality: tuned.quality, tried: tuned.tuning.tried };
    Ok((tuned.compiled, Some(searched), layers))
}

/// A program with the ranges of documents that nobody wrote.
fn unmeasured(settled: &Settled, graph: &Graph) -> Result<Program, FloatError> {
    let Settled { view, input, predicate, .. } = settled;
    let views = made_up::views(dims(view));
    let ranges = calibrate(graph, dims(view), input, views.iter().map(Vec::as_slice))?;
    let compile = compile_options(view, input.clone(), predicate.clone(), ranges);
    let compiled = tuning::first(graph, &compile)?;
    let layers = layers::unmeasured(graph, &compiled);
    Ok((compiled, None, layers))
}

impl Operator {
    fn of(uses: OperatorUse, graph: Option<&Graph>, compiled: Option<&Compiled>) -> Self {
        let nodes = graph.map_or(&[][..], |graph| &graph.nodes);
        let own = |at: &usize| nodes.get(*at).is_some_and(|node| node.operator == uses.operator);
        let at = || (0..nodes.len()).filter(own);
        let size = |at: usize| nodes[at].shape.iter().product::<usize>() as u64;
        let elements = at().map(size).sum();
        let rows = graph.zip(compiled).map(|(graph, compiled)| {
            let rows = layers::rows_of(graph, compiled);
            at().map(|at| rows[at] as u64).sum()
        });
        Self { supported: uses.refused == 0, elements, rows, uses }
    }
}
