//! One released file against the root, without the rest of the bundle.

use std::path::Path;

use super::Leaves;
use super::on_record::OnRecord;
use super::opened::Committed;
use super::vocabularies;
use crate::corpus::document::read_document;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bag::{Bag, Entries};
use crate::exchange::formats::bundle::{self, FileOpening, Opening, Substitute};
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::report::{DocumentReport, Outcome};
use crate::field::ScalarHex;

/// Verifies that a file is a released document of the committed corpus: that it
/// hashes to a leaf, with all its views, and that the leaf's membership proof
/// leads to the root. Says nothing about the other documents.
///
/// # Errors
/// Only if the outcome could not be decided.
pub fn verify_document<'a>(
    on_record: impl Into<OnRecord<'a>>,
    bundle: &Path,
    file: &Path,
) -> Result<DocumentReport, ExchangeError> {
    let (on_record, bag) = (on_record.into(), Bag::open(bundle)?);
    let (commitment, root_source) = on_record.commitment(&bag)?;
    // Read once; the bundle's lists are read once too, and what they say of the
    // file is bound by the membership proof.
    let reading = read_document(file)?;
    let (sha256, bytes) = (reading.sha256, reading.byte_length);
    let mut report = DocumentReport {
        outcome: Outcome::Failed,
        leaf: None,
        path: None,
        sha256: Sha256Hex(sha256),
        root: ScalarHex(commitment.root),
        root_source,
        failure: None,
    };
    let name = file.display().to_string();
    let outcome = (|| {
        let (commitment, _) = vocabularies::read(&commitment, &bag)?;
        on_record.check_root(&commitment)?;
        let openings: Entries<Opening> = bag.entries(bundle::OPENINGS, commitment.documents)?;
        let mut failure =
            Failure::new(Check::Release, &*name, "a released document", "none with these bytes");
        // Equal files may have been committed more than once.
        let mut records = Leaves::open(&bag, &commitment, commitment.documents)?;
        let mut next = 0;
        for opening in openings {
            let opening = opening?;
            let same = |file: FileOpening| file.sha256.0 == sha256 && file.bytes == bytes;
            if !opening.file.is_some_and(same) {
                continue;
            }
            let skip = usize::try_from(opening.leaf.saturating_sub(next)).unwrap_or(usize::MAX);
            let Some(record) = records.nth(skip) else { break };
            let (leaf, record) = record?;
            next = leaf.saturating_add(1);
            let committed =
                Committed { check: Check::Release, commitment: &commitment, name: &name };
            match committed.check(&reading, &opening, &record) {
                Ok(_) => return Ok(opening),
                Err(Stop::Failed(found)) => failure = found,
                Err(stop) => return Err(stop),
            }
        }
        if let Some(leaf) = redacted(&bag, commitment.documents, (sha256, bytes))? {
            let found = "a redacted copy, which is not the committed bytes";
            let expected = "a released document";
            failure = Failure::new(Check::Release, &*name, expected, found).of_leaf(leaf);
        }
        Err(Stop::Failed(failure))
    })();
    match outcome {
        Ok(opening) => {
            report.outcome = Outcome::Verified;
            report.leaf = Some(opening.leaf);
            report.path = opening.record.map(|record| record.line.path);
        }
        Err(Stop::Failed(failure)) => report.failure = Some(failure),
        Err(Stop::Undecided(error)) => return Err(error),
    }
    Ok(report)
}

/// The leaf in whose place a file stands as a redacted copy, if the bundle lists it so.
fn redacted(
    bag: &Bag,
    documents: u64,
    (sha256, bytes): ([u8; 32], u64),
) -> Result<Option<u64>, Stop> {
    let lines: Entries<Substitute> = match bag.entries(bundle::SUBSTITUTE_LIST, documents) {
        Ok(lines) => lines,
        // The file is no released document, whatever the list is.
        Err(Stop::Failed(_)) => return Ok(None),
        Err(stop) => return Err(stop),
    };
    for line in lines {
        match line {
            Ok(line) if line.sha256.0 == sha256 && line.bytes == bytes => {
                return Ok(Some(line.leaf));
            }
            Ok(_) => {}
            Err(Stop::Failed(_)) => return Ok(None),
            Err(stop) => return Err(stop),
        }
    }
    Ok(None)
}
