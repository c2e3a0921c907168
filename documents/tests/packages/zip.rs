//! Writes zip archives, as one needs them for tests.

/// An entry as it is written down.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) flags: u16,
    pub(crate) method: u16,
    /// Length that it states.
    pub(crate) size: u32,
    /// Upper half of the external attributes.
    pub(crate) mode: u16,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        Self { name, bytes, flags: 1 << 11, method: 0, size: bytes.len() as u32, mode: 0o100_644 }
    }
}

/// An archive of these entries.
pub(crate) fn write(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = out.len() as u32;
        let mut middle = Vec::new();
        for value in [20, entry.flags, entry.method, 0, 0x4eae] {
            middle.extend_from_slice(&u16::to_le_bytes(value));
        }
        let checksum = crc32fast::hash(entry.bytes);
        for value in [checksum, entry.bytes.len() as u32, entry.size, entry.name.len() as u32] {
            middle.extend_from_slice(&value.to_le_bytes());
        }
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&middle);
        out.extend_from_slice(entry.name.as_bytes());
        out.extend_from_slice(entry.bytes);
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend_from_slice(&middle);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(u32::from(entry.mode) << 16).to_le_bytes());
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(entry.name.as_bytes());
    }
    let offset = out.len() as u32;
    out.extend_from_slice(&directory);
    out.extend_from_slice(&end(entries.len() as u16, directory.len() as u32, offset, 0));
    out
}

/// An end record.
pub(crate) fn end(entries: u16, length: u32, offset: u32, comment: u16) -> Vec<u8> {
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend_from_slice(&[entries.to_le_bytes(), entries.to_le_bytes()].concat());
    end.extend_from_slice(&[length.to_le_bytes(), offset.to_le_bytes()].concat());
    end.extend_from_slice(&comment.to_le_bytes());
    end
}

/// An archive of parts.
pub(crate) fn package<B: AsRef<[u8]>>(parts: &[(&str, B)]) -> Vec<u8> {
    let entries: Vec<_> =
        parts.iter().map(|(name, part)| Entry::new(name, part.as_ref())).collect();
    write(&entries)
}
