//! What `opened.age` holds: one tar of regular files, encrypted to the lot's recipient.
//!
//! ```text
//! manifest-sha256.txt
//! openings.jsonl
//! missing.jsonl
//! files/00000012 …
//! ```
//!
//! The manifest stands first and has a line `DIGEST␣␣NAME⏎` for each file after it, in
//! their order. `openings.jsonl` has a line for each document that is opened, as a
//! bundle's has for a released one with its family; `files/LEAF` has its bytes.

use candor::exchange::formats::text::Sha256Hex;

use super::opened::MissingLeaf;

/// SHA-256 of each file that follows.
pub const MANIFEST: &str = "manifest-sha256.txt";
/// A line for each document that is opened, leaves ascending.
pub const OPENINGS: &str = "openings.jsonl";
/// A line for each that was to be opened and is not, leaves ascending: [`MissingLeaf`].
pub const MISSING: &str = "missing.jsonl";
/// The folder of the documents' bytes.
pub const FILES: &str = "files";

/// Name of a document's bytes: no word of its own name.
#[must_use]
pub fn file_name(leaf: u64) -> String {
    format!("{FILES}/{leaf:08}")
}

/// A line of the manifest.
#[must_use]
pub fn manifest_line(digest: Sha256Hex, name: &str) -> String {
    format!("{digest}  {name}\n")
}

/// The bytes of `missing.jsonl`.
#[must_use]
pub fn missing_lines(missing: &[MissingLeaf]) -> Vec<u8> {
    missing.iter().flat_map(candor::exchange::formats::json::to_line).collect()
}
