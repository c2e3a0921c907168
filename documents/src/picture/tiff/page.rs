//! Writing a page as a TIFF of its own.
//!
//! The header, the directory with its tags in the order of the source, the values
//! that do not fit into it, the directories of Exif and position, then the bytes that
//! offsets point to, in the order of the source. Bytes that several offsets share are
//! copied once, so a page is never longer than its source and its tags.

use super::directory::{Directory, Entry, Tiff, tag};
use super::ranges::Ranges;
use crate::{Budget, Reason};

/// Tags of this number and above are no part of the picture: they may be missing.
const PRIVATE: u16 = 33_000;
/// The types of offsets as they are written: of four and of eight bytes.
const LONG: u16 = 4;
const LONG_8: u16 = 16;
/// Types of pointers to directories.
const DIRECTORIES: [u16; 2] = [13, 18];

/// The file of a page. `limits` are as in [`Ranges::of`].
///
/// # Errors
/// [`Reason::Damaged`] if values of its tags, or the bytes of its strips or tiles,
/// are not in the file; [`Reason::TooLarge`] if the budget does not allow it.
pub(super) fn file(
    tiff: &Tiff<'_>,
    page: &Directory,
    limits: &[u64],
    budget: &mut Budget,
) -> Result<Vec<u8>, Reason> {
    let ranges = Ranges::of(tiff, page, limits, budget)?;
    let mut writer = Writer { tiff, bytes: Vec::new(), offsets: Vec::new(), below: Vec::new() };
    writer.append(
        match (tiff.little, tiff.big) {
            (true, false) => b"II*\0\x08\0\0\0",
            (false, false) => b"MM\0*\0\0\0\x08",
            (true, true) => b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0",
            (false, true) => b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10",
        },
        budget,
    )?;
    writer.directory(page, true, budget)?;
    for (at, offset) in std::mem::take(&mut writer.below) {
        let directory = tiff.directory(offset, budget)?;
        writer.align(budget)?;
        let here = writer.bytes.len() as u64;
        writer.patch(at, here);
        // One that is not in the file has no entries.
        writer.directory(&directory.unwrap_or_default(), false, budget)?;
    }
    writer.align(budget)?;
    let mut starts = Vec::new();
    for range in ranges.iter() {
        starts.push(writer.bytes.len() as u64);
        writer.append(tiff.slice(range.clone()).ok_or(Reason::Damaged)?, budget)?;
    }
    for (at, offset) in std::mem::take(&mut writer.offsets) {
        // Nothing is stored for a strip or tile that is empty.
        let found = ranges.find(offset);
        let start = found.and_then(|(range, before)| Some(starts.get(range)? + before));
        writer.patch(at, start.unwrap_or(0));
    }
    Ok(writer.bytes)
}

struct Writer<'t, 'a> {
    tiff: &'t Tiff<'a>,
    bytes: Vec<u8>,
    /// Places of offsets, with what they are in the source.
    offsets: Vec<(usize, u64)>,
    /// Places of pointers to directories, with what they are in the source.
    below: Vec<(usize, u64)>,
}

/// What an entry holds.
enum Values<'a> {
    Bytes(&'a [u8]),
    Offsets(Vec<u64>),
    Directory(u64),
}

impl<'a> Writer<'_, 'a> {
    fn append(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), Reason> {
        budget.take_bytes(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Directories and values begin at even places.
    fn align(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        let odd = self.bytes.len() % 2 == 1;
        if odd { self.append(&[0], budget) } else { Ok(()) }
    }

    /// Bytes of an offset.
    fn size(&self) -> usize {
        if self.tiff.big { 8 } else { 4 }
    }

    /// A number of some bytes in the order of the file.
    fn number(&self, number: u64, size: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = number.to_le_bytes().into_iter().take(size).collect();
        if !self.tiff.little {
            bytes.reverse();
        }
        bytes
    }

    fn patch(&mut self, at: usize, number: u64) {
        let number = self.number(number, self.size());
        self.patch_bytes(at, &number);
    }

    fn patch_bytes(&mut self, at: usize, bytes: &[u8]) {
        for (place, &byte) in self.bytes.iter_mut().skip(at).zip(bytes) {
            *place = byte;
        }
    }

    fn directory(
        &mut self,
        directory: &Directory,
        is_top: bool,
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        let mut carried = Vec::new();
        for entry in &directory.entries {
            if let Some(values) = self.values(entry, is_top)? {
                carried.push((entry, values));
            }
        }
        let (count, entry_bytes) = self.tiff.sizes();
        let (count, entry_bytes) = (count as usize, entry_bytes as usize);
        let start = self.bytes.len();
        let number = self.number(carried.len() as u64, count);
        self.append(&number, budget)?;
        let rest = carried.len() * entry_bytes + self.size();
        budget.take_bytes(rest)?;
        self.bytes.resize(self.bytes.len() + rest, 0);
        for (at, (entry, values)) in carried.into_iter().enumerate() {
            self.entry(start + count + at * entry_bytes, entry, values, budget)?;
        }
        Ok(())
    }

    /// Fills in an entry, whose bytes are there and zero, and adds its values where
    /// they do not fit.
    fn entry(
        &mut self,
        at: usize,
        entry: &Entry,
        values: Values<'_>,
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        let size = self.size();
        let (kind, count, length) = match &values {
            Values::Bytes(bytes) => (entry.kind, entry.count, bytes.len()),
            Values::Offsets(offsets) => {
                (if size == 8 { LONG_8 } else { LONG }, entry.count, offsets.len() * size)
            }
            Values::Directory(_) => (if size == 8 { LONG_8 } else { LONG }, 1, size),
        };
        let mut head = self.number(entry.tag.into(), 2);
        head.extend(self.number(kind.into(), 2));
        head.extend(self.number(count, size));
        self.patch_bytes(at, &head);
        let inside = at + head.len();
        let place = if length <= size {
            inside
        } else {
            self.align(budget)?;
            let place = self.bytes.len();
            budget.take_bytes(length)?;
            self.bytes.resize(place + length, 0);
            self.patch(inside, place as u64);
            place
        };
        match values {
            Values::Bytes(bytes) => self.patch_bytes(place, bytes),
            Values::Offsets(offsets) => {
                let places = (place..).step_by(size);
                self.offsets.extend(places.zip(offsets));
            }
            Values::Directory(offset) => self.below.push((place, offset)),
        }
        Ok(())
    }

    /// What an entry holds; nothing if it is left out.
    fn values(&self, entry: &Entry, is_top: bool) -> Result<Option<Values<'a>>, Reason> {
        let numbers = || self.tiff.numbers(entry).ok_or(Reason::Damaged);
        match entry.tag {
            tag::FREE_OFFSETS | tag::FREE_COUNTS | tag::SUB_DIRECTORIES | tag::INTEROPERABILITY => {
                Ok(None)
            }
            tag::EXIF | tag::GPS if is_top => {
                let first = self.tiff.numbers(entry).and_then(|mut numbers| numbers.next());
                Ok(first.map(Values::Directory))
            }
            tag::EXIF | tag::GPS => Ok(None),
            tag::STRIP_OFFSETS
            | tag::TILE_OFFSETS
            | tag::JPEG_STREAM
            | tag::JPEG_Q_TABLES
            | tag::JPEG_DC_TABLES
            | tag::JPEG_AC_TABLES
                if is_top =>
            {
                Ok(Some(Values::Offsets(numbers()?.collect())))
            }
            _ if DIRECTORIES.contains(&entry.kind) || !entry.is_known() => Ok(None),
            _ => match self.tiff.values(entry) {
                None if is_top && entry.tag < PRIVATE => Err(Reason::Damaged),
                values => Ok(values.map(Values::Bytes)),
            },
        }
    }
}
