//! Runs the judge's commands and prints their reports.

use candor::exchange::index::ReleasedIndex;
use candor::exchange::{
    All, Beside, ExchangeError, Matter, Outcome, Watch, verify_bundle_with, verify_document,
};
use candor_cli::{Bars, Defaults, Program, print, print_json, show_steps};
use candor_pages::verify::{self, Run, Seen};
use candor_pages::{Stated, refuse_existing, write};

use crate::args::Command;
use crate::audit::{run_audit, run_estimate};
use crate::{log, lot};

pub(crate) fn run(command: Option<Command>) -> Result<u8, ExchangeError> {
    let Some(command) = command else { return show_steps(Program::Judge) };
    let defaults = Defaults::find()?;
    match command {
        Command::VerifyBundle { answer, hits, report: page, time, index, strict, json } => {
            let answer = answer.or(&defaults)?;
            for file in [&page, &index].into_iter().flatten() {
                refuse_existing(file)?;
            }
            let bars = Bars::default();
            let (seen, released) = (Seen::new(), ReleasedIndex::default());
            let told = [
                page.as_ref().map(|_| &seen as &dyn Watch),
                index.as_ref().map(|_| &released as &dyn Watch),
            ];
            let told = All::of(told.into_iter().flatten());
            let beside = Beside { hits: hits.as_deref(), watch: Some(&told), ..answer.beside() };
            let on_record = answer.on_record.on_record();
            let report =
                verify_bundle_with(on_record, &answer.request, &answer.bundle, beside, &bars)?;
            drop((bars, told));
            if let Some(index) = index.filter(|_| report.outcome != Outcome::Failed) {
                released.write(&index)?;
            }
            let report = if strict { report.strictly() } else { report };
            if let Some(page) = &page {
                let stated = time.unwrap_or_else(Stated::now);
                let (judge_copy, produced) = (answer.judge_copy.is_some(), answer.produced.len());
                let run = Run { stated, strict, judge_copy, produced };
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
        Command::Log(args) => log::run(args, &defaults),
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
