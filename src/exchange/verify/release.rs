//! Check 5: exactly the matching documents are released, each as it was
//! committed, or withheld with a reason; with their families, if the request says so.

use rayon::prelude::*;

use super::families::{Families, Structure};
use super::opened::Committed;
use super::pass::{Lists, Row};
use super::produced::Earlier;
use super::searched::Searched;
use super::settling;
use super::watch::ReleasedSeen;
use super::{Beside, Parsed};
use crate::exchange::error::{Check, Failure, Stop};
use crate::exchange::formats::bundle::{self, ByProgram, Opening, Substitute, Withheld};
use crate::exchange::formats::leaves::{Record, Status};
use crate::exchange::formats::request::{CheckedRequest, Release};
use crate::exchange::hits::Met;
use crate::exchange::progress::Progress;
use crate::exchange::report::{Counts, Finding};
use crate::exchange::settling::allows;
use crate::readers;

/// Released files that are checked at a time.
const FILES_AT_A_TIME: usize = 64;

/// Gives also what is opened of families.
pub(super) fn check(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    beside: Beside<'_>,
    searched: &mut Option<Searched<'_>>,
    counts: &mut Counts,
    progress: &dyn Progress,
) -> Result<(Finding, Families), Stop> {
    progress.stage("checking released files", counts.matching);
    let scope = request.request.release;
    let committed =
        Committed { check: Check::Release, commitment: parsed.commitment, name: bundle::OPENINGS };
    let mut waiting = Vec::new();
    let mut families = Families::default();
    let mut earlier = Earlier::open(parsed, beside.produced)?;
    let lists = Lists { openings: true, substitutes: true, withheld: true, ..Lists::default() };
    parsed.each(lists, |Row { record, opening, substitute, withheld, leaf, .. }| {
        let disclosed = opening.as_ref().is_some_and(|opening| opening.released().is_some());
        let place = opening.as_ref().is_some_and(|opening| opening.family.is_some());
        let what = What {
            status: record.status,
            disclosed,
            place,
            withheld: withheld.is_some(),
            carries: withheld.as_ref().is_some_and(|line| line.carries().is_some()),
            basis: withheld.as_ref().and_then(Withheld::by_program),
        };
        if let Some(basis) = what.basis.filter(|basis| !allows(&request.request, *basis)) {
            let expected = "no reason that the request does not let the program give";
            let failure = Failure::new(Check::Release, bundle::WITHHELD, expected, basis.name());
            return Err(failure.of_leaf(leaf).into());
        }
        what.check(scope).map_err(|wrong| wrong.of_leaf(leaf))?;
        check_substitute(withheld.as_ref(), substitute.as_ref())
            .map_err(|wrong| wrong.of_leaf(leaf))?;
        counts.substitutes = counts.substitutes.saturating_add(u64::from(substitute.is_some()));
        if let Some(basis) = what.basis {
            counts.by_basis.add(basis);
        } else if let Some(line) = &withheld {
            counts.withheld = counts.withheld.saturating_add(1);
            counts.withheld_by_basis.add(line.basis());
            if let Some(bundle) = line.produced()
                && earlier.hands_over(bundle, leaf, &record)?
            {
                counts.produced = counts.produced.saturating_add(1);
            }
        }
        let Some(opening) = opening else { return Ok(()) };
        committed.check_place(&opening, &record)?;
        families.add(&opening, record.status, withheld.as_ref());
        // What has no decision is for check 7.
        if disclosed && matches!(record.status, Status::Matched | Status::Unmatched) {
            counts.released = counts.released.saturating_add(1);
            waiting.push((record, opening));
            if waiting.len() >= FILES_AT_A_TIME {
                check_files(parsed, request, &mut waiting, searched.as_mut(), progress)?;
            }
        }
        Ok(())
    })?;
    check_files(parsed, request, &mut waiting, searched.as_mut(), progress)?;
    counts.produced_in = earlier.finish()?;
    let Structure { families: opened, not_checked } = families.check(parsed, scope, progress)?;
    counts.families_not_checked = not_checked;
    if let Some(copy) = beside.judge_copy {
        counts.read_again = settling::check(parsed, request, copy, counts.by_basis, progress)?;
    }
    let finding = Finding::Release {
        released: counts.released,
        withheld: counts.withheld,
        produced: counts.produced,
        substitutes: counts.substitutes,
        by_basis: counts.by_basis,
        read_again: counts.read_again,
        families: opened,
        families_not_checked: not_checked,
    };
    Ok((finding, families))
}

/// A redacted copy stands in the place of a document that the responder withholds, and
/// its line in the list says so.
fn check_substitute(
    withheld: Option<&Withheld>,
    substitute: Option<&Substitute>,
) -> Result<(), Failure> {
    let failed = |subject, expected, found| Failure::new(Check::Release, subject, expected, found);
    match (substitute.is_some(), withheld) {
        (true, None) => {
            let expected = "redacted copies of withheld documents only";
            Err(failed(bundle::SUBSTITUTE_LIST, expected, "one of a document that is not withheld"))
        }
        (true, Some(line)) if line.by_program().is_some() => {
            let expected = "redacted copies of documents that the responder withholds only";
            Err(failed(bundle::SUBSTITUTE_LIST, expected, "one that the program withholds"))
        }
        (true, Some(line)) if !line.has_substitute() => {
            let expected = "a line that says that a redacted copy is released";
            Err(failed(bundle::WITHHELD, expected, "one that does not"))
        }
        (false, Some(line)) if line.has_substitute() => {
            let expected = "the redacted copy that is said to be released";
            Err(failed(bundle::SUBSTITUTE_LIST, expected, "none"))
        }
        _ => Ok(()),
    }
}

/// What the lists say of a leaf.
#[derive(Clone, Copy)]
struct What {
    status: Status,
    /// Its file is released.
    disclosed: bool,
    /// Its place in a family is opened.
    place: bool,
    /// It is listed as withheld.
    withheld: bool,
    /// It is so only because of what its bytes hold.
    carries: bool,
    /// It is so because the program says so.
    basis: Option<ByProgram>,
}

impl What {
    /// Whether that is possible; which families the places are of is checked when all
    /// are known.
    fn check(self, scope: Release) -> Result<(), Failure> {
        let Self { status, disclosed, place, withheld, carries, basis } = self;
        let failed =
            |subject, expected, found| Failure::new(Check::Release, subject, expected, found);
        let matches = status == Status::Matched;
        let either = "a matching document to be released or listed as withheld";
        match (disclosed, withheld) {
            (true, true) => return Err(failed(bundle::WITHHELD, either, "both")),
            (false, false) if matches => return Err(failed(bundle::OPENINGS, either, "neither")),
            (false, false) if place => {
                let expected = "a member of a family to be released or listed as withheld";
                return Err(failed(bundle::OPENINGS, expected, "neither"));
            }
            (false, true) if !matches && !place => {
                let expected = "matching documents and members of their families only";
                return Err(failed(bundle::WITHHELD, expected, "one that does not match"));
            }
            (false, true) if basis.is_some() && !matches => {
                let expected = "no document without a match withheld by the program";
                return Err(failed(bundle::WITHHELD, expected, "one"));
            }
            (false, true) if basis.is_some() && place => {
                let expected = "no family opened of a document that asks for none";
                return Err(failed(bundle::OPENINGS, expected, "one"));
            }
            _ if carries && !place => {
                let expected = "the family of a document that carries another";
                return Err(failed(bundle::OPENINGS, expected, "none"));
            }
            _ => {}
        }
        match scope {
            Release::Family if matches && !place && basis.is_none() => {
                let expected = "the family of a matching document";
                Err(failed(bundle::OPENINGS, expected, "none"))
            }
            Release::Item if disclosed && place => {
                let expected = "no family opened where items are released";
                Err(failed(bundle::OPENINGS, expected, "one"))
            }
            _ => Ok(()),
        }
    }
}

fn check_files(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    waiting: &mut Vec<(Record, Opening)>,
    searched: Option<&mut Searched<'_>>,
    progress: &dyn Progress,
) -> Result<(), Stop> {
    let searches = searched.as_ref().map(|searched| searched.lines());
    let check = |(record, opening): &(Record, Opening)| -> Result<Option<Met>, Stop> {
        let Some(released) = opening.released() else { return Ok(None) };
        let name = released.file_name();
        let reading = parsed.released(&name, opening.leaf, released.file)?;
        let committed =
            Committed { check: Check::Release, commitment: parsed.commitment, name: &name };
        let shown = committed.check(&reading, opening, record)?;
        progress.advance(1);
        let bytes = shown.get(request.view_index).and_then(|shown| shown.as_ref().ok());
        let decision = bytes.is_some_and(|bytes| request.program.matches(bytes));
        let (expected, found) = match (record.status, decision) {
            (Status::Matched, true) | (Status::Unmatched, false) => {
                let met = searches.zip(bytes);
                let met =
                    met.map(|(lines, bytes)| lines.met(&reading, &released.record.line, bytes));
                let held = met.as_ref().map(|met| met.held.iter().collect::<Vec<_>>());
                parsed.tell_released(&ReleasedSeen {
                    opening,
                    reading: &reading,
                    shown: &shown,
                    matches: decision,
                    held: held.as_deref(),
                });
                return Ok(met);
            }
            (Status::Matched, _) => {
                ("a file that matches when the program is run on it", "one that does not")
            }
            _ => ("a file that does not match when the program is run on it", "one that does"),
        };
        let failure = Failure::new(Check::Release, name, expected, found);
        Err(failure.of_leaf(opening.leaf).into())
    };
    let waiting = std::mem::take(waiting);
    let results: Vec<Result<Option<Met>, Stop>> =
        readers::in_parallel(|| waiting.par_iter().map(check).collect());
    let met = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    if let Some(searched) = searched {
        waiting
            .iter()
            .zip(&met)
            .for_each(|((_, opening), met)| searched.add(opening, met.as_ref()));
    }
    Ok(())
}
