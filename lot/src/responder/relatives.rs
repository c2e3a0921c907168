//! What is opened beside a drawn item: of its family, and what stands in a container.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use candor::corpus::Store;
use candor::corpus::items;
use candor::corpus::store::Entry;
use candor::exchange::ExchangeError;
use candor::field;
use candor_documents::{Listed, Name};

use crate::draw::Partition;
use crate::formats::{Families, Lot};

/// The list of families that expansion dropped.
const DUPLICATES: &str = "duplicates.csv";

/// The leaves that are opened if these are drawn, in the order of their numbers. Drawn
/// leaves are among them.
///
/// Of each family that a drawn item belongs to, the top item or all members; of a drawn
/// container, everything that was taken from it, with its families, and what was kept in
/// place of those that repeat.
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

/// A leaf among `opened` with which the bytes of one go out that is to stay closed, and that
/// one: they are the same, or it stands inside.
///
/// # Errors
/// If the list of expanded items cannot be read.
pub fn carrier(
    documents: &Path,
    store: &Store,
    opened: &BTreeSet<u64>,
    closed: &BTreeSet<u64>,
) -> Result<Option<(u64, u64)>, ExchangeError> {
    let entries = || (0_u64..).zip(&store.entries);
    let bytes: BTreeMap<[u8; 32], u64> = entries()
        .filter(|(leaf, _)| closed.contains(leaf))
        .map(|(leaf, entry)| (entry.sha256, leaf))
        .collect();
    let same = entries()
        .filter(|(leaf, _)| opened.contains(leaf))
        .find_map(|(leaf, entry)| Some((leaf, *bytes.get(&entry.sha256)?)));
    if same.is_some() || closed.is_empty() || !store.header.is_expanded() {
        return Ok(same);
    }
    let listed = list(documents)?;
    let leaves = leaves_by_item(store);
    let at: BTreeMap<u64, &Listed> = listed.iter().map(|item| (item.item, item)).collect();
    let items: BTreeMap<u64, u64> = leaves.iter().map(|(item, leaf)| (*leaf, *item)).collect();
    let mut tops = BTreeMap::new();
    for leaf in closed {
        // Upwards, from what stands in to what it stands in; numbers fall on the way.
        let mut next = items.get(leaf).copied();
        while let Some(item) = next.and_then(|number| at.get(&number)) {
            tops.insert(item.top, *leaf);
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
    // A container holds what expansion dropped in favour of a family, too.
    let containers: Vec<(u64, &[u8])> = listed
        .iter()
        .filter(|item| item.kind.is_container())
        .filter_map(|item| Some((*leaves.get(&item.item)?, item.record.path.0.as_slice())))
        .filter(|(leaf, _)| opened.contains(leaf))
        .collect();
    if containers.is_empty() {
        return Ok(None);
    }
    Ok(repeats(documents)?.into_iter().find_map(|(path, kept)| {
        let leaf = tops.get(&kept)?;
        let around = containers.iter().find(|(_, container)| is_inside(&path, container))?;
        Some((around.0, *leaf))
    }))
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
    let (mut found, mut paths) = (BTreeSet::new(), Vec::new());
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
            paths.push(item.record.path.0);
        }
    }
    found.extend(kept(documents, &paths, &leaves)?);
    Ok(found)
}

/// The top items that were kept in place of families in these containers, which expansion
/// dropped because they repeat.
fn kept(
    documents: &Path,
    containers: &[Vec<u8>],
    leaves: &BTreeMap<u64, u64>,
) -> Result<BTreeSet<u64>, ExchangeError> {
    if containers.is_empty() {
        return Ok(BTreeSet::new());
    }
    let inside = repeats(documents)?
        .into_iter()
        .filter(|(path, _)| containers.iter().any(|container| is_inside(path, container)));
    Ok(inside.filter_map(|(_, item)| leaves.get(&item).copied()).collect())
}

/// Whether a path is of something in a container.
fn is_inside(path: &[u8], container: &[u8]) -> bool {
    path.strip_prefix(container).is_some_and(|rest| rest.starts_with(b"/"))
}

/// The families that expansion dropped: the path of each, and the item that was kept in its
/// place.
fn repeats(documents: &Path) -> Result<Vec<(Vec<u8>, u64)>, ExchangeError> {
    let path = documents.join(DUPLICATES);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let problem = |problem: &dyn std::fmt::Display| {
        ExchangeError::file(&path, problem, "restore it as responder expand wrote it")
    };
    let mut list = csv::Reader::from_path(&path).map_err(|error| problem(&error))?;
    let headings = list.headers().map_err(|error| problem(&error))?;
    let column = |name| headings.iter().position(|heading| heading == name);
    let columns = column("path").zip(column("kept item"));
    let (dropped, kept) = columns.ok_or_else(|| problem(&"does not name its columns"))?;
    let mut found = Vec::new();
    for row in list.records() {
        let row = row.map_err(|error| problem(&error))?;
        let name: Option<Name> = row.get(dropped).and_then(|name| name.parse().ok());
        let item: Option<u64> = row.get(kept).and_then(|item| item.parse().ok());
        let (name, item) = name.zip(item).ok_or_else(|| problem(&"a line cannot be read"))?;
        found.push((name.0, item));
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
