//! Check 1: every file is known, strictly parsed and as the manifests say.

use super::Parsed;
use crate::argument::statement::ARGUMENT_VERSION;
use crate::corpus::commit::Commitment;
use crate::corpus::views::{AbsentReason, MAX_FILE_BYTES};
use crate::exchange::bag::Bag;
use crate::exchange::bundle::{self, BundleInfo, FORMAT, MAX_INFO_BYTES};
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::json;
use crate::exchange::progress::Progress;

fn failed(subject: &str, expected: impl ToString, found: impl ToString) -> Stop {
    Failure::new(Check::Parsing, subject, expected.to_string(), found.to_string()).into()
}

pub(super) fn check<'a>(
    commitment: &'a Commitment,
    bag: Bag,
    progress: &dyn Progress,
) -> Result<(Parsed<'a>, String), Stop> {
    let info: BundleInfo = json::from_document(&bag.read(bundle::INFO, MAX_INFO_BYTES)?)
        .map_err(|error| failed(bundle::INFO, "canonical JSON of a bundle", error))?;
    if info.format != FORMAT {
        return Err(failed(bundle::INFO, FORMAT, info.format.escape_default()));
    }
    if info.argument != ARGUMENT_VERSION {
        let problem = format!("its proofs are of version {} of the argument", info.argument);
        let advice = format!("use a judge of that version; this one is of {ARGUMENT_VERSION}");
        return Err(ExchangeError::file(bag.path(bundle::INFO), problem, advice).into());
    }
    if info.present > info.documents || info.batches > info.present {
        let found = format!("{} present in {} batches", info.present, info.batches);
        return Err(failed(bundle::INFO, format!("at most {}", info.documents), found));
    }
    // The caps below rest on this number; fewer leaves are for check 3.
    if info.documents > commitment.documents {
        let expected = format!("at most the {} documents committed to", commitment.documents);
        return Err(failed(bundle::INFO, expected, info.documents));
    }
    let parsed = Parsed { commitment, bag, info };
    for leaf in parsed.leaves()? {
        leaf?;
    }
    let (mut absences, mut withheld, mut released) = (0u64, 0u64, 0u64);
    for entry in parsed.absences()? {
        entry?;
        absences = absences.saturating_add(1);
    }
    for entry in parsed.withheld()? {
        entry?;
        withheld = withheld.saturating_add(1);
    }
    let mut absences_again = parsed.absences()?;
    for entry in parsed.openings()? {
        let opening = entry?;
        // Such a file has no view, so it must not be hashed for nothing.
        let too_long = absences_again
            .of_leaf(opening.leaf)?
            .is_some_and(|absence| absence.reason == AbsentReason::TooManyBytes);
        if opening.bytes > MAX_FILE_BYTES && !too_long {
            let expected = format!("a file of at most {MAX_FILE_BYTES} bytes");
            let failure = Failure::new(Check::Parsing, bundle::OPENINGS, expected, opening.bytes);
            return Err(failure.of_document(opening.leaf).into());
        }
        released = released.saturating_add(1);
    }
    let files = parsed
        .openings()?
        .map(|opening| opening.map(|opening| (opening.file_name(), opening.bytes)));
    progress.stage("checking the bag", parsed.info.batches.saturating_add(released));
    parsed.bag.check_files(parsed.info.batches, released, files, |_| progress.advance(1))?;
    let detail = format!(
        "all files are known and as their manifests say: {} proofs, {released} released files, {withheld} withheld and {absences} absent documents",
        parsed.info.batches
    );
    Ok((parsed, detail))
}
