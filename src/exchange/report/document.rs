//! The outcome of one released file.

use serde::Serialize;

use super::{Outcome, RootSource};
use crate::exchange::error::Failure;
use crate::exchange::formats::text::{Name, Sha256Hex};
use crate::field::ScalarHex;

/// What is proved of one released file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DocumentReport {
    /// Verified or failed.
    pub outcome: Outcome,
    /// Its leaf.
    pub leaf: Option<u64>,
    /// Its path in the corpus.
    pub path: Option<Name>,
    /// Its digest.
    pub sha256: Sha256Hex,
    /// The root under which it stands.
    pub root: ScalarHex,
    /// Where the root is from.
    pub root_source: RootSource,
    /// Why it failed.
    pub failure: Option<Failure>,
}
