//! Compound files ([MS-CFB]): a tree of storages and streams in one file, as in
//! Outlook messages, old Office files and Office files under a password.
//!
//! Nothing is copied when a file is opened but one short record for each entry of
//! its directory. The allocation table stays in the file and is looked up there,
//! so the counts of sectors that a header states cost nothing: they are not read.
//! What real writers get wrong is forgiven (order and colours of the tree, start
//! sectors and sizes of storages, a last sector that is cut); what would make the
//! tree ambiguous is not (an entry that stands in it twice).
//!
//! [MS-CFB]: https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb/

mod chains;
mod ole;
mod tree;
mod write;

pub(crate) use ole::{carried, embedded};
pub(crate) use tree::{Compound, EntryId};
pub(crate) use write::Writer;

/// First bytes of a compound file.
pub(crate) const SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// Bytes of an entry of the directory.
const ENTRY_BYTES: usize = 128;
/// Bytes of a sector of the short stream.
const SHORT_SECTOR: usize = 64;
/// Streams of fewer bytes than this stand in the short stream.
const CUTOFF: u64 = 4096;
/// Greatest number of a sector; above it stand marks.
const MAX_SECTOR: u32 = 0xffff_fffa;
/// Ends a chain of sectors.
const END_OF_CHAIN: u32 = 0xffff_fffe;
/// A sector that is not used.
const FREE: u32 = 0xffff_ffff;
/// A sector of the allocation table.
const TABLE_SECTOR: u32 = 0xffff_fffd;
/// A sector of the list of sectors of the allocation table.
const LIST_SECTOR: u32 = 0xffff_fffc;
/// No entry.
const NONE: u32 = 0xffff_ffff;
/// Sectors of the allocation table that the header lists.
const IN_HEADER: usize = 109;

/// The number at an offset, if the bytes are there.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The number at an offset, if the bytes are there.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
