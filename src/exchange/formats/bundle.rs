//! What a bundle holds, and the names under which it holds it.

use serde::{Deserialize, Serialize};

use super::text::{PathText, Sha256Hex};
use crate::field::ScalarHex;

/// The first field of `bundle.json`.
pub const FORMAT: &str = "candor bundle 2";
/// Longest line of a `.jsonl` file.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 18;
/// Longest `bundle.json`.
pub(crate) const MAX_INFO_BYTES: usize = 1 << 12;
/// Longest reason of a withheld document.
pub const MAX_REASON_CHARS: usize = 200;

/// Payload files with fixed names.
pub(crate) const INFO: &str = "data/bundle.json";
/// The responder's copy of the commitment.
pub(crate) const COMMITMENT: &str = "data/commitment.json";
pub(crate) const LEAVES: &str = "data/leaves.bin";
pub(crate) const OPENINGS: &str = "data/openings.jsonl";
pub(crate) const UNREADABLE: &str = "data/unreadable.jsonl";
pub(crate) const WITHHELD: &str = "data/withheld.jsonl";
/// Payload directories.
pub(crate) const PROOFS: &str = "data/proofs";
pub(crate) const RELEASED: &str = "data/released";

/// `bundle.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleInfo {
    /// [`FORMAT`].
    pub format: String,
    /// Digest of the request it answers.
    pub request: Sha256Hex,
    /// Root of the corpus.
    pub root: ScalarHex,
    /// Number of leaves.
    pub documents: u64,
    /// Leaves with the requested view.
    pub readable: u64,
    /// Version of the argument that the proofs are of.
    pub argument: u32,
    /// Documents stacked in a lane, the responder's choice.
    pub copies: u32,
    /// Lanes of a full batch, the responder's choice.
    pub lanes: u32,
    /// Number of proofs.
    pub batches: u64,
}

/// A line of `openings.jsonl`: all that opens one released document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Leaf index.
    pub leaf: u64,
    /// The file's path in the corpus.
    pub path: PathText,
    /// Its length.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Sha256Hex,
    /// Salt of the file commitment.
    pub salt: ScalarHex,
    /// Salt of each view, in the commitment's order.
    pub view_salts: Vec<ScalarHex>,
    /// Siblings on the way from the leaf to the root, lowest first.
    pub membership: Vec<ScalarHex>,
}

/// A line of `unreadable.jsonl`: a document without the requested view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnreadableLine {
    /// Leaf index.
    pub leaf: u64,
    /// Why the view cannot be had.
    pub reason: crate::corpus::views::UnreadableReason,
    /// Salt of the marker.
    pub salt: ScalarHex,
}

/// A line of `withheld.jsonl`: a matching document that is not released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Leaf index.
    pub leaf: u64,
    /// The responder's reason.
    pub reason: String,
}

/// A line about one leaf.
pub(crate) trait Entry: Serialize + serde::de::DeserializeOwned {
    /// The leaf it is about.
    fn leaf(&self) -> u64;
    /// What is wrong with it, beyond its syntax.
    fn problem(&self) -> Option<&'static str> {
        None
    }
}

impl Entry for Opening {
    fn leaf(&self) -> u64 {
        self.leaf
    }
}

impl Entry for UnreadableLine {
    fn leaf(&self) -> u64 {
        self.leaf
    }
}

impl Entry for Withheld {
    fn leaf(&self) -> u64 {
        self.leaf
    }

    fn problem(&self) -> Option<&'static str> {
        is_reason(&self.reason).err()
    }
}

/// Whether a reason can stand in the log of withheld documents.
pub(crate) fn is_reason(reason: &str) -> Result<(), &'static str> {
    if reason.is_empty() || reason.chars().count() > MAX_REASON_CHARS {
        return Err("a reason must have 1 to 200 characters");
    }
    if reason.chars().any(char::is_control) {
        return Err("a reason must not contain control characters");
    }
    if reason.chars().any(misleads) {
        return Err(
            "a reason must not contain invisible characters that change how the text around them is shown",
        );
    }
    Ok(())
}

/// Whether a character is not seen itself but can make a report read otherwise
/// than it is written: controls of the direction of text, of lines and of
/// shaping, and marks that hide text. Joiners, which many scripts need, stay.
const fn misleads(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Name of the proof of a batch.
pub(crate) fn proof_name(batch: u64) -> String {
    format!("{PROOFS}/{batch:08}.proof")
}

impl Opening {
    /// Name of the released file: its leaf, and a harmless extension.
    #[must_use]
    pub fn file_name(&self) -> String {
        let name = self.path.0.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let mut parts = name.rsplitn(2, |b| *b == b'.');
        let extension = parts.next().unwrap_or_default();
        let has_stem = parts.next().is_some_and(|stem| !stem.is_empty());
        let harmless = has_stem
            && (1..=8).contains(&extension.len())
            && extension.iter().all(u8::is_ascii_alphanumeric);
        let extension = if harmless { extension.to_ascii_lowercase() } else { b"bin".to_vec() };
        format!("{RELEASED}/{:08}.{}", self.leaf, String::from_utf8_lossy(&extension))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Scalar;

    #[test]
    fn reasons_say_what_they_seem_to_say() {
        for good in ["privileged", "Mandat d’avocat – § 43a", "سري", "می‌خواهم", "👩‍⚖️ x"]
        {
            assert_eq!(is_reason(good), Ok(()), "{good}");
        }
        let long = "é".repeat(201);
        for bad in ["", &long, "a\tb", "a\u{7f}", "a\u{85}"] {
            assert!(is_reason(bad).is_err(), "{bad:?}");
        }
        let bidirectional = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
        let others = "\u{ad}\u{200b}\u{2028}\u{2029}\u{2060}\u{2064}\u{206f}\u{feff}\u{fff9}\u{e0001}\u{e0041}";
        for char in bidirectional.chars().chain(others.chars()) {
            assert!(is_reason(&format!("a{char}b")).is_err(), "{char:?}");
        }
    }

    #[test]
    fn released_files_have_harmless_names() {
        let name = |path: &[u8]| {
            let opening = Opening {
                leaf: 12,
                path: PathText(path.to_vec()),
                bytes: 0,
                sha256: Sha256Hex([0; 32]),
                salt: ScalarHex(Scalar::from(0)),
                view_salts: Vec::new(),
                membership: Vec::new(),
            };
            opening.file_name()
        };
        assert_eq!(name(b"a/b/scan.PNG"), "data/released/00000012.png");
        for odd in [&b"../x"[..], b".png", b"a.b/c", b"x.", b"x.p\xff", b"x.tar.toolongxx", b""] {
            assert_eq!(name(odd), "data/released/00000012.bin");
        }
    }
}
