//! Check 6: nothing of a document that does not match is disclosed.

use super::Parsed;
use super::pass::{Lists, Row};
use crate::exchange::error::{Check, Failure, Stop};
use crate::exchange::formats::bundle;
use crate::exchange::formats::leaves::Status;
use crate::exchange::progress::Progress;
use crate::exchange::report::{Counts, Finding};

pub(super) fn check(
    parsed: &Parsed<'_>,
    counts: &Counts,
    progress: &dyn Progress,
) -> Result<Finding, Stop> {
    let documents = parsed.commitment.documents;
    progress.stage("checking for other disclosures", documents);
    let lists = Lists { openings: true, ..Lists::default() };
    parsed.each(lists, |Row { leaf, record, opening, .. }| {
        progress.advance(1);
        if opening.is_none() || record.status != Status::Unmatched {
            return Ok(());
        }
        let expected = "nothing disclosed of a document that does not match";
        let found = "an opening and a file";
        let failure = Failure::new(Check::Privacy, bundle::OPENINGS, expected, found);
        Err(failure.of_leaf(leaf).into())
    })?;
    let not_matching = documents.saturating_sub(counts.matching).saturating_sub(counts.unreadable);
    Ok(Finding::Privacy { not_matching })
}
