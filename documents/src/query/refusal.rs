//! Why a search is refused.

use std::{fmt, ops::Range};

/// Why a search is not understood, and what it may have meant. Nothing is guessed: who
/// wrote it chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where, in bytes of the line.
    pub at: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// Ways to write what may have been meant.
    pub readings: Vec<String>,
}

impl Refusal {
    pub(super) fn new(at: Range<usize>, what: impl Into<String>) -> Self {
        Self { at, what: what.into(), readings: Vec::new() }
    }

    pub(super) fn or(mut self, reading: impl Into<String>) -> Self {
        self.readings.push(reading.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.at.start, self.what)?;
        for (count, reading) in self.readings.iter().enumerate() {
            f.write_str(if count == 0 { "; write " } else { " or " })?;
            f.write_str(reading)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
