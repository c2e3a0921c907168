//! The responder: runs a request on the committed corpus, proves every
//! verdict and puts the bundle together.
//!
//! Everything is checked before any work: the request, that the opening store
//! belongs to the commitment, and that the files are still those committed.
//! Work is done in a folder beside the bundle; proofs that are finished there
//! are verified and reused when the same command runs again.

mod assemble;
mod batches;
mod corpus;
mod workplace;

use std::path::Path;
use std::time::Instant;

use rand_core::{CryptoRng, RngCore};
use serde::Serialize;

use self::corpus::OpenCorpus;
use self::workplace::Workplace;
use super::error::ExchangeError;
use super::files::refuse_existing;
use super::leaves::Status;
use super::progress::Progress;
use super::request;
use crate::argument::plan::{Kind, Lane, Plan};
use crate::argument::shape::Shape;

/// What `respond` is given.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The documents.
    pub corpus: &'a Path,
    /// The folder of `commitment.json` and `opening.store`.
    pub commitment: &'a Path,
    /// The request's folder.
    pub request: &'a Path,
    /// The bundle to write; must not exist.
    pub out: &'a Path,
    /// Documents a proof, about; `None` chooses.
    pub batch: Option<u64>,
    /// CSV `file,reason` of documents not to release even if they match.
    pub withhold: Option<&'a Path>,
    /// Release files that the view cannot read, so that they are reached.
    pub release_absent: bool,
}

/// What `respond` did.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Documents of the corpus.
    pub documents: u64,
    /// Documents with verdict 1.
    pub matched: u64,
    /// Files in the bundle.
    pub released: u64,
    /// Matching documents withheld.
    pub withheld: u64,
    /// Documents without the requested view.
    pub absent: u64,
    /// Look-up rows a document.
    pub table_rows_per_document: usize,
    /// Hash rows a document.
    pub sbox_rows_per_document: usize,
    /// Product rows a document.
    pub product_rows_per_document: usize,
    /// Number of proofs.
    pub proofs: u64,
    /// Proofs found finished from an earlier run.
    pub proofs_reused: u64,
    /// Seconds spent proving in this run.
    pub proving_seconds: f64,
    /// Proving time over all look-up rows proved in this run.
    pub microseconds_per_table_row: Option<f64>,
    /// Seconds in all.
    pub seconds: f64,
    /// Most memory used at a time, where the system tells.
    pub peak_rss_bytes: Option<u64>,
    /// Size of the bundle beyond the released files.
    pub bundle_bytes_without_files: u64,
}

/// Answers a request with a bundle.
///
/// # Errors
/// If the request does not pass its checks, something given does not fit the
/// commitment, a file cannot be read or written, or proving fails.
pub fn respond(
    options: &Options<'_>,
    progress: &dyn Progress,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Summary, ExchangeError> {
    let start = Instant::now();
    refuse_existing(options.out)?;
    let corpus = OpenCorpus::open(options.corpus, options.commitment)?;
    let request = request::load(options.request, &corpus.commitment)?;
    let withheld = corpus.withheld(options.withhold)?;
    corpus.check_files(progress)?;

    let program = &request.program;
    let present = corpus.present(request.view_index);
    let documents = present.len() as u64;
    let out_of_range = |error| ExchangeError::input("--batch", error, "choose another size");
    let layout = Plan::choose(program, documents, options.batch).map_err(out_of_range)?;
    let plan = Plan::new(program, documents, layout).map_err(out_of_range)?;
    let workplace = Workplace::open(options.out, &request, &corpus.commitment, layout)?;
    let proved = batches::prove(&corpus, &request, &plan, &present, &workplace, progress, rng)?;

    let assembled = assemble::Assembly {
        corpus: &corpus,
        request: &request,
        plan: &plan,
        statuses: &proved.statuses,
        withheld: &withheld,
        release_absent: options.release_absent,
        workplace: &workplace,
    }
    .write(progress)?;
    workplace.finish(options.out)?;

    let count = |status| proved.statuses.iter().filter(|found| **found == status).count() as u64;
    let lane = Lane::new(&Shape::of(program), 1);
    let table_rows = lane.rows(Kind::Table);
    let proved_rows = proved.documents as f64 * table_rows as f64;
    let seconds = proved.time.as_secs_f64();
    Ok(Summary {
        documents: corpus.commitment.documents,
        matched: count(Status::Matched),
        released: assembled.released,
        withheld: assembled.withheld,
        absent: count(Status::Absent),
        table_rows_per_document: table_rows,
        sbox_rows_per_document: lane.rows(Kind::Sbox),
        product_rows_per_document: lane.rows(Kind::Product),
        proofs: plan.batches,
        proofs_reused: proved.reused,
        proving_seconds: seconds,
        microseconds_per_table_row: (proved_rows > 0.0).then(|| seconds * 1e6 / proved_rows),
        seconds: start.elapsed().as_secs_f64(),
        peak_rss_bytes: peak_rss_bytes(),
        bundle_bytes_without_files: assembled.bytes_without_files,
    })
}

/// The most memory this process has had, where the system tells.
fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}
