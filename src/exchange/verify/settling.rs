//! What the program withholds, read again in the judge's copy: part of check 5.
//!
//! Nothing of the copy enters a failure but leaf numbers: the report is public, and the
//! copy is not.

use std::path::Path;

use rayon::prelude::*;

use super::Parsed;
use super::opened::Committed;
use super::pass::{Lists, Row};
use crate::corpus::document::read_content;
use crate::corpus::views::MAX_FILE_BYTES;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bag::{Bag, Entries};
use crate::exchange::formats::bundle::{ByProgram, Opening};
use crate::exchange::formats::json;
use crate::exchange::formats::judge_copy::{FORMAT, INFO, JudgeCopyInfo, OPENINGS, file_name};
use crate::exchange::formats::leaves::Record;
use crate::exchange::formats::request::{CheckedRequest, Question};
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::progress::Progress;
use crate::exchange::settling::{BasisCounts, Settling};
use crate::field::ScalarHex;
use crate::readers;

/// Documents that are read at a time.
const DOCUMENTS_AT_A_TIME: usize = 64;
/// Longest `judge-copy.json`.
const MAX_INFO_BYTES: usize = 1 << 12;
/// How failures name the copy.
const COPY: &str = "the judge's copy";

fn failed(expected: impl ToString, found: impl ToString) -> Failure {
    Failure::new(Check::Release, COPY, expected.to_string(), found.to_string())
}

/// A failure of a reader, without its words: they may quote the copy.
fn closed(stop: Stop, expected: &str) -> Stop {
    match stop {
        Stop::Failed(_) => failed(expected, "something else").into(),
        Stop::Undecided(error) => error.into(),
    }
}

/// Confirms the basis of every document that the bundle says the program withholds; gives
/// their number.
pub(super) fn check(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    copy: &Path,
    expected: BasisCounts,
    progress: &dyn Progress,
) -> Result<u64, Stop> {
    let Question::Search(search) = &request.request.question else {
        let problem = "the request asks a model, so nothing is opened to the judge alone";
        return Err(ExchangeError::file(copy, problem, "leave --judge-copy out").into());
    };
    progress.stage("reading again what is withheld", expected.total());
    let settling = Settling::of(search, &request.request.view)
        .map_err(|error| ExchangeError::internal("reading the search", error))?;
    let bag = Bag::open(copy)?;
    check_info(parsed, request, &bag, expected.total())?;
    let well_formed = "a file of openings in canonical spelling";
    let mut openings: Entries<Opening> =
        bag.entries(OPENINGS, parsed.info.documents).map_err(|stop| closed(stop, well_formed))?;
    let reader = Reader { parsed, settling: &settling, bag: &bag, progress };
    let mut waiting = Vec::new();
    let lists = Lists { withheld: true, ..Lists::default() };
    parsed.each(lists, |Row { leaf, record, withheld, .. }| {
        let Some(basis) = withheld.and_then(|line| line.by_program()) else { return Ok(()) };
        let next = openings.next().transpose().map_err(|stop| closed(stop, well_formed))?;
        let opening = match next {
            Some(opening) if opening.leaf == leaf => opening,
            Some(opening) if opening.leaf < leaf => {
                let wrong = failed("no document but those that the program withholds", "one");
                return Err(wrong.of_leaf(opening.leaf).into());
            }
            _ => {
                let wrong = failed("every document that the program withholds", "one left out");
                return Err(wrong.of_leaf(leaf).into());
            }
        };
        waiting.push((record, opening, basis));
        if waiting.len() >= DOCUMENTS_AT_A_TIME {
            reader.read(&mut waiting)?;
        }
        Ok(())
    })?;
    reader.read(&mut waiting)?;
    match openings.next().transpose().map_err(|stop| closed(stop, well_formed))? {
        None => Ok(expected.total()),
        Some(opening) => {
            let wrong = failed("no document but those that the program withholds", "one");
            Err(wrong.of_leaf(opening.leaf).into())
        }
    }
}

/// The copy is about this bundle, and holds no files but its own.
fn check_info(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    bag: &Bag,
    documents: u64,
) -> Result<(), Stop> {
    let well_formed = "a judge-copy.json in canonical spelling";
    let bytes = bag.read(INFO, MAX_INFO_BYTES).map_err(|stop| closed(stop, well_formed))?;
    let info: JudgeCopyInfo =
        json::from_document(&bytes).map_err(|_| failed(well_formed, "something else"))?;
    let expected = JudgeCopyInfo {
        format: FORMAT.to_owned(),
        root: ScalarHex(parsed.commitment.root),
        request: Sha256Hex(request.digest),
        bundle: Sha256Hex(parsed.manifest.digest),
        documents,
    };
    let about = [
        (info.format == expected.format, FORMAT),
        (info.root == expected.root, "a copy for this commitment"),
        (info.request == expected.request, "a copy for this request"),
        (info.bundle == expected.bundle, "a copy for this bundle"),
        (info.documents == expected.documents, "as many documents as the program withholds"),
    ];
    if let Some((_, expected)) = about.into_iter().find(|(holds, _)| !holds) {
        return Err(failed(expected, "another").into());
    }
    bag.check_judge_copy(documents)
        .map_err(|stop| closed(stop, "exactly the files of the documents that are opened"))
}

/// What is needed to read documents of the copy.
struct Reader<'a> {
    parsed: &'a Parsed<'a>,
    settling: &'a Settling,
    bag: &'a Bag,
    progress: &'a dyn Progress,
}

impl Reader<'_> {
    fn read(&self, waiting: &mut Vec<(Record, Opening, ByProgram)>) -> Result<(), Stop> {
        let waiting = std::mem::take(waiting);
        let read = |(record, opening, basis): &(Record, Opening, ByProgram)| {
            self.read_one(record, opening, *basis)
        };
        let results: Vec<Result<(), Stop>> =
            readers::in_parallel(|| waiting.par_iter().map(read).collect());
        results.into_iter().collect()
    }

    /// The document is the one that was committed, in every view; and its text confirms
    /// the basis.
    fn read_one(&self, record: &Record, opening: &Opening, basis: ByProgram) -> Result<(), Stop> {
        let leaf = opening.leaf;
        let wrong = |expected: &str, found: &str| failed(expected, found).of_leaf(leaf);
        let as_committed = "a document as it was committed, with nothing but what opens it";
        let released = opening
            .released()
            .filter(|released| opening.family.is_none() && released.file.bytes <= MAX_FILE_BYTES)
            .ok_or_else(|| wrong(as_committed, "something else"))?;
        let (name, length) = (file_name(leaf), released.file.bytes);
        let of_leaf = |stop| match closed(stop, as_committed) {
            Stop::Failed(failure) => Stop::Failed(failure.of_leaf(leaf)),
            stop => stop,
        };
        let mut file = self.bag.file_of(&name, length).map_err(of_leaf)?;
        let reading =
            read_content(&mut file, length, &self.bag.path(&name)).map_err(ExchangeError::from)?;
        let commitment = self.parsed.commitment;
        let committed = Committed { check: Check::Release, commitment, name: COPY };
        committed.check(&reading, opening, record).map_err(of_leaf)?;
        let found = self
            .settling
            .basis(&reading, &released.record.line)
            .map_err(|_| wrong("a document that can be read", "one that cannot"))?;
        self.progress.advance(1);
        match found {
            Some(found) if found == basis => Ok(()),
            Some(found) => {
                let expected = format!("a document that is withheld as {}", basis.name());
                Err(wrong(&expected, &format!("one that would be as {}", found.name())).into())
            }
            None => {
                let expected = format!("a document that is withheld as {}", basis.name());
                Err(wrong(&expected, "one that is to be released").into())
            }
        }
    }
}
