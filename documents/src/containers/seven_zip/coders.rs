//! How a folder is unpacked: a packer, then filters.

use std::io::{self, BufReader, Read};

use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::delta::DeltaReader;
use lzma_rust2::{Lzma2Reader, LzmaReader};

use super::super::inflate::{Inflate, is_damage};
use super::super::{Fields, OpenError, Refused, Source};
use super::header::{Coder, Folder};
use crate::Reason;

/// Largest dictionary, which is held in memory as far as the bytes reach.
const DICTIONARY: u32 = 256 << 20;

/// A reader of what a folder holds.
///
/// # Errors
/// [`OpenError`] if the archive cannot be read; within, why the folder is not unpacked.
pub(super) fn open<'a>(
    folder: &Folder,
    source: Source<'a>,
    start: u64,
    end: u64,
) -> Result<Result<Box<dyn Read + 'a>, Refused>, OpenError> {
    if let Some(refused) = folder.coders.iter().find_map(unread) {
        return Ok(Err(refused));
    }
    if end > source.length()? {
        return Ok(Err(Refused::new(Reason::Damaged, "the archive ends within it")));
    }
    let Some(chain) = chain(folder) else { return Ok(Err(Reason::Damaged.into())) };
    let mut reader: Box<dyn Read + 'a> = Box::new(BufReader::new(source.reader(start, end)));
    for coder in chain.into_iter().rev() {
        reader = match step(coder, reader) {
            Ok(Some(reader)) => reader,
            Ok(None) => return Ok(Err(Reason::Damaged.into())),
            Err(error) if is_damage(&error) || error.raw_os_error().is_none() => {
                return Ok(Err(Reason::Damaged.into()));
            }
            Err(error) => return Err(error.into()),
        };
    }
    Ok(Ok(reader))
}

/// The coders from the one that gives the folder to the one that takes the packed bytes.
fn chain(folder: &Folder) -> Option<Vec<&Coder>> {
    let mut chain = Vec::new();
    let mut at = folder.last_coder()?;
    loop {
        if chain.len() >= folder.coders.len() {
            return None;
        }
        chain.push(folder.coders.get(at)?);
        match folder.pairs.iter().find(|(input, _)| *input == at as u64) {
            Some((_, output)) => at = usize::try_from(*output).ok()?,
            None => return (chain.len() == folder.coders.len()).then_some(chain),
        }
    }
}

/// Why a coder is not undone, if it is not.
fn unread(coder: &Coder) -> Option<Refused> {
    let name = match (&coder.id[..], coder.inputs, coder.outputs) {
        ([0x06, 0xf1, ..], ..) => return Some(Reason::Encrypted.into()),
        ([0x03, 0x03, 0x01, 0x1b], ..) => "BCJ2",
        ([0x03, 0x04, 0x01], ..) => "PPMd",
        ([0x04, 0x02, 0x02], ..) => "bzip2",
        ([0x04, 0x01, 0x09], ..) => "Deflate64",
        ([0x04, 0xf7, 0x11, 0x01], ..) => "Zstandard",
        ([0x21] | [0x03, 0x01, 0x01], 1, 1) => {
            return (dictionary(coder)? > DICTIONARY)
                .then(|| Refused::new(Reason::TooLarge, "packed with a dictionary over 256 MiB"));
        }
        ([0x00 | 0x03..=0x0b] | [0x04, 0x01, 0x08], 1, 1) => return None,
        ([0x03, 0x03, family, kind], 1, 1) if old_filter(*family, *kind).is_some() => return None,
        (id, ..) => {
            let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            return Some(Refused::new(Reason::NotOpened, format!("packed by method {id}")));
        }
    };
    Some(Refused::new(Reason::NotOpened, format!("packed by {name}")))
}

/// Filters have a short number and an older, long one.
fn old_filter(family: u8, kind: u8) -> Option<u8> {
    Some(match (family, kind) {
        (0x01, 0x03) => 0x04,
        (0x02, 0x05) => 0x05,
        (0x04, 0x01) => 0x06,
        (0x05, 0x01) => 0x07,
        (0x07, 0x01) => 0x08,
        (0x08, 0x05) => 0x09,
        _ => return None,
    })
}

/// Size of the dictionary of LZMA or LZMA2; `None` if the properties do not say.
fn dictionary(coder: &Coder) -> Option<u32> {
    let mut fields = Fields(&coder.properties);
    if coder.id == [0x21] {
        return match fields.u8()? {
            40 => Some(u32::MAX),
            bits @ 0..40 => (2 | u32::from(bits) & 1).checked_shl(u32::from(bits) / 2 + 11),
            _ => None,
        };
    }
    fields.u8()?;
    fields.u32()
}

/// Undoes one coder; `None` if its properties make no sense.
fn step<'a>(coder: &Coder, reader: Box<dyn Read + 'a>) -> io::Result<Option<Box<dyn Read + 'a>>> {
    let mut properties = Fields(&coder.properties);
    let filter = match coder.id[..] {
        [0x00] => return Ok(Some(reader)),
        [0x04, 0x01, 0x08] => return Ok(Some(Box::new(Inflate::new(reader)))),
        [0x21] => {
            let Some(size) = dictionary(coder) else { return Ok(None) };
            return Ok(Some(Box::new(Lzma2Reader::new(reader, size, None))));
        }
        [0x03, 0x01, 0x01] => {
            let (Some(byte), Some(size)) = (properties.u8(), properties.u32()) else {
                return Ok(None);
            };
            let reader = LzmaReader::new_with_props(reader, coder.size, byte, size, None)?;
            return Ok(Some(Box::new(reader)));
        }
        [0x03] => {
            let Some(distance) = properties.u8() else { return Ok(None) };
            return Ok(Some(Box::new(DeltaReader::new(reader, usize::from(distance) + 1))));
        }
        [filter] => filter,
        [0x03, 0x03, family, kind] => old_filter(family, kind).unwrap_or(0),
        _ => return Ok(None),
    };
    let start = properties.u32().unwrap_or(0) as usize;
    Ok(Some(Box::new(match filter {
        0x04 => BcjReader::new_x86(reader, start),
        0x05 => BcjReader::new_ppc(reader, start),
        0x06 => BcjReader::new_ia64(reader, start),
        0x07 => BcjReader::new_arm(reader, start),
        0x08 => BcjReader::new_arm_thumb(reader, start),
        0x09 => BcjReader::new_sparc(reader, start),
        0x0a => BcjReader::new_arm64(reader, start),
        0x0b => BcjReader::new_riscv(reader, start),
        _ => return Ok(None),
    })))
}
