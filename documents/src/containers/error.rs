//! Why a container is not opened.

use std::io;

use thiserror::Error;

use crate::Reason;

/// Why a container is not opened, or not to its end.
#[derive(Debug, Error)]
pub enum OpenError {
    /// What its bytes are the reason of.
    #[error(transparent)]
    Reason(#[from] Reason),
    /// It could not be read.
    #[error("cannot read the container: {0}")]
    Io(#[from] io::Error),
}

impl OpenError {
    /// The reason, where the bytes are in memory, so that reading does not fail.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Reason(reason) => reason,
            Self::Io(_) => Reason::Damaged,
        }
    }
}
