//! The request: a classifier, what is asked of its scores, and the corpus it
//! is for.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use candor_documents::CoarseKind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::json;
use super::search::Search;
use super::text::Sha256Hex;
use crate::corpus::commitment::Commitment;
use crate::corpus::views::{TextView, ViewId};
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::field::ScalarHex;
use crate::files::read_capped;
use crate::model::graph::Graph;
use crate::model::onnx::{self, MAX_MODEL_BYTES, Metadata, Reading};
use crate::model::predicate::Predicate;
use crate::model::program::Program;
use crate::model::quantize::{
    self, COMPILER_VERSION, CalibratedRanges, CompileOptions, Compiled, InputScaling, Precision,
    ViewDims,
};

/// The first field of `request.json`.
pub const FORMAT: &str = "candor request 4";
/// Longest `request.json`.
const MAX_REQUEST_BYTES: usize = 1 << 22;
/// The files of a request.
const REQUEST: &str = "request.json";
const MODEL: &str = "model.onnx";
const PROGRAM: &str = "program.bin";

/// `request.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`FORMAT`].
    pub format: String,
    /// [`COMPILER_VERSION`] of the compiler that made the program.
    pub compiler: u32,
    /// Root of the corpus it is for.
    pub root: ScalarHex,
    /// Digest of the header of that corpus's commitment.
    pub header: ScalarHex,
    /// The view that is read.
    pub view: ViewId,
    /// What is asked of each document.
    pub question: Question,
    /// What is handed over of a match.
    pub release: Release,
    /// The kinds of documents outside the view that the requester does not ask about,
    /// each once, in the order of their codes.
    pub accept_outside: Vec<CoarseKind>,
    /// Digest of `program.bin`.
    pub program_sha256: Sha256Hex,
}

/// What is asked of each document.
#[allow(clippy::large_enum_variant, reason = "there is one of them for each request")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Question {
    /// What a model says of it.
    Classifier(Classifier),
    /// Whether it holds search terms.
    Search(Search),
}

/// A model, and what is asked of its scores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classifier {
    /// How the view's bytes become the model's input.
    pub input: InputScaling,
    /// What is asked of the scores.
    pub predicate: Predicate,
    /// Digest of `model.onnx`.
    pub model_sha256: Sha256Hex,
    /// How close program and model were on the calibration documents; the
    /// requester's word.
    pub quality: Quality,
    /// The ranges of the model's tensors.
    pub ranges: CalibratedRanges,
    /// Levels and shift of the program; chosen by the compiler if they are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// The output that has the scores, of a model with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The shape of the input, of a model that leaves it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_shape: Option<Vec<usize>>,
    /// The id that fills up a view of tokens, if it is not 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub padding: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Classifier {
    /// How the model is read.
    fn reading(&self) -> Reading {
        Reading {
            output: self.output.clone(),
            input_shape: self.input_shape.clone(),
            padding: self.padding,
        }
    }
}

impl Request {
    /// The model that is asked, if one is.
    #[must_use]
    pub fn classifier(&self) -> Option<&Classifier> {
        match &self.question {
            Question::Classifier(classifier) => Some(classifier),
            Question::Search(_) => None,
        }
    }

    /// As [`Self::classifier`].
    #[must_use]
    pub fn classifier_mut(&mut self) -> Option<&mut Classifier> {
        match &mut self.question {
            Question::Classifier(classifier) => Some(classifier),
            Question::Search(_) => None,
        }
    }
}

/// What is handed over of a document that matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Release {
    /// The document alone.
    Item,
    /// Its whole family: the loose file or mail that it stands in, and all that stands
    /// in that. Where nothing was expanded, this is the document alone.
    #[default]
    Family,
}

impl Release {
    /// The word in artefacts and arguments.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Family => "family",
        }
    }
}

/// How close the integer program was to the float model on the calibration
/// documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Documents tried.
    pub documents: u64,
    /// Documents on which both give the same decision.
    pub same_decision: u64,
    /// Documents on which both give the same top class, if that is defined.
    pub same_top_class: Option<u64>,
    /// Documents that match by both.
    pub matched_by_both: u64,
    /// Documents that match by the model only.
    pub matched_by_model_only: u64,
    /// Documents that match by the program only.
    pub matched_by_program_only: u64,
    /// Documents decided otherwise although their margin is above 5 % of the
    /// range of scores.
    pub clear_disagreements: u64,
    /// Program and model disagreed more than the requester's tool allows, and
    /// the requester accepted it.
    pub disagreement_accepted: bool,
}

#[cfg(feature = "issue")]
impl Quality {
    pub(crate) fn new(
        quality: &crate::model::quality::Quality,
        disagreement_accepted: bool,
    ) -> Self {
        Self {
            documents: quality.documents as u64,
            same_decision: quality.same_decision as u64,
            same_top_class: quality.same_top_class.map(|count| count as u64),
            matched_by_both: quality.matched_by_both as u64,
            matched_by_model_only: quality.matched_by_model_only as u64,
            matched_by_program_only: quality.matched_by_program_only as u64,
            clear_disagreements: quality.clear_disagreements() as u64,
            disagreement_accepted,
        }
    }
}

/// A request that passed every check of its own.
#[derive(Clone, Debug)]
pub struct CheckedRequest {
    /// What it says.
    pub request: Request,
    /// Where its view stands in the commitment; 0 if it was read alone.
    pub view_index: usize,
    /// The model it was compiled from, if it asks one.
    pub model: Option<CheckedModel>,
    /// The program to run.
    pub program: Arc<Program>,
    /// What all proofs are bound to.
    pub digest: [u8; 32],
}

/// A request's model.
#[derive(Clone, Debug)]
pub struct CheckedModel {
    /// What the file says of itself.
    pub said: Metadata,
    /// The scores that it gives.
    pub scores: usize,
    /// The names of the scores, as its nodes give them.
    pub classes: Vec<String>,
    /// What the reader made of it, where the request was read alone: it holds all weights.
    pub graph: Option<Graph>,
    /// What the compiler made of that.
    pub compiled: Compiled,
}

/// The digest of a request: SHA-256 of the format's name and a newline, the
/// length of `request.json` as eight little-endian bytes, its bytes, and the
/// digests of the model, if there is one, and of the program.
#[must_use]
pub fn digest(request: &Request) -> [u8; 32] {
    let bytes = json::to_document(request);
    let mut hasher = Sha256::new();
    hasher.update(FORMAT);
    hasher.update(b"\n");
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(&bytes);
    if let Some(classifier) = request.classifier() {
        hasher.update(classifier.model_sha256.0);
    }
    hasher.update(request.program_sha256.0);
    hasher.finalize().into()
}

/// The options of the compiler that a request records.
#[must_use]
pub fn compile_options(
    view: &ViewId,
    input: InputScaling,
    predicate: Predicate,
    ranges: CalibratedRanges,
) -> CompileOptions {
    CompileOptions { view: view.to_string(), dims: dims(view), scaling: input, predicate, ranges }
}

/// The dimensions of a view.
#[must_use]
pub fn dims(view: &ViewId) -> ViewDims {
    match view {
        ViewId::Image(view) => ViewDims {
            height: view.height(),
            width: view.width(),
            channels: view.channels().count(),
        },
        ViewId::Text(TextView::Tokens(view)) => ViewDims::of_tokens(view.tokens()),
        ViewId::Text(_) | ViewId::Thread => {
            ViewDims { height: 1, width: view.byte_len(), channels: 1 }
        }
    }
}

/// Writes a request's files into a new directory.
///
/// # Errors
/// If one of them cannot be written.
pub fn write(
    directory: &Path,
    request: &Request,
    model: Option<&[u8]>,
    program: &Program,
) -> Result<(), ExchangeError> {
    let put = |name: &str, bytes: &[u8]| {
        let path = directory.join(name);
        fs::write(&path, bytes).map_err(ExchangeError::io(&path))
    };
    if let Some(model) = model {
        put(MODEL, model)?;
    }
    put(PROGRAM, &program.encode())?;
    put(REQUEST, &json::to_document(request))
}

fn failed(subject: &str, expected: impl ToString, found: impl ToString) -> Stop {
    Failure::new(Check::Request, subject, expected.to_string(), found.to_string()).into()
}

fn differs(subject: &str, what: &str, expected: &impl ToString, found: &impl ToString) -> Stop {
    let (expected, found) = (expected.to_string(), found.to_string());
    failed(subject, format!("{what} {expected}"), found)
}

/// Reads a request and checks all of it against the commitment it must be for.
pub(crate) fn load(directory: &Path, commitment: &Commitment) -> Result<CheckedRequest, Stop> {
    let request = parse(directory)?;
    let root = ScalarHex(commitment.root);
    if request.root != root {
        return Err(differs(REQUEST, "the root", &root, &request.root));
    }
    let header = ScalarHex(commitment.header.digest());
    if request.header != header {
        return Err(differs(REQUEST, "the header digest", &header, &request.header));
    }
    let view_index = commitment.header.views.iter().position(|view| *view == request.view);
    let view_index =
        view_index.ok_or_else(|| failed(REQUEST, "a view that was committed", request.view))?;
    if let Some(Classifier { padding: found, .. }) = request.classifier() {
        let padding = commitment.vocabularies().padding(&request.view);
        if padding != *found {
            return Err(differs(REQUEST, "padding by the id", &padding, found));
        }
    }
    Ok(CheckedRequest { view_index, ..check(directory, request, false)? })
}

/// What a request says of itself, and its digest; nothing of it is checked but
/// that it parses.
///
/// # Errors
/// If it does not.
pub fn look(directory: &Path) -> Result<(Request, Sha256Hex), ExchangeError> {
    let request = parse(directory)?;
    let digest = Sha256Hex(digest(&request));
    Ok((request, digest))
}

/// Reads a request and checks all of it but which corpus it is for.
#[cfg(feature = "issue")]
pub(crate) fn load_alone(directory: &Path) -> Result<CheckedRequest, Stop> {
    check(directory, parse(directory)?, true)
}

fn parse(directory: &Path) -> Result<Request, Stop> {
    let bytes = read(directory, REQUEST, MAX_REQUEST_BYTES)?;
    let request: Request = json::from_document(&bytes)
        .map_err(|error| failed(REQUEST, "a canonical request", error))?;
    if request.format != FORMAT {
        return Err(failed(REQUEST, FORMAT, request.format.escape_default()));
    }
    if !request.accept_outside.is_sorted_by(|one, next| one < next) {
        return Err(failed(REQUEST, "kinds outside the view in order, each once", "another list"));
    }
    if request.compiler != COMPILER_VERSION {
        let (path, what) = (directory.join(REQUEST), "it was made by compiler version");
        let error = ExchangeError::unsupported(path, what, COMPILER_VERSION, request.compiler);
        return Err(error.into());
    }
    Ok(request)
}

/// The program is what the compiler yields from the question. The float model is kept if
/// somebody will run it.
fn check(directory: &Path, request: Request, keep: bool) -> Result<CheckedRequest, Stop> {
    let (model, program) = match &request.question {
        Question::Classifier(classifier) => {
            let model = check_model(directory, &request, classifier, keep)?;
            let program = Arc::clone(&model.compiled.program);
            (Some(model), program)
        }
        Question::Search(search) => {
            let program = search
                .compile(&request.view)
                .map_err(|error| failed(REQUEST, "a search that the compiler accepts", error))?;
            (None, Arc::new(program))
        }
    };
    let (program_sha256, length) = program_digest(&program);
    let found = Sha256Hex(Sha256::digest(read(directory, PROGRAM, length)?).into());
    if found != program_sha256 {
        return Err(differs(PROGRAM, "the compiled program", &program_sha256, &found));
    }
    if request.program_sha256 != program_sha256 {
        return Err(differs(REQUEST, "the program", &program_sha256, &request.program_sha256));
    }
    let digest = digest(&request);
    Ok(CheckedRequest { request, view_index: 0, model, program, digest })
}

/// The digest of `program.bin`, and its length.
fn program_digest(program: &Program) -> (Sha256Hex, usize) {
    let expected = program.encode();
    (Sha256Hex(Sha256::digest(&expected).into()), expected.len())
}

fn check_model(
    directory: &Path,
    request: &Request,
    classifier: &Classifier,
    keep: bool,
) -> Result<CheckedModel, Stop> {
    let bytes = read(directory, MODEL, MAX_MODEL_BYTES)?;
    let model_sha256 = Sha256Hex(Sha256::digest(&bytes).into());
    if classifier.model_sha256 != model_sha256 {
        return Err(differs(MODEL, "the digest", &classifier.model_sha256, &model_sha256));
    }
    let said = Metadata::of(&bytes).unwrap_or_default();
    let graph = onnx::read_owned(bytes, &classifier.reading())
        .map_err(|error| failed(MODEL, "a model that the compiler accepts", error))?;
    let options = compile_options(
        &request.view,
        classifier.input.clone(),
        classifier.predicate.clone(),
        classifier.ranges.clone(),
    );
    let compiled = match classifier.precision {
        Some(precision) => quantize::compile_at(&graph, &options, precision),
        None => quantize::compile(&graph, &options),
    };
    let compiled =
        compiled.map_err(|error| failed(MODEL, "a model that the compiler accepts", error))?;
    let (scores, classes) = (graph.scores(), graph.classes.clone());
    Ok(CheckedModel { said, scores, classes, graph: keep.then_some(graph), compiled })
}

fn read(directory: &Path, name: &str, cap: usize) -> Result<Vec<u8>, Stop> {
    let path = directory.join(name);
    let metadata = fs::metadata(&path).map_err(ExchangeError::io(&path))?;
    if !metadata.is_file() {
        return Err(failed(name, "a regular file", "something else"));
    }
    if metadata.len() > cap as u64 {
        return Err(failed(name, format!("at most {cap} bytes"), metadata.len()));
    }
    Ok(read_capped(&path, cap as u64).map_err(ExchangeError::from)?)
}

#[cfg(test)]
mod tests {
    use candor_documents::tokens::Vocabulary;

    use super::*;
    use crate::corpus::commitment::Header;
    use crate::corpus::views::Vocabularies;
    use crate::field::Scalar;

    /// A vocabulary whose third token is padding.
    const VOCABULARY: &str = "{\"format\":\"candor vocabulary 1\",\"scheme\":\"wordpiece\",\"tokens\":3,\"merges\":0,\"begin\":null,\"end\":null,\"padding\":2,\"unknown\":0,\"lower_case\":false,\"strip_accents\":false,\"split_ideographs\":false,\"prefix_space\":false}\n[UNK]\na\n[PAD]\n";
    const VIEW: &str = "text/wordpiece-8";

    #[test]
    fn padding_is_that_of_the_vocabulary() {
        let mut vocabularies = Vocabularies::default();
        vocabularies.add(Vocabulary::read(VOCABULARY.as_bytes()).unwrap()).unwrap();
        let views = [VIEW, "text/bytes-8"].map(|view| view.parse().unwrap());
        let header = Header::with(&views, vocabularies.digests()).unwrap();
        let commitment = Commitment::new(header, 1, Scalar::from(1));
        let commitment = commitment.with_vocabularies(vocabularies).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let refused = |view: ViewId, padding: u32| {
            let classifier = Classifier {
                input: InputScaling::default(),
                predicate: Predicate::match_class([0]),
                model_sha256: Sha256Hex([0; 32]),
                quality: Quality::default(),
                ranges: CalibratedRanges::default(),
                precision: None,
                output: None,
                input_shape: None,
                padding,
            };
            let request = Request {
                format: FORMAT.to_owned(),
                compiler: COMPILER_VERSION,
                root: ScalarHex(commitment.root),
                header: ScalarHex(commitment.header.digest()),
                view,
                question: Question::Classifier(classifier),
                release: Release::Item,
                accept_outside: Vec::new(),
                program_sha256: Sha256Hex([0; 32]),
            };
            fs::write(folder.path().join(REQUEST), json::to_document(&request)).unwrap();
            match load(folder.path(), &commitment) {
                Err(Stop::Failed(failure)) => Some(failure.expected),
                // There is no model, which is what comes next.
                Err(Stop::Undecided(error)) => {
                    assert!(error.to_string().contains(MODEL), "{error}");
                    None
                }
                Ok(_) => panic!("a request without a model"),
            }
        };
        let [tokens, bytes] = views;
        assert_eq!(refused(tokens, 2), None);
        assert_eq!(refused(tokens, 0), Some("padding by the id 2".to_owned()));
        assert_eq!(refused(tokens, 1), Some("padding by the id 2".to_owned()));
        assert_eq!(refused(bytes, 0), None);
        assert_eq!(refused(bytes, 2), Some("padding by the id 0".to_owned()));
    }
}
