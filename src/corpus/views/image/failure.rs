//! What decoding a picture comes to.

use std::io;

use super::UnreadableReason;

/// The bytes of each view.
pub(in crate::corpus::views) type Views = Vec<Vec<u8>>;

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
