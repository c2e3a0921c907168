//! How much one item may cost.

use crate::Reason;

/// What a reader may still spend on one item. Every limit is absolute, so that
/// whether an item is read depends on its bytes alone.
///
/// A reader takes from the budget *before* it allocates or works.
#[derive(Clone, Debug)]
pub struct Budget {
    bytes: u64,
    entries: u64,
    work: u64,
}

impl Budget {
    /// Most bytes that unpacking one item may give, and most bytes of text.
    pub const BYTES: u64 = 256 << 20;
    /// Most bytes of one stream that is unpacked for its text.
    pub const STREAM_BYTES: usize = 64 << 20;
    /// Most entries, parts or pages of one item.
    pub const ENTRIES: u64 = 1 << 20;
    /// Most steps, each about as long as handling a token of the format.
    pub const WORK: u64 = 1 << 29;
    /// Bytes of stack that every thread has which reads items, so that a reader never ends
    /// a process on one machine and not on another. No item needs an eighth of it.
    pub const STACK: usize = 64 << 20;
    /// How deep items may stand inside items: each container, mail and gzip is one.
    pub const DEPTH: usize = 8;

    /// The budget of one item.
    #[must_use]
    pub fn new() -> Self {
        Self { bytes: Self::BYTES, entries: Self::ENTRIES, work: Self::WORK }
    }

    /// The budget of opening an item with all that stands inside it.
    #[must_use]
    pub fn family() -> Self {
        Self { bytes: 4 * Self::BYTES, ..Self::new() }
    }

    /// The budget of a container of `length` bytes on disk, whose entries are given one
    /// at a time: each at most [`Budget::BYTES`], all of them as many as an honest
    /// archive of that length holds.
    #[must_use]
    pub fn of_container(length: u64) -> Self {
        Self {
            bytes: Self::BYTES.max(length.saturating_mul(100)),
            entries: Self::ENTRIES,
            work: Self::WORK.max(length),
        }
    }

    /// Spends bytes of output.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if there are not as many left; then none are spent.
    pub fn take_bytes(&mut self, bytes: usize) -> Result<(), Reason> {
        take(&mut self.bytes, bytes as u64)
    }

    /// Spends entries.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if there are not as many left; then none are spent.
    pub fn take_entries(&mut self, entries: u64) -> Result<(), Reason> {
        take(&mut self.entries, entries)
    }

    /// Spends steps of work.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if there are not as many left; then none are spent.
    pub fn take_work(&mut self, steps: u64) -> Result<(), Reason> {
        take(&mut self.work, steps)
    }

    /// Bytes of output that are left: what a decompressor may write at most.
    #[must_use]
    pub fn bytes_left(&self) -> u64 {
        self.bytes
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

fn take(left: &mut u64, wanted: u64) -> Result<(), Reason> {
    *left = left.checked_sub(wanted).ok_or(Reason::TooLarge)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_not_spent() {
        let mut budget = Budget::new();
        budget.take_bytes(Budget::BYTES as usize - 1).unwrap();
        assert_eq!(budget.take_bytes(2), Err(Reason::TooLarge));
        budget.take_bytes(1).unwrap();
        assert_eq!(budget.bytes_left(), 0);
    }
}
