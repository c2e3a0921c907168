//! Runs the judge's commands and prints their reports.

use candor::exchange::{Beside, ExchangeError, Matter, verify_bundle_with, verify_document};
use candor_cli::{Bars, Defaults, Program, print, print_json, show_steps};

use crate::args::Command;
use crate::lot;

pub(crate) fn run(command: Option<Command>) -> Result<u8, ExchangeError> {
    let Some(command) = command else { return show_steps(Program::Judge) };
    let defaults = Defaults::find()?;
    match command {
        Command::VerifyBundle { on_record, request, bundle, judge_copy, hits, strict, json } => {
            let on_record = on_record.or(&defaults);
            let request = defaults.path(request, "--request", Matter::request)?;
            let bundle = defaults.path(bundle, "--bundle", Matter::bundle)?;
            let bars = Bars::default();
            let (judge_copy, hits) = (judge_copy.as_deref(), hits.as_deref());
            let beside = Beside { judge_copy, hits, watch: None };
            let report =
                verify_bundle_with(on_record.on_record(), &request, &bundle, beside, &bars)?;
            drop(bars);
            let report = if strict { report.strictly() } else { report };
            if json {
                print_json(&report)?
            } else {
                print(&report.to_string())?
            }
            Ok(report.outcome.exit_code())
        }
        Command::Lot { command } => lot::run(command, &defaults),
        Command::VerifyDocument { on_record, bundle, file, json } => {
            let on_record = on_record.or(&defaults);
            let bundle = defaults.path(bundle, "--bundle", Matter::bundle)?;
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
