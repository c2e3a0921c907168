//! Checks 5 to 7: exactly the matching documents are released, each as it was
//! committed; nothing of any other is opened; unreadable are true or listed.

use rayon::prelude::*;

use super::pass::{Lists, Row, again};
use super::{Counts, Parsed};
use crate::corpus::commitment::Commitment;
use crate::corpus::document::{Reading, read_opened};
use crate::corpus::leaf;
use crate::corpus::tree::Membership;
use crate::corpus::views::UnreadableReason;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bundle::{self, Opening, UnreadableLine};
use crate::exchange::formats::leaves::{Record, Status};
use crate::exchange::formats::request::CheckedRequest;
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::progress::Progress;
use crate::field::ScalarHex;
use crate::hash::sponge;

/// Released files that are checked at a time.
const FILES_AT_A_TIME: usize = 64;

/// Check 5.
pub(super) fn check_released(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    counts: &mut Counts,
    progress: &dyn Progress,
) -> Result<String, Stop> {
    let failed = |leaf, subject: &str, expected: &str, found: &str| {
        Stop::from(Failure::new(Check::Release, subject, expected, found).of_document(leaf))
    };
    progress.stage("checking released files", counts.matched);
    let mut waiting = Vec::new();
    let lists = Lists { openings: true, withheld: true, ..Lists::default() };
    parsed.each(lists, |Row { leaf, record, opening, withheld, .. }| {
        match (record.status, opening, withheld.is_some()) {
            (Status::Matched, Some(opening), false) => {
                counts.released = counts.released.saturating_add(1);
                waiting.push((record, opening));
                if waiting.len() >= FILES_AT_A_TIME {
                    check_files(parsed, request, &mut waiting, progress)?;
                }
            }
            (Status::Matched, None, true) => {
                counts.withheld = counts.withheld.saturating_add(1);
            }
            (Status::Matched, None, false) => {
                let expected = "a matching document to be released or listed as withheld";
                return Err(failed(leaf, bundle::OPENINGS, expected, "neither"));
            }
            (Status::Matched, Some(_), true) => {
                let expected = "a matching document to be released or listed as withheld";
                return Err(failed(leaf, bundle::WITHHELD, expected, "both"));
            }
            (Status::Unmatched | Status::Unreadable, _, true) => {
                let expected = "matching documents only";
                return Err(failed(leaf, bundle::WITHHELD, expected, "one that does not match"));
            }
            // Checks 6 and 7.
            (Status::Unmatched | Status::Unreadable, _, false) => {}
        }
        Ok(())
    })?;
    check_files(parsed, request, &mut waiting, progress)?;
    Ok(format!(
        "{} matching documents are released as committed and match in the clear, {} are withheld with a reason",
        counts.released, counts.withheld
    ))
}

fn check_files(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    waiting: &mut Vec<(Record, Opening)>,
    progress: &dyn Progress,
) -> Result<(), Stop> {
    let results: Vec<Result<(), Stop>> = std::mem::take(waiting)
        .par_iter()
        .map(|(record, opening)| {
            let name = opening.file_name();
            let reading = parsed.released(&name, opening)?;
            let committed =
                Committed { check: Check::Release, commitment: parsed.commitment, name: &name };
            let views = committed.check(&reading, opening, record)?.unwrap_or_default();
            progress.advance(1);
            let bytes = views.get(request.view_index);
            if bytes.is_some_and(|bytes| request.program.matches(bytes)) {
                return Ok(());
            }
            let failure =
                Failure::new(Check::Release, name, "decision 1 in the clear", "decision 0");
            Err(failure.of_document(opening.leaf).into())
        })
        .collect();
    results.into_iter().collect()
}

/// Check 6.
pub(super) fn check_private(parsed: &Parsed<'_>) -> Result<(), Stop> {
    let lists = Lists { openings: true, ..Lists::default() };
    parsed.each(lists, |Row { leaf, record, opening, .. }| {
        if opening.is_none() || record.status != Status::Unmatched {
            return Ok(());
        }
        let expected = "nothing opened of a document with decision 0";
        let found = "an opening and a file";
        let failure = Failure::new(Check::Privacy, bundle::OPENINGS, expected, found);
        Err(failure.of_document(leaf).into())
    })
}

/// Check 7.
pub(super) fn check_absence(parsed: &Parsed<'_>, counts: &mut Counts) -> Result<String, Stop> {
    let lists = Lists { openings: true, unreadable: true, ..Lists::default() };
    parsed.each(lists, |Row { record, opening, unreadable, .. }| {
        let Some(unreadable) = unreadable else { return Ok(()) };
        let Some(opening) = opening else {
            counts.not_examined = counts.not_examined.saturating_add(1);
            return Ok(());
        };
        check_unreadable(parsed, &record, &opening, &unreadable)?;
        counts.released = counts.released.saturating_add(1);
        Ok(())
    })?;
    let released = counts.unreadable.saturating_sub(counts.not_examined);
    Ok(format!(
        "{released} unreadable documents are released and cannot be read as stated, {} were not reached",
        counts.not_examined
    ))
}

fn check_unreadable(
    parsed: &Parsed<'_>,
    record: &Record,
    opening: &Opening,
    unreadable: &UnreadableLine,
) -> Result<(), Stop> {
    let name = opening.file_name();
    let reading = parsed.released(&name, opening)?;
    let committed =
        Committed { check: Check::Unreadable, commitment: parsed.commitment, name: &name };
    let found = match committed.check(&reading, opening, record)? {
        Err(reason) if reason == unreadable.reason => return Ok(()),
        Err(reason) => reason.to_string(),
        Ok(_) => "a file that can be read".to_owned(),
    };
    let failure = Failure::new(Check::Unreadable, name, unreadable.reason.to_string(), found);
    Err(failure.of_document(opening.leaf).into())
}

impl Parsed<'_> {
    /// Reads a released file once, for everything that is checked of it.
    fn released(&self, name: &str, opening: &Opening) -> Result<Reading, Stop> {
        let path = self.bag.path(name);
        let file = again(&self.bag, name, self.bag.file_of(name, opening.bytes))?;
        let reading = read_opened(file, &path).map_err(ExchangeError::from)?;
        // Up to the first that was misnamed already, all were as opened.
        let was_as_opened = self.misnamed.is_none_or(|leaf| opening.leaf < leaf);
        if was_as_opened && reading.sha256 != opening.sha256.0 {
            return Err(ExchangeError::Changed(path).into());
        }
        Ok(reading)
    }
}

/// What a released file is checked against.
pub(super) struct Committed<'a> {
    pub(super) check: Check,
    pub(super) commitment: &'a Commitment,
    pub(super) name: &'a str,
}

impl Committed<'_> {
    fn failed(&self, leaf: u64, expected: impl ToString, found: impl ToString) -> Stop {
        let (expected, found) = (expected.to_string(), found.to_string());
        Failure::new(self.check, self.name, expected, found).of_document(leaf).into()
    }

    /// The file hashes to its file commitment, each of its views to its digest,
    /// and the leaf stands under the root. Gives the views.
    pub(super) fn check(
        &self,
        reading: &Reading,
        opening: &Opening,
        record: &Record,
    ) -> Result<Result<Vec<Vec<u8>>, UnreadableReason>, Stop> {
        let leaf = opening.leaf;
        let (sha256, length) = (reading.sha256, reading.byte_length);
        if sha256 != opening.sha256.0 || length != opening.bytes {
            let expected = format!("{} bytes with SHA-256 {}", opening.bytes, opening.sha256);
            let found = format!("{length} bytes with SHA-256 {}", Sha256Hex(sha256));
            return Err(self.failed(leaf, expected, found));
        }
        let commitment = leaf::file_commitment(opening.salt.0, &sha256, length, &opening.path.0);
        if commitment != record.file_commitment {
            let expected = format!("file commitment {}", ScalarHex(record.file_commitment));
            return Err(self.failed(leaf, expected, ScalarHex(commitment)));
        }
        let views = &self.commitment.header.views;
        if opening.view_salts.len() != views.len() {
            let expected = format!("{} view salts", views.len());
            return Err(self.failed(leaf, expected, opening.view_salts.len()));
        }
        let canonical = reading.canonicalise(views);
        let opened = views.iter().zip(&opening.view_salts).zip(&record.digests);
        for (index, ((view, salt), committed)) in opened.enumerate() {
            let digest = match &canonical {
                Ok(canonical) => canonical
                    .get(index)
                    .map(|bytes| sponge::view_digest(&view.to_string(), salt.0, bytes)),
                Err(reason) => Some(leaf::unreadable_marker(view, *reason, salt.0)),
            };
            let Some(digest) = digest else { continue };
            if digest != *committed {
                let expected = format!("digest {} of {view}", ScalarHex(*committed));
                return Err(self.failed(leaf, expected, ScalarHex(digest)));
            }
        }
        self.check_membership(opening, record)?;
        Ok(canonical)
    }

    fn check_membership(&self, opening: &Opening, record: &Record) -> Result<(), Stop> {
        let digest = leaf::leaf(record.file_commitment, &record.digests);
        let siblings = opening.membership.iter().map(|element| element.0).collect();
        let membership = Membership { index: opening.leaf, siblings };
        self.commitment
            .check_membership(digest, &membership)
            .map_err(|error| self.failed(opening.leaf, "a proof of membership", error))
    }
}
