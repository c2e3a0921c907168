//! tar: v7, ustar, pax (POSIX.1-2001) and GNU archives, read block by block.

mod header;

use std::collections::BTreeMap;

use super::{OpenError, Refused, Source, room};
use crate::{Budget, Child, Reason};
pub(crate) use header::stands;
use header::{BLOCK, Header};

/// Most bytes of a pax header or a long name.
const EXTENDED_BYTES: u64 = 1 << 20;

/// What is used of a pax header.
const KEYS: [&str; 5] = ["path", "linkpath", "size", "mtime", "GNU.sparse.name"];

/// What headers before an entry say of it.
#[derive(Debug, Default)]
struct Extended {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    /// Records of a pax header, those of [`KEYS`].
    records: BTreeMap<&'static str, Vec<u8>>,
    /// Whether a pax header says that the file is sparse.
    is_sparse: bool,
}

impl Extended {
    /// A record of this entry, else of all entries.
    fn record<'a>(&'a self, global: &'a Self, key: &str) -> Option<&'a Vec<u8>> {
        let own = self.records.get(key);
        own.or_else(|| global.records.get(key)).filter(|value| !value.is_empty())
    }

    /// Reads the records `length key=value\n` of a pax header.
    fn read(&mut self, bytes: &[u8]) -> Result<(), Reason> {
        let mut rest = until_end(bytes);
        while !rest.is_empty() {
            let space = rest.iter().position(|byte| *byte == b' ').ok_or(Reason::Damaged)?;
            let length = rest.get(..space).and_then(decimal).ok_or(Reason::Damaged)?;
            let length = usize::try_from(length).map_err(|_| Reason::Damaged)?;
            let (record, after) = rest.split_at_checked(length).ok_or(Reason::Damaged)?;
            let record =
                record.get(space.saturating_add(1)..).and_then(|record| record.strip_suffix(b"\n"));
            let record = record.ok_or(Reason::Damaged)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or(Reason::Damaged)?;
            let (key, value) = record.split_at(equals);
            self.is_sparse |= key.starts_with(b"GNU.sparse.");
            if let Some(key) = KEYS.into_iter().find(|known| known.as_bytes() == key) {
                self.records.insert(key, value.get(1..).unwrap_or_default().to_vec());
            }
            rest = after;
        }
        Ok(())
    }
}

/// Gives the files of an archive. Blocks of zeros end it, but what stands after them
/// is looked at: archives that are joined go on there, and other bytes come as a child
/// that is not opened.
pub(super) fn entries(
    source: Source<'_>,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), OpenError> {
    let length = source.length()?;
    let mut position = 0_u64;
    let mut global = Extended::default();
    let mut extended = Extended::default();
    let mut ended = false;
    while position < length {
        let mut block = [0; BLOCK as usize];
        let count = source.read_at(position, &mut block)?;
        budget.take_work(1)?;
        if block == [0; BLOCK as usize] {
            position = position.saturating_add(BLOCK);
            ended = true;
            continue;
        }
        let header = if count == block.len() { Header::read(&block) } else { None };
        let Some(header) = header else {
            if !ended {
                return Err(Reason::Damaged.into());
            }
            let detail = format!("{} bytes after the end", length.saturating_sub(position));
            let bytes = Err(Reason::Damaged);
            sink(Child { name: Vec::new(), modified: None, bytes, detail }, budget)?;
            return Ok(());
        };
        ended = false;
        budget.take_entries(1)?;
        let mut start = position.saturating_add(BLOCK);
        let mut goes_on = header.goes_on;
        while goes_on {
            source.read_exact_at(start, &mut block)?;
            budget.take_work(1)?;
            goes_on = block.get(504).is_some_and(|more| *more != 0);
            start = start.saturating_add(BLOCK);
        }
        let size = extended
            .record(&global, "size")
            .and_then(|value| decimal(value))
            .unwrap_or(header.size);
        let holds = header.holds_bytes();
        let end = if holds { start.saturating_add(size) } else { start };
        position = end.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX);
        match header.kind {
            b'x' | b'g' | b'X' | b'L' | b'K' => {
                if header.size > EXTENDED_BYTES {
                    return Err(Reason::TooLarge.into());
                }
                // The size in a pax header before is that of the file, not of this.
                let end = start.saturating_add(header.size);
                position = end.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX);
                let bytes = source.slice(start, usize::try_from(header.size).unwrap_or(0))?;
                budget.take_work(header.size)?;
                match header.kind {
                    b'L' => extended.name = Some(until_nul(&bytes).to_vec()),
                    b'K' => extended.link = Some(until_nul(&bytes).to_vec()),
                    b'g' => global.read(&bytes)?,
                    _ => extended.read(&bytes)?,
                }
                continue;
            }
            _ => {}
        }
        let this = std::mem::take(&mut extended);
        let name = this.record(&global, "path").or(this.name.as_ref()).unwrap_or(&header.name);
        let link = this.record(&global, "linkpath").or(this.link.as_ref()).unwrap_or(&header.link);
        let modified = this.record(&global, "mtime").and_then(|value| seconds(value));
        let modified = modified.or(header.modified);
        let read = match header.not_opened(link) {
            _ if header.is_folder(name) => continue,
            Some(detail) => Err(Refused::new(Reason::NotOpened, detail)),
            None if this.is_sparse => Err(Refused::new(Reason::NotOpened, "a sparse file")),
            None if end > length => {
                Err(Refused::new(Reason::Damaged, "the archive ends within it"))
            }
            None => match room(size, size, budget) {
                Ok(()) => Ok(source.slice(start, usize::try_from(size).unwrap_or(0))?),
                Err(refused) => Err(refused),
            },
        };
        let (bytes, detail) = Refused::split(read);
        let name = this.records.get("GNU.sparse.name").unwrap_or(name);
        sink(Child { name: name.clone(), modified, bytes, detail }, budget)?;
    }
    Ok(())
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A pax header without the zeros that some writers count as part of it.
fn until_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at.saturating_add(1));
    bytes.get(..end).unwrap_or_default()
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let stands = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if stands { str::from_utf8(digits).ok()?.parse().ok() } else { None }
}

/// A time of a pax header, down to the second.
fn seconds(text: &[u8]) -> Option<i64> {
    let whole = text.split(|byte| *byte == b'.').next()?;
    let (sign, digits) = whole.strip_prefix(b"-").map_or((1, whole), |digits| (-1, digits));
    Some(sign * i64::try_from(decimal(digits)?).ok()?)
}
