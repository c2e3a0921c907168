//! Check 3: the leaves hash to the root.

use super::Parsed;
use super::pass::{Lists, Row};
use crate::corpus::{leaf, tree};
use crate::exchange::error::{Check, Failure, Stop};
use crate::exchange::formats::bundle;
use crate::exchange::formats::leaves::Record;
use crate::exchange::progress::Progress;
use crate::exchange::report::Finding;
use crate::field::Scalar;
use crate::field::ScalarHex;
use rayon::prelude::*;

/// Records that are hashed at a time.
const RECORDS_AT_A_TIME: usize = 4096;

pub(super) fn check(parsed: &Parsed<'_>, progress: &dyn Progress) -> Result<Finding, Stop> {
    let commitment = parsed.commitment;
    progress.stage("hashing leaves", commitment.documents);
    if parsed.info.documents != commitment.documents {
        let expected = format!("{} leaves", commitment.documents);
        return Err(
            Failure::new(Check::Leaves, bundle::LEAVES, expected, parsed.info.documents).into()
        );
    }
    let mut frontier = tree::Frontier::default();
    let mut waiting = Vec::with_capacity(RECORDS_AT_A_TIME);
    let mut hash = |waiting: &mut Vec<Record>| {
        let leaf = |record: &Record| leaf::leaf(&record.commitments, &record.digests);
        let leaves: Vec<Scalar> = waiting.par_iter().map(leaf).collect();
        leaves.into_iter().for_each(|leaf| frontier.push(leaf));
        progress.advance(waiting.len() as u64);
        waiting.clear();
    };
    parsed.each(Lists::default(), |Row { record, .. }| {
        waiting.push(record);
        if waiting.len() >= RECORDS_AT_A_TIME {
            hash(&mut waiting);
        }
        Ok(())
    })?;
    hash(&mut waiting);
    let top = frontier
        .merkle_root()
        .ok_or_else(|| Failure::new(Check::Leaves, bundle::LEAVES, "leaves", "none"))?;
    let root = tree::corpus_root(commitment.documents, top, commitment.header.digest());
    if root == commitment.root {
        return Ok(Finding::Leaves { leaves: commitment.documents, root: ScalarHex(root) });
    }
    let expected = format!("root {}", ScalarHex(commitment.root));
    Err(Failure::new(Check::Leaves, bundle::LEAVES, expected, ScalarHex(root)).into())
}
