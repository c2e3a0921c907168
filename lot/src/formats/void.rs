//! `void.json`: a lot that ends without a drawing.

use candor::exchange::formats::bundle::is_reason;
use candor::exchange::formats::text::Sha256Hex;
use serde::{Deserialize, Serialize};

use super::filed::Artefact;

/// `void.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Void {
    /// [`Artefact::FORMAT`].
    pub format: String,
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// The nonce, if it is shown: then all see which sample was dropped.
    pub nonce: Option<Sha256Hex>,
    /// Why.
    pub reason: String,
}

impl Artefact for Void {
    const FORMAT: &'static str = "candor void 1";

    fn format(&self) -> &str {
        &self.format
    }

    fn problem(&self) -> Option<String> {
        is_reason(&self.reason).err().map(str::to_owned)
    }
}
