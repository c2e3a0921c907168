//! The entries of a container against the leaves that are opened with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use candor_documents::{Budget, Child, Kind, Name, OpenError, Record, Source, entries, kind_of};
use sha2::{Digest, Sha256};

use super::Item;
use crate::corpus::document::read_content;
use crate::corpus::members::{dated, join};
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bundle::Opening;
use crate::exchange::verify::recorded::{Claimed, read_for_its_date};
use crate::readers;

/// The top items that are opened: by their bytes, and by the container that they say they
/// were taken from.
#[derive(Debug, Default)]
pub struct Tops<'a> {
    by_sha256: BTreeMap<[u8; 32], Vec<&'a Opening>>,
    by_container: BTreeMap<&'a [u8], Vec<u64>>,
}

impl<'a> Tops<'a> {
    /// Those of all openings that are top items.
    pub fn of(openings: impl IntoIterator<Item = &'a Opening>) -> Self {
        let mut tops = Self::default();
        for opening in openings {
            let top = opening.family.is_some_and(|family| family.ordinal == 0);
            let Some(released) = opening.released().filter(|_| top) else { continue };
            tops.by_sha256.entry(released.file.sha256.0).or_default().push(opening);
            if let Some(Name(container)) = &released.record.line.container {
                tops.by_container.entry(container).or_default().push(opening.leaf);
            }
        }
        tops
    }

    /// Whether items are opened that say they were taken from this one.
    #[must_use]
    pub fn were_taken_from(&self, container: &Opening) -> bool {
        let path = container.record.as_ref().map(|record| record.line.path.0.as_slice());
        path.is_some_and(|path| self.by_container.contains_key(path))
    }
}

/// What a container holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Entries that are items.
    pub entries: u64,
    /// Entries without a leaf of their own whose bytes stand under another leaf that is
    /// opened: repeated families may have been dropped.
    pub elsewhere: u64,
    /// Entries whose bytes stand under no leaf that is opened.
    pub short: u64,
    /// Leaves that say they were taken from it, and were not.
    pub wrong: BTreeSet<u64>,
}

/// Check 8: each entry of a container that stands in no mail is a leaf of its own, with the
/// record that expansion gives it. `None` if it is no such container. Containers inside it
/// are entries; what they hold is for a check of their own.
///
/// # Errors
/// If the container cannot be read.
pub fn check_container(
    container: Item<'_>,
    tops: &Tops<'_>,
) -> Result<Option<Contents>, ExchangeError> {
    let io = || ExchangeError::io(container.path);
    let Some(record) = container.opening.record.as_ref().map(|record| &record.line) else {
        return Ok(None);
    };
    let mut file = File::open(container.path).map_err(io())?;
    let length = file.metadata().map_err(io())?.len();
    let kind = read_content(&mut file, length, container.path)?.kind;
    if !kind.is_container() || record.parent.is_some() {
        return Ok(None);
    }
    let mut found =
        Found { record, kind, tops, used: BTreeSet::new(), contents: Contents::default() };
    let opened = readers::on_large_stack(|| {
        let budget = &mut Budget::of_container(length);
        entries(Source::File(&file), kind, budget, &mut |child, _| {
            found.add(&child);
            Ok(())
        })
    });
    match opened {
        // What cannot be opened to its end holds the items that were taken out of it.
        Ok(()) | Err(OpenError::Reason(_)) => {}
        Err(OpenError::Io(error)) => return Err(io()(error)),
    }
    let Found { used, mut contents, .. } = found;
    let claimed = tops.by_container.get(record.path.0.as_slice());
    contents.wrong =
        claimed.into_iter().flatten().filter(|leaf| !used.contains(leaf)).copied().collect();
    Ok(Some(contents))
}

struct Found<'f, 'a> {
    /// Of the container.
    record: &'f Record,
    kind: Kind,
    tops: &'f Tops<'a>,
    /// Leaves that stand for an entry.
    used: BTreeSet<u64>,
    contents: Contents,
}

impl Found<'_, '_> {
    fn add(&mut self, child: &Child) {
        let Ok(bytes) = &child.bytes else { return };
        self.contents.entries = self.contents.entries.saturating_add(1);
        let sha256: [u8; 32] = Sha256::digest(bytes).into();
        let Some(equal) = self.tops.by_sha256.get(&sha256) else {
            self.contents.short = self.contents.short.saturating_add(1);
            return;
        };
        let kind = kind_of(bytes);
        let record = Record {
            custodian: self.record.custodian.clone(),
            container: Some(self.record.path.clone()),
            made: self.kind == Kind::Pst,
            ..Record::of_file(join(
                &self.record.path.0,
                self.kind,
                &child.name,
                self.contents.entries,
            ))
        };
        // A container has the time that it has in what it stands in.
        let read = read_for_its_date(kind, bytes);
        let record = dated(record, kind, read.as_ref(), child.modified);
        let own = equal.iter().find(|opening| {
            let line = opening.record.as_ref().map(|opened| &opened.line);
            !self.used.contains(&opening.leaf)
                && line.is_some_and(|line| {
                    line.container == record.container && Claimed::of(line).check(&record).is_ok()
                })
        });
        match own {
            Some(opening) => {
                self.used.insert(opening.leaf);
            }
            None => self.contents.elsewhere = self.contents.elsewhere.saturating_add(1),
        }
    }
}
