//! What the judge reports.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::{Check, Failure};
use crate::exchange::formats::text::Sha256Hex;
use crate::field::ScalarHex;

/// The outcome of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every document was judged, and exactly the matching ones are released.
    Verified,
    /// All that the bundle says holds, but documents were not reached or are
    /// withheld.
    Incomplete,
    /// A check failed.
    Failed,
}

impl Outcome {
    /// The exit code of the commands.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::Failed => 1,
            Self::Incomplete => 3,
        }
    }
}

/// One check of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// [`Check::id`].
    pub id: u8,
    /// [`Check::name`].
    pub name: &'static str,
    /// Whether it passed; `None` if it was not reached.
    pub passed: Option<bool>,
    /// What was found.
    pub detail: String,
}

/// The judge's report on a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The outcome.
    pub outcome: Outcome,
    /// Digest of the request, if it is well formed.
    pub request: Option<Sha256Hex>,
    /// The committed root.
    pub root: ScalarHex,
    /// Documents of the corpus.
    pub documents: u64,
    /// Documents with outcome 1, as far as verified.
    pub matched: u64,
    /// Documents released.
    pub released: u64,
    /// Matching documents withheld with a reason.
    pub withheld: u64,
    /// Documents without the requested view.
    pub unreadable: u64,
    /// Unreadable documents that are not released: nobody judged them.
    pub not_examined: u64,
    /// Seconds that the verification took.
    pub seconds: f64,
    /// The checks in order.
    pub checks: Vec<CheckReport>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// The checks that passed, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Passed(BTreeMap<Check, String>);

impl Passed {
    pub(crate) fn add(&mut self, check: Check, detail: String) {
        self.0.insert(check, detail);
    }

    /// The reports of all checks: those passed, the one that failed, the rest.
    ///
    /// A check may fail after later ones have passed: a file that changes under
    /// the judge's hands fails the parsing whenever it is read.
    pub(crate) fn reports(mut self, failure: Option<&Failure>) -> Vec<CheckReport> {
        let report = |check: Check| {
            let (passed, detail) = match (failure, self.0.remove(&check)) {
                (Some(failure), _) if failure.check == check => (Some(false), failure.to_string()),
                (_, Some(detail)) => (Some(true), detail),
                (_, None) => (None, "not reached".to_owned()),
            };
            CheckReport { id: check.id(), name: check.name(), passed, detail }
        };
        Check::ALL.into_iter().map(report).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(checks: &[Check]) -> Passed {
        let mut passed = Passed::default();
        for check in checks {
            passed.add(*check, format!("of {}", check.name()));
        }
        passed
    }

    #[test]
    fn each_detail_stands_beside_its_check() {
        let first = [Check::Parsing, Check::Request, Check::Leaves];
        for failing in Check::ALL {
            let failure = Failure::new(failing, "file", "one thing", "another");
            for report in passed(&first).reports(Some(&failure)) {
                let check = Check::ALL[usize::from(report.id) - 1];
                assert_eq!(report.name, check.name());
                let expected = match check {
                    check if check == failing => (Some(false), failure.to_string()),
                    check if first.contains(&check) => (Some(true), format!("of {}", check.name())),
                    _ => (None, "not reached".to_owned()),
                };
                assert_eq!((report.passed, report.detail), expected, "{failing:?}");
            }
        }
        let reports = passed(&Check::ALL).reports(None);
        assert_eq!(reports.len(), Check::ALL.len());
        assert!(reports.iter().all(|report| report.passed == Some(true)));
    }
}
