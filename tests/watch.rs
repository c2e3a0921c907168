//! What a verification tells while it runs: of the bytes that it verifies, each once, and
//! of nothing where a check fails.

use std::collections::BTreeMap;
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
    assert_eq!(told.bundles.into_inner().unwrap(), [digest]);
    let handed_out = numbers_of_released(&bundle);
    assert_eq!(handed_out.len(), 4);
    assert_eq!(released, handed_out.iter().map(|leaf| (*leaf, true)).collect::<Vec<_>>());
    let leaves = told.leaves.into_inner().unwrap();
    assert!(leaves.iter().map(|(leaf, _)| *leaf).eq(0..10), "{leaves:?}");
    let mut fates = BTreeMap::new();
    for (leaf, fate) in leaves {
        assert_eq!(fate == "released", handed_out.contains(&leaf), "leaf {leaf}");
        *fates.entry(fate).or_insert(0) += 1;
    }
    let expected =
        [("closed", 3), ("outside", 1), ("released", 4), ("unreadable", 1), ("withheld", 1)];
    assert_eq!(fates, BTreeMap::from(expected));
}

/// The leaves whose files a bundle hands out.
fn numbers_of_released(bundle: &Path) -> Vec<u64> {
    let files = fs::read_dir(bundle.join("data/released")).unwrap();
    let number = |file: fs::DirEntry| {
        let path = file.path();
        path.file_stem().unwrap().to_str().unwrap().parse().unwrap()
    };
    let mut numbers: Vec<u64> = files.map(|file| number(file.unwrap())).collect();
    numbers.sort_unstable();
    numbers
}

/// Puts other leaves in place before the last reading of them.
struct Swap<'a>(&'a Path);

impl Progress for Swap<'_> {
    fn stage(&self, name: &str, _total: u64) {
        if name == "listing what became of each document" {
            let mut leaves = fs::read(self.0).unwrap();
            // The status, which ends its record, of the first leaf that does not match.
            let len = leaves.len() / 10;
            let mut records = leaves.chunks_exact_mut(len);
            let status =
                records.find_map(|record| record.last_mut().filter(|status| **status == 0));
            *status.unwrap() = 1;
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
