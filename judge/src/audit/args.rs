//! What the judge's commands about what was opened take.

use std::path::PathBuf;

use candor::exchange::ExchangeError;
use candor::exchange::formats::text::Sha256Hex;
use candor_lot::estimate::figures::Thresholds;
use candor_lot::formats::Decimal;
use candor_pages::{Stated, refuse_existing, write};
use clap::Args;

use crate::lot::digest;

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The folder of the lot, with seal and drawing.
    #[arg(long, value_name = "LOT")]
    pub(crate) lot: PathBuf,
    /// What the responder opened: the folder with opened.age, opened.json and its .sig.
    #[arg(long, value_name = "DIR", required_unless_present = "nothing_came")]
    pub(crate) opened: Option<PathBuf>,
    /// Nothing came by the deadline: every leaf is missing.
    #[arg(long, conflicts_with = "opened")]
    pub(crate) nothing_came: bool,
    /// The principal who must have signed opened.json.
    #[arg(long, value_name = "NAME", requires = "allowed_signers")]
    pub(crate) responder: Option<String>,
    /// The keys of principals, as ssh-keygen -Y verify takes them.
    #[arg(long, value_name = "FILE", requires = "responder")]
    pub(crate) allowed_signers: Option<PathBuf>,
    /// The digest of opened.json, as the responder gave it to you.
    #[arg(long, value_name = "DIGEST", value_parser = digest, conflicts_with = "responder")]
    pub(crate) opened_digest: Option<Sha256Hex>,
    /// Your own copy of the commitment, or the folder that holds it.
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) commitment: Option<PathBuf>,
    /// The request's folder; not for a lot over all documents.
    #[arg(long, value_name = "DIR")]
    pub(crate) request: Option<PathBuf>,
    /// The bundle that was drawn from; not for a lot over all documents.
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// Write the coding sheet too, with copies of what was opened, into AUDIT/coding.
    #[arg(long)]
    pub(crate) sheet: bool,
    /// The folder to write.
    #[arg(long, value_name = "AUDIT")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) page: PageArgs,
    /// Report as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The page for people.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// The page to write for people.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The time that the page states, as 2026-01-31T12:00:00Z; without it, that of this
    /// machine.
    #[arg(long, value_name = "TIME", requires = "report")]
    time: Option<Stated>,
}

impl PageArgs {
    /// Asked before the work begins.
    pub(crate) fn refuse_existing(&self) -> Result<(), ExchangeError> {
        self.report.as_deref().map_or(Ok(()), refuse_existing)
    }

    /// Writes the page, if one is wanted.
    pub(crate) fn write(&self, page: impl FnOnce(Stated) -> String) -> Result<(), ExchangeError> {
        let Some(file) = &self.report else { return Ok(()) };
        write(file, &page(self.time.unwrap_or_else(Stated::now)))
    }
}

#[derive(Debug, Args)]
pub(crate) struct EstimateArgs {
    /// The folder of the lot.
    #[arg(long, value_name = "LOT")]
    pub(crate) lot: PathBuf,
    /// The folder of its audit.
    #[arg(long, value_name = "AUDIT")]
    pub(crate) audit: PathBuf,
    /// The coding sheet, filled; without it only false leaves are counted.
    #[arg(long, value_name = "FILE", requires = "coder")]
    pub(crate) sheet: Option<PathBuf>,
    /// Who filled the sheet.
    #[arg(long, value_name = "NAME", requires = "sheet")]
    pub(crate) coder: Option<String>,
    /// The folder of another lot of this root, void or not; name all of them.
    #[arg(long, value_name = "LOT")]
    pub(crate) other_lot: Vec<PathBuf>,
    /// Which look it is, from 1; the last one unless it is given.
    #[arg(long, value_name = "N")]
    pub(crate) look: Option<u64>,
    /// Share that the recall of items examined has to reach with its lower end.
    #[arg(long, value_name = "SHARE")]
    recall_at_least: Option<Decimal>,
    /// Share that the recall of all items has to reach with its lower end.
    #[arg(long, value_name = "SHARE")]
    recall_of_all_at_least: Option<Decimal>,
    /// Share that the precision has to reach with its lower end.
    #[arg(long, value_name = "SHARE")]
    precision_at_least: Option<Decimal>,
    /// Share that the elusion may reach with its upper end.
    #[arg(long, value_name = "SHARE")]
    elusion_at_most: Option<Decimal>,
    /// Share that false leaves may reach with their upper bound.
    #[arg(long, value_name = "SHARE")]
    false_at_most: Option<Decimal>,
    #[command(flatten)]
    pub(crate) page: PageArgs,
    /// Report as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

impl EstimateArgs {
    pub(crate) fn thresholds(&self) -> Thresholds {
        Thresholds {
            recall_examined: self.recall_at_least,
            recall_all: self.recall_of_all_at_least,
            precision: self.precision_at_least,
            elusion: self.elusion_at_most,
            false_leaves: self.false_at_most,
        }
    }
}
