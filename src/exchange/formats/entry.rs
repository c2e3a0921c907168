//! Lines of lists about leaves.

use serde::Serialize;

/// A line about one leaf.
pub(crate) trait Entry: Serialize + serde::de::DeserializeOwned {
    /// The leaf it is about.
    fn leaf(&self) -> u64;
    /// What is wrong with it, beyond its syntax.
    fn problem(&self) -> Option<&'static str> {
        None
    }
}
