//! Why a data file is not opened.

use std::io;

use crate::Reason;

/// Why a data file, or something in it, is not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PstError {
    /// What its bytes are the reason of.
    #[error(transparent)]
    Reason(#[from] Reason),
    /// It could not be read.
    #[error("cannot read the data file: {0}")]
    Io(#[from] io::Error),
}

impl PstError {
    /// The reason, unless the machine is to blame.
    ///
    /// # Errors
    /// The error itself.
    pub(super) fn reason(self) -> Result<Reason, Self> {
        match self {
            Self::Reason(reason) => Ok(reason),
            Self::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Reason::Damaged),
            error => Err(error),
        }
    }
}
