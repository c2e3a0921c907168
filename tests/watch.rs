//! What a verification tells while it runs: of the bytes that it verifies, each once, and
//! of nothing where a check fails.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use candor::exchange::formats::leaves::Status;
use candor::exchange::{
    Beside, BundleSeen, ExchangeError, LeafSeen, Outcome, Progress, ReleasedSeen, Report, Silent,
    Watch, verify_bundle_with,
};
use candor_testing::files::sha256;
use candor_testing::{copy, golden};

#[derive(Debug, Default)]
struct Told {
    bundles: Mutex<Vec<[u8; 32]>>,
    released: Mutex<Vec<(u64, bool)>>,
    leaves: Mutex<Vec<(u64, &'static str)>>,
}

impl Watch for Told {
    fn bundle(&self, bundle: &BundleSeen<'_>) {
        self.bundles.lock().unwrap().push(bundle.digest);
    }

    fn released(&self, file: &ReleasedSeen<'_>) {
        assert_eq!(file.opening.file.unwrap().sha256.0, file.reading.sha256);
        self.released.lock().unwrap().push((file.opening.leaf, file.matches));
    }

    fn leaf(&self, leaf: &LeafSeen<'_>) {
        let fate = match (leaf.record.status, leaf.is_disclosed(), leaf.withheld.is_some()) {
            (Status::Matched, true, false) => "released",
            (Status::Matched, false, true) => "withheld",
            (Status::Unmatched, false, false) => "closed",
            (Status::Unreadable, false, false) => "unreadable",
            (Status::Outside, false, false) => "outside",
            _ => "something else",
        };
        let missing = matches!(fate, "unreadable" | "outside");
        assert_eq!(leaf.missing.is_some(), missing);
        self.leaves.lock().unwrap().push((leaf.leaf, fate));
    }
}

fn verify(bundle: &Path, told: &Told, progress: &dyn Progress) -> Result<Report, ExchangeError> {
    let folder = golden();
    let beside = Beside { watch: Some(told), ..Beside::default() };
    let commitment = folder.join("commitment.json");
    verify_bundle_with(commitment.as_path(), &folder.join("request"), bundle, beside, progress)
}

#[test]
fn each_leaf_is_told_once_with_its_fate() {
    let (told, bundle) = (Told::default(), golden().join("bundle"));
    let report = verify(&bundle, &told, &Silent).unwrap();
    assert_eq!(report.outcome, Outcome::Incomplete);
    let digest = sha256(&fs::read(bundle.join("tagmanifest-sha256.txt")).unwrap()).0;
    let mut released = told.released.into_inner().unwrap();
    released.sort_unstable();
    let told = (told.bundles.into_inner().unwrap(), released, told.leaves.into_inner().unwrap());
    let fates = [
        "released",
        "released",
        "unreadable",
        "outside",
        "closed",
        "released",
        "withheld",
        "released",
        "closed",
        "closed",
    ];
    assert_eq!(
        told,
        (vec![digest], [0, 1, 5, 7].map(|leaf| (leaf, true)).to_vec(), (0..).zip(fates).collect())
    );
}

/// Puts other leaves in place before the last reading of them.
struct Swap<'a>(&'a Path);

impl Progress for Swap<'_> {
    fn stage(&self, name: &str, _total: u64) {
        if name == "listing what became of each document" {
            let mut leaves = fs::read(self.0).unwrap();
            // The status of the first leaf that does not match.
            let at = leaves.len() / 10 * 5 - 1;
            assert_eq!(leaves[at], 0);
            leaves[at] = 1;
            fs::write(self.0, leaves).unwrap();
        }
    }

    fn advance(&self, _units: u64) {}
}

#[test]
fn leaves_that_change_after_the_checks_decide_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    copy(&golden().join("bundle"), &bundle);
    let leaves = bundle.join("data/leaves.bin");
    let error = verify(&bundle, &Told::default(), &Swap(&leaves)).unwrap_err();
    assert!(matches!(&error, ExchangeError::Changed(path) if *path == leaves), "{error}");
}

#[test]
fn no_leaf_is_told_where_a_check_fails() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    copy(&golden().join("bundle"), &bundle);
    fs::write(bundle.join("data/withheld.jsonl"), "").unwrap();
    let told = Told::default();
    assert_eq!(verify(&bundle, &told, &Silent).unwrap().outcome, Outcome::Failed);
    assert_eq!(told.leaves.into_inner().unwrap(), []);
}
