//! Runs the judge's commands about lots and prints what they did.

use std::fmt::Display;

use candor::exchange::{ExchangeError, Matter};
use candor_cli::{Bars, Defaults, print, print_json};
use candor_lot::formats::Population;
use candor_lot::judge::{
    CommitOptions, DrawOptions, LotFolder, PlanOptions, VoidOptions, commit, draw, plan, void,
};
use serde::Serialize;

use super::args::{LotCommand, authority};

pub(crate) fn run(command: LotCommand, defaults: &Defaults) -> Result<u8, ExchangeError> {
    match command {
        LotCommand::Commit {
            commitment,
            request,
            stratum,
            families,
            excuse,
            error,
            after,
            key,
            out,
            json,
        } => {
            let over_all = stratum.iter().any(|stratum| stratum.population == Population::All);
            let commitment = defaults.path(commitment, "--commitment", Matter::commitment)?;
            let request = match request {
                None if over_all => None,
                request => Some(defaults.path(request, "--request", Matter::request)?),
            };
            let options = CommitOptions {
                commitment: &commitment,
                request: request.as_deref(),
                strata: &stratum,
                families,
                excuse: &excuse,
                error,
                after: after.as_deref(),
                key: key.as_deref(),
                out: &out,
            };
            show(&commit(&options)?, json)
        }
        LotCommand::Draw {
            lot,
            seal,
            responder,
            allowed_signers,
            seal_digest,
            commitment,
            request,
            bundle,
            json,
        } => {
            let authority = authority(responder.as_deref(), allowed_signers.as_ref(), seal_digest);
            let authority = authority.ok_or_else(|| {
                let advice = "name who must have signed the seal, with --allowed-signers; or \
                              give --seal-digest";
                ExchangeError::input("--responder", "is missing", advice)
            })?;
            let commitment = defaults.path(commitment, "--commitment", Matter::commitment)?;
            let over_all = LotFolder::open(&lot)?.lot.value.request.is_none();
            let answer = if over_all && bundle.is_none() {
                None
            } else {
                let request = defaults.path(request, "--request", Matter::request)?;
                Some((request, defaults.path(bundle, "--bundle", Matter::bundle)?))
            };
            let answer = answer.as_ref().map(|(request, bundle)| (&**request, &**bundle));
            let options =
                DrawOptions { lot: &lot, seal: &seal, authority, commitment: &commitment, answer };
            let bars = Bars::default();
            let report = draw(&options, &bars)?;
            drop(bars);
            show(&report, json)
        }
        LotCommand::Plan { width, confidence, size, share, json } => {
            let clean = size.zip(share);
            show(&plan(&PlanOptions { confidence, width, clean })?, json)
        }
        LotCommand::Void { lot, with_nonce, reason, json } => {
            show(&void(&VoidOptions { lot: &lot, with_nonce, reason: &reason })?, json)
        }
    }
}

fn show(report: &(impl Display + Serialize), json: bool) -> Result<u8, ExchangeError> {
    if json {
        print_json(report)?
    } else {
        print(&report.to_string())?
    }
    Ok(0)
}
