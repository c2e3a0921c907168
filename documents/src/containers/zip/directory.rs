//! The central directory: what an archive says of its entries.

use super::super::bytes::Fields;
use super::end::{Directory, HEADER};
use super::name::{extra_fields, name};

/// What the central directory says of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name, UTF-8 unless it is flagged so and is not.
    pub(crate) name: Vec<u8>,
    /// Seconds since 1970: UTC where an extra field says it, else the clock of the
    /// machine that wrote the archive, taken as UTC.
    pub(crate) modified: Option<i64>,
    /// Length of its bytes.
    pub(crate) size: u64,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) packed: u64,
    /// Offset of its local header in the file.
    pub(super) local: u64,
    pub(super) disk: u16,
    /// Unix mode, where a Unix wrote it.
    mode: Option<u32>,
    /// MS-DOS says that it is a folder.
    folder: bool,
}

const TYPE: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const UNIX: u16 = 3;
const MACINTOSH: u16 = 19;

impl Entry {
    /// Whether it is a folder, which holds nothing itself.
    pub(crate) fn is_folder(&self) -> bool {
        let named = self.name.ends_with(b"/") || (self.folder && self.name.ends_with(b"\\"));
        self.size == 0 && (named || self.mode.is_some_and(|mode| mode & TYPE == FOLDER))
    }

    /// Whether it is a symbolic link.
    pub(super) fn is_link(&self) -> bool {
        self.mode.is_some_and(|mode| mode & TYPE == LINK)
    }

    /// Whether it is neither a file nor a folder nor a link: a device, a pipe.
    pub(super) fn is_special(&self) -> bool {
        self.mode.is_some_and(|mode| ![0, REGULAR, FOLDER, LINK].contains(&(mode & TYPE)))
    }
}

/// Reads the header that `fields` begin with; `None` if there is none.
pub(super) fn entry(fields: &mut Fields<'_>, directory: &Directory) -> Option<Entry> {
    if fields.take(4)? != HEADER {
        return None;
    }
    let host = fields.u16()? >> 8;
    fields.u16()?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    let (time, date) = (fields.u16()?, fields.u16()?);
    let checksum = fields.u32()?;
    let (packed, size) = (fields.u32()?, fields.u32()?);
    let (name_length, extra_length, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let disk = fields.u16()?;
    fields.u16()?;
    let (external, local) = (fields.u32()?, fields.u32()?);
    let raw = fields.take(name_length.into())?;
    let extra = fields.take(extra_length.into())?;
    fields.take(comment.into())?;

    let mut large = Large { packed: packed.into(), size: size.into(), local: local.into() };
    let mut modified = dos_time(date, time);
    for (id, data) in extra_fields(extra) {
        match id {
            0x0001 => large.read(data),
            // Extended timestamp, then the time of NTFS.
            0x5455 => modified = unix_time(data).or(modified),
            0x000a => modified = windows_time(data).or(modified),
            _ => {}
        }
    }
    let mode = external >> 16;
    Some(Entry {
        name: name(raw, flags, extra),
        modified,
        size: large.size,
        flags,
        method,
        checksum,
        packed: large.packed,
        local: large.local.saturating_add(directory.shift),
        disk,
        mode: (host == UNIX || host == MACINTOSH).then_some(mode),
        folder: external & 0x10 != 0,
    })
}

/// Lengths and offset, which an extra field of zip64 gives where they do not fit.
struct Large {
    packed: u64,
    size: u64,
    local: u64,
}

impl Large {
    fn read(&mut self, data: &[u8]) {
        let mut fields = Fields(data);
        for value in [&mut self.size, &mut self.packed, &mut self.local] {
            if *value == u64::from(u32::MAX) {
                *value = fields.u64().unwrap_or(*value);
            }
        }
    }
}

fn unix_time(data: &[u8]) -> Option<i64> {
    let mut fields = Fields(data);
    let stated = fields.u8()? & 1 != 0;
    let seconds = fields.u32()?;
    stated.then_some(i64::from(seconds.cast_signed()))
}

fn windows_time(data: &[u8]) -> Option<i64> {
    let mut fields = Fields(data);
    fields.u32()?;
    let (tag, length) = (fields.u16()?, fields.u16()?);
    let ticks = fields.u64()?;
    let seconds = i64::try_from(ticks / 10_000_000).ok()?.checked_sub(11_644_473_600)?;
    (tag == 1 && length >= 8 && ticks > 0).then_some(seconds)
}

fn dos_time(date: u16, time: u16) -> Option<i64> {
    let date = (1980 + i64::from(date >> 9), u32::from(date >> 5 & 15), u32::from(date & 31));
    let time = (u32::from(time >> 11), u32::from(time >> 5 & 63), u32::from(time & 31) * 2);
    crate::time::seconds(date, time)
}
