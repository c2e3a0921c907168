//! What the judge found: numbers first, sentences made of them.
//!
//! * [`Report`]: the outcome of a bundle, with what each check found
//! * [`Finding`]: the numbers of one check; `docs/formats.md` has their schema
//! * [`BasisCount`]: how many documents are withheld on a basis
//! * [`DocumentReport`]: the outcome of one released file
//! * `text`: both as a page of text

mod bases;
mod document;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

pub use bases::BasisCount;
pub(super) use bases::WithheldBases;
pub use document::DocumentReport;

use super::error::{Check, Failure};
use super::formats::text::Sha256Hex;
use super::hits::{AllHits, LineHits};
use super::settling::BasisCounts;
use crate::field::ScalarHex;

/// The outcome of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every document was classified, and exactly the matching ones are released.
    Verified,
    /// Everything the bundle states is correct, but documents were withheld, not
    /// examined, or are said to be of kinds that the request does not leave aside.
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

/// What became of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// It holds.
    Passed,
    /// It does not hold; [`Report::failure`] says why.
    Failed,
    /// An earlier check failed.
    NotRun,
}

/// Where the judge has the commitment from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RootSource {
    /// A `commitment.json` of the judge's own.
    Commitment,
    /// The bundle's own copy, whose root was compared with one that the judge gave.
    Compared,
    /// The bundle's own copy: the responder may have chosen it.
    Bundle,
}

/// What a requester accepted when it issued a request that decides otherwise
/// than its model more often than its tool allows. The requester's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AcceptedDisagreement {
    /// Calibration documents on which program and model decide alike.
    pub same_decision: u64,
    /// Calibration documents.
    pub documents: u64,
}

/// What a check found, in numbers of documents unless they say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Finding {
    /// Check 1: every file is known, undamaged and in its one spelling.
    Parsing {
        /// Files of proofs.
        proofs: u64,
        /// Files that are released.
        released: u64,
        /// Lines in the list of withheld documents.
        withheld: u64,
        /// Lines in the list of redacted copies.
        substitutes: u64,
        /// Lines in the list of documents outside the view.
        outside: u64,
        /// Lines in the list of unreadable documents.
        unreadable: u64,
        /// Files that operating systems add, which were left aside.
        left_aside: u64,
    },
    /// Check 2: the request was compiled correctly and is for this commitment.
    Request {
        /// Its digest.
        request: Sha256Hex,
        /// What the requester accepted, if it did.
        accepted_disagreement: Option<AcceptedDisagreement>,
    },
    /// Check 3: the leaves hash to the root.
    Leaves {
        /// Their number.
        leaves: u64,
        /// The root.
        root: ScalarHex,
    },
    /// Check 4: each decision is proved.
    Decisions {
        /// Proofs verified.
        proofs: u64,
        /// Documents whose decision they prove.
        proved: u64,
        /// Those of them that match.
        matching: u64,
        /// Documents shown to be committed as unreadable.
        unreadable: u64,
        /// Documents shown to be committed as outside the view.
        outside: u64,
    },
    /// Check 5: the matching documents are released as committed, or withheld.
    Release {
        /// Documents with a decision that are released.
        released: u64,
        /// Documents withheld for a reason of the responder's.
        withheld: u64,
        /// Those of them that an earlier bundle hands over, which the judge looked up.
        produced: u64,
        /// Those of them in whose place a redacted copy is handed over.
        substitutes: u64,
        /// Documents withheld by the program.
        #[serde(flatten)]
        by_basis: BasisCounts,
        /// Those of them that the judge read again in the copy opened to the judge alone.
        read_again: u64,
        /// Families of which places are opened.
        families: u64,
        /// Those of them whose top item was not there to be expanded again.
        families_not_checked: u64,
    },
    /// Check 6: nothing of the others is disclosed.
    Privacy {
        /// Documents that do not match.
        not_matching: u64,
        /// Documents without a match of their own that are disclosed or logged as
        /// members of a family with one.
        members: u64,
    },
    /// Check 7: what is released as unreadable cannot be read, and what is released as
    /// outside the view is so.
    Unreadable {
        /// Documents released and found unreadable for the stated reason.
        confirmed: u64,
        /// Unreadable documents that are not released.
        not_examined: u64,
        /// Documents released and found to be of the stated kind outside the view.
        confirmed_outside: u64,
        /// Documents said to be outside the view that are not released.
        outside_not_checked: u64,
    },
}

impl Finding {
    /// The check that found it.
    #[must_use]
    pub const fn check(&self) -> Check {
        match self {
            Self::Parsing { .. } => Check::Parsing,
            Self::Request { .. } => Check::Request,
            Self::Leaves { .. } => Check::Leaves,
            Self::Decisions { .. } => Check::Decisions,
            Self::Release { .. } => Check::Release,
            Self::Privacy { .. } => Check::Privacy,
            Self::Unreadable { .. } => Check::Unreadable,
        }
    }
}

/// Which lines of a search the disclosed documents meet. Recomputed from these documents;
/// proved is only how many documents match in all.
#[derive(Clone, Debug, Serialize)]
pub struct SearchReport {
    /// Disclosed documents that were read.
    pub disclosed: u64,
    /// What each line finds among them, in the order of the request.
    pub lines: Vec<SearchLine>,
    /// What all lines find among them together.
    pub all: AllHits,
}

/// What a line finds among the disclosed documents.
#[derive(Clone, Debug, Serialize)]
pub struct SearchLine {
    /// Counts of disclosed documents; `share` is of these.
    #[serde(flatten)]
    pub hits: LineHits,
    /// How many of all documents at most are expected to match it by chance.
    pub expected_chance_matches: f64,
    /// Whether more disclosed documents match it by chance than chance explains once in a
    /// million times.
    pub beyond_chance: bool,
}

/// One check of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// [`Check::id`].
    pub id: u8,
    /// [`Check::name`].
    pub name: &'static str,
    /// What became of it.
    pub result: CheckResult,
    /// What it found; `None` unless it passed.
    pub finding: Option<Finding>,
}

/// The judge's report on a bundle. [`Display`](std::fmt::Display) is the page
/// that `judge verify-bundle` prints, serde the object that `--json` prints.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The outcome.
    pub outcome: Outcome,
    /// Digest of the request, if it is well formed.
    pub request: Option<Sha256Hex>,
    /// The committed root.
    pub root: ScalarHex,
    /// Where the root is from.
    pub root_source: RootSource,
    /// Documents of the corpus.
    pub documents: u64,
    /// Documents with a proved decision, or released and found to have none, but for those
    /// that the program withholds and the judge did not read again; `None` if a check
    /// failed.
    pub examined: Option<u64>,
    /// Documents that match, as far as verified.
    pub matching: u64,
    /// Documents released.
    pub released: u64,
    /// Documents withheld for a reason of the responder's.
    pub withheld: u64,
    /// The same by basis, in the order of their names.
    pub withheld_by_basis: Vec<BasisCount>,
    /// Those of them that an earlier bundle hands over, which the judge looked up.
    pub produced: u64,
    /// The earlier bundles in which they were looked up, by the digests of their
    /// `tagmanifest-sha256.txt`.
    pub produced_in: Vec<Sha256Hex>,
    /// Those of them in whose place a redacted copy is handed over, which is not what was
    /// committed.
    pub substitutes: u64,
    /// Documents withheld by the program.
    #[serde(flatten)]
    pub by_basis: BasisCounts,
    /// Those of them that the judge read again in the copy opened to the judge alone.
    pub read_again: u64,
    /// Documents that the requested view cannot read.
    pub unreadable: u64,
    /// Unreadable documents that are not released: no one examined them.
    pub not_examined: u64,
    /// Documents said to be of kinds that the requested view does not read.
    pub outside: u64,
    /// Those of them that are not released: their kind is the responder's word.
    pub outside_not_checked: u64,
    /// Those of these whose kind the request does not leave aside.
    pub outside_not_accepted: u64,
    /// Families whose top item was not there to be expanded again.
    pub families_not_checked: u64,
    /// Where a search asks NOT of the filter: how many documents are expected at most to be
    /// lost by it.
    pub expected_misses: Option<f64>,
    /// Where a search is asked: which lines the disclosed documents meet, unless a check
    /// failed.
    pub search: Option<SearchReport>,
    /// Files that operating systems add, in the bundle's folder or archive: the
    /// first of them by name.
    pub left_aside: Vec<String>,
    /// Seconds that the verification took.
    pub seconds: f64,
    /// The checks in order.
    pub checks: Vec<CheckReport>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

impl Report {
    /// The report of a judge who takes no one's word for the kind of a document: what
    /// is verified is incomplete while a kind is not checked.
    #[must_use]
    pub fn strictly(mut self) -> Self {
        if self.outcome == Outcome::Verified && self.outside_not_checked > 0 {
            self.outcome = Outcome::Incomplete;
        }
        self
    }
}

/// What is counted on the way, also where a check fails.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) matching: u64,
    pub(super) released: u64,
    pub(super) withheld: u64,
    pub(super) withheld_by_basis: WithheldBases,
    pub(super) produced: u64,
    pub(super) produced_in: Vec<Sha256Hex>,
    pub(super) substitutes: u64,
    pub(super) by_basis: BasisCounts,
    pub(super) read_again: u64,
    pub(super) unreadable: u64,
    pub(super) not_examined: u64,
    pub(super) outside: u64,
    pub(super) outside_not_checked: u64,
    pub(super) outside_not_accepted: u64,
    pub(super) families_not_checked: u64,
}

/// What the checks found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    passed: BTreeMap<Check, Finding>,
    /// The digest of the request, if it is well formed.
    pub(super) request: Option<Sha256Hex>,
    pub(super) counts: Counts,
    pub(super) expected_misses: Option<f64>,
    pub(super) search: Option<SearchReport>,
}

impl Findings {
    /// A check passed.
    pub(super) fn add(&mut self, finding: Finding) {
        self.passed.insert(finding.check(), finding);
    }

    /// The reports of all checks: those passed, the one that failed, the rest.
    ///
    /// A check may fail after later ones have passed: a file that changes under
    /// the judge's hands fails the parsing whenever it is read.
    pub(super) fn reports(&self, failure: Option<&Failure>) -> Vec<CheckReport> {
        let report = |check: Check| {
            let failed = failure.is_some_and(|failure| failure.check == check);
            let finding = self.passed.get(&check).copied().filter(|_| !failed);
            let result = match finding {
                _ if failed => CheckResult::Failed,
                Some(_) => CheckResult::Passed,
                None => CheckResult::NotRun,
            };
            CheckReport { id: check.id(), name: check.name(), result, finding }
        };
        Check::ALL.into_iter().map(report).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One finding of each check, whatever its numbers.
    pub(super) fn findings(number: u64) -> [Finding; 7] {
        [
            Finding::Parsing {
                proofs: number,
                released: number,
                withheld: number,
                substitutes: number,
                outside: number,
                unreadable: number,
                left_aside: number,
            },
            Finding::Request {
                request: Sha256Hex([1; 32]),
                accepted_disagreement: (number > 0).then_some(AcceptedDisagreement {
                    same_decision: number,
                    documents: 2 * number,
                }),
            },
            Finding::Leaves { leaves: number, root: ScalarHex(crate::field::Scalar::from(1)) },
            Finding::Decisions {
                proofs: number,
                proved: number,
                matching: number,
                unreadable: number,
                outside: number,
            },
            Finding::Release {
                released: number,
                withheld: number,
                produced: number,
                substitutes: number,
                by_basis: BasisCounts { settled: number, chance_matches: number, undated: number },
                read_again: 3 * number,
                families: number,
                families_not_checked: number,
            },
            Finding::Privacy { not_matching: number, members: number },
            Finding::Unreadable {
                confirmed: number,
                not_examined: number,
                confirmed_outside: number,
                outside_not_checked: number,
            },
        ]
    }

    #[test]
    fn each_finding_is_reported_by_its_check() {
        let all = findings(2);
        assert_eq!(all.map(|finding| finding.check()), Check::ALL);
        for failing in Check::ALL {
            let failure = Failure::new(failing, "file", "one thing", "another");
            let mut found = Findings::default();
            all.iter().take(3).for_each(|finding| found.add(*finding));
            for report in found.reports(Some(&failure)) {
                let check = Check::ALL[usize::from(report.id) - 1];
                assert_eq!(report.name, check.name());
                let expected = match check {
                    check if check == failing => (CheckResult::Failed, None),
                    check if check.id() <= 3 => {
                        (CheckResult::Passed, Some(all[usize::from(report.id) - 1]))
                    }
                    _ => (CheckResult::NotRun, None),
                };
                assert_eq!((report.result, report.finding), expected, "{failing:?}");
            }
        }
        let mut found = Findings::default();
        all.into_iter().for_each(|finding| found.add(finding));
        let reports = found.reports(None);
        assert_eq!(reports.len(), Check::ALL.len());
        assert!(reports.iter().all(|report| report.result == CheckResult::Passed));
    }
}
