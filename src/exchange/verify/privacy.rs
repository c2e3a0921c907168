//! Check 6: nothing of a document that does not match is disclosed, but of members of
//! a family in which another does.

use super::Parsed;
use super::families::Families;
use super::pass::{Lists, Row};
use crate::exchange::error::{Check, Failure, Stop};
use crate::exchange::formats::bundle;
use crate::exchange::formats::leaves::Status;
use crate::exchange::progress::Progress;
use crate::exchange::report::{Counts, Finding};

pub(super) fn check(
    parsed: &Parsed<'_>,
    families: &Families,
    counts: &Counts,
    progress: &dyn Progress,
) -> Result<Finding, Stop> {
    let documents = parsed.commitment.documents;
    progress.stage("checking for other disclosures", documents);
    let mut members = 0u64;
    let lists = Lists { openings: true, ..Lists::default() };
    parsed.each(lists, |Row { leaf, record, opening, .. }| {
        progress.advance(1);
        let Some(opening) = opening else { return Ok(()) };
        let lawful = match (record.status, &opening.family) {
            (Status::Matched, _) | (Status::Unreadable, None) => return Ok(()),
            (_, Some(family)) => families.matches(family),
            (Status::Unmatched | Status::Outside, None) => false,
        };
        if lawful {
            members = members.saturating_add(1);
            return Ok(());
        }
        let expected = "nothing disclosed of a document that does not match, nor stands in a \
                        family with one that does";
        let found = "an opening";
        let failure = Failure::new(Check::Privacy, bundle::OPENINGS, expected, found);
        Err(failure.of_leaf(leaf).into())
    })?;
    let decided = documents.saturating_sub(counts.unreadable).saturating_sub(counts.outside);
    Ok(Finding::Privacy { not_matching: decided.saturating_sub(counts.matching), members })
}
