//! The judge copy: what is opened to the judge alone, so that the judge can read again
//! what the program withholds.
//!
//! A folder, or an archive of one, beside the bundle that it is about: [`INFO`],
//! [`OPENINGS`], and under [`FILES`] the bytes of each document that is opened, by leaf.

use serde::{Deserialize, Serialize};

use super::text::Sha256Hex;
use crate::field::ScalarHex;

/// The first field of `judge-copy.json`.
pub const FORMAT: &str = "candor judge copy 1";
/// What the copy is about.
pub const INFO: &str = "judge-copy.json";
/// A line for each document, as in a bundle's openings of released files without their
/// families.
pub const OPENINGS: &str = "openings.jsonl";
/// The folder of the documents' bytes.
pub const FILES: &str = "files";

/// `judge-copy.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeCopyInfo {
    /// [`FORMAT`].
    pub format: String,
    /// Root of the corpus.
    pub root: ScalarHex,
    /// Digest of the request that is answered.
    pub request: Sha256Hex,
    /// Digest of the bundle's `manifest-sha256.txt`.
    pub bundle: Sha256Hex,
    /// Documents that are opened.
    pub documents: u64,
}

/// Name of a document's bytes: no word of its own name.
#[must_use]
pub fn file_name(leaf: u64) -> String {
    format!("{FILES}/{leaf:08}")
}
