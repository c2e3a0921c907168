//! Reading and writing the files of a lot: document JSON, each in its one encoding.

use std::path::{Path, PathBuf};

use candor::exchange::ExchangeError;
use candor::exchange::formats::json;
use candor::exchange::formats::text::Sha256Hex;
use candor::files::{read_capped, write_atomically};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// A file of a lot.
pub trait Artefact: Serialize + DeserializeOwned {
    /// Its first field.
    const FORMAT: &'static str;
    /// More bytes than any such file has.
    const MAX_BYTES: u64 = 1 << 20;

    /// What its first field says.
    fn format(&self) -> &str;

    /// What is wrong with it, beyond its syntax.
    fn problem(&self) -> Option<String>;
}

/// A file of a lot, with its bytes: digests and signatures are of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed<T> {
    /// What it says.
    pub value: T,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// [`digest`] of its format and its bytes.
    pub digest: Sha256Hex,
}

impl<T: Artefact> Filed<T> {
    /// The one encoding of a value.
    #[must_use]
    pub fn of(value: T) -> Self {
        let bytes = json::to_document(&value);
        let digest = digest(T::FORMAT, &bytes);
        Self { value, bytes, digest }
    }

    /// Reads the bytes of such a file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        let value: T = json::from_document(&bytes)?;
        if value.format() != T::FORMAT {
            return Err(format!("it is of the format `{}`", value.format()));
        }
        match value.problem() {
            Some(problem) => Err(problem),
            None => Ok(Self { digest: digest(T::FORMAT, &bytes), value, bytes }),
        }
    }

    /// Reads a file that the other party wrote.
    ///
    /// # Errors
    /// A [`ExchangeError::Mismatch`] if it is not such a file; another error if it cannot
    /// be read.
    pub fn theirs(path: &Path) -> Result<Self, ExchangeError> {
        Self::parse(read_capped(path, T::MAX_BYTES)?).map_err(|problem| {
            let expected = format!("a file of the format `{}`", T::FORMAT);
            ExchangeError::mismatch(path.display(), expected, problem)
        })
    }

    /// Reads a file of one's own.
    ///
    /// # Errors
    /// If it cannot be read, or is not such a file.
    pub fn own(path: &Path) -> Result<Self, ExchangeError> {
        Self::parse(read_capped(path, T::MAX_BYTES)?).map_err(|problem| {
            let problem = format!("is no file of the format `{}`: {problem}", T::FORMAT);
            ExchangeError::file(path, problem, "restore it from a copy")
        })
    }

    /// Writes it whole or not at all; nothing is overwritten.
    ///
    /// # Errors
    /// If something is there already, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ExchangeError> {
        if path.symlink_metadata().is_ok() {
            let advice = "choose another name, or move the old one away";
            return Err(ExchangeError::file(path, "already exists", advice));
        }
        Ok(write_atomically(path, 0o644, &self.bytes)?)
    }
}

/// `D(kind, bytes)`: SHA-256 of the format, a newline, the number of bytes and the bytes.
/// A file of one kind never has the digest of another's.
#[must_use]
pub fn digest(kind: &str, bytes: &[u8]) -> Sha256Hex {
    let mut hasher = Sha256::new();
    hasher.update(kind.as_bytes());
    hasher.update(b"\n");
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
    Sha256Hex(hasher.finalize().into())
}

/// Where the signature of a file stands: beside it, under its name with `.sig`.
#[must_use]
pub fn signature_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_length_are_under_the_digest() {
        // SHA-256 of "candor lot 1\n" ‖ 02 00 00 00 00 00 00 00 ‖ "{}".
        let mut bytes = b"candor lot 1\n".to_vec();
        bytes.extend([2, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(b"{}");
        assert_eq!(digest("candor lot 1", b"{}").0, <[u8; 32]>::from(Sha256::digest(bytes)));
        assert_ne!(digest("candor lot 1", b"{}"), digest("candor seal 1", b"{}"));
    }
}
