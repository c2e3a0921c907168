//! The responder: runs a request on the committed corpus, proves every
//! decision and puts the bundle together.
//!
//! Everything is checked before any work: the request, that the opening store
//! belongs to the commitment, and that the files are still those committed.
//! Work is done in a folder beside the bundle; proofs that are finished there
//! are verified and reused when the same command runs again.

mod answer;
mod assemble;
mod batches;
mod corpus;
mod estimate;
mod job;
mod judge_copy;
mod release;
mod settle;
mod shard;
mod template;
mod unfinished;
mod withholding;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rand_core::CryptoRngCore;
use serde::Serialize;

pub use self::answer::{Answer, Part};
use self::batches::{Earlier, Proved};
pub use self::estimate::estimate;
use self::job::Job;
pub use self::job::Question;
pub use self::release::Told;
use self::release::{Fates, Rules};
pub use self::settle::Foreseen;
use self::settle::Settled;
use self::shard::ShardInfo;
pub use self::shard::{Shard, ShardError};
pub use self::template::{TemplateOptions, TemplateSummary, withhold_template};
use self::unfinished::Unfinished;
use self::withholding::Withholding;
use super::error::ExchangeError;
use super::folder::{beside, refuse_existing};
use super::progress::Progress;
use super::unreadable::{LIST, UnreadableFiles};
use crate::argument::rows::{PerKind, RowKind};
use crate::argument::shape::Shape;
use crate::exchange::formats::bundle;
use crate::exchange::formats::leaves::Status;
use crate::exchange::report::BasisCount;
use crate::exchange::settling::BasisCounts;
use crate::files::write_atomically;
use crate::proof::Timings;

/// What `respond` is given.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// What is asked of which corpus.
    pub question: Question<'a>,
    /// The bundle to write; must not exist.
    pub out: &'a Path,
    /// CSV of documents not to release even if they match or belong to a family that does:
    /// path, basis and what is said of each, or `file,reason`.
    pub withhold: Option<&'a Path>,
    /// CSV of redacted copies to hand over in the place of documents that are withheld.
    pub redactions: Option<&'a Path>,
    /// Release files that the view cannot read, so that they are reached.
    pub release_unreadable: bool,
    /// Withhold what matches a search by coinciding bits alone, whatever the request says
    /// of settling.
    pub withhold_chance_matches: bool,
    /// The folder to write what is opened to the judge alone; must not exist. Needed if
    /// the program withholds anything.
    pub judge_copy: Option<&'a Path>,
}

impl<'a> Options<'a> {
    /// An answer that releases every match.
    #[must_use]
    pub const fn new(question: Question<'a>, out: &'a Path) -> Self {
        Self {
            question,
            out,
            withhold: None,
            redactions: None,
            release_unreadable: false,
            withhold_chance_matches: false,
            judge_copy: None,
        }
    }
}

/// What making proofs took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Proving {
    /// Number of proofs.
    pub proofs: u64,
    /// Proofs found finished from an earlier run or another machine.
    pub proofs_reused: u64,
    /// Seconds spent proving in this run.
    pub proving_seconds: f64,
    /// Proving time over all look-up rows proved in this run.
    pub microseconds_per_table_row: Option<f64>,
    /// Where the seconds went.
    pub phases: Timings,
    /// Seconds in all.
    pub seconds: f64,
    /// Most memory used at a time, where the system tells.
    pub peak_rss_bytes: Option<u64>,
}

impl Proving {
    fn of(job: &Job, proved: &Proved, proofs: u64, start: Instant) -> Self {
        let rows = proved.documents as f64 * job.plan.lane.rows(RowKind::Table) as f64;
        let seconds = proved.phases.proving().as_secs_f64();
        Self {
            proofs,
            proofs_reused: proved.reused,
            proving_seconds: seconds,
            microseconds_per_table_row: (rows > 0.0).then(|| seconds * 1e6 / rows),
            phases: proved.phases,
            seconds: start.elapsed().as_secs_f64(),
            peak_rss_bytes: peak_rss_bytes(),
        }
    }
}

/// What `respond` did.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Documents of the corpus.
    pub documents: u64,
    /// Documents with decision 1.
    pub matching: u64,
    /// Files in the bundle.
    pub released: u64,
    /// Documents withheld for a reason of the responder's.
    pub withheld: u64,
    /// The same by basis, in the order of their names.
    pub withheld_by_basis: Vec<BasisCount>,
    /// Those of them in whose place a redacted copy is handed over.
    pub substitutes: u64,
    /// Documents withheld by the program, and opened to the judge alone.
    #[serde(flatten)]
    pub by_basis: BasisCounts,
    /// Those of the former that are kept back only because their bytes hold those of
    /// others.
    pub kept_back: u64,
    /// Mails that are not released although items in them are, which have inherited
    /// their headers.
    pub undisclosed_parents: u64,
    /// Documents that the requested view cannot read.
    pub unreadable: u64,
    /// Documents of kinds that it does not read.
    pub outside: u64,
    /// Rows that one document's trace takes.
    pub rows_per_document: PerKind<usize>,
    /// What the proofs took.
    #[serde(flatten)]
    pub proving: Proving,
    /// Size of the bundle beyond the released files.
    pub bundle_bytes_without_files: u64,
    /// What the requested view cannot read.
    pub unreadable_files: UnreadableFiles,
    /// What is told of the release. Secret, so not in a report that may be filed.
    #[serde(skip)]
    pub told: Told,
}

/// What `prove` did.
#[derive(Clone, Debug, Serialize)]
pub struct ShardSummary {
    /// The shard.
    pub shard: String,
    /// Documents in its batches.
    pub documents: u64,
    /// Rows that one document's trace takes.
    pub rows_per_document: PerKind<usize>,
    /// What the proofs took.
    #[serde(flatten)]
    pub proving: Proving,
}

/// Answers a request with a bundle: [`Answer::open`] and [`Answer::prove`].
///
/// # Errors
/// If the request does not pass its checks, something given does not fit the
/// commitment, a file cannot be read or written, or proving fails.
pub fn respond(
    options: &Options<'_>,
    progress: &dyn Progress,
    rng: &mut dyn CryptoRngCore,
) -> Result<Summary, ExchangeError> {
    Answer::open(options, progress)?.prove(progress, rng)
}

/// Proves one shard of an answer and writes its proofs to a folder, which must
/// not exist: [`Part::open`] and [`Part::prove`].
///
/// # Errors
/// As [`respond`].
pub fn prove(
    question: &Question<'_>,
    shard: Shard,
    out: &Path,
    progress: &dyn Progress,
    rng: &mut dyn CryptoRngCore,
) -> Result<ShardSummary, ExchangeError> {
    Part::open(question, shard, out, progress)?.prove(progress, rng)
}

/// Puts a bundle together from the folders of all its shards.
///
/// # Errors
/// As [`respond`], and if a batch has no valid proof in any of them.
pub fn assemble(
    options: &Options<'_>,
    shards: &[PathBuf],
    progress: &dyn Progress,
) -> Result<Summary, ExchangeError> {
    let start = Instant::now();
    refuse_existing(options.out)?;
    let job = Job::open(&options.question, progress)?;
    let infos = shards.iter().map(|folder| ShardInfo::read(folder, &job));
    let infos = infos.collect::<Result<Vec<_>, _>>()?;
    let withheld = Withholding::read(&job.corpus, options)?;
    let settled = Settled::of(&job, options, &withheld, progress)?;
    let response = Response { options, job: &job, withheld: &withheld, settled: &settled };
    response.foreseen()?;
    let unfinished = Unfinished::open(options.out, &job, progress)?;
    progress.stage("verifying shards", job.plan.documents);
    let mut proved = Proved::default();
    let mut earlier = Earlier::new(&job);
    let mut missing = Vec::new();
    for index in 0..job.plan.batches {
        let batch = job.batch(index)?;
        proved.decisions.extend(batch.decisions());
        let name = bundle::proof_name(index);
        let mut found = false;
        for proof in shards.iter().map(|shard| shard.join(&name)) {
            // What was verified is written, whatever the file holds by now.
            if let Some(proof) = earlier.proved(&batch.statement, &proof)? {
                write_atomically(&unfinished.path(&name), 0o666, &proof)?;
                found = true;
                break;
            }
        }
        if !found {
            missing.push(index);
        }
        proved.reused += 1;
        progress.advance(job.plan.batch(index).count);
    }
    if !missing.is_empty() {
        return Err(shard::missing(&missing, &infos));
    }
    response.finish(unfinished, &proved, start, progress)
}

/// What is answered, all checked before the work begins.
struct Response<'a> {
    options: &'a Options<'a>,
    job: &'a Job,
    withheld: &'a Withholding,
    settled: &'a Settled,
}

impl Response<'_> {
    fn fates(&self, statuses: &[Status]) -> Result<Fates, ExchangeError> {
        Rules {
            store: &self.job.corpus.store,
            statuses,
            scope: self.job.request.request.release,
            withheld: self.withheld,
            bases: &self.settled.bases,
            release_unreadable: self.options.release_unreadable,
        }
        .fates()
    }

    /// What the release will withhold and tell, as far as it is known.
    fn foreseen(&self) -> Result<Foreseen, ExchangeError> {
        self.settled.foreseen(self.options, |statuses| self.fates(statuses))
    }

    /// Writes the bundle around finished proofs.
    fn finish(
        &self,
        unfinished: Unfinished,
        proved: &Proved,
        start: Instant,
        progress: &dyn Progress,
    ) -> Result<Summary, ExchangeError> {
        let Self { options, job, .. } = self;
        let statuses = job.statuses(&proved.decisions);
        let Fates { of: fates, told } = self.fates(&statuses)?;
        let assembled =
            assemble::Assembly { job, statuses: &statuses, fates: &fates, unfinished: &unfinished }
                .write(progress)?;
        let view = job.request.request.view;
        let mut unreadable_files =
            UnreadableFiles::of(&job.corpus.store, &[view], options.question.corpus);
        // Grows where a run that is killed leaves nothing for long.
        let (draft, list) = (unfinished.draft(LIST), beside(options.out, ".unreadable.csv")?);
        unreadable_files.write(&draft, &list)?;
        if unreadable_files.list.is_some() {
            fs::rename(&draft, &list).map_err(ExchangeError::io(&list))?;
        }
        if let Some(copy) = options.judge_copy {
            judge_copy::write(job, &fates, &unfinished.whole(), copy, progress)?;
        }
        unfinished.finish(options.out)?;
        let count = |status| statuses.iter().filter(|found| **found == status).count() as u64;
        Ok(Summary {
            documents: job.corpus.commitment.documents,
            matching: count(Status::Matched),
            released: assembled.released,
            withheld: assembled.withheld,
            withheld_by_basis: assembled.withheld_by_basis.finish(),
            substitutes: assembled.substitutes,
            by_basis: assembled.by_basis,
            kept_back: told.kept_back.len() as u64,
            undisclosed_parents: told.undisclosed_parents.len() as u64,
            unreadable: count(Status::Unreadable),
            outside: count(Status::Outside),
            rows_per_document: Shape::of(&job.request.program).rows,
            proving: Proving::of(job, proved, job.plan.batches, start),
            bundle_bytes_without_files: assembled.bytes_without_files,
            unreadable_files,
            told,
        })
    }
}

/// The most memory this process has had, where the system tells.
fn peak_rss_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}
