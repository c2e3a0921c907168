//! Items that were expanded: where they stand, and the list of them.
//!
//! A folder of expanded items holds
//!
//! ```text
//! families.jsonl             a head, then a line for each item, numbers ascending
//! items/000012/000012345     the bytes of item 12,345, and so on
//! ```
//!
//! and beside them lists for people (`exceptions.csv`, `duplicates.csv`), which are no
//! items. Every file under `items` is listed, and every item of the list is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use candor_documents::{EXPANDER, ListHead, Listed, MAX_MEMBERS, Record};

use super::scan::{Found, ScanError, scan};
use super::sha256::Sha256Hex;
use crate::files::explain;

/// The list of the items in a folder.
pub const LIST: &str = "families.jsonl";
/// The folder of their bytes.
pub const ITEMS: &str = "items";
/// Items that stand in one folder.
pub(crate) const ITEMS_A_FOLDER: u64 = 1000;
/// Longest line of the list: a record and some more.
const MAX_LINE_BYTES: usize = 2 * Record::MAX_BYTES;

/// Where the bytes of an item stand: [`ITEMS`], then the number of the folder, of a
/// thousand items each, in six digits, then the item's number in nine; more digits if
/// a number needs them.
#[must_use]
pub fn item_path(number: u64) -> String {
    format!("{ITEMS}/{:06}/{number:09}", number / ITEMS_A_FOLDER)
}

/// The folder of items cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ItemsError {
    /// The list.
    #[error("cannot read {}: {}", path.display(), explain(source))]
    Unreadable {
        /// The list.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line of the list.
    #[error("{}, line {line}: {what}; expand the documents anew", path.display())]
    Line {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Another expander wrote the items.
    #[error(
        "{}: the items were expanded by `{found}`, this program has `{EXPANDER}`; use the version of Candor that expanded them",
        path.display()
    )]
    Expander {
        /// The list.
        path: PathBuf,
        /// The expander.
        found: String,
    },
    /// A file that is not in the list.
    #[error("{} is not in {LIST}; expand the documents anew, or move it away", .0.display())]
    NotListed(PathBuf),
    /// An item without a file.
    #[error("{} is in {LIST} but is not there; restore it, or expand the documents anew", .0.display())]
    Missing(PathBuf),
    /// The folder of items.
    #[error(transparent)]
    Scan(#[from] ScanError),
}

/// The items of a folder in the order of their numbers, if it holds a list of items.
///
/// Checked are the list itself (each family has the ordinals 0, 1, … up to its count,
/// each after its parent) and that it has exactly the files that are there; not their
/// bytes.
///
/// # Errors
/// What does not fit.
pub fn list(directory: &Path) -> Result<Option<Vec<Listed>>, ItemsError> {
    let path = directory.join(LIST);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(ItemsError::Unreadable { path, source }),
    };
    let listed = Reader { path, input: BufReader::new(file), line: 0 }.read()?;
    let items = directory.join(ITEMS);
    let mut there = BTreeSet::new();
    for found in scan(&items)? {
        there.insert(found.location);
    }
    for item in &listed {
        let location = directory.join(item_path(item.item));
        if !there.remove(&location) {
            return Err(ItemsError::Missing(location));
        }
    }
    match there.pop_first() {
        Some(other) => Err(ItemsError::NotListed(other)),
        None => Ok(Some(listed)),
    }
}

/// All documents under a folder: its items if it has a list of them, or else its files.
///
/// # Errors
/// As [`scan`].
pub fn files(directory: &Path) -> Result<Vec<Found>, ScanError> {
    if directory.join(LIST).is_file() { scan(&directory.join(ITEMS)) } else { scan(directory) }
}

struct Reader<R> {
    path: PathBuf,
    input: R,
    /// Of the line read last, from 1.
    line: u64,
}

impl<R: BufRead> Reader<R> {
    fn wrong(&self, what: &'static str) -> ItemsError {
        ItemsError::Line { path: self.path.clone(), line: self.line, what }
    }

    /// The next line without its end; `None` after the last.
    fn line(&mut self) -> Result<Option<String>, ItemsError> {
        self.line += 1;
        let mut bytes = Vec::new();
        let mut input = Read::by_ref(&mut self.input).take(MAX_LINE_BYTES as u64);
        input
            .read_until(b'\n', &mut bytes)
            .map_err(|source| ItemsError::Unreadable { path: self.path.clone(), source })?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.pop() != Some(b'\n') {
            return Err(self.wrong("it does not end, or is too long"));
        }
        String::from_utf8(bytes).map(Some).map_err(|_| self.wrong("it is not UTF-8"))
    }

    fn read(mut self) -> Result<Vec<Listed>, ItemsError> {
        let head = self.line()?.unwrap_or_default();
        let head: ListHead = serde_json::from_str(&head)
            .map_err(|_| self.wrong("not the first line of a list of items"))?;
        if head.format != ListHead::FORMAT {
            return Err(self.wrong("a list of items of another format"));
        }
        if head.expander != EXPANDER {
            return Err(ItemsError::Expander { path: self.path, found: head.expander });
        }
        let mut listed: Vec<Listed> = Vec::new();
        let mut families = BTreeMap::new();
        while let Some(text) = self.line()? {
            let item: Listed =
                serde_json::from_str(&text).map_err(|_| self.wrong("not an item"))?;
            if listed.last().is_some_and(|last| last.item >= item.item) {
                return Err(self.wrong("numbers do not ascend"));
            }
            if Sha256Hex::parse(&item.sha256).is_none() {
                return Err(self.wrong("not a SHA-256 digest"));
            }
            join(&mut families, &item).map_err(|what| self.wrong(what))?;
            listed.push(item);
        }
        if listed.len() as u64 != head.items {
            return Err(self.wrong("another number of items than the first line says"));
        }
        if families.values().any(|family| family.count != family.next) {
            return Err(self.wrong("a family has fewer members than it says"));
        }
        Ok(listed)
    }
}

/// A family of which the members below `next` were listed.
struct Family {
    count: u32,
    next: u32,
}

/// Adds an item to its family.
fn join(families: &mut BTreeMap<u64, Family>, item: &Listed) -> Result<(), &'static str> {
    if !(1..=MAX_MEMBERS).contains(&item.count) || item.ordinal >= item.count {
        return Err("an ordinal or a count that no family has");
    }
    let parent = item.record.parent;
    if item.ordinal == 0 {
        if item.top != item.item || parent.is_some() {
            return Err("a top item that stands in another");
        }
        families.insert(item.item, Family { count: item.count, next: 1 });
        return Ok(());
    }
    let family = families.get_mut(&item.top).ok_or("the top item is not listed before")?;
    if family.count != item.count || family.next != item.ordinal {
        return Err("a member out of order, or with another count than its top item");
    }
    if parent.is_none_or(|parent| parent >= item.ordinal) {
        return Err("a member without a parent before it");
    }
    family.next += 1;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use candor_documents::Kind;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn items_stand_in_folders_of_a_thousand() {
        assert_eq!(item_path(0), "items/000000/000000000");
        assert_eq!(item_path(12_345), "items/000012/000012345");
        assert_eq!(item_path(1_234_567_890), "items/1234567/1234567890");
    }

    fn item(item: u64, top: u64, ordinal: u32, count: u32, parent: Option<u32>) -> Listed {
        Listed {
            item,
            top,
            ordinal,
            count,
            container: None,
            record: Record { parent, ..Record::of_file(format!("a/{item}").into_bytes()) },
            kind: Kind::Text,
            bytes: 1,
            sha256: hex::encode(Sha256::digest(b"x")),
            md5: String::new(),
            mih: None,
        }
    }

    /// A folder with these items, each of one byte.
    fn folder(items: &[Listed], head: &ListHead) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut text = serde_json::to_string(head).unwrap() + "\n";
        for item in items {
            let path = folder.path().join(item_path(item.item));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
            text += &(serde_json::to_string(item).unwrap() + "\n");
        }
        fs::write(folder.path().join(LIST), text).unwrap();
        fs::write(folder.path().join("exceptions.csv"), "no item").unwrap();
        folder
    }

    fn head(items: u64) -> ListHead {
        ListHead { format: ListHead::FORMAT.into(), expander: EXPANDER.into(), items }
    }

    fn family() -> [Listed; 4] {
        [
            item(3, 3, 0, 3, None),
            item(4, 3, 1, 3, Some(0)),
            item(6, 3, 2, 3, Some(1)),
            item(1007, 1007, 0, 1, None),
        ]
    }

    #[test]
    fn a_list_is_read_with_the_files_it_names() {
        assert!(list(tempfile::tempdir().unwrap().path()).unwrap().is_none());
        let whole = folder(&family(), &head(4));
        assert_eq!(list(whole.path()).unwrap().unwrap(), family());
        let extra = whole.path().join("items/000000/000000005");
        fs::write(&extra, b"x").unwrap();
        assert!(matches!(list(whole.path()), Err(ItemsError::NotListed(path)) if path == extra));
        fs::remove_file(extra).unwrap();
        fs::remove_file(whole.path().join(item_path(6))).unwrap();
        assert!(matches!(list(whole.path()), Err(ItemsError::Missing(_))));
    }

    #[test]
    fn a_list_that_contradicts_itself_is_refused() {
        let other = ListHead { expander: "candor-expander/0".into(), ..head(4) };
        assert!(matches!(list(folder(&family(), &other).path()), Err(ItemsError::Expander { .. })));
        let changed = |change: fn(&mut [Listed; 4])| {
            let mut items = family();
            change(&mut items);
            list(folder(&items, &head(4)).path()).unwrap_err().to_string()
        };
        for (what, error) in [
            ("out of order", changed(|items| items[2].ordinal = 1)),
            ("another count", changed(|items| items[1].count = 4)),
            ("fewer members", changed(|items| items[3].count = 2)),
            ("not listed before", changed(|items| items[1].top = 4)),
            ("parent before it", changed(|items| items[2].record.parent = Some(2))),
            ("parent before it", changed(|items| items[1].record.parent = None)),
            ("stands in another", changed(|items| items[0].top = 4)),
            ("stands in another", changed(|items| items[0].record.parent = Some(0))),
            ("no family has", changed(|items| items[3].ordinal = 1)),
            ("do not ascend", changed(|items| items[2].item = 4)),
            ("SHA-256", changed(|items| items[2].sha256 = "A".repeat(64))),
        ] {
            assert!(error.contains(what), "{what}: {error}");
        }
        for items in [3, 5] {
            let error = list(folder(&family(), &head(items)).path()).unwrap_err().to_string();
            assert!(error.contains("another number of items"), "{error}");
        }
        let odd = folder(&family(), &head(4));
        let text = fs::read_to_string(odd.path().join(LIST)).unwrap();
        fs::write(odd.path().join(LIST), text.trim_end()).unwrap();
        let error = list(odd.path()).unwrap_err().to_string();
        assert!(error.contains("line 5") && error.contains("does not end"), "{error}");
    }
}
