//! What decoding a picture comes to.

use std::io;

use super::UnreadableReason;

/// What the views of a picture show.
pub(in crate::corpus::views) struct Views {
    /// The bytes of each view.
    pub(in crate::corpus::views) shown: Vec<Vec<u8>>,
    /// Columns and rows of the upright picture.
    pub(in crate::corpus::views) size: (usize, usize),
}

/// Why there are no views.
pub(in crate::corpus::views) enum Failure {
    /// By the file's own fault: the same everywhere.
    Unreadable(UnreadableReason),
    /// By the machine's.
    Machine(io::Error),
}

impl From<UnreadableReason> for Failure {
    fn from(reason: UnreadableReason) -> Self {
        Self::Unreadable(reason)
    }
}
