//! Members of a family against what expanding its top item gives.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs::File;
use std::io::Read;

use candor_documents::{Budget, Kind, Member, Record, family, kind_of};
use sha2::{Digest, Sha256};

use super::Item;
use crate::corpus::members;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bundle::Opening;
use crate::exchange::verify::recorded::{Claimed, opened_as, with_its_date, wrong_date};
use crate::readers;

/// What expanding a top item gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// How many members there are, the top item among them.
    pub count: u32,
    /// Leaves that are opened as members and are not: their bytes, record, ordinal or
    /// count is another, or two of them have one ordinal.
    pub wrong: BTreeSet<u64>,
}

impl Members {
    /// Whether all ordinals of these members are there, of so many that are opened.
    #[must_use]
    pub fn are_whole(&self, opened: usize) -> bool {
        self.wrong.is_empty() && opened == self.count as usize
    }
}

/// Check 7 of all members of one family that are opened: `top`, of ordinal 0, and
/// `others`. `expanded` says whether the corpus was expanded into items; where it was not,
/// each document is a family of its own.
///
/// # Errors
/// If the top item cannot be read.
pub fn check_family(
    expanded: bool,
    top: Item<'_>,
    others: &[&Opening],
) -> Result<Members, ExchangeError> {
    let openings: Vec<&Opening> = [top.opening].into_iter().chain(others.iter().copied()).collect();
    let mut by_ordinal: BTreeMap<u32, Vec<&Opening>> = BTreeMap::new();
    for opening in &openings {
        let ordinal = opening.family.map_or(u32::MAX, |family| family.ordinal);
        by_ordinal.entry(ordinal).or_default().push(opening);
    }
    let twice = by_ordinal.values().filter(|members| members.len() > 1).flatten();
    let mut wrong: BTreeSet<u64> = twice.map(|opening| opening.leaf).collect();
    let count = if expanded {
        let bytes = bytes_of(top)?;
        readers::on_large_stack(|| expand(top.opening, bytes.as_deref(), &by_ordinal, &mut wrong))
    } else {
        1
    };
    for opening in openings {
        if opening.family.is_none_or(|family| family.count != count) {
            wrong.insert(opening.leaf);
        }
    }
    Ok(Members { count, wrong })
}

/// The bytes of a top item, unless there are more than expansion takes.
fn bytes_of(top: Item<'_>) -> Result<Option<Vec<u8>>, ExchangeError> {
    let file = File::open(top.path).map_err(ExchangeError::io(top.path))?;
    let mut bytes = Vec::new();
    file.take(Budget::BYTES.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(ExchangeError::io(top.path))?;
    Ok((bytes.len() as u64 <= Budget::BYTES).then_some(bytes))
}

/// The number of members; those that are opened and differ go to `wrong`.
fn expand(
    top: &Opening,
    bytes: Option<&[u8]>,
    opened: &BTreeMap<u32, Vec<&Opening>>,
    wrong: &mut BTreeSet<u64>,
) -> u32 {
    let Some(record) = record_of(top) else {
        wrong.insert(top.leaf);
        return 1;
    };
    if record.parent.is_some() || record.inherited.is_some() {
        wrong.insert(top.leaf);
    }
    // What is too large to be held is a family of one.
    let Some(bytes) = bytes else { return 1 };
    let kind = kind_of(bytes);
    if wrong_date(record, kind, bytes).is_some() {
        wrong.insert(top.leaf);
    }
    let kind: Kind = opened_as(kind);
    let mut members = members::Members::of(record, kind);
    let mut count = 1_u32;
    let compare = &mut |found: Member, bytes: Vec<u8>| -> Result<(), Infallible> {
        let record = members.next(&found);
        count = found.ordinal.saturating_add(1);
        let Some(opened) = opened.get(&found.ordinal) else { return Ok(()) };
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        let record = record.map(|record| with_its_date(record, &found, &bytes));
        for opening in opened {
            let same = opening.file.is_some_and(|file| file.sha256.0 == sha256)
                && record_of(opening)
                    .zip(record.as_ref())
                    .is_some_and(|(claimed, record)| Claimed::of(claimed).check(record).is_ok());
            if !same {
                wrong.insert(opening.leaf);
            }
        }
        Ok(())
    };
    let Ok(()) = family(bytes, kind, compare, &mut |_| ());
    // An ordinal that expansion does not give.
    let beyond = opened.range(count..).flat_map(|(_, members)| members);
    wrong.extend(beyond.map(|opening| opening.leaf));
    count
}

fn record_of(opening: &Opening) -> Option<&Record> {
    opening.record.as_ref().map(|record| &record.line)
}
