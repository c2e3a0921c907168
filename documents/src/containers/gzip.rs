//! gzip (RFC 1952): one file, in one member or several one after the other.

use std::io::{self, BufRead, BufReader, Read};

use super::inflate::{Inflate, is_damage};
use super::{Fields, OpenError, Refused, Source};
use crate::{Budget, Child, Reason};

const HEADER_LENGTH: u64 = 10;
const TRAILER_LENGTH: usize = 8;
/// Work that beginning to unpack a member takes.
const MEMBER_WORK: u64 = 1024;
/// Most bytes of a name or a comment.
const NAME_BYTES: u64 = 64 << 10;

/// What a member's header says.
struct Header {
    /// Where the packed bytes begin.
    data: u64,
    name: Vec<u8>,
    modified: Option<i64>,
}

/// Gives the file: all members one after the other. Zeros after the last are padding
/// (tapes have it); other bytes come as a child that is not opened.
pub(super) fn entries(
    source: Source<'_>,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), OpenError> {
    let length = source.length()?;
    let first = header(source, 0, length)?.ok_or(Reason::Damaged)?;
    budget.take_entries(1)?;
    let most = budget.bytes_left().min(Budget::BYTES);
    let mut bytes = Vec::new();
    let mut refused = None;
    let (mut position, mut data) = (0, Some(first.data));
    while let Some(start) = data {
        match member(source, start, length, &mut bytes, most)? {
            Ok(end) => position = end,
            Err(why) => {
                refused = Some(why);
                break;
            }
        }
        data = header(source, position, length)?.map(|header| header.data);
        budget.take_work(MEMBER_WORK)?;
    }
    let read = match refused {
        None => Ok(bytes),
        Some(refused) => Err(refused),
    };
    let trailing = if read.is_ok() { trailing(source, position, length)? } else { 0 };
    if let Ok(bytes) = &read {
        budget.take_bytes(bytes.len())?;
    }
    let (bytes, detail) = Refused::split(read);
    sink(Child { name: first.name, modified: first.modified, bytes, detail }, budget)?;
    if trailing > 0 {
        let detail = format!("{trailing} bytes after the last member");
        let bytes = Err(Reason::Damaged);
        sink(Child { name: Vec::new(), modified: None, bytes, detail }, budget)?;
    }
    Ok(())
}

/// The header of a member at `start`; `None` if there is none.
fn header(source: Source<'_>, start: u64, length: u64) -> Result<Option<Header>, OpenError> {
    let mut fixed = [0; HEADER_LENGTH as usize];
    if source.read_at(start, &mut fixed)? < fixed.len() || !fixed.starts_with(b"\x1f\x8b\x08") {
        return Ok(None);
    }
    let mut fields = Fields(fixed.get(3..).unwrap_or_default());
    let (Some(flags), Some(time)) = (fields.u8(), fields.u32()) else { return Ok(None) };
    let start = start.saturating_add(HEADER_LENGTH);
    let mut reader = BufReader::new(source.reader(start, length));
    let mut used = HEADER_LENGTH;
    if flags & 4 != 0 {
        let mut bytes = [0; 2];
        if !complete(reader.read_exact(&mut bytes))? {
            return Ok(None);
        }
        let extra = u64::from(u16::from_le_bytes(bytes));
        io::copy(&mut (&mut reader).take(extra), &mut io::sink())?;
        used += 2 + extra;
    }
    let mut name = Vec::new();
    for flag in [8, 16] {
        if flags & flag == 0 {
            continue;
        }
        let mut text = Vec::new();
        (&mut reader).take(NAME_BYTES).read_until(0, &mut text)?;
        used += text.len() as u64;
        if text.pop() != Some(0) {
            return Ok(None);
        }
        if flag == 8 {
            name = text;
        }
    }
    used += if flags & 2 != 0 { 2 } else { 0 };
    let data = start.saturating_sub(HEADER_LENGTH).saturating_add(used);
    let modified = (time != 0).then_some(i64::from(time));
    Ok(Some(Header { data, name, modified }))
}

/// Whether a read was complete; a failure other than the end is an error.
fn complete(read: io::Result<()>) -> io::Result<bool> {
    match read {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Unpacks a member whose packed bytes begin at `start`, and gives its end.
fn member(
    source: Source<'_>,
    start: u64,
    length: u64,
    bytes: &mut Vec<u8>,
    most: u64,
) -> Result<Result<u64, Refused>, OpenError> {
    let before = bytes.len();
    let mut inflate = Inflate::new(source.reader(start, length));
    let mut chunk = vec![0; 64 << 10];
    loop {
        let count = match inflate.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if is_damage(&error) => return Ok(Err(Reason::Damaged.into())),
            Err(error) => return Err(error.into()),
        };
        let size = (bytes.len() as u64).saturating_add(count as u64);
        if size > most {
            let bomb = size > length.saturating_mul(100);
            return Ok(Err(if bomb { Reason::Bomb } else { Reason::TooLarge }.into()));
        }
        bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
    let end = start.saturating_add(inflate.used());
    let mut trailer = [0; TRAILER_LENGTH];
    if source.read_at(end, &mut trailer)? < TRAILER_LENGTH {
        return Ok(Err(Refused::new(Reason::Damaged, "the file ends before its checksum")));
    }
    let mut fields = Fields(&trailer);
    let unpacked = bytes.get(before..).unwrap_or_default();
    if fields.u32() != Some(crc32fast::hash(unpacked))
        || fields.u32() != Some(unpacked.len() as u32)
    {
        return Ok(Err(Refused::new(Reason::Damaged, "its checksum does not match")));
    }
    Ok(Ok(end.saturating_add(TRAILER_LENGTH as u64)))
}

/// Number of bytes from `start` on, without zeros at their beginning.
fn trailing(source: Source<'_>, start: u64, length: u64) -> Result<u64, OpenError> {
    let mut reader = BufReader::new(source.reader(start, length));
    let mut position = start;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(0);
        }
        if let Some(at) = buffer.iter().position(|byte| *byte != 0) {
            return Ok(length.saturating_sub(position).saturating_sub(at as u64));
        }
        let count = buffer.len();
        position = position.saturating_add(count as u64);
        reader.consume(count);
    }
}
