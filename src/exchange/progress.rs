//! Progress reporting for long-running operations.

/// Is told what the library does; the library itself prints nothing.
pub trait Progress: Sync {
    /// A stage of `total` units begins.
    fn stage(&self, name: &str, total: u64);
    /// `units` more units are done.
    fn advance(&self, units: u64);
    /// What is being done just now within the stage.
    fn note(&self, _text: &str) {}
    /// What is kept if the command is stopped from here on, and how to go on.
    fn if_stopped(&self, _text: &str) {}
}

/// Discards all progress.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _total: u64) {}
    fn advance(&self, _units: u64) {}
}
