//! What is opened beside a drawn item: of its family, and what stands in a container.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use candor::corpus::Store;
use candor::corpus::items;
use candor::corpus::store::Entry;
use candor::exchange::ExchangeError;
use candor::field;
use candor_documents::Listed;

use crate::draw::Partition;
use crate::formats::{Families, Lot};

/// The leaves that are opened if these are drawn, in the order of their numbers. Drawn
/// leaves are among them.
///
/// Of each family that a drawn item belongs to, the top item or all members; of a drawn
/// container, everything that was taken from it, with its families.
///
/// # Errors
/// If the list of expanded items cannot be read.
pub fn of(
    documents: &Path,
    store: &Store,
    drawn: &BTreeSet<u64>,
    families: Families,
) -> Result<BTreeSet<u64>, ExchangeError> {
    let entries = || (0_u64..).zip(&store.entries);
    let ids: BTreeSet<_> = entries()
        .filter(|(leaf, _)| drawn.contains(leaf))
        .map(|(_, entry)| field::encode(&entry.family.id))
        .collect();
    let asked = |entry: &Entry| match families {
        Families::Whole => true,
        Families::Top => entry.family.ordinal == 0,
    };
    let mut opened = drawn.clone();
    opened.extend(
        entries()
            .filter(|(_, entry)| asked(entry) && ids.contains(&field::encode(&entry.family.id)))
            .map(|(leaf, _)| leaf),
    );
    if store.header.is_expanded() {
        opened.extend(contents(documents, store, drawn)?);
    }
    Ok(opened)
}

/// A leaf among `opened` whose bytes hold those of one that is to stay closed, and that one.
///
/// # Errors
/// If the list of expanded items cannot be read.
pub fn carrier(
    documents: &Path,
    store: &Store,
    opened: &BTreeSet<u64>,
    closed: &BTreeSet<u64>,
) -> Result<Option<(u64, u64)>, ExchangeError> {
    if closed.is_empty() || !store.header.is_expanded() {
        return Ok(None);
    }
    let listed = list(documents)?;
    let leaves = leaves_by_item(store);
    let at: BTreeMap<u64, &Listed> = listed.iter().map(|item| (item.item, item)).collect();
    let items: BTreeMap<u64, u64> = leaves.iter().map(|(item, leaf)| (*leaf, *item)).collect();
    for leaf in closed {
        // Upwards, from what stands in to what it stands in; numbers fall on the way.
        let mut next = items.get(leaf).copied();
        while let Some(item) = next.and_then(|number| at.get(&number)) {
            next = match item.record.parent {
                Some(parent) => item.top.checked_add(u64::from(parent)),
                None => item.container,
            };
            next = next.filter(|number| *number < item.item);
            let around = next.and_then(|number| leaves.get(&number));
            if let Some(around) = around.filter(|leaf| opened.contains(leaf)) {
                return Ok(Some((*around, *leaf)));
            }
        }
    }
    Ok(None)
}

/// The leaf of each expanded item.
fn leaves_by_item(store: &Store) -> BTreeMap<u64, u64> {
    let leaves = (0_u64..).zip(&store.entries);
    leaves.filter_map(|(leaf, entry)| Some((entry.item?, leaf))).collect()
}

/// The list of the expanded items.
fn list(documents: &Path) -> Result<Vec<Listed>, ExchangeError> {
    let advice = "give the folder of the expanded items, as it was committed";
    let listed =
        items::list(documents).map_err(|error| ExchangeError::file(documents, error, advice))?;
    listed.ok_or_else(|| ExchangeError::file(documents, "has no list of its items", advice))
}

/// What was taken from the drawn containers, and from containers in these.
fn contents(
    documents: &Path,
    store: &Store,
    drawn: &BTreeSet<u64>,
) -> Result<BTreeSet<u64>, ExchangeError> {
    let leaves = leaves_by_item(store);
    // A container is listed before what was taken from it, a top item before its family.
    let (mut containers, mut tops) = (BTreeSet::new(), BTreeSet::new());
    let mut found = BTreeSet::new();
    for item in list(documents)? {
        let leaf = leaves.get(&item.item).copied();
        if item.container.is_some_and(|container| containers.contains(&container)) {
            tops.insert(item.top);
        }
        let inside = tops.contains(&item.top);
        if inside {
            found.extend(leaf);
        }
        let is_drawn = leaf.is_some_and(|leaf| drawn.contains(&leaf));
        if item.kind.is_container() && (inside || is_drawn) {
            containers.insert(item.item);
        }
    }
    Ok(found)
}

/// The most documents that a lot can open with their families, whatever is drawn.
#[must_use]
pub fn at_most(store: &Store, lot: &Lot, partition: &Partition) -> u64 {
    let with_family = |leaf: &u64| -> u64 {
        let entry = usize::try_from(*leaf).ok().and_then(|leaf| store.entries.get(leaf));
        entry.map_or(1, |entry| match lot.families {
            Families::Whole => u64::from(entry.family.count),
            Families::Top if entry.family.ordinal == 0 => 1,
            Families::Top => 2,
        })
    };
    let strata = lot.strata.iter().map(|stratum| {
        let leaves = partition.leaves(&stratum.population);
        let number = stratum.sample.of(leaves.len() as u64);
        let mut sizes: Vec<u64> = leaves.iter().map(with_family).collect();
        sizes.sort_unstable_by_key(|size| Reverse(*size));
        let sizes = sizes.into_iter().take(usize::try_from(number).unwrap_or(usize::MAX));
        sizes.fold(0, u64::saturating_add)
    });
    strata.fold(0, u64::saturating_add).min(store.entries.len() as u64)
}
