//! A small honest case, made anew by every process.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard};

use candor::exchange::formats::request::{self, FORMAT, Quality, Request, compile_options, dims};
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::respond::{self, respond};
use candor::exchange::{ExchangeError, Report, Silent, commit, commitment_files, verify_bundle};
use candor::field::ScalarHex;
use candor::model::onnx;
use candor::model::predicate::Predicate;
use candor::model::quantize::{COMPILER_VERSION, CompileOptions, InputScaling, compile};
use rand_core::OsRng;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::seeds::repository;
use crate::targets::ranges;

const VIEW: &str = "image/gray-4x4";

/// A folder in which all artefacts of an honest case stand.
pub(crate) struct Case {
    folder: TempDir,
}

/// The case of this process; one target at a time may change its files.
pub(crate) fn case() -> MutexGuard<'static, Case> {
    static CASE: LazyLock<Mutex<Case>> = LazyLock::new(|| Mutex::new(Case::new()));
    CASE.lock().expect("no target panicked before")
}

impl Case {
    fn new() -> Self {
        let case = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        case.commit();
        case.ask();
        case.respond();
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn request(&self) -> PathBuf {
        self.path("request")
    }

    pub(crate) fn bundle(&self) -> PathBuf {
        self.path("bundle")
    }

    /// Two equal images that match, one that does not, and a note that the view
    /// cannot read.
    fn commit(&self) {
        let documents = self.path("documents");
        fs::create_dir(&documents).expect("a folder");
        for (name, sample) in [
            ("match.png", "0000_label4.png"),
            ("again.png", "0000_label4.png"),
            ("other.gif", "0033_label3.gif"),
            ("note.txt", "note.txt"),
        ] {
            let from = repository().join("sample_corpus/documents").join(sample);
            fs::copy(from, documents.join(name)).expect("a sample document");
        }
        let views = [VIEW.parse().expect("a view")];
        commit(&documents, &views, &self.path("commit"), &Silent, &mut OsRng)
            .expect("a commitment");
    }

    /// Asks for images that are brighter on the left.
    fn ask(&self) {
        let commitment = commitment_files::read(&self.path("commit/PUBLIC/commitment.json"));
        let commitment = commitment.expect("a commitment");
        let model = repository().join("fuzzing/seeds/onnx/halves.onnx");
        let model = fs::read(model).expect("a model");
        let graph = onnx::read(&model).expect("a model");
        let view = VIEW.parse().expect("a view");
        let input = InputScaling::default();
        let predicate = Predicate::match_class([0]);
        let options = compile_options(&view, input, predicate, ranges(&graph, 0.0, 4.0));
        let program = compile(&graph, &options).expect("a program").program;
        let CompileOptions { scaling, predicate, ranges, .. } = options;
        let request = Request {
            format: FORMAT.to_owned(),
            compiler: COMPILER_VERSION,
            root: ScalarHex(commitment.root),
            header: ScalarHex(commitment.header.digest()),
            view,
            input: scaling,
            predicate,
            model_sha256: sha256(&model),
            program_sha256: sha256(&program.encode()),
            quality: Quality::default(),
            ranges,
        };
        assert_eq!(dims(&view).len(), program.input_len());
        fs::create_dir(self.request()).expect("a folder");
        request::write(&self.request(), &request, &model, &program).expect("a request");
    }

    /// Answers; one of the two matching documents is withheld.
    fn respond(&self) {
        let list = self.path("withhold.csv");
        fs::write(&list, "file,reason\nagain.png,privileged\n").expect("a list");
        let options = respond::Options {
            question: respond::Question {
                corpus: &self.path("documents"),
                commitment: &self.path("commit"),
                request: &self.request(),
                batch: None,
            },
            out: &self.bundle(),
            withhold: Some(&list),
            release_unreadable: false,
        };
        let summary = respond(&options, &Silent, &mut OsRng).expect("a bundle");
        let kinds = [summary.released, summary.withheld, summary.unreadable];
        assert!(kinds.iter().all(|count| *count > 0), "{summary:?}");
    }

    /// What the judge says of the files as they are.
    pub(crate) fn verify(&self) -> Result<Report, ExchangeError> {
        let commitment = self.path("commit/PUBLIC/commitment.json");
        verify_bundle(&commitment, &self.request(), &self.bundle(), &Silent)
    }
}

/// A digest as artefacts have it.
pub(crate) fn sha256(bytes: &[u8]) -> Sha256Hex {
    Sha256Hex(Sha256::digest(bytes).into())
}

/// All files under a folder, with their bytes, by name.
pub(crate) fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the case") {
            let path = entry.expect("a folder of the case").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(root).expect("it is under the root");
            let bytes = fs::read(&path).expect("a file of the case");
            files.push((name.to_string_lossy().into_owned(), bytes));
        }
    }
    files.sort();
    files
}
