//! The log of what a bundle withholds.

use std::path::PathBuf;

use candor::exchange::ExchangeError;
use candor::exchange::log::{LogKind, withheld_log};
use candor_cli::{Bars, Defaults, print, print_json};
use candor_pages::{Stated, refuse_existing, write};

use crate::args::AnswerArgs;

/// What `judge log` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The log has every document that is withheld, and each column says whether it is proved
or the responder's word. It is made in the same run, of the bytes that are verified. If a
check fails, no log is written, and the report says why.

Exit codes: as of verify-bundle.

Example:
  judge log --commitment commitment.json --request request --bundle bundle.zip \\
      --kind vaughn --out log.html")]
pub(crate) struct LogArgs {
    #[command(flatten)]
    answer: AnswerArgs,
    /// Which log: privilege (Rule 26(b)(5)(A) of the Federal Rules of Civil Procedure) or
    /// vaughn (5 U.S.C. 552).
    #[arg(long, value_name = "KIND")]
    kind: LogKind,
    /// The file to write: log.csv for a spreadsheet, log.html for people.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The time that the page states, as 2026-01-31T12:00:00Z; without it, that of this
    /// machine.
    #[arg(long, value_name = "TIME")]
    time: Option<Stated>,
    /// Report as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Writes the log and says what it holds, or why there is none.
pub(crate) fn run(args: LogArgs, defaults: &Defaults) -> Result<u8, ExchangeError> {
    let LogArgs { answer, kind, out, time, json } = args;
    let answer = answer.or(defaults)?;
    let extension = out.extension().unwrap_or_default().to_ascii_lowercase();
    let as_page = match extension.to_str() {
        Some("csv") => false,
        Some("html") => true,
        _ => {
            let advice = "end it in .csv or .html";
            return Err(ExchangeError::input("--out", "does not say which kind of file", advice));
        }
    };
    refuse_existing(&out)?;
    let (on_record, bars) = (answer.on_record.on_record(), Bars::default());
    let (report, log) =
        withheld_log(on_record, &answer.request, &answer.bundle, answer.beside(), kind, &bars)?;
    drop(bars);
    match log {
        Some(log) => {
            if as_page {
                let stated = time.unwrap_or_else(Stated::now);
                write(&out, &candor_pages::log::page(&log, stated))?;
            } else {
                log.write_csv(&out)?;
            }
            let summary = log.summary();
            if json { print_json(&summary)? } else { print(&summary.to_string())? }
        }
        None if json => print_json(&report)?,
        None => print(&report.to_string())?,
    }
    Ok(report.outcome.exit_code())
}
