//! The judge: seven checks in order, everything recomputed from the judge's
//! own commitment and request and from the bundle, nothing taken on the
//! responder's word. Whatever is read twice must be the same bytes twice: the
//! bundle may stand where somebody else can write.
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

mod decisions;
mod document;
mod leaves;
mod parsing;
mod pass;
mod release;

use std::path::Path;
use std::time::Instant;

pub use document::{DocumentReport, verify_document};

use super::commit;
use super::error::{Check, ExchangeError, Failure, Stop};
use super::progress::Progress;
use super::report::{Outcome, Passed, Report};
use super::sealed::{Reading, Seal};
use crate::corpus::commitment::Commitment;
use crate::exchange::formats::bag::{Bag, FirstReadings};
use crate::exchange::formats::bundle::{self, BundleInfo};
use crate::exchange::formats::leaves::{Reader, Record, RecordError};
use crate::exchange::formats::request::{self, CheckedRequest};
use crate::exchange::formats::text::Sha256Hex;
use crate::field::ScalarHex;

/// What a report counts.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    matched: u64,
    released: u64,
    withheld: u64,
    unreadable: u64,
    not_examined: u64,
}

/// A bundle whose every file is known and parses.
struct Parsed<'a> {
    commitment: &'a Commitment,
    bag: Bag,
    info: BundleInfo,
    /// The leaves and the lists as the first check read them.
    first: FirstReadings,
    /// The manifest of the payload as the first check read it.
    manifest: Seal,
    /// The first leaf whose released file was another than its opening says
    /// when it was compared with the manifest. The bundle fails by it.
    misnamed: Option<u64>,
}

/// Verifies a bundle against the judge's own commitment and request.
///
/// # Errors
/// Only if the outcome could not be decided; a check that fails is a report.
pub fn verify_bundle(
    commitment: &Path,
    request: &Path,
    bundle: &Path,
    progress: &dyn Progress,
) -> Result<Report, ExchangeError> {
    let start = Instant::now();
    let commitment = commit::read(commitment)?;
    let bag = Bag::open(bundle)?;
    let mut passed = Passed::default();
    let mut counts = Counts::default();
    let mut checked = None;
    let outcome = run(&commitment, request, bag, progress, &mut passed, &mut counts, &mut checked);
    let failure = match outcome {
        Ok(()) => None,
        Err(Stop::Failed(failure)) => Some(failure),
        Err(Stop::Undecided(error)) => return Err(error),
    };
    let outcome = match &failure {
        Some(_) => Outcome::Failed,
        None if counts.withheld > 0 || counts.not_examined > 0 => Outcome::Incomplete,
        None => Outcome::Verified,
    };
    Ok(Report {
        outcome,
        request: checked.map(Sha256Hex),
        root: ScalarHex(commitment.root),
        documents: commitment.documents,
        matched: counts.matched,
        released: counts.released,
        withheld: counts.withheld,
        unreadable: counts.unreadable,
        not_examined: counts.not_examined,
        seconds: start.elapsed().as_secs_f64(),
        checks: passed.reports(failure.as_ref()),
        failure,
    })
}

fn run(
    commitment: &Commitment,
    request: &Path,
    bag: Bag,
    progress: &dyn Progress,
    passed: &mut Passed,
    counts: &mut Counts,
    digest: &mut Option<[u8; 32]>,
) -> Result<(), Stop> {
    let (parsed, detail) = parsing::check(commitment, bag, progress)?;
    passed.add(Check::Parsing, detail);
    progress.stage("compiling the model", 1);
    let request = request::load(request, commitment)?;
    *digest = Some(request.digest);
    parsed.check_answers(&request)?;
    let mut detail = format!(
        "request {} is what the compiler yields from its model, and addresses this root",
        Sha256Hex(request.digest)
    );
    let quality = &request.request.quality;
    if quality.disagreement_accepted {
        detail += &format!(
            "; by its own word the program decides as the model on {} of {} calibration documents, which the requester accepted",
            quality.same_decision, quality.documents
        );
    }
    passed.add(Check::Request, detail);
    leaves::check(&parsed, progress)?;
    let detail = format!("{} leaves hash to root {}", commitment.documents, parsed.info.root);
    passed.add(Check::Leaves, detail);
    passed.add(Check::Decisions, decisions::check(&parsed, &request, counts, progress)?);
    passed.add(Check::Release, release::check_released(&parsed, &request, counts, progress)?);
    progress.stage("checking that nothing else is opened", commitment.documents);
    release::check_private(&parsed)?;
    let unmatched =
        commitment.documents.saturating_sub(counts.matched).saturating_sub(counts.unreadable);
    let detail = format!("nothing of {unmatched} documents with decision 0 is opened");
    passed.add(Check::Privacy, detail);
    progress.stage("checking unreadable files", commitment.documents);
    passed.add(Check::Unreadable, release::check_absence(&parsed, counts)?);
    Ok(())
}

impl Parsed<'_> {
    /// The bundle answers this request about this root (part of check 2).
    fn check_answers(&self, request: &CheckedRequest) -> Result<(), Stop> {
        let root = ScalarHex(self.commitment.root);
        if self.info.root != root {
            let expected = format!("an answer about root {root}");
            let found = format!("one about {}", self.info.root);
            return Err(Failure::new(Check::Request, bundle::INFO, expected, found).into());
        }
        let expected = Sha256Hex(request.digest);
        if self.info.request == expected {
            return Ok(());
        }
        let expected = format!("an answer to request {expected}");
        let found = format!("one to {}", self.info.request);
        Err(Failure::new(Check::Request, bundle::INFO, expected, found).into())
    }

    /// All leaves with their records, in order.
    fn leaves(&self) -> Result<Leaves, Stop> {
        Leaves::open(&self.bag, self.commitment, self.info.documents)
    }
}

/// Reads `leaves.bin` record by record.
struct Leaves {
    input: Reader<Reading>,
    next: u64,
    documents: u64,
}

impl Leaves {
    fn open(bag: &Bag, commitment: &Commitment, documents: u64) -> Result<Self, Stop> {
        let views = commitment.header.views.len();
        let length = documents.saturating_mul(Record::width(views) as u64);
        let file = bag.file_of(bundle::LEAVES, length)?;
        let reading = Reading::new(bag.path(bundle::LEAVES), file, length);
        Ok(Self { input: Reader::new(reading, views), next: 0, documents })
    }

    /// The file as it was read, to be compared with other readings of it.
    fn into_reading(self) -> Reading {
        self.input.into_inner()
    }
}

impl Iterator for Leaves {
    type Item = Result<(u64, Record), Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        let leaf = self.next;
        if leaf >= self.documents {
            return None;
        }
        self.next = leaf.saturating_add(1);
        Some(match self.input.next() {
            Ok(record) => Ok((leaf, record)),
            Err(RecordError::Io(error)) => {
                Err(ExchangeError::io(self.input.get_ref().path())(error).into())
            }
            Err(RecordError::Malformed(what)) => {
                let expected = "a well-formed record";
                let failure = Failure::new(Check::Parsing, bundle::LEAVES, expected, what);
                Err(failure.of_document(leaf).into())
            }
        })
    }
}
