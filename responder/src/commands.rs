//! Runs the responder's commands and prints what they did.

use candor::exchange::respond::{Options, Summary, respond};
use candor::exchange::{CommitSummary, ExchangeError, commit};
use candor_cli::{Bars, print, print_json};
use rand_core::OsRng;

use crate::args::Command;

pub(crate) fn run(command: Command) -> Result<u8, ExchangeError> {
    match command {
        Command::CommitCorpus { directory, view, out, json } => {
            let summary = commit(&directory, &view, &out, &Bars::default(), &mut OsRng)?;
            if json { print_json(&summary)? } else { print(&commit_text(&summary))? }
        }
        Command::Respond {
            corpus,
            commitment,
            request,
            out,
            batch,
            withhold,
            release_absent,
            json,
        } => {
            let options = Options {
                corpus: &corpus,
                commitment: &commitment,
                request: &request,
                out: &out,
                batch,
                withhold: withhold.as_deref(),
                release_absent,
            };
            let summary = respond(&options, &Bars::default(), &mut OsRng)?;
            if json { print_json(&summary)? } else { print(&respond_text(&summary))? }
        }
    }
    Ok(0)
}

fn commit_text(summary: &CommitSummary) -> String {
    let mut text = format!("root       {}\ndocuments  {}\n", summary.root, summary.documents);
    for view in &summary.views {
        text.push_str(&format!(
            "{:<22} {} present, {} absent\n",
            view.view, view.present, view.absent
        ));
    }
    text.push_str(
        "Publish commitment.json. Keep opening.store secret and safe: it answers requests.\n",
    );
    text
}

fn respond_text(summary: &Summary) -> String {
    let peak = summary
        .peak_rss_bytes
        .map_or(String::new(), |bytes| format!(", at most {} MB of memory", bytes / 1_000_000));
    format!(
        "documents  {}: {} match, {} released, {} withheld, {} absent\n\
         proofs     {} ({} reused), {:.1} s of proving, {:.1} s in all{peak}\n\
         rows       {} table, {} S-box, {} product rows a document\n\
         bundle     {} bytes beyond the released files\n",
        summary.documents,
        summary.matched,
        summary.released,
        summary.withheld,
        summary.absent,
        summary.proofs,
        summary.proofs_reused,
        summary.proving_seconds,
        summary.seconds,
        summary.table_rows_per_document,
        summary.sbox_rows_per_document,
        summary.product_rows_per_document,
        summary.bundle_bytes_without_files,
    )
}
