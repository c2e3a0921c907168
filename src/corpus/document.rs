//! A document's file, read once.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::CorpusError;
use super::views::{self, MAX_FILE_BYTES, Shown, UnreadableReason, ViewId};

/// A document's file as it was read once.
pub struct Reading {
    /// SHA-256 of all bytes.
    pub sha256: [u8; 32],
    /// Their number.
    pub byte_length: u64,
    /// The bytes, unless there are more than [`MAX_FILE_BYTES`].
    pub bytes: Option<Vec<u8>>,
}

impl Reading {
    /// What each view shows of the file, in the order of `views`.
    #[must_use]
    pub fn canonicalise(&self, views: &[ViewId]) -> Vec<Shown> {
        match &self.bytes {
            Some(bytes) => views::canonicalise_views(bytes, views),
            None => vec![Err(UnreadableReason::TooManyBytes); views.len()],
        }
    }

    /// What one view shows of the file.
    ///
    /// # Errors
    /// The reason under the unreadable marker.
    pub fn canonicalise_one(&self, view: &ViewId) -> Shown {
        let bytes = self.bytes.as_ref().ok_or(UnreadableReason::TooManyBytes)?;
        views::canonicalise_file(bytes, view)
    }
}

/// Reads a document, holding at most [`MAX_FILE_BYTES`] of it.
///
/// # Errors
/// If it cannot be read or changes meanwhile.
pub fn read_document(path: &Path) -> Result<Reading, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let before = file.metadata().map_err(unreadable)?;
    let reading = read_content(&mut file, before.len(), path)?;
    let after = file.metadata().map_err(unreadable)?;
    let touched = matches!((before.modified(), after.modified()), (Ok(a), Ok(b)) if a != b);
    if touched || after.len() != reading.byte_length {
        return Err(CorpusError::Changed(path.to_owned()));
    }
    Ok(reading)
}

/// As [`read_document`], of bytes that are `length` in number, from wherever.
pub(crate) fn read_content(
    input: &mut impl Read,
    length: u64,
    path: &Path,
) -> Result<Reading, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    input.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let mut hasher = Sha256::new_with_prefix(&bytes);
    let mut byte_length = bytes.len() as u64;
    let bytes = (byte_length <= MAX_FILE_BYTES).then_some(bytes);
    if bytes.is_none() {
        // One byte more than there was: a file that grows would never end.
        let rest = (length + 1).saturating_sub(byte_length);
        byte_length += io::copy(&mut input.take(rest), &mut hasher).map_err(unreadable)?;
    }
    if byte_length != length {
        return Err(CorpusError::Changed(path.to_owned()));
    }
    Ok(Reading { sha256: hasher.finalize().into(), byte_length, bytes })
}
