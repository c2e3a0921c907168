//! The directories of a TIFF or BigTIFF.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::{Budget, Reason};

/// Numbers of tags.
pub(super) mod tag {
    pub(in super::super) const KIND: u16 = 254;
    pub(in super::super) const OLD_KIND: u16 = 255;
    pub(in super::super) const COMPRESSION: u16 = 259;
    pub(in super::super) const STRIP_OFFSETS: u16 = 273;
    pub(in super::super) const STRIP_COUNTS: u16 = 279;
    pub(in super::super) const FREE_OFFSETS: u16 = 288;
    pub(in super::super) const FREE_COUNTS: u16 = 289;
    pub(in super::super) const PAGE_NUMBER: u16 = 297;
    pub(in super::super) const TILE_OFFSETS: u16 = 324;
    pub(in super::super) const TILE_COUNTS: u16 = 325;
    pub(in super::super) const SUB_DIRECTORIES: u16 = 330;
    pub(in super::super) const JPEG_STREAM: u16 = 513;
    pub(in super::super) const JPEG_STREAM_LENGTH: u16 = 514;
    /// Offsets of tables of 64 bytes.
    pub(in super::super) const JPEG_Q_TABLES: u16 = 519;
    /// Offsets of Huffman tables: 16 lengths, and as many bytes as their sum.
    pub(in super::super) const JPEG_DC_TABLES: u16 = 520;
    pub(in super::super) const JPEG_AC_TABLES: u16 = 521;
    pub(in super::super) const EXIF: u16 = 34665;
    pub(in super::super) const GPS: u16 = 34853;
    pub(in super::super) const INTEROPERABILITY: u16 = 40965;
}

/// A file whose header has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiff<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) little: bool,
    pub(super) big: bool,
}

/// One directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    /// Where it stands.
    pub(super) at: u64,
    pub(super) entries: Vec<Entry>,
    next: u64,
}

/// A tag with the place of its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) tag: u16,
    pub(super) kind: u16,
    pub(super) count: u64,
    at: u64,
}

impl Entry {
    /// Whether the size of its values is known.
    pub(super) fn is_known(&self) -> bool {
        size_of_kind(self.kind).is_some()
    }
}

impl Directory {
    /// The first entry of a tag.
    pub(super) fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }
}

impl<'a> Tiff<'a> {
    /// Reads the header; `None` if it is none.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let (little, big) = match bytes {
            [b'I', b'I', 42, 0, ..] => (true, false),
            [b'M', b'M', 0, 42, ..] => (false, false),
            [b'I', b'I', 43, 0, 8, 0, 0, 0, ..] => (true, true),
            [b'M', b'M', 0, 43, 0, 8, 0, 0, ..] => (false, true),
            _ => return None,
        };
        Some(Self { bytes, little, big })
    }

    /// The directories in the order of the file, and whether their list ends as it
    /// should: neither in a directory that is not there nor in one that came before.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow them.
    pub(super) fn directories(
        &self,
        budget: &mut Budget,
    ) -> Result<(Vec<Directory>, bool), Reason> {
        let first = if self.big { self.number(8, 8) } else { self.number(4, 4) };
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let mut next = first.unwrap_or(0);
        while next != 0 {
            if !seen.insert(next) {
                return Ok((found, false));
            }
            let Some(directory) = self.directory(next, budget)? else {
                return Ok((found, false));
            };
            next = directory.next;
            found.push(directory);
        }
        let whole = !found.is_empty();
        Ok((found, whole))
    }

    /// The directory at an offset; `None` if it does not stand in the file.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow its entries.
    pub(super) fn directory(
        &self,
        at: u64,
        budget: &mut Budget,
    ) -> Result<Option<Directory>, Reason> {
        let (count_bytes, entry_bytes) = self.sizes();
        let end = |count: u64| {
            let length = count.checked_mul(entry_bytes)?;
            let end = at.checked_add(count_bytes)?.checked_add(length)?;
            (end <= self.bytes.len() as u64).then_some(end)
        };
        let count = self.number(at, count_bytes);
        let Some((count, end)) = count.and_then(|count| Some((count, end(count)?))) else {
            return Ok(None);
        };
        budget.take_entries(count.saturating_add(1))?;
        let start = at.saturating_add(count_bytes);
        let entries =
            (0..count).filter_map(|i| self.entry(start.checked_add(i.checked_mul(entry_bytes)?)?));
        // Readers forgive a file that ends after its last entry.
        let next = self.number(end, if self.big { 8 } else { 4 }).unwrap_or(0);
        Ok(Some(Directory { at, entries: entries.collect(), next }))
    }

    /// Bytes of the number of entries, and of an entry.
    pub(super) fn sizes(&self) -> (u64, u64) {
        if self.big { (8, 20) } else { (2, 12) }
    }

    fn entry(&self, at: u64) -> Option<Entry> {
        let after = |bytes| at.checked_add(bytes);
        let tag = u16::try_from(self.number(at, 2)?).ok()?;
        let kind = u16::try_from(self.number(after(2)?, 2)?).ok()?;
        let count = self.number(after(4)?, if self.big { 8 } else { 4 })?;
        let (value, inside) = if self.big { (after(12)?, 8) } else { (after(8)?, 4) };
        let length = count.saturating_mul(size_of_kind(kind).unwrap_or(1));
        let at = if length <= inside { value } else { self.number(value, inside)? };
        Some(Entry { tag, kind, count, at })
    }

    /// An unsigned number of up to eight bytes.
    pub(super) fn number(&self, at: u64, length: u64) -> Option<u64> {
        let bytes = self.slice(at..at.checked_add(length)?)?;
        let shift = |sum: u64, &byte: &u8| sum << 8 | u64::from(byte);
        Some(if self.little {
            bytes.iter().rev().fold(0, shift)
        } else {
            bytes.iter().fold(0, shift)
        })
    }

    /// Bytes of the file, if all of them are there.
    pub(super) fn slice(&self, range: Range<u64>) -> Option<&'a [u8]> {
        let start = usize::try_from(range.start).ok()?;
        self.bytes.get(start..usize::try_from(range.end).ok()?)
    }

    /// The bytes of an entry's values; `None` if they are not in the file, or of a
    /// type that is not known.
    pub(super) fn values(&self, entry: &Entry) -> Option<&'a [u8]> {
        let length = entry.count.checked_mul(size_of_kind(entry.kind)?)?;
        self.slice(entry.at..entry.at.checked_add(length)?)
    }

    /// All values of an entry that are unsigned integers.
    pub(super) fn numbers(&self, entry: &Entry) -> Option<impl Iterator<Item = u64> + use<'a>> {
        let size = match entry.kind {
            1 => 1,
            3 => 2,
            4 | 13 => 4,
            16 | 18 => 8,
            _ => return None,
        };
        let little = self.little;
        let number = move |bytes: &[u8]| {
            let shift = |sum: u64, &byte: &u8| sum << 8 | u64::from(byte);
            if little { bytes.iter().rev().fold(0, shift) } else { bytes.iter().fold(0, shift) }
        };
        Some(self.values(entry)?.chunks_exact(size).map(number))
    }

    /// The first value of a tag as an unsigned integer.
    pub(super) fn first(&self, directory: &Directory, tag: u16) -> Option<u64> {
        self.numbers(directory.entry(tag)?)?.next()
    }
}

/// Bytes of one value; `None` for a type that is not known.
fn size_of_kind(kind: u16) -> Option<u64> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => return None,
    })
}
