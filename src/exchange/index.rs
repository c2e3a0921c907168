//! The index of what a bundle releases: for each file its number, name, sender, date, the
//! lines that it meets, and why it is released.
//!
//! [`ReleasedIndex`] is told of a verification while it runs ([`Watch`]), so that the index
//! is of the bytes that were verified.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candor_documents::{Moment, Record};

use super::error::ExchangeError;
use super::folder::write_table;
use super::formats::leaves::Status;
use super::formats::text::Name;
use super::verify::{LeafSeen, ReleasedSeen, Watch};
use crate::corpus::document::Reading;
use crate::field;

/// A family's id, to be a key.
type Id = [u8; field::SCALAR_BYTES];

/// Why a file is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It matches.
    Matches,
    /// It stands in a family in which this leaf matches, the first that does.
    Family(u64),
    /// The view cannot read it, and the responder releases what is unreadable.
    Unreadable,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Matches => f.write_str("matches"),
            Self::Family(leaf) => write!(f, "family of {leaf}"),
            Self::Unreadable => f.write_str("unreadable"),
        }
    }
}

/// A released file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasedRow {
    /// Its number in the index, from 1.
    pub number: u64,
    /// Its leaf.
    pub leaf: u64,
    /// Its path, as it was committed.
    pub name: Name,
    /// Who sent it, if it is a mail: addresses, as its bytes give them; or who sent the
    /// mail that it stands in, as it was committed.
    pub sender: Vec<String>,
    /// Its date, as it was committed.
    pub date: Option<Moment>,
    /// Where a search is asked, the numbers of the lines that it holds, from 1.
    pub lines: Vec<usize>,
    /// Why it is released.
    pub reason: Reason,
}

/// What a released file says of itself.
#[derive(Debug)]
struct File {
    name: Name,
    sender: Vec<String>,
    date: Option<Moment>,
    lines: Vec<usize>,
}

/// What became of a leaf that is released.
#[derive(Debug)]
struct Released {
    leaf: u64,
    status: Status,
    place: Option<(Id, u32)>,
}

#[derive(Debug, Default)]
struct Told {
    files: BTreeMap<u64, File>,
    released: Vec<Released>,
    /// The smallest ordinal that matches in each family, and its leaf.
    matching: BTreeMap<Id, (u32, u64)>,
    /// The leaf of each family's first member that is released.
    first: BTreeMap<Id, (u32, u64)>,
}

/// Collects the index of what a bundle releases. Keeps the name, sender and date of each
/// released file.
#[derive(Debug, Default)]
pub struct ReleasedIndex(Mutex<Told>);

impl ReleasedIndex {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows: members of a family together in their order, families in the order of
    /// their first members' leaves. **They count only if the verification did not fail.**
    #[must_use]
    pub fn rows(&self) -> Vec<ReleasedRow> {
        let told = self.told();
        let place = |released: &&Released| match released.place {
            Some((id, ordinal)) => {
                (told.first.get(&id).map_or(released.leaf, |(_, leaf)| *leaf), ordinal)
            }
            None => (released.leaf, 0),
        };
        let mut released: Vec<&Released> = told.released.iter().collect();
        released.sort_by_key(place);
        let row = |(number, released): (u64, &Released)| {
            let File { name, sender, date, lines } = told.files.get(&released.leaf)?;
            let family = released.place.and_then(|(id, _)| told.matching.get(&id));
            let reason = match (released.status, family) {
                (Status::Matched, _) => Reason::Matches,
                (_, Some((_, leaf))) => Reason::Family(*leaf),
                (_, None) => Reason::Unreadable,
            };
            Some(ReleasedRow {
                number,
                leaf: released.leaf,
                name: name.clone(),
                sender: sender.clone(),
                date: *date,
                lines: lines.clone(),
                reason,
            })
        };
        (1..).zip(released).filter_map(row).collect()
    }

    /// Writes the index as CSV that its owner alone can read, with the columns `number`,
    /// `leaf`, `name`, `sender`, `date`, `lines met` and `reason`. No cell is a formula to
    /// a spreadsheet. The file must not exist.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ExchangeError> {
        let headings = ["number", "leaf", "name", "sender", "date", "lines met", "reason"];
        let cells = |row: ReleasedRow| {
            let lines: Vec<String> = row.lines.iter().map(usize::to_string).collect();
            vec![
                row.number.to_string(),
                row.leaf.to_string(),
                row.name.to_string(),
                row.sender.join("; "),
                row.date.map_or_else(String::new, |date| date.to_string()),
                lines.join(" "),
                row.reason.to_string(),
            ]
        };
        let headings = headings.map(str::to_owned).into();
        write_table(path, headings, self.rows().into_iter().map(cells))
    }
}

impl Watch for ReleasedIndex {
    fn released(&self, file: &ReleasedSeen<'_>) {
        let Some(released) = file.opening.released() else { return };
        let record = &released.record.line;
        let lines = file.held.unwrap_or_default();
        let seen = File {
            name: record.path.clone(),
            sender: sender(file.reading, record),
            date: record.date,
            lines: lines.iter().map(|line| line.saturating_add(1)).collect(),
        };
        self.told().files.insert(file.opening.leaf, seen);
    }

    fn leaf(&self, leaf: &LeafSeen<'_>) {
        let (status, number) = (leaf.record.status, leaf.leaf);
        let place = leaf.opening.and_then(|opening| opening.family);
        let place = place.map(|place| (field::encode(&place.id.0), place.ordinal));
        let mut told = self.told();
        let told = &mut *told;
        let smallest = |map: &mut BTreeMap<Id, (u32, u64)>| {
            let Some((id, ordinal)) = place else { return };
            let least = map.entry(id).or_insert((ordinal, number));
            *least = (*least).min((ordinal, number));
        };
        if status == Status::Matched {
            smallest(&mut told.matching);
        }
        if leaf.is_disclosed() {
            smallest(&mut told.first);
            told.released.push(Released { leaf: number, status, place });
        }
    }
}

/// Who sent a mail, or the mail that an item stands in.
fn sender(reading: &Reading, record: &Record) -> Vec<String> {
    let own = reading.mail().map(|meta| meta.from.clone()).unwrap_or_default();
    if own.is_empty() {
        return record.inherited.as_ref().map(|mail| mail.from.clone()).unwrap_or_default();
    }
    own
}
