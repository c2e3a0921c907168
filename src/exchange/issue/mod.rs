//! The requester: compiles a model into a request, and measures how closely
//! the program follows it.

mod classes;
mod documents;
mod draft;
mod dry_run;
mod evaluate;
mod gate;
mod inspect;
mod layers;
mod model;
mod retrieval;
mod scores_out;
mod search;
mod sweep;
mod text;
mod tuning;
mod wishes;

use std::collections::BTreeSet;
use std::path::Path;

use candor_documents::CoarseKind;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use crate::exchange::cost::Cost;
pub use crate::exchange::cost::Prediction;
pub use crate::exchange::term_list::TermList;
pub use classes::Class;
pub use draft::ModelQuestion;
pub use dry_run::{DryRun, dry_run};
pub use evaluate::{EvaluateOptions, Evaluation, Labels, Nearest, evaluate};
pub use gate::DEFAULT_AGREEMENT;
pub use inspect::{Beside, Foretold, InspectOptions, Inspection, Operator, Said, inspect};
pub use layers::Layer;
pub use retrieval::{Confusion, Retrieval, Top};
pub use search::{
    DryRunSearch, Explained, ExplainedLine, ExplainedPart, IssuedSearch, MAY_MISS, SearchOptions,
    SearchQuestion, dry_run_search, issue_search,
};
pub use sweep::{Sweep, Threshold};
pub use tuning::Tuning;
#[doc(hidden)]
pub use tuning::program_for;
pub use wishes::{Given, Preset, Setting, Settled, settle};

pub use crate::model::onnx::Reading;

use self::draft::{Draft, Worked};
use self::model::Model;
use self::tuning::Tuned;
use super::commitment_files;
use super::error::ExchangeError;
use super::folder::{refuse_existing, write_folder};
use super::progress::Progress;
use crate::corpus::commitment::Commitment;
use crate::corpus::views::ViewId;
use crate::exchange::formats::request::{self, Classifier, FORMAT, Question, Release, Request};
use crate::exchange::formats::text::Sha256Hex;
use crate::field::ScalarHex;
use crate::model::quality;
use crate::model::quantize::COMPILER_VERSION;

/// What `issue-request` is given.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// What is asked.
    pub question: ModelQuestion<'a>,
    /// The responder's `commitment.json`.
    pub commitment: &'a Path,
    /// What is to be handed over of a match.
    pub release: Release,
    /// Kinds of documents outside the view that are not asked about, in any order.
    pub accept_outside: &'a [CoarseKind],
    /// The folder to write; must not exist.
    pub out: &'a Path,
}

impl<'a> Options<'a> {
    /// A question put to a corpus; families of matches are asked for, and no kind of document
    /// is left aside.
    #[must_use]
    pub fn new(question: ModelQuestion<'a>, commitment: &'a Path, out: &'a Path) -> Self {
        Self { question, commitment, release: Release::Family, accept_outside: &[], out }
    }
}

/// What `issue-request` did.
#[derive(Clone, Debug, Serialize)]
pub struct Issued {
    /// The request's digest.
    pub request: Sha256Hex,
    /// The root that it addresses.
    pub root: ScalarHex,
    /// The output that has the scores, of a model with several.
    pub output: Option<String>,
    /// The shape of the input, of a model that leaves it open.
    pub input_shape: Option<Vec<usize>>,
    /// The classes, where the question is about classes: all that have a name, and those that
    /// match.
    pub classes: Vec<Class>,
    /// How close program and model are on the calibration documents.
    pub quality: quality::Quality,
    /// Program and model disagree more than allowed, and it was accepted.
    pub disagreement_accepted: bool,
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
}

/// The commitment at a path, which must have a view.
fn committed_view(path: &Path, view: &ViewId) -> Result<Commitment, ExchangeError> {
    let commitment = commitment_files::read(path)?;
    if !commitment.header.views.contains(view) {
        let views: Vec<_> = commitment.header.views.iter().map(ToString::to_string).collect();
        let problem = format!("the corpus was not committed under {view}");
        let advice = format!("choose one of its views: {}", views.join(", "));
        return Err(ExchangeError::file(path, problem, advice));
    }
    Ok(commitment)
}

/// Compiles a model into a request.
///
/// # Errors
/// If something given cannot be used, program and model disagree, or the
/// request cannot be written.
pub fn issue(options: &Options<'_>, progress: &dyn Progress) -> Result<Issued, ExchangeError> {
    refuse_existing(options.out)?;
    let commitment = committed_view(options.commitment, &options.question.view)?;
    let vocabularies = commitment.vocabularies().clone();
    let given = options.question.vocabularies.digests();
    if !given.is_empty() && given != vocabularies.digests() {
        let problem = "is not the vocabulary of the commitment";
        return Err(ExchangeError::input("--vocabulary", problem, "leave it out"));
    }
    let question = &ModelQuestion { vocabularies, ..options.question.clone() };
    let Draft { model, documents, worked, classes, refusal, cost } = Draft::of(question, progress)?;
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    let Model { bytes, reading, .. } = model;
    let Worked { tuned, layers, disagree, .. } = worked;
    let Tuned { compiled, options: compile, quality, tuning } = tuned;
    let accepted: BTreeSet<CoarseKind> = options.accept_outside.iter().copied().collect();
    let request = Request {
        format: FORMAT.to_owned(),
        compiler: COMPILER_VERSION,
        root: ScalarHex(commitment.root),
        header: ScalarHex(commitment.header.digest()),
        view: question.view,
        question: Question::Classifier(Classifier {
            input: question.input.clone(),
            predicate: question.predicate.clone(),
            model_sha256: Sha256Hex(Sha256::digest(&bytes).into()),
            quality: request::Quality::new(&quality, disagree),
            ranges: compile.ranges,
            precision: Some(tuning.precision),
            output: reading.output.clone(),
            input_shape: reading.input_shape.clone(),
            padding: reading.padding,
        }),
        release: options.release,
        accept_outside: accepted.into_iter().collect(),
        program_sha256: Sha256Hex(Sha256::digest(compiled.program.encode()).into()),
    };
    write_folder(options.out, |folder| {
        request::write(folder, &request, Some(&bytes), &compiled.program)
    })?;
    Ok(Issued {
        request: Sha256Hex(request::digest(&request)),
        root: request.root,
        output: reading.output,
        input_shape: reading.input_shape,
        classes,
        quality,
        disagreement_accepted: disagree,
        unreadable: documents.unreadable,
        settings: question.settings.to_vec(),
        program: tuning,
        layers,
        cost,
    })
}
