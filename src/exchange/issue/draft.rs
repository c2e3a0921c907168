//! A question to a model, worked out on the calibration documents: the program, what it
//! costs, and how it agrees with the model. What becomes of it is for others to say.

use std::path::Path;

use super::classes::{self, Class, Names};
use super::documents::Documents;
use super::gate::{self, DEFAULT_AGREEMENT};
use super::layers::{self, Layer};
use super::model::{self, Model};
use super::tuning::{self, Tuned};
use super::wishes::Setting;
use crate::corpus::views::{ViewId, Vocabularies};
use crate::exchange::cost::Cost;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::request::{compile_options, dims};
use crate::exchange::progress::Progress;
use crate::exchange::vocabularies;
use crate::model::graph::Graph;
use crate::model::layers::{LayerError, costliest_layers};
use crate::model::onnx::{Metadata, Reading};
use crate::model::predicate::Predicate;
use crate::model::quality::Decision;
use crate::model::quantize::InputScaling;
use crate::model::reference::{FloatError, FloatModel, calibrate};

/// What is asked of a model, whoever is to answer.
#[derive(Clone, Debug)]
pub struct ModelQuestion<'a> {
    /// The ONNX model.
    pub model: &'a Path,
    /// The view that the model reads.
    pub view: ViewId,
    /// What a view of tokens reads by; `issue` takes those of the commitment.
    pub vocabularies: Vocabularies,
    /// Documents like those of the corpus, to find the ranges of values.
    pub calibration: &'a Path,
    /// What the model leaves open: which output has the scores, how large the input is.
    pub reading: Reading,
    /// How the view's bytes become the model's input.
    pub input: InputScaling,
    /// What is asked of the scores.
    pub predicate: Predicate,
    /// Where these come from, to be reported.
    pub settings: &'a [Setting],
    /// The part of the calibration documents on which program and model must
    /// decide alike, 0 to 1.
    pub agreement: f64,
    /// Go on where they do not.
    pub accept_disagreement: bool,
}

impl<'a> ModelQuestion<'a> {
    /// A question to a model that leaves nothing open, with bytes scaled to 0 to 1, and with
    /// the usual agreement.
    #[must_use]
    pub fn new(model: &'a Path, view: ViewId, calibration: &'a Path, predicate: Predicate) -> Self {
        Self {
            model,
            view,
            vocabularies: Vocabularies::default(),
            calibration,
            reading: Reading::default(),
            input: InputScaling::default(),
            predicate,
            settings: &[],
            agreement: DEFAULT_AGREEMENT,
            accept_disagreement: false,
        }
    }
}

/// A question that is worked out.
pub(super) struct Draft {
    pub(super) model: Model,
    pub(super) documents: Documents,
    pub(super) worked: Worked,
    pub(super) classes: Vec<Class>,
    /// Why it must not be issued.
    pub(super) refusal: Option<ExchangeError>,
    pub(super) cost: Cost,
}

/// What the search for a program found.
pub(super) struct Worked {
    pub(super) tuned: Tuned,
    pub(super) layers: Vec<Layer>,
    /// The layers that cost most agreement, if it does not suffice.
    pub(super) costliest: Vec<LayerError>,
    /// Program and model disagree more than allowed.
    pub(super) disagree: bool,
}

impl Draft {
    pub(super) fn of(
        question: &ModelQuestion<'_>,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        let view = vocabularies::view(question.view, &question.vocabularies)?;
        let asked = Reading { padding: view.padding(), ..question.reading.clone() };
        let model = model::read(question.model, &view.id(), &asked)?;
        let said = Metadata::of(&model.bytes).unwrap_or_default();
        vocabularies::check_said(question.model, &said, &view)?;
        let documents = Documents::read(question.calibration, &view, progress)?;
        let worked = Worked::of(question, &model.graph, &documents, progress).map_err(|error| {
            let advice = "see docs/models.md for what models may hold";
            ExchangeError::file(question.model, error, advice)
        })?;
        let classes = classes::asked(&question.predicate, Names::of(&said, &model.graph));
        let refused = worked.disagree && !question.accept_disagreement;
        let refusal = refused.then(|| {
            let (quality, costliest) = (&worked.tuned.quality, &worked.costliest);
            gate::refusal(question.model, quality, question.agreement, costliest)
        });
        let cost = Cost::of(&worked.tuned.compiled.program)?;
        Ok(Self { model, documents, worked, classes, refusal, cost })
    }
}

impl Worked {
    /// Calibrates, then looks for a program.
    pub(super) fn of(
        question: &ModelQuestion<'_>,
        graph: &Graph,
        documents: &Documents,
        progress: &dyn Progress,
    ) -> Result<Self, FloatError> {
        let ModelQuestion { view, input, predicate, agreement, .. } = question;
        let views = || documents.views.iter().map(|(_, bytes)| bytes.as_slice());
        let (count, tick) = (documents.views.len() as u64, || progress.advance(1));
        progress.stage("calibrating", count);
        let seen = views().inspect(|_| tick());
        let ranges = calibrate(graph, dims(view), input, seen)?;
        progress.stage("compiling", 1);
        let compile = compile_options(view, input.clone(), predicate.clone(), ranges);
        let model = FloatModel::new(graph, dims(view), input)?;
        progress.stage("evaluating the model", count);
        let samples = model.samples(views().inspect(|_| tick()).map(|view| (view, None)))?;
        let decision = Decision::on_raw_scores(predicate, &model)?;
        let wanted = (&decision, *agreement);
        let tuned = tuning::tune(graph, compile, &model, &samples, wanted, progress)?;
        let (compiled, ranges) = (&tuned.compiled, &tuned.options.ranges);
        let disagree = !tuned.quality.passes(*agreement);
        let costliest = if disagree {
            costliest_layers(compiled, &model, ranges, views())?
        } else {
            Vec::new()
        };
        let layers = layers::layers(graph, compiled, &model, ranges, views())?;
        Ok(Self { tuned, layers, costliest, disagree })
    }
}
