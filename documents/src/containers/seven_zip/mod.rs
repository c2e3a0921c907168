//! 7z archives (7zFormat.txt of the LZMA SDK).
//!
//! The headers are read here and not by a crate: they state counts and sizes that a
//! reader must not believe, and the archive itself says how much memory to take.

mod coders;
mod header;

use std::io::{self, Read};

use super::inflate::is_damage;
use super::{Fields, OpenError, Refused, Source, read_all, room};
use crate::{Budget, Child, Reason};
use header::{Archive, File, Header, Streams};

const SIGNATURE: &[u8] = b"7z\xbc\xaf\x27\x1c";
const START_LENGTH: u64 = 32;
/// Most bytes of a header, packed and unpacked.
const HEADER_BYTES: u64 = 64 << 20;
/// How often a header may be packed.
const HEADER_DEPTH: usize = 4;
/// Bytes that are passed over for one step of work.
const BYTES_A_STEP: u64 = 16;

/// Gives the files of an archive, in their order.
pub(super) fn entries(
    source: Source<'_>,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), OpenError> {
    let Some(archive) = open(source, budget)? else { return Ok(()) };
    let Archive { streams, files } = archive;
    let mut files = files.into_iter();
    // Files without bytes stand between those with bytes, which follow the folders.
    let mut next = |budget: &mut Budget,
                    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>|
     -> Result<Option<File>, Reason> {
        for file in files.by_ref() {
            if !file.is_empty {
                return Ok(Some(file));
            }
            if !file.is_folder {
                give(&file, Ok(Vec::new()), budget, sink)?;
            }
        }
        Ok(None)
    };
    let mut position = START_LENGTH.saturating_add(streams.position);
    let mut packed = streams.packed.iter().copied();
    for folder in &streams.folders {
        let start = position;
        for size in packed.by_ref().take(folder.packed_streams) {
            position = position.saturating_add(size);
        }
        let mut reader = coders::open(folder, source, start, position)?;
        let mut broken = false;
        for stream in &folder.streams {
            let file = next(budget, sink)?.ok_or(Reason::Damaged)?;
            let read = match &mut reader {
                Err(refused) => Err(refused.clone()),
                Ok(_) if broken => Err(Reason::Damaged.into()),
                Ok(reader) => {
                    let packed = position.saturating_sub(start);
                    read_stream(reader, stream, packed, &mut broken, budget)?
                }
            };
            give(&file, read, budget, sink)?;
        }
    }
    // All that is left must be without bytes.
    match next(budget, sink)? {
        None => Ok(()),
        Some(_) => Err(Reason::Damaged.into()),
    }
}

fn give(
    file: &File,
    read: Result<Vec<u8>, Refused>,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let read = match read {
        Ok(target) if file.is_link => {
            let target = String::from_utf8_lossy(target.get(..4096).unwrap_or(&target));
            Err(Refused::new(Reason::NotOpened, format!("symbolic link to {target}")))
        }
        read => read,
    };
    let (bytes, detail) = Refused::split(read);
    let name = file.name.clone().into_bytes();
    sink(Child { name, modified: file.modified, bytes, detail }, budget)
}

/// Reads one file's bytes from the stream of a folder, or passes over them. `broken` is
/// set if nothing that follows can be read.
fn read_stream(
    reader: &mut Box<dyn Read + '_>,
    stream: &header::Stream,
    packed: u64,
    broken: &mut bool,
    budget: &mut Budget,
) -> Result<Result<Vec<u8>, Refused>, OpenError> {
    if let Err(refused) = room(stream.size, packed, budget) {
        budget.take_work(stream.size / BYTES_A_STEP)?;
        let passed = io::copy(&mut reader.by_ref().take(stream.size), &mut io::sink());
        return match passed {
            Ok(passed) if passed == stream.size => Ok(Err(refused)),
            Err(error) if !is_damage(&error) && !is_crates(&error) => Err(error.into()),
            _ => {
                *broken = true;
                Ok(Err(Reason::Damaged.into()))
            }
        };
    }
    let bytes = match read_all(&mut reader.by_ref().take(stream.size), stream.size) {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(reason)) => return Ok(Err(reason.into())),
        Err(error) if is_damage(&error) || is_crates(&error) => {
            *broken = true;
            return Ok(Err(Reason::Damaged.into()));
        }
        Err(error) => return Err(error.into()),
    };
    if bytes.len() as u64 != stream.size {
        *broken = true;
        return Ok(Err(Refused::new(Reason::Damaged, "shorter than it states")));
    }
    if stream.checksum.is_some_and(|checksum| checksum != crc32fast::hash(&bytes)) {
        // The bytes of the next file can still be right.
        return Ok(Err(Refused::new(Reason::Damaged, "its checksum does not match")));
    }
    Ok(Ok(bytes))
}

/// Whether an error is one that the decoder made, which has no number of the system's.
fn is_crates(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}

/// Reads the headers; `None` for an archive without any file.
fn open(source: Source<'_>, budget: &mut Budget) -> Result<Option<Archive>, OpenError> {
    let mut start = [0; START_LENGTH as usize];
    source.read_exact_at(0, &mut start)?;
    let mut fields = Fields(start.strip_prefix(SIGNATURE).ok_or(Reason::Damaged)?);
    fields.u16();
    let checksum = fields.u32();
    if checksum != Some(crc32fast::hash(fields.0)) {
        return Err(Reason::Damaged.into());
    }
    let (Some(offset), Some(size), Some(checksum)) = (fields.u64(), fields.u64(), fields.u32())
    else {
        return Err(Reason::Damaged.into());
    };
    if size == 0 {
        return Ok(None);
    }
    if size > HEADER_BYTES {
        return Err(Reason::TooLarge.into());
    }
    let offset = START_LENGTH.checked_add(offset).ok_or(Reason::Damaged)?;
    let mut bytes = source.slice(offset, usize::try_from(size).unwrap_or(usize::MAX))?;
    if crc32fast::hash(&bytes) != checksum {
        return Err(Reason::Damaged.into());
    }
    for _ in 0..HEADER_DEPTH {
        budget.take_work(bytes.len() as u64)?;
        match header::read(&bytes, budget)? {
            Header::Plain(archive) => return Ok(Some(archive)),
            Header::Packed(streams) => bytes = unpack_header(source, &streams)?,
        }
    }
    Err(Reason::Damaged.into())
}

fn unpack_header(source: Source<'_>, streams: &Streams) -> Result<Vec<u8>, OpenError> {
    let ([folder], [packed]) = (&streams.folders[..], &streams.packed[..]) else {
        return Err(Reason::NotOpened.into());
    };
    let [stream] = &folder.streams[..] else { return Err(Reason::Damaged.into()) };
    if stream.size > HEADER_BYTES {
        return Err(Reason::TooLarge.into());
    }
    let start = START_LENGTH.saturating_add(streams.position);
    let reader = coders::open(folder, source, start, start.saturating_add(*packed))?;
    let mut reader = reader.map_err(|refused| refused.reason)?;
    let mut unlimited = Budget::new();
    let read = read_stream(&mut reader, stream, *packed, &mut false, &mut unlimited)?;
    Ok(read.map_err(|refused| refused.reason)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of packed bytes and a header that is not packed.
    fn archive(packed: &[u8], header: &[u8]) -> Vec<u8> {
        let mut rest = Vec::new();
        rest.extend_from_slice(&(packed.len() as u64).to_le_bytes());
        rest.extend_from_slice(&(header.len() as u64).to_le_bytes());
        rest.extend_from_slice(&crc32fast::hash(header).to_le_bytes());
        let checksum = crc32fast::hash(&rest).to_le_bytes();
        [SIGNATURE, &[0, 4], &checksum, &rest, packed, header].concat()
    }

    fn open_archive(archive: &[u8]) -> Result<usize, Reason> {
        let mut count = 0;
        let sink = &mut |_, _: &mut Budget| {
            count += 1;
            Ok(())
        };
        let result = entries(Source::Bytes(archive), &mut Budget::new(), sink);
        result.map(|()| count).map_err(OpenError::reason)
    }

    fn open_header(header: &[u8]) -> Result<usize, Reason> {
        open_archive(&archive(&[], header))
    }

    #[test]
    fn counts_are_not_believed() {
        // A number of files, of folders, of packed streams that nothing could hold.
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        let files = [&[1, 5][..], &huge, &[0, 0]].concat();
        let folders = [&[1, 4, 7, 0x0b][..], &huge, &[0, 0]].concat();
        let packed = [&[1, 4, 6, 0][..], &huge, &[9, 0]].concat();
        assert_eq!(open_header(&files), Err(Reason::TooLarge));
        assert_eq!(open_header(&folders), Err(Reason::Damaged));
        assert_eq!(open_header(&packed), Err(Reason::Damaged));
        assert_eq!(open_header(&[1, 0]), Ok(0));
        assert_eq!(open_header(&[]), Ok(0));
    }

    #[test]
    fn no_change_of_a_header_breaks_the_reader() {
        let whole = include_bytes!("../../../tests/data/archive.7z");
        let mut fields = Fields(whole.get(12..).unwrap());
        let [offset, size] = [0; 2].map(|_: u8| fields.u64().unwrap() as usize);
        let packed = &whole[32..32 + offset];
        let mut header = whole[32 + offset..32 + offset + size].to_vec();
        while let Header::Packed(streams) = header::read(&header, &mut Budget::new()).unwrap() {
            header = unpack_header(Source::Bytes(whole), &streams).unwrap();
        }
        assert_eq!(open_archive(&archive(packed, &header)), Ok(3));
        let mut seed = 5_u64;
        let mut below = |end: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((seed >> 33) as usize) % end
        };
        for _ in 0..3000 {
            let mut header = header.clone();
            for _ in 0..=below(3) {
                let at = below(header.len());
                header[at] = [0, 1, 0xff, 0x7f, 0x21, 9][below(6)];
            }
            let _ = open_archive(&archive(packed, &header));
        }
    }
}
