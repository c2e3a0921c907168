//! Runs the responder's commands about lots and prints what they did.

use candor::exchange::{ExchangeError, Matter};
use candor::printable::count;
use candor_cli::{Bars, Defaults, print, print_json, tell};
use candor_lot::responder::{OpenOptions, SealOptions, open, preview, seal};
use candor_lot::signature::{Authority, Principal};

use super::args::{OpenArgs, SealArgs};

pub(crate) fn run_seal(args: &SealArgs, defaults: &Defaults) -> Result<(), ExchangeError> {
    let signed = args.judge.as_deref().zip(args.allowed_signers.as_deref());
    let signed = signed
        .map(|(name, allowed_signers)| Authority::Signed(Principal { name, allowed_signers }));
    let authority = signed.or(args.lot_digest.map(Authority::Digest)).ok_or_else(|| {
        let advice =
            "name who must have signed the lot, with --allowed-signers; or give --lot-digest";
        ExchangeError::input("--judge", "is missing", advice)
    })?;
    let commitment = args.answer.commitment(defaults)?;
    let answer = args.answer.answer(defaults);
    let options = SealOptions {
        lot: &args.lot,
        authority,
        commitment: &commitment,
        answer: answer.as_ref().map(|(request, bundle)| (&**request, &**bundle)),
        voids: &args.void,
        at_most: args.at_most,
        key: args.key.as_deref(),
        out: &args.out,
    };
    let bars = Bars::default();
    let report = seal(&options, &bars)?;
    drop(bars);
    if args.json { print_json(&report) } else { print(&report.to_string()) }
}

pub(crate) fn run_open(args: &OpenArgs, defaults: &Defaults) -> Result<(), ExchangeError> {
    let commitment = args.answer.commitment(defaults)?;
    let answer = args.answer.answer(defaults);
    let documents = defaults.path(args.corpus.clone(), "--corpus", Matter::documents)?;
    let options = OpenOptions {
        drawing: &args.drawing,
        documents: &documents,
        commitment: &commitment,
        answer: answer.as_ref().map(|(request, bundle)| (&**request, &**bundle)),
        missing: args.missing.as_deref(),
        key: args.key.as_deref(),
        out: args.out.as_deref().unwrap_or(&args.drawing),
    };
    let bars = Bars::default();
    if let Some(list) = &args.preview {
        let found = preview(&options, &bars)?;
        found.write(list)?;
        drop(bars);
        let documents = count(found.documents.len() as u64, "document", "documents");
        tell(&format!("{documents} would be opened: {}\n", list.display()));
        return Ok(());
    }
    let report = open(&options, &bars)?;
    drop(bars);
    if args.json { print_json(&report) } else { print(&report.to_string()) }
}
