//! Reads a manifest in step with the files that it lists.

use super::{Bag, failed, line};
use crate::exchange::error::{ExchangeError, Stop};
use crate::exchange::formats::sealed::{Reading, Seal};

/// Most lines in which files with fixed names stand that come before the proofs.
const FIRST: usize = 6;
/// Longest line that is looked at in search of one of them.
const MAX_LINE_BYTES: usize = 1 << 10;

/// The digest of a file in the text of a manifest, if a line is about it.
pub(super) fn digest_in(text: &[u8], name: &str) -> Option<[u8; 32]> {
    text.split_inclusive(|byte| *byte == b'\n').find_map(|found| {
        let digits = found.first_chunk::<64>()?;
        let mut digest = [0; 32];
        hex::decode_to_slice(digits, &mut digest).ok()?;
        (line(&digest, name).as_bytes() == found).then_some(digest)
    })
}

/// A manifest, read in step with the files that it lists.
pub(crate) struct ManifestReader {
    name: &'static str,
    input: Reading,
}

impl ManifestReader {
    pub(super) fn open(bag: &Bag, name: &'static str) -> Result<Self, Stop> {
        Ok(Self { name, input: bag.reading(name)? })
    }

    pub(super) fn expect(&mut self, digest: &[u8; 32], name: &str) -> Result<(), Stop> {
        let expected = line(digest, name);
        let found = self.input.line(expected.len())?;
        if found != expected.as_bytes() {
            // Escaped, since the difference may be in the end of the line.
            let found = String::from_utf8_lossy(&found);
            return Err(failed(self.name, expected.escape_default(), found.escape_default()));
        }
        Ok(())
    }

    /// The digest in the next line, which was found to be about `name` when the
    /// manifest was read before.
    pub(crate) fn digest_of(&mut self, name: &str) -> Result<[u8; 32], ExchangeError> {
        let cap = line(&[0; 32], name).len();
        let found = self.input.line(cap)?;
        digest_in(&found, name).ok_or_else(|| ExchangeError::Changed(self.input.path().to_owned()))
    }

    /// The digest of a file that is among the first [`FIRST`] of the manifest.
    pub(super) fn find(&mut self, name: &str) -> Result<[u8; 32], Stop> {
        for _ in 0..FIRST {
            let found = self.input.line(MAX_LINE_BYTES)?;
            if let Some(digest) = digest_in(&found, name) {
                return Ok(digest);
            }
        }
        Err(failed(self.name, format!("a line for {name}"), "none"))
    }

    /// The file as it was read, to be compared with other readings of it.
    pub(crate) fn into_reading(self) -> Reading {
        self.input
    }

    pub(super) fn end(mut self) -> Result<Seal, Stop> {
        let rest = self.input.line(1)?;
        if !rest.is_empty() {
            return Err(failed(self.name, "the end", "more lines"));
        }
        Ok(self.input.seal()?)
    }
}
