//! Files that are read more than once.
//!
//! A bundle may stand where someone else can write while the judge reads it.
//! So each reading hashes what it reads, to the end of the file, and a later
//! reading counts only if it found what the first one found.

use std::io::{self, BufRead, BufReader, Read, Take};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::content::Content;
use crate::exchange::error::ExchangeError;

/// What a whole file held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    /// SHA-256 of its bytes.
    pub(crate) digest: [u8; 32],
    /// Their number.
    pub(crate) length: u64,
}

impl Seal {
    /// That of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { digest: Sha256::digest(bytes).into(), length: bytes.len() as u64 }
    }
}

/// Hashes what passes through.
#[derive(Debug)]
struct Hashing {
    /// One byte more than the file had when it was opened, so that a file that
    /// grows cannot keep the judge for ever.
    input: Take<Content>,
    hasher: Sha256,
    length: u64,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.length = self.length.saturating_add(count as u64);
        Ok(count)
    }
}

/// One reading of a file from its beginning to its end.
#[derive(Debug)]
pub(crate) struct Reading {
    path: PathBuf,
    input: BufReader<Hashing>,
}

impl Reading {
    /// Begins to read a file that has `length` bytes now.
    pub(crate) fn new(path: PathBuf, file: Content, length: u64) -> Self {
        let input = file.take(length.saturating_add(1));
        let hashing = Hashing { input, hasher: Sha256::new(), length: 0 };
        Self { path, input: BufReader::with_capacity(1 << 16, hashing) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The next line with its newline, cut after `cap` bytes; empty at the end.
    pub(crate) fn line(&mut self, cap: usize) -> Result<Vec<u8>, ExchangeError> {
        let mut bytes = Vec::new();
        let mut input = Read::by_ref(&mut self.input).take(cap as u64);
        input.read_until(b'\n', &mut bytes).map_err(ExchangeError::io(&self.path))?;
        Ok(bytes)
    }

    /// Reads what is left and gives the seal of the whole.
    pub(crate) fn seal(mut self) -> Result<Seal, ExchangeError> {
        io::copy(&mut self.input, &mut io::sink()).map_err(ExchangeError::io(&self.path))?;
        let Hashing { hasher, length, .. } = self.input.into_inner();
        Ok(Seal { digest: hasher.finalize().into(), length })
    }

    /// Reads what is left; the whole must be what an earlier reading found.
    pub(crate) fn expect(self, seal: Seal) -> Result<(), ExchangeError> {
        let path = self.path.clone();
        if self.seal()? == seal { Ok(()) } else { Err(ExchangeError::Changed(path)) }
    }
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    fn reading(path: &Path) -> Reading {
        let file = File::open(path).unwrap();
        let length = file.metadata().unwrap().len();
        Reading::new(path.to_owned(), Content::File(file), length)
    }

    #[test]
    fn a_reading_counts_only_if_it_finds_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let put = |bytes: &[u8]| std::fs::write(&path, bytes).unwrap();
        put(b"one\ntwo\n");
        let seal = reading(&path).seal().unwrap();
        assert_eq!(seal, Seal::of(b"one\ntwo\n"));
        // Read in part or not at all, the whole is compared.
        for lines in 0..4 {
            let mut again = reading(&path);
            for _ in 0..lines {
                again.line(64).unwrap();
            }
            again.expect(seal).unwrap();
        }
        for other in [&b"one\ntwo"[..], b"", b"one\ntwo\n\n", b"one\ntwO\n"] {
            put(other);
            let error = reading(&path).expect(seal).unwrap_err();
            assert!(matches!(&error, ExchangeError::Changed(found) if *found == path), "{error}");
        }
    }

    #[test]
    fn a_file_that_grows_is_left_after_one_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        std::fs::write(&path, b"one\n").unwrap();
        let again = reading(&path);
        std::fs::write(&path, b"one\ntwo\nthree\n").unwrap();
        assert_eq!(again.seal().unwrap().length, 5);
    }
}
