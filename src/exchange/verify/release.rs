//! Check 5: exactly the matching documents are released, each as it was
//! committed, or withheld with a reason.

use rayon::prelude::*;

use super::Parsed;
use super::opened::Committed;
use super::pass::{Lists, Row};
use crate::exchange::error::{Check, Failure, Stop};
use crate::exchange::formats::bundle::{self, Opening};
use crate::exchange::formats::leaves::{Record, Status};
use crate::exchange::formats::request::CheckedRequest;
use crate::exchange::progress::Progress;
use crate::exchange::report::{Counts, Finding};

/// Released files that are checked at a time.
const FILES_AT_A_TIME: usize = 64;

pub(super) fn check(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    counts: &mut Counts,
    progress: &dyn Progress,
) -> Result<Finding, Stop> {
    let failed = |leaf, subject: &str, expected: &str, found: &str| {
        Stop::from(Failure::new(Check::Release, subject, expected, found).of_leaf(leaf))
    };
    progress.stage("checking released files", counts.matching);
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
    Ok(Finding::Release { released: counts.released, withheld: counts.withheld })
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
            let shown = committed.check(&reading, opening, record)?;
            progress.advance(1);
            let bytes = shown.get(request.view_index).and_then(|shown| shown.as_ref().ok());
            if bytes.is_some_and(|bytes| request.program.matches(bytes)) {
                return Ok(());
            }
            let failure = Failure::new(
                Check::Release,
                name,
                "a file that matches when the program is run on it",
                "one that does not",
            );
            Err(failure.of_leaf(opening.leaf).into())
        })
        .collect();
    results.into_iter().collect()
}
