//! Files that operating systems add to a folder that was looked at, or to an
//! archive that was made of it.
//!
//! They are no part of the bundle and say nothing of the responder's honesty:
//! the judge names them, and never opens them.

use std::sync::{Mutex, PoisonError};

use crate::corpus::junk::Junk;

/// Names that a report repeats.
const NAMED: usize = 10;

/// What was left aside.
#[derive(Debug, Default)]
pub(super) struct LeftAside(Mutex<(Vec<String>, u64)>);

impl LeftAside {
    /// Whether a file or folder of this name is left aside.
    pub(super) fn takes(&self, name: &str) -> bool {
        if !Junk::is_left_at(name) {
            return false;
        }
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.1 = found.1.saturating_add(1);
        if found.0.len() < NAMED {
            found.0.push(name.to_owned());
        }
        true
    }

    /// The first names, and how many there are.
    pub(super) fn found(&self) -> (Vec<String>, u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
