//! Check 1: every file is known, strictly parsed and as the manifests say.

use std::cell::Cell;

use super::pass::{again, if_unchanged};
use super::{Leaves, Parsed};
use crate::argument::statement::ARGUMENT_VERSION;
use crate::corpus::commitment::{Commitment, MAX_COMMITMENT_BYTES};
use crate::corpus::views::{MAX_FILE_BYTES, UnreadableReason};
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bag::{Bag, Counted, FirstReadings, VocabularySeals};
use crate::exchange::formats::bundle::{
    self, BundleInfo, Entry, FORMAT, MAX_INFO_BYTES, Opening, OutsideLine, Substitute,
    UnreadableLine, Withheld,
};
use crate::exchange::formats::json;
use crate::exchange::formats::sealed::Seal;
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::progress::Progress;
use crate::exchange::report::Finding;

fn failed(subject: &str, expected: impl ToString, found: impl ToString) -> Stop {
    Failure::new(Check::Parsing, subject, expected.to_string(), found.to_string()).into()
}

/// What the bundle says of itself, which is of this format and argument.
pub(super) fn info(bag: &Bag) -> Result<(BundleInfo, Seal), Stop> {
    let info_bytes = bag.read(bundle::INFO, MAX_INFO_BYTES)?;
    let info: BundleInfo = json::from_document(&info_bytes)
        .map_err(|error| failed(bundle::INFO, "canonical JSON of a bundle", error))?;
    if info.format != FORMAT {
        return Err(failed(bundle::INFO, FORMAT, other_format(&info.format)));
    }
    if info.argument != ARGUMENT_VERSION {
        let (path, what) = (bag.path(bundle::INFO), "its proofs are of argument version");
        let error = ExchangeError::unsupported(path, what, ARGUMENT_VERSION, info.argument);
        return Err(error.into());
    }
    Ok((info, Seal::of(&info_bytes)))
}

/// `commitment` has the vocabularies of the bundle, whose seals are given.
pub(super) fn check<'a>(
    commitment: &'a Commitment,
    bag: &'a Bag,
    (info, info_seal): (BundleInfo, Seal),
    vocabularies: VocabularySeals,
    progress: &dyn Progress,
) -> Result<(Parsed<'a>, Finding), Stop> {
    progress.stage("reading the bundle", 6);
    if info.readable > info.documents || info.batches > info.readable {
        let found = format!("{} readable in {} batches", info.readable, info.batches);
        return Err(failed(bundle::INFO, format!("at most {}", info.documents), found));
    }
    // The caps below rest on this number; fewer leaves are for check 3.
    if info.documents > commitment.documents {
        let expected = format!("at most the {} documents committed to", commitment.documents);
        return Err(failed(bundle::INFO, expected, info.documents));
    }
    let documents = info.documents;
    let mut leaves = Leaves::open(bag, commitment, documents)?;
    leaves.by_ref().try_for_each(|record| record.map(|_| ()))?;
    let leaves = leaves.into_reading().seal()?;
    let copy = Seal::of(&bag.read(bundle::COMMITMENT, MAX_COMMITMENT_BYTES as usize)?);
    progress.advance(1);
    let (outside_count, outside) = read::<OutsideLine>(bag, bundle::OUTSIDE, documents)?;
    progress.advance(1);
    let (unreadable_count, unreadable) =
        read::<UnreadableLine>(bag, bundle::UNREADABLE, documents)?;
    progress.advance(1);
    let (substitute_count, substitutes) =
        read::<Substitute>(bag, bundle::SUBSTITUTE_LIST, documents)?;
    progress.advance(1);
    let (withheld_count, withheld) = read::<Withheld>(bag, bundle::WITHHELD, documents)?;
    progress.advance(1);
    let (released, openings) = read_openings(bag, documents, outside, unreadable)?;
    progress.advance(1);
    let first = FirstReadings {
        info: info_seal,
        commitment: copy,
        leaves,
        openings,
        outside,
        substitutes,
        unreadable,
        withheld,
        vocabularies,
    };
    let counted = Counted { batches: info.batches, released, substitutes: substitute_count };
    let ([manifest, tag_manifest], misnamed) = check_bag(bag, &info, &first, counted, progress)?;
    let (_, left_aside) = bag.left_aside();
    let finding = Finding::Parsing {
        proofs: info.batches,
        released,
        withheld: withheld_count,
        substitutes: substitute_count,
        outside: outside_count,
        unreadable: unreadable_count,
        left_aside,
    };
    let parsed =
        Parsed { commitment, bag, info, first, manifest, tag_manifest, misnamed, watch: None };
    Ok((parsed, finding))
}

/// What is said of a bundle of another format.
fn other_format(found: &str) -> String {
    let number = |format: &str| format.strip_prefix("candor bundle ")?.parse::<u32>().ok();
    let escaped = found.escape_default();
    match (number(found), number(FORMAT)) {
        (Some(found), Some(own)) if found < own => {
            format!("{escaped}, made by an earlier version: verify it with that version")
        }
        _ => escaped.to_string(),
    }
}

/// Parses a list; gives the number of its entries, and its seal.
fn read<T: Entry>(bag: &Bag, name: &'static str, documents: u64) -> Result<(u64, Seal), Stop> {
    let mut entries = bag.entries::<T>(name, documents)?;
    let mut count = 0u64;
    for entry in entries.by_ref() {
        entry?;
        count = count.saturating_add(1);
    }
    Ok((count, entries.into_reading().seal()?))
}

/// Parses the openings; gives the number of files that they release, and their seal.
fn read_openings(
    bag: &Bag,
    documents: u64,
    outside: Seal,
    unreadable: Seal,
) -> Result<(u64, Seal), Stop> {
    let mut openings = bag.entries::<Opening>(bundle::OPENINGS, documents)?;
    let kinds = bag.entries::<OutsideLine>(bundle::OUTSIDE, documents);
    let mut kinds = again(bag, bundle::OUTSIDE, kinds)?;
    let lines = bag.entries::<UnreadableLine>(bundle::UNREADABLE, documents);
    let mut lines = again(bag, bundle::UNREADABLE, lines)?;
    let mut count = 0u64;
    let mut check = |opening: Opening| {
        let Some(file) = opening.file else { return Ok(()) };
        // Such a file has no view, so it must not be hashed for nothing.
        let too_long = lines
            .of_leaf(opening.leaf)?
            .is_some_and(|line| line.reason == UnreadableReason::TooManyBytes);
        let may_be_long = kinds.of_leaf(opening.leaf)?.is_some() || too_long;
        if file.bytes > MAX_FILE_BYTES && !may_be_long {
            let expected = format!("a file of at most {MAX_FILE_BYTES} bytes");
            let failure = Failure::new(Check::Parsing, bundle::OPENINGS, expected, file.bytes);
            return Err(failure.of_leaf(opening.leaf).into());
        }
        count = count.saturating_add(1);
        Ok(())
    };
    let outcome: Result<(), Stop> = openings.by_ref().try_for_each(|opening| check(opening?));
    let readings = [(kinds.into_reading(), outside), (lines.into_reading(), unreadable)];
    if_unchanged(outcome, readings)?;
    Ok((count, openings.into_reading().seal()?))
}

/// Compares every file with the manifests. Gives the seals of these, and the first
/// leaf whose released file is another than its opening says. A redacted copy must be what its line says.
fn check_bag(
    bag: &Bag,
    info: &BundleInfo,
    first: &FirstReadings,
    counted: Counted,
    progress: &dyn Progress,
) -> Result<([Seal; 2], Option<u64>), Stop> {
    let Counted { batches, released, substitutes } = counted;
    let files = batches.saturating_add(released).saturating_add(substitutes);
    progress.stage("checking the bundle's files", files);
    let openings = bag.entries::<Opening>(bundle::OPENINGS, info.documents);
    let mut openings = again(bag, bundle::OPENINGS, openings)?;
    let misnamed = Cell::new(None);
    let files = openings.by_ref().filter_map(|opening| {
        let opening = match opening {
            Ok(opening) => opening,
            Err(stop) => return Some(Err(stop)),
        };
        let released = opening.released()?;
        let (name, file, leaf) = (released.file_name(), *released.file, opening.leaf);
        let misnamed = &misnamed;
        let tell = move |digest: &[u8; 32]| {
            if *digest != file.sha256.0 && misnamed.get().is_none() {
                misnamed.set(Some(leaf));
            }
        };
        Some(Ok((name, file.bytes, tell)))
    });
    let copies = bag.entries::<Substitute>(bundle::SUBSTITUTE_LIST, info.documents);
    let mut copies = again(bag, bundle::SUBSTITUTE_LIST, copies)?;
    let substitutes = copies.by_ref().map(|line| {
        let line = line?;
        let (name, length) = (line.file_name(), line.bytes);
        let check = move |digest: &[u8; 32]| {
            if *digest == line.sha256.0 {
                return Ok(());
            }
            let expected = format!("SHA-256 {} as its line says", line.sha256);
            let found = format!("SHA-256 {}", Sha256Hex(*digest));
            let failure = Failure::new(Check::Parsing, line.file_name(), expected, found);
            Err(failure.of_leaf(line.leaf).into())
        };
        Ok((name, length, check))
    });
    let manifests = bag.check_files(first, counted, files, substitutes, |_| progress.advance(1));
    let readings =
        [(openings.into_reading(), first.openings), (copies.into_reading(), first.substitutes)];
    let manifests = if_unchanged(manifests, readings)?;
    Ok((manifests, misnamed.get()))
}
