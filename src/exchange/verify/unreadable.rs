//! Check 7: what is released as unreadable cannot be read, for the reason stated, and
//! what is released as outside the view is of the kind stated.

use candor_documents::CoarseKind;

use super::Parsed;
use super::opened::Committed;
use super::pass::{Lists, Row};
use super::watch::ReleasedSeen;
use crate::corpus::missing::Missing;
use crate::exchange::error::{Check, Failure, Stop};
use crate::exchange::formats::bundle::Opening;
use crate::exchange::formats::leaves::Record;
use crate::exchange::formats::request::CheckedRequest;
use crate::exchange::progress::Progress;
use crate::exchange::report::{Counts, Finding};

pub(super) fn check(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    counts: &mut Counts,
    progress: &dyn Progress,
) -> Result<Finding, Stop> {
    progress.stage("checking unreadable files", parsed.commitment.documents);
    let accepted: &[CoarseKind] = &request.request.accept_outside;
    let [mut confirmed, mut confirmed_outside] = [0u64; 2];
    let lists = Lists { openings: true, outside: true, unreadable: true, ..Lists::default() };
    parsed.each(lists, |Row { record, opening, outside, unreadable, .. }| {
        progress.advance(1);
        let missing = match (unreadable, outside) {
            (Some(line), _) => Missing::Unreadable(line.reason),
            (None, Some(line)) => Missing::Outside(line.kind),
            (None, None) => return Ok(()),
        };
        let opening = opening.filter(|opening| opening.released().is_some());
        let count = match (missing, opening.is_some()) {
            (Missing::Unreadable(_), true) => &mut confirmed,
            (Missing::Outside(_), true) => &mut confirmed_outside,
            (Missing::Unreadable(_), false) => &mut counts.not_examined,
            (Missing::Outside(kind), false) => {
                let refused = u64::from(!accepted.contains(&kind));
                counts.outside_not_accepted = counts.outside_not_accepted.saturating_add(refused);
                &mut counts.outside_not_checked
            }
        };
        *count = count.saturating_add(1);
        if let Some(opening) = opening {
            check_file(parsed, request.view_index, &record, &opening, missing)?;
            counts.released = counts.released.saturating_add(1);
        }
        Ok(())
    })?;
    Ok(Finding::Unreadable {
        confirmed,
        not_examined: counts.not_examined,
        confirmed_outside,
        outside_not_checked: counts.outside_not_checked,
    })
}

fn check_file(
    parsed: &Parsed<'_>,
    view: usize,
    record: &Record,
    opening: &Opening,
    stated: Missing,
) -> Result<(), Stop> {
    let Some(released) = opening.released() else { return Ok(()) };
    let name = released.file_name();
    let reading = parsed.released(&name, opening.leaf, released.file)?;
    let committed =
        Committed { check: Check::Unreadable, commitment: parsed.commitment, name: &name };
    let shown = committed.check(&reading, opening, record)?;
    let found = match shown.get(view) {
        Some(Err(missing)) if *missing == stated => {
            let (reading, shown) = (&reading, shown.as_slice());
            let seen = ReleasedSeen { opening, reading, shown, matches: false, held: None };
            parsed.tell_released(&seen);
            return Ok(());
        }
        Some(Err(missing)) => missing.to_string(),
        _ => "a file that can be read".to_owned(),
    };
    let failure = Failure::new(Check::Unreadable, name, stated.to_string(), found);
    Err(failure.of_leaf(opening.leaf).into())
}
