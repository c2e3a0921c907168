//! Commitments that were false from the beginning, answered faithfully.

use std::path::Path;

use candor::CoarseKind;
use candor::corpus::{Missing, UnreadableReason};
use candor::exchange::formats::bag;
use candor::exchange::formats::bundle::BundleInfo;
use candor::exchange::{Outcome, Report};
use candor_testing::dishonest::{self, Document};
use candor_testing::files::{change_document, document};
use candor_testing::{Case, copy, sample};

fn seven() -> Document {
    Document::honest("0004_label7.png")
}

fn eight() -> Document {
    Document::honest("0001_label8.png")
}

/// The judge's report on a commitment to a few documents and these two.
fn judged(root: &Path, documents: [Document; 2]) -> Report {
    judged_in(&Case::new(root), documents)
}

fn judged_in(case: &Case, documents: [Document; 2]) -> Report {
    let mut all = vec![Document::honest("0000_label4.png"), Document::honest("0033_label3.gif")];
    all.extend(documents);
    let store = dishonest::commit(case, &all);
    case.ask();
    dishonest::respond(case, &store, &all);
    case.verify()
}

fn assert_refused(report: &Report, check: u8, expected: &str) {
    let failure = report.failure.as_ref().expect("a failed check");
    assert_eq!(failure.check.id(), check, "{failure}");
    assert!(failure.expected.contains(expected), "{failure}");
}

#[test]
fn the_test_s_responder_passes_where_it_is_honest() {
    let folder = tempfile::tempdir().unwrap();
    let report = judged(folder.path(), [seven(), eight()]);
    assert_eq!((report.outcome, report.matching, report.released), (Outcome::Verified, 1, 1));
}

#[test]
fn a_released_file_whose_view_was_not_derived_from_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lie = Document { view: seven().view, ..eight() };
    let report = judged(folder.path(), [Document::honest("0005_label8.png"), lie]);
    assert_eq!(report.matching, 1);
    assert_refused(&report, 5, "of image/gray-28x28");
    assert_eq!(report.failure.unwrap().leaf, Some(3));
}

#[test]
fn a_readable_file_committed_as_unreadable_is_refused_once_it_is_released() {
    for (released, decision) in [(true, Outcome::Failed), (false, Outcome::Incomplete)] {
        let folder = tempfile::tempdir().unwrap();
        let lie = Document {
            view: Err(Missing::Unreadable(UnreadableReason::Corrupt)),
            released,
            ..eight()
        };
        let report = judged(folder.path(), [seven(), lie]);
        assert_eq!(report.outcome, decision);
        if released {
            assert_refused(&report, 7, "of image/gray-28x28");
        }
    }
}

/// A claim about a kind is checked where the file is released.
#[test]
fn a_picture_committed_as_a_container_is_not_released_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let view = Err(Missing::Outside(CoarseKind::Container));
    let lie = Document { view, released: true, ..eight() };
    let report = judged(folder.path(), [seven(), lie]);
    // Released it cannot be: it stands in no family with a match.
    assert_refused(&report, 6, "nothing disclosed");
}

/// What is *not* claimed (`docs/claims.md`): nothing opens such a leaf.
#[test]
fn a_false_view_of_a_document_that_is_not_released_goes_unnoticed() {
    let folder = tempfile::tempdir().unwrap();
    let lie = Document { view: eight().view, ..seven() };
    let report = judged(folder.path(), [Document::honest("0005_label8.png"), lie]);
    assert_eq!((report.outcome, report.matching), (Outcome::Verified, 0));
}

/// Answers with the library's own responder after leaf 1 has taken over the
/// salts and digests of leaf 0, which is of the same file.
fn judged_with_repeated_digest(root: &Path, name: &'static str) -> Report {
    let case = Case::new(root);
    for copied in ["one", "two"] {
        case.add(copied, &Document::honest(name).file);
    }
    copy(&sample().join("calibration"), &case.documents().join("more"));
    case.commit();
    let mut store = case.store();
    let of = |path: &[u8]| store.entries.iter().position(|entry| entry.path() == path).unwrap();
    let (one, two) = (of(b"one"), of(b"two"));
    store.entries[two].views = store.entries[one].views.clone();
    dishonest::publish(&case, &mut store);
    case.ask();
    case.respond();
    case.verify()
}

/// Rule 9: proved once, such a digest would do for two leaves.
#[test]
fn two_leaves_with_one_view_digest_are_refused() {
    for name in ["0004_label7.png", "0001_label8.png", "note.txt"] {
        let folder = tempfile::tempdir().unwrap();
        let report = judged_with_repeated_digest(folder.path(), name);
        assert_refused(&report, 4, "a digest of its own");
    }
}

/// Released paths are shown and may be used: none may lead out of a folder, or
/// be what no walk of a folder gives.
#[test]
fn a_path_that_no_folder_can_hold_is_refused() {
    for name in ["../../x.txt", "/etc/passwd", "a\0b"] {
        let folder = tempfile::tempdir().unwrap();
        let reason = Err(Missing::Unreadable(UnreadableReason::NotAnImage));
        let lie = Document { name, file: b"x".to_vec(), view: reason, released: true };
        let report = judged(folder.path(), [seven(), lie]);
        assert_refused(&report, 1, "a well-formed entry");
        let found = report.failure.unwrap().found;
        assert!(
            found.contains("a path of a loose file that no folder can hold"),
            "{name}: {found}"
        );
    }
}

/// One batch holds all, so its proof does not bind what `bundle.json` says of
/// the lanes of a full one; every artefact has one encoding nonetheless.
#[test]
fn where_one_batch_holds_all_its_lanes_are_the_lanes() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::new(folder.path());
    let report = judged_in(&case, [seven(), eight()]);
    assert_eq!(report.outcome, Outcome::Verified);
    let path = case.bundle().join("data/bundle.json");
    let info: BundleInfo = document(&path);
    for lanes in [info.lanes + 1, info.lanes + 3, 200] {
        change_document(&path, |info: &mut BundleInfo| info.lanes = lanes);
        bag::seal(&case.bundle()).unwrap();
        assert_refused(&case.verify(), 4, &format!("in {} lanes", info.lanes));
    }
}
