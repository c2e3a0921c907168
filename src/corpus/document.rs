//! A document's file, read once.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::CorpusError;
use super::views::{self, MAX_FILE_BYTES, UnreadableReason, ViewId};

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
    /// The bytes of each view, or why there are none.
    ///
    /// # Errors
    /// The reason under the unreadable markers.
    pub fn canonicalise(&self, views: &[ViewId]) -> Result<Vec<Vec<u8>>, UnreadableReason> {
        let bytes = self.bytes.as_ref().ok_or(UnreadableReason::TooManyBytes)?;
        views::canonicalise_views(bytes, views)
    }
}

/// Reads a document, holding at most [`MAX_FILE_BYTES`] of it.
///
/// # Errors
/// If it cannot be read or changes meanwhile.
pub fn read_document(path: &Path) -> Result<Reading, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: path.to_owned(), source };
    read_opened(File::open(path).map_err(unreadable)?, path)
}

/// As [`read_document`], of a file that is open already.
pub(crate) fn read_opened(mut file: File, path: &Path) -> Result<Reading, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: path.to_owned(), source };
    let before = file.metadata().map_err(unreadable)?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let mut hasher = Sha256::new_with_prefix(&bytes);
    let mut byte_length = bytes.len() as u64;
    let bytes = (byte_length <= MAX_FILE_BYTES).then_some(bytes);
    if bytes.is_none() {
        // One byte more than there was: a file that grows would never end.
        let rest = (before.len() + 1).saturating_sub(byte_length);
        byte_length += io::copy(&mut file.by_ref().take(rest), &mut hasher).map_err(unreadable)?;
    }
    let after = file.metadata().map_err(unreadable)?;
    let touched = matches!((before.modified(), after.modified()), (Ok(a), Ok(b)) if a != b);
    if touched || before.len() != byte_length || after.len() != byte_length {
        return Err(CorpusError::Changed(path.to_owned()));
    }
    Ok(Reading { sha256: hasher.finalize().into(), byte_length, bytes })
}
