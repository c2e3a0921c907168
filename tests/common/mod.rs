//! One honest run of everything on the sample corpus, and a few variations.

#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod dishonest;
pub(crate) mod onnx;

use std::fs;
use std::path::{Path, PathBuf};

use candor::argument::plan::{BatchShape, Plan};
use candor::argument::statement::ARGUMENT_VERSION;
use candor::exchange::formats::bundle::{self, BundleInfo};
use candor::exchange::formats::request::{self, Request};
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::issue::{self, issue};
use candor::exchange::respond::{self, Summary, respond};
use candor::exchange::{Report, Silent, commit, verify_bundle};
use candor::model::predicate::Predicate;
use candor::model::program::Program;
use candor::model::quantize::{self, Compiled, InputScaling};
use rand_core::OsRng;

/// The repository's sample corpus.
pub(crate) fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_corpus")
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A folder in which all artefacts of a case stand.
pub(crate) struct Case {
    pub(crate) root: PathBuf,
}

impl Case {
    pub(crate) fn documents(&self) -> PathBuf {
        self.root.join("documents")
    }

    pub(crate) fn commitment(&self) -> PathBuf {
        self.root.join("commit")
    }

    pub(crate) fn request(&self) -> PathBuf {
        self.root.join("request")
    }

    pub(crate) fn bundle(&self) -> PathBuf {
        self.root.join("bundle")
    }

    /// Commits to the documents under two views.
    pub(crate) fn commit(&self) {
        let views = ["image/gray-28x28", "image/rgb-8x8"].map(|view| view.parse().unwrap());
        commit(&self.documents(), &views, &self.commitment(), &Silent, &mut OsRng).unwrap();
    }

    /// Asks for one class.
    pub(crate) fn issue(&self, class: u32) {
        self.issue_model(&sample().join("model.onnx"), class);
    }

    /// Asks another model for one class.
    pub(crate) fn issue_model(&self, model: &Path, class: u32) {
        self.issue_view(model, "image/gray-28x28", class);
    }

    /// Asks another model of another view for one class.
    pub(crate) fn issue_view(&self, model: &Path, view: &str, class: u32) {
        let options = issue::Options {
            model,
            view: view.parse().unwrap(),
            commitment: &self.commitment().join("PUBLIC/commitment.json"),
            calibration: &sample().join("calibration"),
            input: InputScaling::default(),
            predicate: Predicate::match_class([class]),
            agreement: issue::DEFAULT_AGREEMENT,
            accept_disagreement: true,
            out: &self.request(),
        };
        issue(&options, &Silent).unwrap();
    }

    /// Answers in batches of about 14 documents.
    pub(crate) fn respond(&self) -> Summary {
        self.try_respond(None, false).unwrap()
    }

    /// Answers with a list of documents to withhold, or releasing unreadable ones.
    pub(crate) fn try_respond(
        &self,
        withhold: Option<&Path>,
        release_unreadable: bool,
    ) -> Result<Summary, candor::exchange::ExchangeError> {
        let (documents, commitment) = (self.documents(), self.commitment());
        let (request, bundle) = (self.request(), self.bundle());
        let options = respond::Options {
            question: respond::Question {
                corpus: &documents,
                commitment: &commitment,
                request: &request,
                batch: Some(14),
            },
            out: &bundle,
            withhold,
            release_unreadable,
        };
        respond(&options, &Silent, &mut OsRng)
    }

    /// The request, and what the compiler makes of it.
    pub(crate) fn compiled(&self) -> (Request, Compiled) {
        let read = |name: &str| fs::read(self.request().join(name)).unwrap();
        let request: Request = serde_json::from_slice(&read("request.json")).unwrap();
        let graph = candor::model::onnx::read(&read("model.onnx")).unwrap();
        let options = request::compile_options(
            &request.view,
            request.input.clone(),
            request.predicate.clone(),
            request.ranges.clone(),
        );
        (request, quantize::compile(&graph, &options).unwrap())
    }

    pub(crate) fn verify(&self) -> Report {
        self.try_verify().unwrap()
    }

    pub(crate) fn try_verify(&self) -> Result<Report, candor::exchange::ExchangeError> {
        let commitment = self.commitment().join("PUBLIC/commitment.json");
        verify_bundle(&commitment, &self.request(), &self.bundle(), &Silent)
    }
}

/// A case over a copy of the sample documents, committed and asked for sevens.
pub(crate) fn asked(root: &Path) -> Case {
    let case = Case { root: root.to_owned() };
    copy(&sample().join("documents"), &case.documents());
    case.commit();
    case.issue(7);
    case
}

/// All documents in one batch.
pub(crate) fn one_batch(program: &Program, documents: u64) -> Plan {
    let layout = Plan::choose(program, documents, Some(documents)).unwrap();
    let plan = Plan::new(program, documents, layout).unwrap();
    assert_eq!(plan.batches, 1);
    plan
}

/// The plan that a bundle says it follows.
pub(crate) fn plan(program: &Program, info: &BundleInfo) -> Plan {
    let layout = BatchShape { copies: info.copies, lanes: info.lanes };
    Plan::new(program, info.readable, layout).unwrap()
}

/// What a bundle of this plan says of itself.
pub(crate) fn info(request: &Request, plan: &Plan, documents: u64) -> BundleInfo {
    BundleInfo {
        format: bundle::FORMAT.to_owned(),
        request: Sha256Hex(request::digest(request)),
        root: request.root,
        documents,
        readable: plan.documents,
        argument: ARGUMENT_VERSION,
        copies: plan.lane.copies,
        lanes: plan.lanes,
        batches: plan.batches,
    }
}
