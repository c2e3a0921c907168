//! A request on trial: worked out and measured, and not written.

use rayon::prelude::*;
use serde::Serialize;

use super::classes::Class;
use super::draft::{Draft, ModelQuestion, Worked};
use super::layers::Layer;
use super::tuning::{Tuned, Tuning};
use super::wishes::Setting;
use crate::exchange::cost::{Cost, Prediction};
use crate::exchange::error::ExchangeError;
use crate::exchange::progress::Progress;
use crate::model::layers::LayerError;
use crate::model::quality::Quality;

/// What `issue-request --dry-run` found.
#[derive(Clone, Debug, Serialize)]
pub struct DryRun {
    /// `None` if the request would be written, else why not.
    pub refused: Option<String>,
    /// The output that has the scores, of a model with several.
    pub output: Option<String>,
    /// The shape of the input, of a model that leaves it open.
    pub input_shape: Option<Vec<usize>>,
    /// The classes, where the question is about classes: all that have a name, and those that
    /// match.
    pub classes: Vec<Class>,
    /// How close program and model are on the calibration documents.
    pub quality: Quality,
    /// The layers whose rounding changes the scores most, worst first; none where program
    /// and model agree.
    pub costliest: Vec<LayerError>,
    /// The calibration documents that match by the program.
    pub matching: Vec<String>,
    /// Calibration files that the view cannot read.
    pub unreadable: u64,
    /// What was asked, and where it comes from.
    pub settings: Vec<Setting>,
    /// How the program was chosen.
    pub program: Tuning,
    /// What each layer costs.
    pub layers: Vec<Layer>,
    /// What answering will cost.
    pub cost: Cost,
    /// What it will take for so many documents.
    pub predicted: Prediction,
}

/// Does all that issuing a request does but to write it. No commitment is needed. The time
/// is predicted for so many documents.
///
/// # Errors
/// If something given cannot be used. That program and model disagree is no error here.
pub fn dry_run(
    question: &ModelQuestion<'_>,
    documents: u64,
    progress: &dyn Progress,
) -> Result<DryRun, ExchangeError> {
    let Draft { model, documents: calibration, worked, classes, refusal, cost } =
        Draft::of(question, progress)?;
    let Worked { tuned, layers, costliest, .. } = worked;
    let Tuned { compiled, quality, tuning, .. } = tuned;
    let program = &compiled.program;
    let matching = |(name, view): &(String, Vec<u8>)| program.matches(view).then(|| name.clone());
    Ok(DryRun {
        refused: refusal.map(|refusal| refusal.to_string()),
        output: model.reading.output,
        input_shape: model.reading.input_shape,
        classes,
        quality,
        costliest,
        matching: calibration.views.par_iter().filter_map(matching).collect(),
        unreadable: calibration.unreadable,
        settings: question.settings.to_vec(),
        program: tuning,
        layers,
        predicted: Prediction::of(program, documents)?,
        cost,
    })
}
