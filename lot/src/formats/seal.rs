//! `seal.json`: the bundle that the responder fixes, without knowing the nonce.

use candor::exchange::formats::text::Sha256Hex;
use candor::field::ScalarHex;
use serde::{Deserialize, Serialize};

use super::filed::Artefact;

/// `seal.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// [`Artefact::FORMAT`].
    pub format: String,
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Root of the corpus.
    pub root: ScalarHex,
    /// Digest of the request that the bundle answers, as in the lot.
    pub request: Option<Sha256Hex>,
    /// SHA-256 of the bundle's `tagmanifest-sha256.txt`; none for a lot over the root.
    pub bundle: Option<Sha256Hex>,
    /// 32 fresh bytes, so that the judge cannot have chosen the sample.
    pub salt: Sha256Hex,
}

impl Artefact for Seal {
    const FORMAT: &'static str = "candor seal 1";

    fn format(&self) -> &str {
        &self.format
    }

    fn problem(&self) -> Option<String> {
        (self.request.is_some() != self.bundle.is_some())
            .then(|| "a request without a bundle, or a bundle without a request".into())
    }
}
