//! Why a corpus cannot be committed to.

use std::io;
use std::path::PathBuf;

use super::commitment::HeaderError;
use super::scan::ScanError;

/// The corpus cannot be committed to.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The list of views.
    #[error(transparent)]
    Views(#[from] HeaderError),
    /// The directory.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// No file in it.
    #[error("{} holds no files; name the folder that holds the documents", .0.display())]
    Empty(PathBuf),
    /// A document.
    #[error("cannot read {}: {source}; make it readable or move it out, since no file is skipped", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A document that did not hold still.
    #[error("{} changed while it was read; stop whatever writes to it and start again", .0.display())]
    Changed(PathBuf),
    /// Two equal view digests: the random numbers are broken.
    #[error(
        "two documents have the same salted digest, which cannot happen with good random numbers; check the system's random number generator"
    )]
    RepeatedDigest,
}
