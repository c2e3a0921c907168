//! Runs the judge's commands about what was opened, and prints what they found.

use candor::exchange::{ExchangeError, Matter};
use candor_cli::{Bars, Defaults, print, print_json};
use candor_lot::audit::{AuditOptions, Came, audit};
use candor_lot::estimate::{CodedBy, EstimateOptions, estimate};
use candor_lot::judge::LotFolder;
use candor_lot::responder::open::{PACKAGE, STATEMENT};
use candor_pages::lot::{audit_page, estimate_page};

use super::args::{AuditArgs, EstimateArgs};
use crate::lot::authority;

pub(crate) fn run_audit(args: AuditArgs, defaults: &Defaults) -> Result<u8, ExchangeError> {
    let authority =
        authority(args.responder.as_deref(), args.allowed_signers.as_ref(), args.opened_digest);
    let files = args.opened.map(|folder| (folder.join(PACKAGE), folder.join(STATEMENT)));
    let came = files
        .as_ref()
        .map(|(package, statement)| {
            let authority = authority.ok_or_else(|| {
                let advice = "name who must have signed opened.json, and give --allowed-signers";
                ExchangeError::input("--responder", "is missing", advice)
            })?;
            Ok::<_, ExchangeError>(Came { package, statement, authority })
        })
        .transpose()?;
    let commitment = defaults.path(args.commitment, "--commitment", Matter::commitment)?;
    let over_all = LotFolder::open(&args.lot)?.lot.value.request.is_none();
    let answer = if over_all && args.bundle.is_none() {
        None
    } else {
        let request = defaults.path(args.request, "--request", Matter::request)?;
        Some((request, defaults.path(args.bundle, "--bundle", Matter::bundle)?))
    };
    let options = AuditOptions {
        lot: &args.lot,
        came,
        commitment: &commitment,
        answer: answer.as_ref().map(|(request, bundle)| (&**request, &**bundle)),
        sheet: args.sheet,
        out: &args.out,
    };
    args.page.refuse_existing()?;
    let bars = Bars::default();
    let report = audit(&options, &bars)?;
    drop(bars);
    args.page.write(|stated| audit_page(&report, stated))?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.to_string())?;
    }
    Ok(report.exit_code())
}

pub(crate) fn run_estimate(args: &EstimateArgs) -> Result<u8, ExchangeError> {
    let coded = args.sheet.as_deref().zip(args.coder.as_deref());
    let options = EstimateOptions {
        lot: &args.lot,
        audit: &args.audit,
        coded: coded.map(|(sheet, coder)| CodedBy { sheet, coder }),
        others: &args.other_lot,
        look: args.look,
        thresholds: &args.thresholds(),
    };
    args.page.refuse_existing()?;
    let report = estimate(&options)?;
    args.page.write(|stated| estimate_page(&report, stated))?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.to_string())?;
    }
    Ok(report.exit_code())
}
