//! What is known of an item beside its bytes.

use std::io::{self, Read, Write};

use candor_documents::{Content, Kind, Listed, Name, Record};
use md5::Md5;
use sha2::{Digest, Sha256};

/// What is known of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::exchange) struct Item {
    pub(in crate::exchange) record: Record,
    /// Its number within its family.
    pub(in crate::exchange) ordinal: u32,
    pub(in crate::exchange) kind: Kind,
    pub(in crate::exchange) digests: Digests,
    pub(in crate::exchange) mih: Option<[u8; 16]>,
}

/// Digests of bytes, and their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::exchange) struct Digests {
    pub(in crate::exchange) bytes: u64,
    pub(in crate::exchange) sha256: [u8; 32],
    pub(in crate::exchange) md5: [u8; 16],
}

/// Counts and hashes what is written through it.
pub(in crate::exchange) struct Hashing<W> {
    pub(in crate::exchange) sink: W,
    bytes: u64,
    sha256: Sha256,
    md5: Md5,
}

impl<W: Write> Hashing<W> {
    pub(in crate::exchange) fn new(sink: W) -> Self {
        Self { sink, bytes: 0, sha256: Sha256::new(), md5: Md5::new() }
    }

    /// The digests of what was written, and where it went.
    pub(in crate::exchange) fn finish(self) -> (Digests, W) {
        let (sha256, md5) = (self.sha256.finalize().into(), self.md5.finalize().into());
        (Digests { bytes: self.bytes, sha256, md5 }, self.sink)
    }

    /// Copies all that a reader gives.
    pub(in crate::exchange) fn copy(&mut self, mut from: impl Read) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 20];
        loop {
            let count = match from.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.write_all(buffer.get(..count).unwrap_or_default())?;
        }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.sink.write(bytes)?;
        let written = bytes.get(..count).unwrap_or_default();
        self.sha256.update(written);
        self.md5.update(written);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// EDRM message id hash: MD5 of the message id with its angle brackets.
pub(in crate::exchange) fn mih(kind: Kind, read: Option<&Content>) -> Option<[u8; 16]> {
    let mail = matches!(kind, Kind::Mail | Kind::Msg);
    let id = read.filter(|_| mail)?.meta.message_id.as_ref()?;
    Some(Md5::digest(id).into())
}

impl Item {
    /// The item's line, given what only its place in the list tells.
    pub(in crate::exchange) fn listed(
        &self,
        item: u64,
        top: u64,
        count: u32,
        container: Option<u64>,
    ) -> Listed {
        Listed {
            item,
            top,
            ordinal: self.ordinal,
            count,
            container,
            record: self.record.clone(),
            kind: self.kind,
            bytes: self.digests.bytes,
            sha256: hex::encode(self.digests.sha256),
            md5: hex::encode(self.digests.md5),
            mih: self.mih.map(hex::encode),
        }
    }
}

/// A path as text in lists.
pub(in crate::exchange) fn text(path: &[u8]) -> String {
    Name(path.to_vec()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_of_all_that_is_copied() {
        let mut hashing = Hashing::new(Vec::new());
        hashing.copy(&b"abc"[..]).unwrap();
        let (digests, copy) = hashing.finish();
        assert_eq!((digests.bytes, copy.as_slice()), (3, &b"abc"[..]));
        assert_eq!(hex::encode(digests.md5), "900150983cd24fb0d6963f7d28e17f72");
    }
}
