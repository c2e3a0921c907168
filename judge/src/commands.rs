//! Runs the judge's commands and prints their reports.

use candor::exchange::{ExchangeError, verify_bundle, verify_document};
use candor_cli::{Bars, print, print_json};

use crate::args::Command;

pub(crate) fn run(command: Command) -> Result<u8, ExchangeError> {
    match command {
        Command::VerifyBundle { on_record, request, bundle, json } => {
            let report = verify_bundle(on_record.on_record(), &request, &bundle, &Bars::default())?;
            if json {
                print_json(&report)?
            } else {
                print(&report.to_string())?
            }
            Ok(report.outcome.exit_code())
        }
        Command::VerifyDocument { on_record, bundle, file, json } => {
            let report = verify_document(on_record.on_record(), &bundle, &file)?;
            if json {
                print_json(&report)?
            } else {
                print(&report.to_string())?
            }
            Ok(report.outcome.exit_code())
        }
    }
}
