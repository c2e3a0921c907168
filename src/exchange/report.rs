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

use serde::Serialize;

use super::error::{Check, Failure};
use super::text::{Element, Sha256Hex};

/// The outcome of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every document was judged, and exactly the matching ones are released.
    Verified,
    /// All that the bundle says holds, but documents were not reached or are
    /// withheld.
    Incomplete,
    /// A check failed.
    Failed,
}

impl Verdict {
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
    /// Whether it passed; `None` if an earlier one failed.
    pub passed: Option<bool>,
    /// What was found.
    pub detail: String,
}

/// The judge's report on a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The outcome.
    pub verdict: Verdict,
    /// Digest of the request, if it is well formed.
    pub request: Option<Sha256Hex>,
    /// The committed root.
    pub root: Element,
    /// Documents of the corpus.
    pub documents: u64,
    /// Documents with verdict 1, as far as verified.
    pub matched: u64,
    /// Documents released.
    pub released: u64,
    /// Matching documents withheld with a reason.
    pub withheld: u64,
    /// Documents without the requested view.
    pub absent: u64,
    /// Absent documents that are not released: nobody judged them.
    pub not_reached: u64,
    /// Seconds that the verification took.
    pub seconds: f64,
    /// The checks in order.
    pub checks: Vec<CheckReport>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// The checks that passed, in order.
#[derive(Debug, Default)]
pub(crate) struct Passed(Vec<String>);

impl Passed {
    pub(crate) fn push(&mut self, detail: String) {
        self.0.push(detail);
    }

    /// The reports of all checks: those passed, the one that failed, the rest.
    pub(crate) fn reports(self, failure: Option<&Failure>) -> Vec<CheckReport> {
        let mut details = self.0.into_iter();
        let report = |check: Check| {
            let (passed, detail) = match failure {
                Some(failure) if failure.check == check => (Some(false), failure.to_string()),
                _ => match details.next() {
                    Some(detail) => (Some(true), detail),
                    None => (None, "not reached".to_owned()),
                },
            };
            CheckReport { id: check.id(), name: check.name(), passed, detail }
        };
        Check::ALL.into_iter().map(report).collect()
    }
}
