//! Files that change while the judge reads them: whoever serves the bundle's
//! storage must not be able to show one check other bytes than another.

use std::fs;
use std::path::{Path, PathBuf};

use candor::exchange::formats::bundle::Opening;
use candor::exchange::{ExchangeError, Outcome, Progress, Report};
use candor::field::Scalar;
use candor_testing::case::{DAMAGED, asked};
use candor_testing::dishonest::{self, Document, view};
use candor_testing::files::lines;
use candor_testing::{Case, copy};
use ff::Field;
use rand_core::OsRng;

/// Does something at the beginning of each of the judge's stages.
struct AtStage<F>(F);

impl<F: Fn(&str) + Sync> Progress for AtStage<F> {
    fn stage(&self, name: &str, _total: u64) {
        (self.0)(name);
    }

    fn advance(&self, _units: u64) {}
}

fn judged(case: &Case, at_stage: impl Fn(&str) + Sync) -> Result<Report, ExchangeError> {
    case.verify_while(&AtStage(at_stage))
}

/// Puts other bytes at a path as a rename does: what is open stays as it was.
fn replace(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("new");
    fs::write(&beside, bytes).unwrap();
    fs::rename(beside, path).unwrap();
}

#[test]
fn the_leaves_whose_decisions_are_proved_are_those_that_hash_to_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::new(folder.path());
    let documents = [
        Document::honest("0000_label4.png"),
        Document::honest("0033_label3.gif"),
        Document::honest("0004_label7.png"),
    ];
    let committed = dishonest::commit(&case, &documents);
    case.ask();

    // The seven is proved to be no match: as a blank picture, under the root
    // that it was committed under as it is.
    let mut blank = documents.clone();
    blank[2].view = Ok(vec![0; 28 * 28]);
    let mut forged = committed.clone();
    let salt = Scalar::random(OsRng);
    forged.entries[2].views[0].salt = salt;
    forged.entries[2].views[0].digest = candor::hash::sponge::view_digest(
        &view().to_string(),
        salt,
        blank[2].view.as_ref().unwrap(),
    );
    dishonest::respond(&case, &forged, &blank);
    let path = case.bundle().join("data/leaves.bin");
    let false_leaves = fs::read(&path).unwrap();
    let mut true_leaves = false_leaves.clone();
    let digest = candor::field::encode(&committed.entries[2].views[0].digest);
    // A record of one view: four elements and a status.
    true_leaves[2 * 129 + 96..3 * 129 - 1].copy_from_slice(&digest);
    assert_ne!(true_leaves, false_leaves);

    let report = judged(&case, |_| {}).unwrap();
    let failure = report.failure.expect("a failed check");
    assert_eq!(failure.check.id(), 3, "{failure}");

    let outcome = judged(&case, |stage| match stage {
        "hashing leaves" => replace(&path, &true_leaves),
        "verifying proofs" => replace(&path, &false_leaves),
        _ => {}
    });
    assert_changed(outcome, &path, "leaves");
}

fn assert_changed(outcome: Result<Report, ExchangeError>, path: &Path, case: &str) {
    match outcome {
        Err(error @ ExchangeError::Changed(_)) => {
            let message = error.to_string();
            assert!(message.starts_with(&path.display().to_string()), "{case}: {message}");
            assert!(message.contains("storage that no one else can write to"), "{message}");
        }
        Err(error) => panic!("{case}: {error}"),
        Ok(report) => panic!("{case}: {:?}, {:?}", report.outcome, report.failure),
    }
}

/// An honest case with everything that a bundle can hold.
fn answered(root: &Path) -> Case {
    let case = asked(root).withholding(&[("0004_label7.png", "privileged")]);
    let case = case.redacting(&[("0004_label7.png", b"[black]", ",the number")]);
    case.releasing_unreadable().responded()
}

/// The released files of a match and of the picture that is damaged.
fn released(case: &Case) -> [PathBuf; 2] {
    let openings: Vec<Opening> = lines(&case.bundle().join("data/openings.jsonl"));
    [false, true].map(|damaged| {
        let opening = openings.iter().find(|opening| {
            let record = opening.record.as_ref();
            record.is_some_and(|record| (record.line.path.0 == DAMAGED.as_bytes()) == damaged)
        });
        case.bundle().join(opening.unwrap().file_name().unwrap())
    })
}

/// The first file of a folder with this extension.
fn first(folder: &Path, extension: &str) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|found| found == extension)).min().unwrap()
}

const BAG: &str = "checking the bundle's files";
const LEAVES: &str = "hashing leaves";
const PROOFS: &str = "verifying proofs";
const RELEASED: &str = "checking released files";
const PRIVATE: &str = "checking for other disclosures";
const UNREADABLE: &str = "checking unreadable files";

#[test]
fn whatever_is_read_twice_must_be_the_same_twice() {
    let folder = tempfile::tempdir().unwrap();
    let case = answered(folder.path());
    let whole = folder.path().join("whole");
    copy(&case.bundle(), &whole);
    assert_eq!(judged(&case, |_| {}).unwrap().outcome, Outcome::Incomplete, "one is withheld");

    let bundle = case.bundle();
    let data = |name: &str| bundle.join("data").join(name);
    let [matching, damaged] = released(&case);
    let readings = [
        (data("leaves.bin"), &[LEAVES, PROOFS, RELEASED, PRIVATE, UNREADABLE][..]),
        (data("openings.jsonl"), &[BAG, RELEASED, PRIVATE, UNREADABLE]),
        (data("outside.jsonl"), &[PROOFS, UNREADABLE]),
        (data("unreadable.jsonl"), &[PROOFS, UNREADABLE]),
        (data("substitutes.jsonl"), &[BAG, RELEASED]),
        (data("withheld.jsonl"), &[RELEASED]),
        (first(&data("proofs"), "proof"), &[PROOFS]),
        (data("proofs/00000002.proof"), &[PROOFS]),
        (bundle.join("manifest-sha256.txt"), &[PROOFS]),
        // A match, and a file that no view reads.
        (matching, &[RELEASED]),
        (damaged, &[UNREADABLE]),
    ];
    for (path, stages) in &readings {
        let bytes = fs::read(path).unwrap();
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        let others = [Some(flipped), Some([&bytes[..], b"\n"].concat()), None];
        for (stage, (kind, other)) in
            stages.iter().flat_map(|stage| others.iter().enumerate().map(move |o| (stage, o)))
        {
            let outcome = judged(&case, |now| match other {
                _ if now != *stage => {}
                Some(bytes) => replace(path, bytes),
                None => fs::remove_file(path).unwrap(),
            });
            // A proof that is not as its line in another manifest says is named
            // itself.
            let named = if path.ends_with("manifest-sha256.txt") { &bundle } else { path };
            let case = format!("{} at `{stage}`, kind {kind}", path.display());
            assert_changed(outcome, named, &case);
            replace(path, &bytes);
        }
    }
    assert_eq!(judged(&case, |_| {}).unwrap().outcome, Outcome::Incomplete);
}

/// Swapped for one stage only, and put back before the next.
#[test]
fn a_list_emptied_between_two_checks_does_not_make_an_answer_complete() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    case.respond();
    let path = case.bundle().join("data/unreadable.jsonl");
    let list = fs::read(&path).unwrap();
    let report = judged(&case, |_| {}).unwrap();
    assert_eq!(report.outcome, Outcome::Incomplete);
    assert!(report.not_examined > 0);
    let outcome = judged(&case, |stage| {
        if stage == RELEASED {
            replace(&path, b"");
        }
    });
    assert_changed(outcome, &path, "emptied");
    replace(&path, &list);
    assert_eq!(judged(&case, |_| {}).unwrap().outcome, Outcome::Incomplete);
}

/// A released file that never was what its opening says is the bundle's fault,
/// not that of the storage.
#[test]
fn a_wrong_file_is_no_changed_file() {
    let folder = tempfile::tempdir().unwrap();
    let case = answered(folder.path());
    let [path, _] = released(&case);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    candor::exchange::formats::bag::seal(&case.bundle()).unwrap();
    let failure = judged(&case, |_| {}).unwrap().failure.expect("a failed check");
    assert_eq!(failure.check.id(), 5, "{failure}");
}
