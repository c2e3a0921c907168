//! What the judge's commands take.

use std::path::PathBuf;

use candor::exchange::{Beside, ExchangeError, Matter, OnRecord};
use candor::field::ScalarHex;
use candor_cli::Defaults;
use candor_pages::Stated;
use clap::{Parser, Subcommand};

use crate::audit::{AuditArgs, EstimateArgs};
use crate::log::LogArgs;
use crate::lot::LotCommand;

/// Verifies what a responder released, and that no matching document is missing.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
Exit codes: 0 verified; 1 a check failed; 2 could not decide (usage, input, I/O);
3 verified, but documents were withheld or not examined.

Example:
  judge verify-bundle --commitment commitment.json --request request --bundle bundle.zip"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify a whole bundle: every decision, and every released file.
    #[command(after_help = "\
Use your own copies of commitment and request, not copies that came with the
bundle. Without --commitment the bundle's own copy is read; then give --root, the
root on record, to compare. In the folder of a candor.toml no argument is needed.

Example:
  judge verify-bundle --commitment commitment.json --request request --bundle bundle --json
  judge verify-bundle --root ROOT --request request --bundle bundle.zip
  judge verify-bundle --request request --bundle bundle.zip --judge-copy judge-copy
  judge verify-bundle --root ROOT --request request --bundle bundle --report report.html")]
    VerifyBundle {
        #[command(flatten)]
        answer: AnswerArgs,
        /// The CSV file to write which lines of a search each released document meets.
        #[arg(long, value_name = "FILE")]
        hits: Option<PathBuf>,
        /// The page to write for people: what was asked, each check, what was released and
        /// withheld, what is not shown, and how to repeat it. One file of HTML, also if a
        /// check fails.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// The time that the page states, as 2026-01-31T12:00:00Z; without it, that of this
        /// machine. The same time gives the same page, byte for byte.
        #[arg(long, value_name = "TIME", requires = "report")]
        time: Option<Stated>,
        /// The CSV file to write what is released: number, leaf, name, sender, date, lines
        /// met, and why.
        #[arg(long, value_name = "FILE")]
        index: Option<PathBuf>,
        /// Take no one's word for the kind of a document: end with 3 while documents
        /// are only said to be of kinds that the request does not ask about.
        #[arg(long)]
        strict: bool,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Verify a bundle, and make a log of what it withholds.
    Log(LogArgs),
    /// Draw an honest sample of what was not handed over.
    Lot {
        #[command(subcommand)]
        command: LotCommand,
    },
    /// Audit what the responder opened of a drawn lot, leaf by leaf.
    #[command(after_help = "\
Writes AUDIT/audit.json, which names leaves and numbers of checks and can be published,
and AUDIT/secret, which you keep. With --sheet AUDIT/coding is for whoever codes: it
holds documents in clear. opened.json must be signed by --responder, or have the digest
that the responder gave you by hand.

Exit codes: 0 every drawn leaf is clean; 1 a leaf is false or missing; 2 not decided;
3 leaves are missing only on bases that the lot excuses.

Example:
  judge audit --lot lot-1 --opened opened --responder counsel@firm.example \\
    --allowed-signers signers --commitment commitment.json --request request \\
    --bundle bundle --sheet --out audit-1")]
    Audit(AuditArgs),
    /// Estimate from an audited lot what the whole corpus holds.
    #[command(after_help = "\
Counts in integers, with what is missing, excused or not coded at its worst. Every lot of
the root is named, void ones too.

Exit codes: 0 counted; 1 a threshold is not met; 2 could not be counted; 3 something was
counted at its worst.

Example:
  judge estimate --lot lot-1 --audit audit-1 --sheet coded.csv --coder \"A. Neutral\" \\
    --recall-at-least 0.75")]
    Estimate(EstimateArgs),
    /// Verify that one file is a released document of the committed corpus.
    #[command(after_help = "\
Example:
  judge verify-document --commitment commitment.json --bundle bundle scan.png")]
    VerifyDocument {
        #[command(flatten)]
        on_record: OnRecordArgs,
        /// The bundle: its folder, or a zip or tar archive of it.
        #[arg(long, value_name = "DIR|FILE")]
        bundle: Option<PathBuf>,
        /// The file.
        file: PathBuf,
        /// Report as one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// A bundle, and what is held against it.
#[derive(Debug, clap::Args)]
pub(crate) struct AnswerArgs {
    #[command(flatten)]
    on_record: OnRecordArgs,
    /// The request's folder.
    #[arg(long, value_name = "DIR")]
    request: Option<PathBuf>,
    /// The bundle: its folder, or a zip or tar archive of it.
    #[arg(long, value_name = "DIR|FILE")]
    bundle: Option<PathBuf>,
    /// What the responder opened to you alone: its folder, or a zip or tar archive of it.
    /// You read again in it what the program withholds.
    #[arg(long, value_name = "DIR|FILE")]
    judge_copy: Option<PathBuf>,
    /// An earlier bundle about the same commitment: its folder, or a zip or tar archive of
    /// it. Documents that are withheld as produced in it are looked up. May be repeated.
    #[arg(long, value_name = "DIR|FILE")]
    produced: Vec<PathBuf>,
}

impl AnswerArgs {
    /// With what the matter of the current folder says, where nothing was given.
    pub(crate) fn or(self, defaults: &Defaults) -> Result<Answer, ExchangeError> {
        let Self { on_record, request, bundle, judge_copy, produced } = self;
        let on_record = on_record.or(defaults);
        let request = defaults.path(request, "--request", Matter::request)?;
        let bundle = defaults.path(bundle, "--bundle", Matter::bundle)?;
        Ok(Answer { on_record, request, bundle, judge_copy, produced })
    }
}

/// A bundle, and what is held against it, all named.
pub(crate) struct Answer {
    pub(crate) on_record: OnRecordArgs,
    pub(crate) request: PathBuf,
    pub(crate) bundle: PathBuf,
    pub(crate) judge_copy: Option<PathBuf>,
    pub(crate) produced: Vec<PathBuf>,
}

impl Answer {
    /// What stands beside the bundle.
    pub(crate) fn beside(&self) -> Beside<'_> {
        let (judge_copy, produced) = (self.judge_copy.as_deref(), self.produced.as_slice());
        Beside { judge_copy, produced, ..Beside::default() }
    }
}

/// What the judge has on record of the commitment.
#[derive(Debug, clap::Args)]
pub(crate) struct OnRecordArgs {
    /// The commitment that the responder published, or the folder that holds it.
    #[arg(long, value_name = "FILE|DIR")]
    commitment: Option<PathBuf>,
    /// The root on record, 64 hexadecimal digits, to compare with.
    #[arg(long, value_name = "ROOT")]
    root: Option<ScalarHex>,
}

impl OnRecordArgs {
    /// With what the matter of the current folder records, if nothing was given.
    pub(crate) fn or(mut self, defaults: &Defaults) -> Self {
        if let (None, None, Some(matter)) = (&self.commitment, self.root, defaults.matter()) {
            self.commitment = Some(matter.commitment());
            self.root = matter.record.root;
        }
        self
    }

    pub(crate) fn on_record(&self) -> OnRecord<'_> {
        OnRecord { commitment: self.commitment.as_deref(), root: self.root }
    }
}
