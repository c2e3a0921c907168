//! Runs the judge's commands and prints their reports.

use candor::exchange::{Beside, ExchangeError, Matter, Watch, verify_bundle_with, verify_document};
use candor_cli::{Bars, Defaults, Program, print, print_json, show_steps};
use candor_pages::verify::{self, Run, Seen};
use candor_pages::{Stated, refuse_existing, write};

use crate::args::Command;
use crate::audit::{run_audit, run_estimate};
use crate::lot;

pub(crate) fn run(command: Option<Command>) -> Result<u8, ExchangeError> {
    let Some(command) = command else { return show_steps(Program::Judge) };
    let defaults = Defaults::find()?;
    match command {
        Command::VerifyBundle {
            on_record,
            request,
            bundle,
            judge_copy,
            hits,
            report: page,
            time,
            strict,
            json,
        } => {
            let on_record = on_record.or(&defaults);
            let request = defaults.path(request, "--request", Matter::request)?;
            let bundle = defaults.path(bundle, "--bundle", Matter::bundle)?;
            if let Some(page) = &page {
                refuse_existing(page)?;
            }
            let bars = Bars::default();
            let seen = Seen::new();
            let beside = Beside {
                judge_copy: judge_copy.as_deref(),
                hits: hits.as_deref(),
                watch: page.is_some().then_some(&seen as &dyn Watch),
            };
            let report =
                verify_bundle_with(on_record.on_record(), &request, &bundle, beside, &bars)?;
            drop(bars);
            let report = if strict { report.strictly() } else { report };
            if let Some(page) = &page {
                let stated = time.unwrap_or_else(Stated::now);
                let run = Run { stated, strict, judge_copy: judge_copy.is_some() };
                write(page, &verify::page(&report, seen, &run))?;
            }
            if json {
                print_json(&report)?
            } else {
                print(&report.to_string())?
            }
            Ok(report.outcome.exit_code())
        }
        Command::Audit(args) => run_audit(args, &defaults),
        Command::Estimate(args) => run_estimate(&args),
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
