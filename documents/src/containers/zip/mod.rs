//! ZIP archives (PKWARE APPNOTE 6.3.10), read by their central directory.
//!
//! Names are only names: nothing is ever written where they point to.

mod directory;
mod end;
mod name;

use std::io::{self, BufReader, Read};

use lzma_rust2::LzmaReader;

use super::bytes::Fields;
use super::inflate::{Inflate, is_damage, read_all};
use super::{OpenError, Refused, Source, SourceReader, room};
use crate::{Budget, Child, Reason};
pub(crate) use directory::Entry;

/// Most bytes of a central directory that is held in memory.
const DIRECTORY_BYTES: u64 = 256 << 20;
const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_LENGTH: usize = 30;
/// Most bytes of a link's target that are told.
const TARGET_BYTES: u64 = 4096;

/// An archive whose directory is read.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    source: Source<'a>,
    /// The entries in the order of the directory.
    pub(crate) entries: Vec<Entry>,
    /// Whether the directory ends before it has as many entries as it states.
    cut: bool,
}

impl<'a> Archive<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if there is none, [`Reason::Encrypted`] if it is encrypted,
    /// [`Reason::EntriesOverlap`] if entries share bytes, [`Reason::TooLarge`].
    pub(crate) fn open(source: Source<'a>, budget: &mut Budget) -> Result<Self, OpenError> {
        let mut encrypted = false;
        for directory in end::directories(source)? {
            if directory.length > DIRECTORY_BYTES {
                return Err(Reason::TooLarge.into());
            }
            let length = usize::try_from(directory.length).unwrap_or(usize::MAX);
            let bytes = source.slice(directory.offset, length)?;
            budget.take_work(directory.length / 16)?;
            let mut fields = Fields(&bytes);
            let mut entries = Vec::new();
            while let Some(entry) = directory::entry(&mut fields, &directory) {
                budget.take_entries(1)?;
                entries.push(entry);
            }
            // Bit 13 masks the local headers when the directory is encrypted.
            encrypted |= entries.iter().any(|entry| entry.flags & 1 << 13 != 0);
            if !entries.is_empty() || directory.length == 0 {
                // Writers without zip64 state the number modulo 65,536.
                let cut = entries.len() as u16 != directory.entries as u16;
                let archive = Self { source, entries, cut };
                archive.check_overlap(directory.offset)?;
                return Ok(archive);
            }
        }
        Err(if encrypted { Reason::Encrypted } else { Reason::Damaged }.into())
    }

    /// Whether the archive ends in a well-formed directory: its first entry can be read.
    pub(crate) fn stands(source: Source<'_>) -> bool {
        end::directories(source).is_ok_and(|found| found.iter().any(|found| found.length > 0))
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// [`OpenError`] if the archive cannot be read; within, why the entry is not.
    pub(crate) fn read(
        &self,
        entry: &Entry,
        budget: &mut Budget,
    ) -> Result<Result<Vec<u8>, Refused>, OpenError> {
        if entry.flags & 1 != 0 || entry.method == 99 {
            return Ok(Err(Reason::Encrypted.into()));
        }
        if entry.disk != 0 && entry.disk != u16::MAX {
            return Ok(Err(Refused::new(Reason::NotOpened, "stands on another volume")));
        }
        if let Some(method) = unread_method(entry) {
            return Ok(Err(Refused::new(Reason::NotOpened, format!("packed by {method}"))));
        }
        let Some(start) = self.data(entry)? else {
            return Ok(Err(Refused::new(Reason::Damaged, "its local header is not there")));
        };
        let end = start.saturating_add(entry.packed);
        if end > self.source.length()? {
            return Ok(Err(Refused::new(Reason::Damaged, "the archive ends within it")));
        }
        if let Err(refused) = room(entry.size, entry.packed, budget) {
            return Ok(Err(refused));
        }
        let packed = self.source.reader(start, end);
        let read = match entry.method {
            0 => read_all(&mut { packed }, entry.size),
            14 => lzma(packed, entry.size),
            _ => read_all(&mut Inflate::new(packed), entry.size),
        };
        let bytes = match read {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(_)) => return Ok(Err(Refused::new(Reason::Damaged, "longer than it states"))),
            Err(error) if is_damage(&error) => return Ok(Err(Reason::Damaged.into())),
            Err(error) => return Err(error.into()),
        };
        if bytes.len() as u64 != entry.size {
            return Ok(Err(Refused::new(Reason::Damaged, "shorter than it states")));
        }
        if crc32fast::hash(&bytes) != entry.checksum {
            return Ok(Err(Refused::new(Reason::Damaged, "its checksum does not match")));
        }
        Ok(Ok(bytes))
    }

    /// Where an entry's bytes begin, after its local header; `None` if it has none.
    fn data(&self, entry: &Entry) -> Result<Option<u64>, OpenError> {
        let mut header = [0; LOCAL_LENGTH];
        let count = self.source.read_at(entry.local, &mut header)?;
        if count < LOCAL_LENGTH || !header.starts_with(LOCAL) {
            return Ok(None);
        }
        let mut fields = Fields(header.get(26..).unwrap_or_default());
        let (Some(name), Some(extra)) = (fields.u16(), fields.u16()) else { return Ok(None) };
        let header = LOCAL_LENGTH as u64 + u64::from(name) + u64::from(extra);
        Ok(entry.local.checked_add(header))
    }

    /// Entries that share bytes are how a small archive unpacks to a great deal in one
    /// level, and how two programs are made to see different files.
    fn check_overlap(&self, directory: u64) -> Result<(), OpenError> {
        let mut ranges = Vec::new();
        for entry in &self.entries {
            if let Some(start) = self.data(entry)? {
                ranges.push((entry.local, start.saturating_add(entry.packed)));
            }
        }
        ranges.sort_unstable();
        let shared = ranges.windows(2).any(|pair| match pair {
            [(_, end), (start, _)] => start < end,
            _ => false,
        });
        let beyond =
            ranges.last().is_some_and(|(start, end)| *start < directory && *end > directory);
        if shared || beyond { Err(Reason::EntriesOverlap.into()) } else { Ok(()) }
    }
}

/// Unpacks LZMA: a version, the length of the properties, the properties, the stream
/// (APPNOTE 5.8). Its dictionary takes no more memory than the bytes it has given.
fn lzma(mut packed: SourceReader<'_>, size: u64) -> io::Result<Result<Vec<u8>, Reason>> {
    let mut header = [0; 9];
    packed.read_exact(&mut header)?;
    let [_, _, 5, 0, properties, dictionary @ ..] = header else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let dictionary = u32::from_le_bytes(dictionary);
    let packed = BufReader::new(packed);
    let damaged = |error: io::Error| match error.raw_os_error() {
        Some(_) => error,
        None => io::ErrorKind::InvalidData.into(),
    };
    let reader = LzmaReader::new_with_props(packed, size, properties, dictionary, None);
    read_all(&mut reader.map_err(damaged)?, size).map_err(damaged)
}

/// The name of the method by which an entry is packed, if it is one that is not read.
fn unread_method(entry: &Entry) -> Option<String> {
    let name = match entry.method {
        0 | 8 | 14 if entry.flags & 1 << 5 == 0 => return None,
        0 | 8 | 14 => "a patch",
        1 => "Shrink",
        2..=5 => "Reduce",
        6 => "Implode",
        9 => "Deflate64",
        10 => "the method of TERSE",
        12 => "bzip2",
        93 | 20 => "Zstandard",
        95 => "XZ",
        98 => "PPMd",
        other => return Some(format!("method {other}")),
    };
    Some(name.to_owned())
}

/// Gives the entries of an archive, but for folders.
pub(super) fn entries(
    source: Source<'_>,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), OpenError> {
    let archive = Archive::open(source, budget)?;
    for entry in archive.entries.iter().filter(|entry| !entry.is_folder()) {
        let read = if entry.is_link() {
            let short = entry.size <= TARGET_BYTES;
            let target = if short { archive.read(entry, budget)?.ok() } else { None };
            let target = String::from_utf8_lossy(&target.unwrap_or_default()).into_owned();
            Err(Refused::new(Reason::NotOpened, format!("symbolic link to {target}")))
        } else if entry.is_special() {
            Err(Refused::new(Reason::NotOpened, "neither a file nor a folder"))
        } else {
            archive.read(entry, budget)?
        };
        let (bytes, detail) = Refused::split(read);
        let child = Child { name: entry.name.clone(), modified: entry.modified, bytes, detail };
        sink(child, budget)?;
    }
    if archive.cut { Err(Reason::Damaged.into()) } else { Ok(()) }
}
