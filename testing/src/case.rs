//! One honest run of everything on a few documents, and variations of it.

use std::fs;
use std::path::{Path, PathBuf};

use candor::argument::plan::{BatchShape, Plan};
use candor::argument::statement::ARGUMENT_VERSION;
use candor::corpus::{Store, ViewId};
use candor::exchange::formats::bundle::{self, BundleInfo};
use candor::exchange::formats::request::{self, Request};
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::issue::{self, ModelQuestion, issue};
use candor::exchange::respond::{self, Summary, respond};
use candor::exchange::{
    CommitOptions, ExchangeError, Progress, Release, Report, Silent, commit, verify_bundle,
};
use candor::model::onnx;
use candor::model::predicate::Predicate;
use candor::model::program::Program;
use candor::model::quantize::{self, Compiled};
use candor_documents::CoarseKind;
use rand_core::OsRng;
use tempfile::TempDir;

use crate::files::{copy, document, sample};

/// A folder in which all artefacts of a case stand, and how they are made.
///
/// Unless said otherwise the corpus is committed under `image/gray-28x28` and
/// `image/rgb-8x8`, the sample model is asked of the first for class 7, and an
/// answer releases all that matches with its family, in batches as the library chooses
/// them. Of what is outside the view, text is not asked about.
#[derive(Debug)]
pub struct Case {
    root: PathBuf,
    views: Vec<ViewId>,
    model: PathBuf,
    asked: ViewId,
    class: u32,
    batch: Option<u64>,
    withhold: Option<PathBuf>,
    redactions: Option<PathBuf>,
    release_unreadable: bool,
    release: Release,
    accept_outside: Vec<CoarseKind>,
    /// Removed with the case.
    _folder: Option<TempDir>,
}

/// What is put together.
impl Case {
    /// A case under a folder of the caller's.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let views = ["image/gray-28x28", "image/rgb-8x8"].map(|view| view.parse().unwrap());
        Self {
            root: root.into(),
            views: views.to_vec(),
            model: sample().join("model.onnx"),
            asked: views[0],
            class: 7,
            batch: None,
            withhold: None,
            redactions: None,
            release_unreadable: false,
            release: Release::Family,
            accept_outside: vec![CoarseKind::Text],
            _folder: None,
        }
    }

    /// A case in a folder of its own, which goes when the case does.
    #[must_use]
    pub fn temporary() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = Self::new(folder.path());
        Self { _folder: Some(folder), ..case }
    }

    /// A case that is made in the same way, under another folder. Nothing is copied.
    #[must_use]
    pub fn with_root(&self, root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            views: self.views.clone(),
            model: self.model.clone(),
            asked: self.asked,
            class: self.class,
            batch: self.batch,
            withhold: None,
            redactions: None,
            release_unreadable: self.release_unreadable,
            release: self.release,
            accept_outside: self.accept_outside.clone(),
            _folder: None,
        }
    }

    /// Commits under these views; the first is asked for.
    #[must_use]
    pub fn with_views(mut self, views: &[&str]) -> Self {
        self.views = views.iter().map(|view| view.parse().unwrap()).collect();
        self.asked = self.views[0];
        self
    }

    /// Asks a model of a view for a class.
    #[must_use]
    pub fn asking(mut self, model: impl Into<PathBuf>, view: &str, class: u32) -> Self {
        (self.model, self.asked, self.class) = (model.into(), view.parse().unwrap(), class);
        self
    }

    /// Asks for another class.
    #[must_use]
    pub fn for_class(mut self, class: u32) -> Self {
        self.class = class;
        self
    }

    /// Answers in batches of about so many documents.
    #[must_use]
    pub fn in_batches_of(mut self, documents: u64) -> Self {
        self.batch = Some(documents);
        self
    }

    /// Puts some of the sample documents among the case's.
    #[must_use]
    pub fn with_samples(self, names: &[&str]) -> Self {
        for name in names {
            self.add(name, &fs::read(sample().join("documents").join(name)).unwrap());
        }
        self
    }

    /// Puts all the sample documents among the case's.
    #[must_use]
    pub fn with_all_samples(self) -> Self {
        copy(&sample().join("documents"), &self.documents());
        self
    }

    /// Withholds documents, each with its reason.
    #[must_use]
    pub fn withholding(mut self, documents: &[(&str, &str)]) -> Self {
        let list = self.path("withhold.csv");
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let lines =
            documents.iter().map(|(name, why)| format!("{},{}\n", quoted(name), quoted(why)));
        fs::write(&list, "file,reason\n".to_owned() + &lines.collect::<String>()).unwrap();
        self.withhold = Some(list);
        self
    }

    /// Withholds what a list says, whose lines are given as CSV.
    #[must_use]
    pub fn withholding_list(mut self, text: &str) -> Self {
        let list = self.path("withhold.csv");
        fs::write(&list, text).unwrap();
        self.withhold = Some(list);
        self
    }

    /// Hands over redacted copies, each a path, the bytes of the copy and what the list
    /// says of it: basis and passages, as CSV.
    #[must_use]
    pub fn redacting(mut self, copies: &[(&str, &[u8], &str)]) -> Self {
        let list = self.path("redacted.csv");
        let mut lines = "path,substitute,basis,passages\n".to_owned();
        for (number, (path, bytes, said)) in copies.iter().enumerate() {
            let name = format!("redacted-{number}.txt");
            fs::write(self.path(&name), bytes).unwrap();
            lines.push_str(&format!("{path},{name},{said}\n"));
        }
        fs::write(&list, lines).unwrap();
        self.redactions = Some(list);
        self
    }

    /// Releases everything that matches after all.
    #[must_use]
    pub fn withholding_nothing(mut self) -> Self {
        self.withhold = None;
        self
    }

    /// Releases what the view cannot read, too.
    #[must_use]
    pub fn releasing_unreadable(mut self) -> Self {
        self.release_unreadable = true;
        self
    }

    /// Puts a picture among the documents that no view can read: it is cut off.
    #[must_use]
    pub fn with_damaged(self) -> Self {
        let whole = fs::read(sample().join("documents/0000_label4.png")).unwrap();
        self.add(DAMAGED, &whole[..60]);
        self
    }

    /// Has the items of these files for documents, as expansion writes them, and nothing
    /// else.
    #[must_use]
    pub fn with_items_of(self, tops: &[(&str, Vec<u8>)]) -> Self {
        crate::expanded::expand(tops, &self.documents());
        self
    }

    /// Asks for this of each match.
    #[must_use]
    pub fn releasing(mut self, release: Release) -> Self {
        self.release = release;
        self
    }

    /// Does not ask about documents outside the view that are of these kinds.
    #[must_use]
    pub fn accepting_outside(mut self, kinds: &[CoarseKind]) -> Self {
        self.accept_outside = kinds.to_vec();
        self
    }

    /// Writes a document, with the folders on its path.
    pub fn add(&self, name: &str, bytes: &[u8]) {
        let path = self.documents().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Where things stand.
impl Case {
    /// Anything in the case's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The case's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The views that are committed under.
    #[must_use]
    pub fn views(&self) -> &[ViewId] {
        &self.views
    }

    /// The class that is asked for.
    #[must_use]
    pub fn class(&self) -> u32 {
        self.class
    }

    /// The documents.
    #[must_use]
    pub fn documents(&self) -> PathBuf {
        self.path("documents")
    }

    /// The folder that `commit-corpus` writes.
    #[must_use]
    pub fn commitment(&self) -> PathBuf {
        self.path("commit")
    }

    /// The public file of the commitment.
    #[must_use]
    pub fn commitment_file(&self) -> PathBuf {
        self.path("commit/PUBLIC/commitment.json")
    }

    /// The responder's secrets.
    #[must_use]
    pub fn store_file(&self) -> PathBuf {
        self.path("commit/SECRET/opening.store")
    }

    /// The responder's secrets, read.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::read(&self.store_file()).unwrap()
    }

    /// The request's folder.
    #[must_use]
    pub fn request(&self) -> PathBuf {
        self.path("request")
    }

    /// The bundle's folder.
    #[must_use]
    pub fn bundle(&self) -> PathBuf {
        self.path("bundle")
    }
}

/// The steps.
impl Case {
    /// Commits to the documents.
    pub fn commit(&self) {
        let (documents, out) = (&self.documents(), &self.commitment());
        let options = CommitOptions {
            documents,
            views: &self.views,
            acquisition: &[],
            vocabularies: &[],
            out,
        };
        commit(&options, &Silent, &mut OsRng).unwrap();
    }

    /// Asks what the case asks.
    pub fn ask(&self) {
        self.ask_for(&self.commitment(), self.class, &self.request());
    }

    /// Asks for a class under any commitment, into any folder.
    pub fn ask_for(&self, commitment: &Path, class: u32, out: &Path) {
        let calibration = sample().join("calibration");
        let predicate = Predicate::match_class([class]);
        let question = ModelQuestion {
            accept_disagreement: true,
            ..ModelQuestion::new(&self.model, self.asked, &calibration, predicate)
        };
        let options = issue::Options {
            release: self.release,
            accept_outside: &self.accept_outside,
            ..issue::Options::new(question, commitment, out)
        };
        issue(&options, &Silent).unwrap();
    }

    /// Commits and asks.
    #[must_use]
    pub fn asked(self) -> Self {
        self.commit();
        self.ask();
        self
    }

    /// Commits, asks and answers.
    #[must_use]
    pub fn answered(self) -> Self {
        self.asked().responded()
    }

    /// Answers.
    #[must_use]
    pub fn responded(self) -> Self {
        self.respond();
        self
    }

    /// Throws commitment and request away, and commits and asks anew.
    pub fn ask_anew(&self) {
        fs::remove_dir_all(self.commitment()).unwrap();
        fs::remove_dir_all(self.request()).unwrap();
        self.commit();
        self.ask();
    }

    /// Gives `answer` what the responder is told.
    pub fn answering<T>(&self, answer: impl FnOnce(&respond::Options<'_>) -> T) -> T {
        let (documents, commitment) = (self.documents(), self.commitment());
        let (request, bundle) = (self.request(), self.bundle());
        answer(&respond::Options {
            question: respond::Question {
                corpus: &documents,
                commitment: &commitment,
                request: &request,
                batch: self.batch,
            },
            out: &bundle,
            withhold: self.withhold.as_deref(),
            redactions: self.redactions.as_deref(),
            release_unreadable: self.release_unreadable,
            withhold_chance_matches: false,
            judge_copy: None,
        })
    }

    /// Answers.
    ///
    /// # Errors
    /// As the library's.
    pub fn try_respond(&self) -> Result<Summary, ExchangeError> {
        self.answering(|options| respond(options, &Silent, &mut OsRng))
    }

    /// Answers.
    pub fn respond(&self) -> Summary {
        self.try_respond().unwrap()
    }

    /// Throws the bundle away, and answers anew.
    pub fn respond_anew(&self) -> Summary {
        fs::remove_dir_all(self.bundle()).unwrap();
        self.respond()
    }

    /// The judge's report on the files as they are.
    ///
    /// # Errors
    /// As the library's.
    pub fn try_verify(&self) -> Result<Report, ExchangeError> {
        self.verify_while(&Silent)
    }

    /// The judge's report on the files as they are.
    #[must_use]
    pub fn verify(&self) -> Report {
        self.try_verify().unwrap()
    }

    /// The judge's report, while it tells of its progress.
    ///
    /// # Errors
    /// As the library's.
    pub fn verify_while(&self, progress: &dyn Progress) -> Result<Report, ExchangeError> {
        verify_bundle(&self.commitment_file(), &self.request(), &self.bundle(), progress)
    }

    /// The request, and what the compiler makes of it.
    #[must_use]
    pub fn compiled(&self) -> (Request, Compiled) {
        let request: Request = document(&self.request().join("request.json"));
        let model = fs::read(self.request().join("model.onnx")).unwrap();
        let classifier = request.classifier().unwrap();
        let options = request::compile_options(
            &request.view,
            classifier.input.clone(),
            classifier.predicate.clone(),
            classifier.ranges.clone(),
        );
        let compiled = quantize::compile(&onnx::read(&model).unwrap(), &options).unwrap();
        (request, compiled)
    }

    /// The plan that the bundle says it follows.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let info: BundleInfo = document(&self.bundle().join("data/bundle.json"));
        let layout = BatchShape { copies: info.copies, lanes: info.lanes };
        Plan::new(&self.compiled().1.program, info.readable, layout).unwrap()
    }
}

/// The picture of [`Case::with_damaged`].
pub const DAMAGED: &str = "damaged.png";

/// All the sample documents and a picture that is damaged, in batches of about 14,
/// committed and asked for sevens under a folder: three batches.
#[must_use]
pub fn asked(root: &Path) -> Case {
    Case::new(root).with_all_samples().with_damaged().in_batches_of(14).asked()
}

/// All documents in one batch.
#[must_use]
pub fn one_batch(program: &Program, documents: u64) -> Plan {
    let layout = Plan::choose(program, documents, Some(documents)).unwrap();
    let plan = Plan::new(program, documents, layout).unwrap();
    assert_eq!(plan.batches, 1);
    plan
}

/// What a bundle of this plan says of itself.
#[must_use]
pub fn info(request: &Request, plan: &Plan, documents: u64) -> BundleInfo {
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
