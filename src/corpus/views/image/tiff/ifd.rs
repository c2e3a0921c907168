//! The directories of a TIFF or BigTIFF, and of EXIF, which has the same form.
//!
//! Nothing is copied out of the file: an entry knows where its values stand, and
//! each is read when it is asked for. So hostile counts cost nothing.
#![deny(clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;

/// Most directories that are looked at, one after the other.
const MAX_DIRECTORIES: usize = 1 << 16;

/// A file whose header has been read.
#[derive(Clone, Copy)]
pub(in crate::corpus::views) struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
    big: bool,
    first: u64,
}

/// One directory.
pub(in crate::corpus::views) struct Directory<'a> {
    tiff: Tiff<'a>,
    entries: Vec<Entry>,
    next: u64,
}

/// A tag with the place of its values.
#[derive(Clone, Copy, Debug)]
pub(in crate::corpus::views) struct Entry {
    pub(in crate::corpus::views) tag: u16,
    kind: u16,
    pub(in crate::corpus::views) count: u64,
    at: u64,
}

/// The file ends before what it points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::corpus::views) struct Damaged;

impl<'a> Tiff<'a> {
    /// Reads the header; `None` if it is none.
    pub(in crate::corpus::views) fn open(bytes: &'a [u8]) -> Option<Self> {
        let (little, big) = match bytes {
            [b'I', b'I', 42, 0, ..] => (true, false),
            [b'M', b'M', 0, 42, ..] => (false, false),
            [b'I', b'I', 43, 0, 8, 0, 0, 0, ..] => (true, true),
            [b'M', b'M', 0, 43, 0, 8, 0, 0, ..] => (false, true),
            _ => return None,
        };
        let mut tiff = Self { bytes, little, big, first: 0 };
        tiff.first = if big { tiff.number(8, 8)? } else { tiff.number(4, 4)? };
        Some(tiff)
    }

    /// Whether the lowest byte of a number comes first.
    pub(in crate::corpus::views) fn little(&self) -> bool {
        self.little
    }

    /// The whole file.
    pub(in crate::corpus::views) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The directories in the order of the file, until one is damaged or comes
    /// again.
    pub(in crate::corpus::views) fn directories(self) -> impl Iterator<Item = Directory<'a>> {
        let mut next = self.first;
        let mut seen = BTreeSet::new();
        std::iter::from_fn(move || {
            if next == 0 || seen.len() >= MAX_DIRECTORIES || !seen.insert(next) {
                return None;
            }
            let directory = self.directory(next).ok()?;
            next = directory.next;
            Some(directory)
        })
    }

    /// The first directory.
    pub(in crate::corpus::views) fn first_directory(self) -> Result<Directory<'a>, Damaged> {
        self.directory(self.first)
    }

    /// The first directory, or as many of its entries as there are: EXIF blocks
    /// are cut off by writers that do not know them.
    pub(in crate::corpus::views) fn first_directory_as_far_as_it_goes(
        self,
    ) -> Option<Directory<'a>> {
        let (count_bytes, entry_bytes) = self.sizes();
        let count = self.number(self.first, count_bytes)?;
        let start = self.first.checked_add(count_bytes)?;
        let entry = |i: u64| self.entry(start.checked_add(i.checked_mul(entry_bytes)?)?);
        let entries = (0..count).map_while(entry).collect();
        Some(Directory { tiff: self, entries, next: 0 })
    }

    /// Bytes of the number of entries and of an entry.
    fn sizes(self) -> (u64, u64) {
        if self.big { (8, 20) } else { (2, 12) }
    }

    fn directory(self, at: u64) -> Result<Directory<'a>, Damaged> {
        let (count_bytes, entry_bytes) = self.sizes();
        let count = self.number(at, count_bytes).ok_or(Damaged)?;
        let start = at.checked_add(count_bytes).ok_or(Damaged)?;
        let end = count.checked_mul(entry_bytes).and_then(|length| start.checked_add(length));
        let end = end.filter(|&end| end <= self.bytes.len() as u64).ok_or(Damaged)?;
        // The entries stand in the file, so there are not more of them than that.
        let entries = (0..count)
            .map(|i| self.entry(start.checked_add(i.checked_mul(entry_bytes)?)?))
            .collect::<Option<Vec<_>>>()
            .ok_or(Damaged)?;
        // Readers forgive a file that ends after its last entry.
        let next = self.number(end, if self.big { 8 } else { 4 }).unwrap_or(0);
        Ok(Directory { tiff: self, entries, next })
    }

    fn entry(self, at: u64) -> Option<Entry> {
        let after = |bytes| at.checked_add(bytes);
        let tag = self.number(at, 2)?;
        let kind = self.number(after(2)?, 2)?;
        let count = self.number(after(4)?, if self.big { 8 } else { 4 })?;
        let (value, inside) = if self.big { (after(12)?, 8) } else { (after(8)?, 4) };
        let kind = u16::try_from(kind).ok()?;
        let length = count.saturating_mul(size_of_kind(kind).unwrap_or(1));
        let at = if length <= inside { value } else { self.number(value, inside)? };
        Some(Entry { tag: u16::try_from(tag).ok()?, kind, count, at })
    }

    /// An unsigned number of up to eight bytes.
    fn number(&self, at: u64, length: u64) -> Option<u64> {
        let bytes = self.slice(at, length)?;
        let shift = |sum: u64, &byte: &u8| sum.wrapping_shl(8) | u64::from(byte);
        Some(if self.little {
            bytes.iter().rev().fold(0, shift)
        } else {
            bytes.iter().fold(0, shift)
        })
    }

    fn slice(&self, at: u64, length: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(at).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        self.bytes.get(start..end)
    }
}

/// Bytes of one value; `None` for a kind that is not known.
fn size_of_kind(kind: u16) -> Option<u64> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => return None,
    })
}

impl<'a> Directory<'a> {
    /// The first entry of a tag.
    pub(in crate::corpus::views) fn entry(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }

    /// One value of an entry, if it is an unsigned integer (BYTE, SHORT, LONG,
    /// IFD, LONG8, IFD8) that stands in the file.
    pub(in crate::corpus::views) fn unsigned(&self, entry: Entry, index: u64) -> Option<u64> {
        let size = match entry.kind {
            1 => 1,
            3 => 2,
            4 | 13 => 4,
            16 | 18 => 8,
            _ => return None,
        };
        let offset = index.checked_mul(size)?;
        (index < entry.count).then_some(())?;
        self.tiff.number(entry.at.checked_add(offset)?, size)
    }

    /// The whole file.
    pub(in crate::corpus::views) fn bytes(&self) -> &'a [u8] {
        self.tiff.bytes
    }

    /// The first value of a tag as an unsigned integer.
    pub(in crate::corpus::views) fn first(&self, tag: u16) -> Option<u64> {
        self.unsigned(self.entry(tag)?, 0)
    }

    /// The bytes of an entry's values.
    pub(in crate::corpus::views) fn raw(&self, entry: Entry) -> Option<&'a [u8]> {
        let length = entry.count.checked_mul(size_of_kind(entry.kind)?)?;
        self.tiff.slice(entry.at, length)
    }

    /// One value of an entry of any numeric kind, as a fraction: numerator and
    /// denominator. Floats are not read.
    pub(in crate::corpus::views) fn fraction(
        &self,
        entry: Entry,
        index: u64,
    ) -> Option<(u64, u64)> {
        if entry.kind != 5 {
            return Some((self.unsigned(entry, index)?, 1));
        }
        (index < entry.count).then_some(())?;
        let at = entry.at.checked_add(index.checked_mul(8)?)?;
        Some((self.tiff.number(at, 4)?, self.tiff.number(at.checked_add(4)?, 4)?))
    }

    /// Whether all values of an entry, integers or floats, are 0, or 1.
    pub(in crate::corpus::views) fn all_are(&self, entry: Entry, one: bool) -> bool {
        let all = |size: u64, value: u64| {
            (0..entry.count.min(64)).all(|index| {
                let at = index.checked_mul(size).and_then(|offset| entry.at.checked_add(offset));
                at.and_then(|at| self.tiff.number(at, size)) == Some(value)
            })
        };
        match entry.kind {
            11 => all(4, if one { 1_f32.to_bits().into() } else { 0 }),
            12 => all(8, if one { 1_f64.to_bits() } else { 0 }),
            _ => (0..entry.count.min(64))
                .all(|index| self.unsigned(entry, index) == Some(u64::from(one))),
        }
    }

    /// Whether NewSubfileType, or the older SubfileType, says that this is a
    /// smaller version of another picture.
    pub(in crate::corpus::views) fn is_reduced(&self) -> bool {
        self.first(254).is_some_and(|bits| bits & 1 != 0) || self.first(255) == Some(2)
    }

    /// Whether this is no picture but the mask of one.
    pub(in crate::corpus::views) fn is_mask(&self) -> bool {
        self.first(254).is_some_and(|bits| bits & 4 != 0)
    }
}
