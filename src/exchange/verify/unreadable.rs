//! Check 7: what is released as unreadable cannot be read, for the reason stated.

use super::Parsed;
use super::opened::Committed;
use super::pass::{Lists, Row};
use crate::exchange::error::{Check, Failure, Stop};
use crate::exchange::formats::bundle::{Opening, UnreadableLine};
use crate::exchange::formats::leaves::Record;
use crate::exchange::progress::Progress;
use crate::exchange::report::{Counts, Finding};

pub(super) fn check(
    parsed: &Parsed<'_>,
    view: usize,
    counts: &mut Counts,
    progress: &dyn Progress,
) -> Result<Finding, Stop> {
    progress.stage("checking unreadable files", parsed.commitment.documents);
    let mut confirmed = 0u64;
    let lists = Lists { openings: true, unreadable: true, ..Lists::default() };
    parsed.each(lists, |Row { record, opening, unreadable, .. }| {
        progress.advance(1);
        let Some(line) = unreadable else { return Ok(()) };
        let Some(opening) = opening else {
            counts.not_examined = counts.not_examined.saturating_add(1);
            return Ok(());
        };
        check_file(parsed, view, &record, &opening, &line)?;
        counts.released = counts.released.saturating_add(1);
        confirmed = confirmed.saturating_add(1);
        Ok(())
    })?;
    Ok(Finding::Unreadable { confirmed, not_examined: counts.not_examined })
}

fn check_file(
    parsed: &Parsed<'_>,
    view: usize,
    record: &Record,
    opening: &Opening,
    line: &UnreadableLine,
) -> Result<(), Stop> {
    let name = opening.file_name();
    let reading = parsed.released(&name, opening)?;
    let committed =
        Committed { check: Check::Unreadable, commitment: parsed.commitment, name: &name };
    let shown = committed.check(&reading, opening, record)?;
    let found = match shown.get(view) {
        Some(Err(reason)) if *reason == line.reason => return Ok(()),
        Some(Err(reason)) => reason.to_string(),
        _ => "a file that can be read".to_owned(),
    };
    let failure = Failure::new(Check::Unreadable, name, line.reason.to_string(), found);
    Err(failure.of_leaf(opening.leaf).into())
}
