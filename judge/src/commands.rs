//! Runs the judge's commands and prints their reports.

use std::fmt::Write;

use candor::exchange::{DocumentReport, ExchangeError, Outcome, Report};
use candor::exchange::{verify_bundle, verify_document};
use candor_cli::{Bars, print, print_json};

use crate::args::Command;

pub(crate) fn run(command: Command) -> Result<u8, ExchangeError> {
    match command {
        Command::VerifyBundle { commitment, request, bundle, json } => {
            let report = verify_bundle(&commitment, &request, &bundle, &Bars::default())?;
            if json {
                print_json(&report)?
            } else {
                print(&bundle_text(&report))?
            }
            Ok(report.outcome.exit_code())
        }
        Command::VerifyDocument { commitment, bundle, file, json } => {
            let report = verify_document(&commitment, &bundle, &file)?;
            if json {
                print_json(&report)?
            } else {
                print(&document_text(&report))?
            }
            Ok(report.outcome.exit_code())
        }
    }
}

fn bundle_text(report: &Report) -> String {
    let mut text = format!("commitment  root {}\n", report.root);
    if let Some(request) = report.request {
        let _ = writeln!(text, "request     {request}");
    }
    text.push('\n');
    for check in &report.checks {
        let mark = match check.passed {
            Some(true) => "ok",
            Some(false) => "FAILED",
            None => "-",
        };
        let _ = writeln!(text, "{} {:<9} {mark:<7} {}", check.id, check.name, check.detail);
    }
    let _ = writeln!(
        text,
        "\ndocuments {}, matched {}, released {}, withheld {}, unreadable {} ({} not reached); {:.2} s\n",
        report.documents,
        report.matched,
        report.released,
        report.withheld,
        report.unreadable,
        report.not_examined,
        report.seconds
    );
    text.push_str(match report.outcome {
        Outcome::Verified => "VERIFIED: exactly the documents that match were released\n",
        Outcome::Incomplete => {
            "VERIFIED BUT INCOMPLETE: all that the bundle says holds, but documents were not reached or are withheld\n"
        }
        Outcome::Failed => "DOES NOT VERIFY\n",
    });
    text
}

fn document_text(report: &DocumentReport) -> String {
    let mut text = format!("commitment  root {}\nfile        {}\n", report.root, report.sha256);
    match (&report.failure, report.leaf, &report.path) {
        (Some(failure), ..) => {
            let _ = writeln!(text, "\n{failure}\n\nDOES NOT VERIFY");
        }
        (None, Some(leaf), Some(path)) => {
            let _ = writeln!(text, "\nVERIFIED: document {leaf} of the corpus, `{path}`");
        }
        (None, ..) => {}
    }
    text
}
