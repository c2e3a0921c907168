//! What must not change unnoticed: a stored case that verifies for ever, and
//! values that follow from the sample corpus.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use candor::argument::plan::{BatchShape, Plan};
use candor::corpus::{canonicalise_file, commit_corpus};
use candor::exchange::formats::request::compile_options;
use candor::exchange::{Check, Outcome, Silent, verify_bundle, verify_document};
use candor::field::to_hex;
use candor::model::predicate::Predicate;
use candor::model::quantize::{CalibratedRanges, InputScaling, compile};
use candor::model::{onnx, program::Program};
use candor::proof::Verifier;
use candor_testing::files::files;
use candor_testing::vectors::FEW;
use candor_testing::{Case, copy, golden, models, sample};
use rand_core::{CryptoRng, RngCore};
use sha2::{Digest, Sha256};

/// SHA-256 of a counter: the same salts and order in every run. For tests
/// alone.
struct Fixed(u64);

impl RngCore for Fixed {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::digest(self.0.to_le_bytes());
            self.0 += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Fixed {}

#[test]
fn the_stored_bundle_verifies() {
    let folder = golden();
    let commitment = folder.join("commitment.json");
    let report =
        verify_bundle(&commitment, &folder.join("request"), &folder.join("bundle"), &Silent);
    let report = report.unwrap();
    assert_eq!(report.failure, None);
    assert_eq!(report.outcome, Outcome::Incomplete);
    assert_eq!(report.checks.len(), Check::ALL.len());
    assert!(
        report.checks.iter().all(|check| check.result == candor::exchange::CheckResult::Passed)
    );
    let counts = (report.documents, report.matching, report.released, report.withheld);
    assert_eq!(counts, (10, 5, 4, 1));
    let by_basis: Vec<_> =
        report.withheld_by_basis.iter().map(|count| (count.basis, count.documents)).collect();
    assert_eq!((by_basis.as_slice(), report.substitutes), ([("foia/b6", 1)].as_slice(), 1));
    assert_eq!((report.unreadable, report.not_examined), (1, 1));
    assert_eq!((report.outside, report.outside_not_accepted), (1, 0));
    for file in fs::read_dir(folder.join("bundle/data/released")).unwrap() {
        let file = file.unwrap().path();
        let report = verify_document(&commitment, &folder.join("bundle"), &file).unwrap();
        assert_eq!(report.outcome, Outcome::Verified);
    }
}

/// The scan, the views, the hashes and the tree.
#[test]
fn the_root_of_the_sample_corpus_is_pinned() {
    let views = ["image/gray-28x28", "image/rgb-8x8"].map(|view| view.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let documents = folder.path();
    copy(&sample().join("documents"), documents);
    // A record holds the file's time.
    let time = UNIX_EPOCH + Duration::from_secs(1_557_819_000);
    for name in files(documents) {
        let file = fs::File::options().append(true).open(documents.join(name)).unwrap();
        file.set_modified(time).unwrap();
    }
    let (commitment, store) = commit_corpus(documents, &views, &mut Fixed(0), &|_, _| ()).unwrap();
    let digest = hex::encode(Sha256::digest(store.encode()));
    assert_eq!(
        [to_hex(&commitment.root), digest],
        [
            "804ceb884ab8569a20cfa08ad7cfa8e4a72dfa160d4fcbdf7113cf37d5623d68",
            "56c690beebb061b6839147207a0c7ba92bea1d2ffbf4ff873d6d1b10ccf0c1d4"
        ]
    );
}

/// The sample model, all tensors said to lie in -8 to 8.
fn program() -> Program {
    let model = fs::read(sample().join("model.onnx")).unwrap();
    let graph = onnx::read(&model).unwrap();
    let mut ranges = CalibratedRanges::default();
    for node in &graph.nodes {
        ranges.observe(&node.output, -8.0).unwrap();
        ranges.observe(&node.output, 8.0).unwrap();
    }
    ranges.observe_centred(-8.0).unwrap();
    ranges.observe_centred(8.0).unwrap();
    let view = "image/gray-28x28".parse().unwrap();
    let options =
        compile_options(&view, InputScaling::default(), Predicate::match_class([7]), ranges);
    Program::clone(&compile(&graph, &options).unwrap().program)
}

/// The compiler, the layout, the circuit and the library under it.
#[test]
fn program_key_and_proof_length_of_the_sample_model_are_pinned() {
    let program = program();
    let digest = hex::encode(Sha256::digest(program.encode()));
    assert_eq!(digest, "6adc5cc56eb07ffe94c73e6efddf03ee286f99a7e06819f35e2d24af501912e6");
    let BatchShape { copies, .. } = Plan::choose(&program, 1 << 20, None).unwrap();
    let verifier = Verifier::new(Arc::new(program), copies, 3).unwrap();
    let key = to_hex(&verifier.key_digest());
    assert_eq!(
        (copies, verifier.proof_len(), key.as_str()),
        (13, 6272, "aef3b04f77663fd2e4f785fa70f9346016e5c60fe6067e0d35e42f601a7cab47")
    );
}

/// Makes the stored case anew, in a folder whose name it prints:
/// `cargo test --test golden -- --ignored --nocapture`.
#[test]
#[ignore = "writes a new case, to be put in place of the stored one"]
fn write_golden_bundle() {
    let folder = tempfile::tempdir().unwrap().keep();
    let names = FEW;
    let view = "image/gray-4x4";
    let model = folder.join("model.onnx");
    fs::write(&model, models::halves()).unwrap();
    let case = Case::new(folder.join("work")).with_samples(&names).with_damaged();
    let case = case.with_views(&[view]);
    let case = case.asking(&model, view, 1).in_batches_of(5).asked();
    let program = case.compiled().1.program;
    let matching = names[..8].iter().find(|name| {
        let bytes = fs::read(case.documents().join(name)).unwrap();
        program.matches(&canonicalise_file(&bytes, &view.parse().unwrap()).unwrap())
    });
    let matching = matching.expect("a matching document");
    let list = format!(
        "path,basis,description,author\n{matching},foia/b6; foia/b7c,a photograph,A. Author\n"
    );
    let case = case.withholding_list(&list).redacting(&[(matching, b"[redacted]", ",the face")]);
    let summary = case.respond();
    fs::copy(case.commitment_file(), folder.join("commitment.json")).unwrap();
    copy(&case.request(), &folder.join("request"));
    copy(&case.bundle(), &folder.join("bundle"));
    // With its opening store and the documents that are not released.
    fs::remove_dir_all(case.root()).unwrap();
    fs::remove_file(model).unwrap();
    println!("{}\n{summary:?}", folder.display());
}
