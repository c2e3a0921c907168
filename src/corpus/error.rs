//! Why a corpus cannot be committed to.

use std::io;
use std::path::PathBuf;

use super::commitment::{HeaderError, OtherVocabularies};
use super::items::ItemsError;
use super::scan::ScanError;
use super::views::NoVocabulary;
use crate::files::explain;

/// The corpus cannot be committed to.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The list of views cannot be used.
    #[error(transparent)]
    Views(#[from] HeaderError),
    /// A view of tokens has no vocabulary.
    #[error("{0}; give it with --vocabulary")]
    NoVocabulary(#[from] NoVocabulary),
    /// The vocabularies are not those of the header.
    #[error("{0}; commit anew")]
    OtherVocabularies(#[from] OtherVocabularies),
    /// The directory could not be scanned.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The directory holds no file.
    #[error("{} holds no files; name the folder that holds the documents", .0.display())]
    Empty(PathBuf),
    /// A document could not be read.
    #[error("cannot read {}: {}; no file is skipped, so make it readable or move it out of the folder", path.display(), explain(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder of expanded items.
    #[error(transparent)]
    Items(#[from] ItemsError),
    /// An item is not the one that was listed.
    #[error("{} has changed since it was expanded; restore it, or expand the documents anew", .0.display())]
    OtherItem(PathBuf),
    /// What is recorded of a document is too long: its path.
    #[error("the path of {} is too long to be recorded; rename it", .0.display())]
    LongRecord(PathBuf),
    /// A document changed while it was read.
    #[error("{} changed while it was read; stop whatever writes to it and start again", .0.display())]
    Changed(PathBuf),
    /// Two equal view digests: the random numbers are broken.
    #[error(
        "two documents have the same salted digest, which cannot happen with good random numbers; check the system's random number generator"
    )]
    RepeatedDigest,
}
