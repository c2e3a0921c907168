//! Where the central directory is.
//!
//! The end record stands before a comment of any length, and a comment may hold what
//! looks like an end record. The last one that leads to entries counts; an archive
//! that begins after other bytes (a program that unpacks itself) states offsets from
//! its own start or from the file's.

use super::super::bytes::Fields;
use super::super::{OpenError, Source};
use crate::Reason;

const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_LENGTH: u64 = 20;
const END64: &[u8] = b"PK\x06\x06";
const END64_LENGTH: usize = 56;
/// First bytes of each header of the central directory.
pub(super) const HEADER: &[u8] = b"PK\x01\x02";
/// The most that stands after the start of the end record.
const TAIL: u64 = END_LENGTH as u64 + u16::MAX as u64;

/// A place where a central directory begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Directory {
    /// Offset in the file.
    pub(super) offset: u64,
    /// Its length in bytes as stated, and not beyond the end record.
    pub(super) length: u64,
    /// Number of entries as stated.
    pub(super) entries: u64,
    /// What is added to a stated offset to get an offset in the file.
    pub(super) shift: u64,
}

/// What an end record states.
struct Stated {
    /// Where the record itself begins.
    position: u64,
    entries: u64,
    length: u64,
    offset: u64,
}

/// Directories to try, the best first: those of the last end records that lead to an
/// entry, then an empty one.
///
/// # Errors
/// [`Reason::Damaged`] if there is no end record that leads anywhere.
pub(super) fn directories(source: Source<'_>) -> Result<Vec<Directory>, OpenError> {
    let length = source.length()?;
    let start = length.saturating_sub(TAIL);
    let tail = source.slice(start, usize::try_from(length - start).unwrap_or(0))?;
    let mut found = Vec::new();
    let mut empty = None;
    for at in (0..tail.len().saturating_sub(END_LENGTH - 1)).rev() {
        let Some(record) = tail.get(at..).filter(|rest| rest.starts_with(END)) else { continue };
        let position = start.saturating_add(at as u64);
        let Some(stated) = stated(source, position, record)? else { continue };
        if stated.entries == 0 && stated.length == 0 {
            empty = empty.or(Some(Directory { offset: position, length: 0, entries: 0, shift: 0 }));
        }
        found.extend(place(source, &stated)?);
    }
    found.extend(empty);
    if found.is_empty() { Err(Reason::Damaged.into()) } else { Ok(found) }
}

/// What the end record at `position` states, that of zip64 if there is one.
fn stated(source: Source<'_>, position: u64, record: &[u8]) -> Result<Option<Stated>, OpenError> {
    let mut fields = Fields(record.get(8..).unwrap_or_default());
    let (Some(_), Some(entries), Some(length), Some(offset)) =
        (fields.u16(), fields.u16(), fields.u32(), fields.u32())
    else {
        return Ok(None);
    };
    if (entries == u16::MAX || length == u32::MAX || offset == u32::MAX)
        && let Some(stated) = stated64(source, position)?
    {
        return Ok(Some(stated));
    }
    Ok(Some(Stated {
        position,
        entries: entries.into(),
        length: length.into(),
        offset: offset.into(),
    }))
}

fn stated64(source: Source<'_>, position: u64) -> Result<Option<Stated>, OpenError> {
    let Some(locator) = position.checked_sub(LOCATOR_LENGTH) else { return Ok(None) };
    let mut bytes = [0; LOCATOR_LENGTH as usize];
    source.read_exact_at(locator, &mut bytes)?;
    if !bytes.starts_with(LOCATOR) {
        return Ok(None);
    }
    let stated = Fields(bytes.get(8..).unwrap_or_default()).u64();
    // Where it says, or right before the locator if bytes stand before the archive.
    let before = locator.checked_sub(END64_LENGTH as u64);
    for position in [stated, before].into_iter().flatten() {
        let mut bytes = [0; END64_LENGTH];
        if source.read_at(position, &mut bytes)? < END64_LENGTH || !bytes.starts_with(END64) {
            continue;
        }
        let mut fields = Fields(bytes.get(32..).unwrap_or_default());
        if let (Some(entries), Some(length), Some(offset)) =
            (fields.u64(), fields.u64(), fields.u64())
        {
            return Ok(Some(Stated { position, entries, length, offset }));
        }
    }
    Ok(None)
}

/// Where the directory is that a record states: it ends where the record begins, or
/// else it is where it says.
fn place(source: Source<'_>, stated: &Stated) -> Result<Option<Directory>, OpenError> {
    let before = stated.position.checked_sub(stated.length);
    for offset in [before, Some(stated.offset)].into_iter().flatten() {
        let mut signature = [0; 4];
        let Some(shift) = offset.checked_sub(stated.offset) else { continue };
        if source.read_at(offset, &mut signature)? == 4 && signature == HEADER {
            let length = stated.length.min(stated.position.saturating_sub(offset));
            return Ok(Some(Directory { offset, length, entries: stated.entries, shift }));
        }
    }
    Ok(None)
}
