//! The main job on real images: commit, request, respond, verify.

use std::fs;
use std::process::Command;

use candor::CoarseKind;
use candor::exchange::{CheckResult, ExchangeError, Outcome, Silent, respond, verify_document};
use candor_testing::case::{DAMAGED, asked};
use candor_testing::{Case, sample};
use rand_core::OsRng;

/// All seven checks pass.
fn assert_checks_pass(report: &candor::exchange::Report) {
    assert_eq!(report.failure, None);
    assert_eq!(report.checks.len(), 7);
    for (id, check) in (1..).zip(&report.checks) {
        assert_eq!((check.id, check.result), (id, CheckResult::Passed));
        assert_eq!(check.finding.unwrap().check().id(), id);
    }
}

#[test]
fn an_honest_answer_verifies_and_a_picture_that_is_damaged_makes_it_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    let summary = case.respond();
    let report = case.verify();
    assert_checks_pass(&report);
    assert_eq!(report.outcome, Outcome::Incomplete);
    let documents = fs::read_dir(case.documents()).unwrap().count() as u64;
    assert_eq!((report.documents, summary.documents), (documents, documents));
    assert_eq!((report.unreadable, report.not_examined, report.withheld), (1, 1, 0));
    assert_eq!((report.outside, report.outside_not_accepted), (1, 0));
    assert_eq!(report.examined, Some(documents - 2));
    assert_eq!((summary.proving.proofs, summary.proving.proofs_reused), (3, 0));

    // The model finds every seven, and little else.
    let sevens = |name: &str| name.contains("_label7");
    let released: Vec<_> = fs::read_dir(case.bundle().join("data/released")).unwrap().collect();
    assert_eq!(released.len() as u64, report.released);
    let openings = fs::read_to_string(case.bundle().join("data/openings.jsonl")).unwrap();
    let found = openings.lines().filter(|line| sevens(line)).count();
    let all = fs::read_dir(sample().join("documents")).unwrap();
    let all = all.filter(|e| sevens(&e.as_ref().unwrap().file_name().to_string_lossy())).count();
    assert!(found >= 4 && found + 1 >= all, "{found} of {all}");
    assert!(report.released <= all as u64 + 3);
    assert!(summary.bundle_bytes_without_files < 2000 * 300, "{summary:?}");

    // Every released file verifies alone, and no other file does.
    let commitment = case.commitment_file();
    for file in released {
        let file = file.unwrap().path();
        let report = verify_document(&commitment, &case.bundle(), &file).unwrap();
        assert_eq!(report.outcome, Outcome::Verified);
        assert!(report.path.is_some());
    }
    let note = sample().join("documents/note.txt");
    let report = verify_document(&commitment, &case.bundle(), &note).unwrap();
    assert_eq!(report.outcome, Outcome::Failed);

    // Nothing is overwritten.
    assert!(matches!(case.try_respond(), Err(ExchangeError::Input { .. })));
}

#[test]
fn releasing_what_cannot_be_read_makes_it_complete() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path()).releasing_unreadable().responded();
    let report = case.verify();
    assert_checks_pass(&report);
    assert_eq!(report.outcome, Outcome::Verified);
    assert_eq!((report.unreadable, report.not_examined), (1, 0));
    assert_eq!(report.released, report.matching + 1);
    // The note is not asked about: its kind is the responder's word.
    assert_eq!((report.outside, report.outside_not_checked), (1, 1));
    let page = report.to_string();
    let first =
        "of 44 documents, 43 examined, 1 claimed to be of kinds not asked about, not checked";
    assert!(page.starts_with(first), "{page}");
    assert_eq!(report.strictly().outcome, Outcome::Incomplete);
}

#[test]
fn withheld_documents_are_counted_and_nothing_of_them_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    fs::remove_file(case.documents().join("note.txt")).unwrap();
    fs::remove_file(case.documents().join(DAMAGED)).unwrap();
    case.ask_anew();
    // One that matches and one that does not: only the first is listed.
    let case = case
        .withholding(&[
            ("0004_label7.png", "privileged, Rule 26"),
            ("0001_label8.png", "privileged"),
        ])
        .responded();
    let report = case.verify();
    assert_checks_pass(&report);
    assert_eq!(report.outcome, Outcome::Incomplete);
    assert_eq!((report.withheld, report.unreadable), (1, 0));
    let log = fs::read_to_string(case.bundle().join("data/withheld.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 1);
    assert!(log.contains("\"basis\":[\"other/privileged, Rule 26\"]") && !log.contains("label"));
    let openings = fs::read_to_string(case.bundle().join("data/openings.jsonl")).unwrap();
    assert!(!openings.contains("0004_label7"));

    fs::remove_dir_all(case.bundle()).unwrap();
    let refused = case.withholding(&[("nosuch.png", "x")]).try_respond().unwrap_err();
    assert!(refused.to_string().contains("(nosuch.png): there is no such document"), "{refused}");
}

#[test]
fn an_interrupted_answer_reuses_its_proofs_and_refuses_other_work() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    // As after a crash in the last of three batches.
    let proofs = folder.path().join("bundle.partial/whole/data/proofs");
    case.respond();
    fs::create_dir_all(&proofs).unwrap();
    for name in ["00000000.proof", "00000001.proof"] {
        fs::copy(case.bundle().join("data/proofs").join(name), proofs.join(name)).unwrap();
    }
    // A damaged one is made again, and what is left of a crash is swept away.
    let mut damaged = fs::read(proofs.join("00000001.proof")).unwrap();
    damaged[1000] ^= 1;
    fs::write(proofs.join("00000001.proof"), damaged).unwrap();
    fs::write(proofs.join(".candor-left-over"), b"half a proof").unwrap();
    let summary = case.respond_anew();
    assert_eq!((summary.proving.proofs, summary.proving.proofs_reused), (3, 1));
    assert_checks_pass(&case.verify());
    assert!(!folder.path().join("bundle.partial").exists());

    // Unfinished work of another batch size is not mixed in.
    fs::remove_dir_all(case.bundle()).unwrap();
    let partial = folder.path().join("bundle.partial");
    fs::create_dir_all(&partial).unwrap();
    fs::write(partial.join("session.json"), b"{}").unwrap();
    let refused = case.try_respond().unwrap_err();
    assert!(refused.to_string().contains("unfinished work"), "{refused}");
}

#[test]
fn a_document_that_changed_since_the_commitment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    let path = case.documents().join("0001_label8.png");
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, bytes).unwrap();
    let refused = case.try_respond().unwrap_err().to_string();
    assert!(refused.contains("0001_label8.png: has changed"), "{refused}");
    fs::remove_file(&path).unwrap();
    let refused = case.try_respond().unwrap_err().to_string();
    assert!(refused.contains("0001_label8.png"), "{refused}");
    assert!(!case.bundle().exists());
}

#[test]
fn a_corpus_without_images_is_answered_without_proofs() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::new(folder.path());
    case.add("a.txt", b"no image");
    case.add("b", b"");
    let case = case.asked();
    let summary = case.respond();
    assert_eq!((summary.proving.proofs, summary.unreadable, summary.outside), (0, 0, 2));
    let report = case.verify();
    assert_checks_pass(&report);
    assert_eq!((report.outcome, report.outside_not_checked), (Outcome::Verified, 2));

    // Of a request that asks about every kind, it is no answer.
    fs::remove_dir_all(case.bundle()).unwrap();
    fs::remove_dir_all(case.request()).unwrap();
    let case = case.accepting_outside(&[CoarseKind::Picture]);
    case.ask();
    case.respond();
    let report = case.verify();
    assert_checks_pass(&report);
    assert_eq!((report.outcome, report.outside_not_accepted), (Outcome::Incomplete, 2));
}

#[test]
fn the_bundle_is_a_bag_that_other_tools_can_check() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    case.respond();
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let Ok(output) =
            Command::new("sha256sum").args(["-c", manifest]).current_dir(case.bundle()).output()
        else {
            return;
        };
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn a_request_for_an_unknown_corpus_or_view_is_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    fs::remove_dir_all(case.commitment()).unwrap();
    case.commit();
    let refused = case.try_respond().unwrap_err();
    assert!(matches!(refused, ExchangeError::Refused(_)), "{refused}");
}

#[test]
fn shards_join_into_a_bundle_and_missing_ones_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    case.answering(|options| assert_shards_join(&case, options));
}

fn assert_shards_join(case: &Case, options: &respond::Options<'_>) {
    let question = options.question;
    let part = |shard: &str| {
        let out = case.path(&shard.replace('/', "-of-"));
        let shard = shard.parse().unwrap();
        let summary = respond::prove(&question, shard, &out, &Silent, &mut OsRng).unwrap();
        (out, summary)
    };
    let (first, summary) = part("1/2");
    assert_eq!((summary.proving.proofs, summary.documents), (2, 28));
    let assemble = |shards: &[std::path::PathBuf]| respond::assemble(options, shards, &Silent);
    let refused = assemble(std::slice::from_ref(&first)).unwrap_err().to_string();
    assert!(refused.contains("batches 1:") && refused.contains("--shard 2/2"), "{refused}");
    assert!(!case.bundle().exists());

    let (second, summary) = part("2/2");
    assert_eq!((summary.proving.proofs, summary.documents), (1, 14));
    // A proof that is damaged is as good as none.
    let proof = second.join("data/proofs/00000001.proof");
    let whole = fs::read(&proof).unwrap();
    fs::write(&proof, &whole[1..]).unwrap();
    let shards = [first, second];
    let refused = assemble(&shards).unwrap_err().to_string();
    assert!(refused.contains("--shard 2/2"), "{refused}");
    fs::write(&proof, whole).unwrap();
    assert_eq!(assemble(&shards).unwrap().proving.proofs_reused, 3);
    assert_checks_pass(&case.verify());

    // Parts of another answer are not joined.
    fs::remove_dir_all(case.bundle()).unwrap();
    let question = respond::Question { batch: Some(40), ..question };
    let other = respond::Options { question, ..options.clone() };
    let refused = respond::assemble(&other, &shards, &Silent).unwrap_err().to_string();
    assert!(refused.contains("another request, corpus or batch size"), "{refused}");
}

#[test]
fn an_estimate_counts_what_will_be_proved_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    let estimate = |shard| {
        case.answering(|options| {
            respond::estimate(&options.question, shard, &Silent, &mut OsRng).unwrap()
        })
    };
    let before = fs::read_dir(folder.path()).unwrap().count();
    let whole = estimate(None);
    assert_eq!((whole.to_prove, whole.proofs, whole.documents_per_proof), (42, 3, 14));
    assert!(whole.proving_seconds > Some(0.0) && whole.memory_bytes > 0);
    let part = estimate(Some("2/2".parse().unwrap()));
    assert_eq!((part.to_prove, part.proofs), (14, 1));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before);

    // The size is that of proofs and leaves.
    case.respond();
    let size = |name: &str| fs::metadata(case.bundle().join("data").join(name)).unwrap().len();
    let proofs = (0..3).map(|batch| size(&format!("proofs/{batch:08}.proof"))).sum::<u64>();
    assert_eq!(whole.disk_bytes, size("leaves.bin") + proofs);
}
