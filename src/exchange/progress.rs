//! How long work tells that it goes on.

/// Told by the library what goes on; the library itself prints nothing.
pub trait Progress: Sync {
    /// A stage of `total` units begins.
    fn stage(&self, name: &str, total: u64);
    /// So many units are done.
    fn advance(&self, units: u64);
    /// What the work will take, before it begins.
    #[cfg(feature = "prove")]
    fn estimate(&self, _estimate: &super::respond::Estimate) {}
    /// What is being done just now within the stage.
    fn note(&self, _text: &str) {}
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _total: u64) {}
    fn advance(&self, _units: u64) {}
}
