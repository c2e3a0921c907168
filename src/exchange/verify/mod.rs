//! The judge: seven checks in order, everything recomputed from the judge's
//! own commitment and request and from the bundle, nothing taken on the
//! responder's word. Whatever is read twice must be the same bytes twice: the
//! bundle may stand where someone else can write.
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

pub mod audited;
mod decisions;
mod document;
mod families;
mod leaves;
mod on_record;
mod opened;
mod parsing;
mod pass;
mod privacy;
mod produced;
mod recorded;
mod release;
mod searched;
mod settling;
mod unreadable;
mod vocabularies;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub use document::verify_document;
pub use on_record::OnRecord;
pub use watch::{All, BundleSeen, LeafSeen, ReleasedSeen, Watch};

use self::searched::Searched;
use super::error::{Check, ExchangeError, Failure, Stop};
use super::folder::refuse_existing;
use super::formats::sealed::{Reading, Seal};
use super::progress::Progress;
use super::report::{AcceptedDisagreement, Counts, Finding, Findings, Outcome, Report};
use crate::corpus::commitment::Commitment;
use crate::exchange::formats::bag::{Bag, FirstReadings};
use crate::exchange::formats::bundle::{self, BundleInfo};
use crate::exchange::formats::leaves::{Reader, Record, RecordError};
use crate::exchange::formats::request::{self, CheckedRequest, Question};
use crate::exchange::formats::text::Sha256Hex;
use crate::field::ScalarHex;

/// A bundle whose every file is known and parses.
struct Parsed<'a> {
    commitment: &'a Commitment,
    bag: &'a Bag,
    info: BundleInfo,
    /// The leaves and the lists as the first check read them.
    first: FirstReadings,
    /// The manifests of payload and of tag files as the first check read them.
    manifest: Seal,
    tag_manifest: Seal,
    /// The first leaf whose released file was another than its opening says
    /// when it was compared with the manifest. The bundle fails by it.
    misnamed: Option<u64>,
    /// Who is told what is found.
    watch: Option<&'a dyn Watch>,
}

/// Verifies a bundle against the judge's own commitment and request, offline.
///
/// `on_record` is the path of a commitment, or an [`OnRecord`]; `bundle` is a
/// folder, or a zip or tar archive, which is read in place. Memory does not grow
/// with the number of documents but for 16 bytes each, and with what is opened of
/// families.
///
/// ```no_run
/// use std::path::Path;
///
/// use candor::{Outcome, Silent, verify_bundle};
///
/// let [commitment, request] = ["court-file/commitment.json", "court-file/request"];
/// let report =
///     verify_bundle(commitment, Path::new(request), Path::new("bundle.zip"), &Silent)?;
/// match report.outcome {
///     Outcome::Verified => println!("all {} matches are here", report.matching),
///     Outcome::Incomplete => println!("{} withheld", report.withheld),
///     Outcome::Failed => println!("{}", report.failure.as_ref().expect("a reason")),
/// }
/// # Ok::<(), candor::ExchangeError>(())
/// ```
///
/// # Errors
/// Only if the outcome could not be decided; a check that fails is a report.
pub fn verify_bundle<'a>(
    on_record: impl Into<OnRecord<'a>>,
    request: &Path,
    bundle: &Path,
    progress: &dyn Progress,
) -> Result<Report, ExchangeError> {
    verify_bundle_with(on_record, request, bundle, Beside::default(), progress)
}

/// What a judge reads and writes beside the bundle.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// What is opened to the judge alone: a folder, or an archive of it, in which the judge
    /// reads again what the program withholds.
    pub judge_copy: Option<&'a Path>,
    /// Bundles about the same commitment that were handed over before: folders, or archives
    /// of them. A document that is withheld as one that such a bundle hands over is looked
    /// up in it.
    pub produced: &'a [PathBuf],
    /// The CSV file to write, unless a check fails: which released document meets which
    /// lines. Must not exist.
    pub hits: Option<&'a Path>,
    /// Who is told what is found.
    pub watch: Option<&'a dyn Watch>,
}

/// As [`verify_bundle`], with what stands beside the bundle.
///
/// # Errors
/// As [`verify_bundle`], and if the request asks a model and something is to be read or
/// written that only a search has.
pub fn verify_bundle_with<'a>(
    on_record: impl Into<OnRecord<'a>>,
    request: &Path,
    bundle: &Path,
    beside: Beside<'_>,
    progress: &dyn Progress,
) -> Result<Report, ExchangeError> {
    if let Some(hits) = beside.hits {
        refuse_existing(hits)?;
    }
    let (start, on_record) = (Instant::now(), on_record.into());
    let bag = Bag::open(bundle)?;
    let (commitment, root_source) = on_record.commitment(&bag)?;
    let mut findings = Findings::default();
    let failure =
        match run(&on_record, &commitment, (request, beside), &bag, progress, &mut findings) {
            Ok(()) => None,
            Err(Stop::Failed(failure)) => Some(failure),
            Err(Stop::Undecided(error)) => return Err(error),
        };
    let Counts {
        matching,
        released,
        withheld,
        withheld_by_basis,
        produced,
        produced_in,
        substitutes,
        by_basis,
        read_again,
        unreadable,
        not_examined,
        outside,
        outside_not_checked,
        outside_not_accepted,
        families_not_checked,
    } = std::mem::take(&mut findings.counts);
    let documents = commitment.documents;
    let not_read_again = by_basis.total().saturating_sub(read_again);
    let open = not_examined.saturating_add(outside_not_checked).saturating_add(not_read_again);
    let outcome = match &failure {
        Some(_) => Outcome::Failed,
        None if withheld > produced
            || not_examined > 0
            || outside_not_accepted > 0
            || not_read_again > 0 =>
        {
            Outcome::Incomplete
        }
        None => Outcome::Verified,
    };
    Ok(Report {
        outcome,
        request: findings.request,
        root: ScalarHex(commitment.root),
        root_source,
        documents,
        examined: failure.is_none().then(|| documents.saturating_sub(open)),
        matching,
        released,
        withheld,
        withheld_by_basis: withheld_by_basis.finish(),
        produced,
        produced_in,
        substitutes,
        by_basis,
        read_again,
        unreadable,
        not_examined,
        outside,
        outside_not_checked,
        outside_not_accepted,
        families_not_checked,
        expected_misses: findings.expected_misses,
        search: findings.search.take(),
        checks: findings.reports(failure.as_ref()),
        left_aside: bag.left_aside().0,
        seconds: start.elapsed().as_secs_f64(),
        failure,
    })
}

/// Makes the checks in order; what they found before one failed stays.
fn run(
    on_record: &OnRecord<'_>,
    commitment: &Commitment,
    (request, beside): (&Path, Beside<'_>),
    bag: &Bag,
    progress: &dyn Progress,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let info = parsing::info(bag)?;
    let (commitment, vocabularies) = &vocabularies::read(commitment, bag)?;
    let (mut parsed, finding) = parsing::check(commitment, bag, info, *vocabularies, progress)?;
    parsed.watch = beside.watch;
    findings.add(finding);
    progress.stage("compiling the model", 1);
    let request = Arc::new(request::load(request, commitment)?);
    findings.request = Some(Sha256Hex(request.digest));
    findings.add(parsed.check_answers(&request)?);
    parsed.tell_bundle(&request);
    if let Question::Search(search) = &request.request.question {
        findings.expected_misses = search
            .expected_misses(&request.request.view, commitment.documents)
            .map_err(|error| ExchangeError::internal("reading the search", error))?;
    }
    on_record.check_root(commitment)?;
    findings.add(leaves::check(&parsed, progress)?);
    let counts = &mut findings.counts;
    let finding = decisions::check(&parsed, &request, counts, progress)?;
    findings.add(finding);
    let mut searched = Searched::of(&request.request, beside.hits.is_some())?;
    if let (None, Some(hits)) = (&searched, beside.hits) {
        let problem = "the request asks a model, so no document meets a line";
        return Err(ExchangeError::file(hits, problem, "leave --hits out").into());
    }
    let counts = &mut findings.counts;
    let (finding, families) =
        release::check(&parsed, &request, beside, &mut searched, counts, progress)?;
    findings.add(finding);
    findings.add(privacy::check(&parsed, &families, &findings.counts, progress)?);
    let finding = unreadable::check(&parsed, &request, &mut findings.counts, progress)?;
    findings.add(finding);
    parsed.tell_leaves(progress)?;
    if let Some(searched) = searched {
        let (report, items) = searched.finish(parsed.info.readable);
        findings.search = Some(report);
        if let (Some(items), Some(hits)) = (items, beside.hits) {
            searched::write(&items, hits)?;
        }
    }
    Ok(())
}

impl Parsed<'_> {
    /// The bundle answers this request about this root (part of check 2).
    fn check_answers(&self, request: &CheckedRequest) -> Result<Finding, Stop> {
        let root = ScalarHex(self.commitment.root);
        if self.info.root != root {
            let expected = format!("an answer about root {root}");
            let found = format!("one about {}", self.info.root);
            return Err(Failure::new(Check::Request, bundle::INFO, expected, found).into());
        }
        let copy = Seal::of(self.commitment.to_json().as_bytes());
        if self.first.commitment != copy {
            let found = "another commitment";
            let expected = format!("the commitment with root {root}");
            return Err(Failure::new(Check::Request, bundle::COMMITMENT, expected, found).into());
        }
        let expected = Sha256Hex(request.digest);
        if self.info.request == expected {
            let quality = request.request.classifier().map(|classifier| &classifier.quality);
            let accepted = quality.filter(|quality| quality.disagreement_accepted);
            let accepted = accepted.map(|quality| AcceptedDisagreement {
                same_decision: quality.same_decision,
                documents: quality.documents,
            });
            return Ok(Finding::Request { request: expected, accepted_disagreement: accepted });
        }
        let expected = format!("an answer to request {expected}");
        let found = format!("one to {}", self.info.request);
        Err(Failure::new(Check::Request, bundle::INFO, expected, found).into())
    }

    /// All leaves with their records, in order.
    fn leaves(&self) -> Result<Leaves, Stop> {
        Leaves::open(self.bag, self.commitment, self.info.documents)
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
                Err(failure.of_leaf(leaf).into())
            }
        })
    }
}
