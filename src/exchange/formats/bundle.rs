//! What a bundle holds, and the names under which it holds it.

use serde::{Deserialize, Serialize};

use candor_documents::tokens::Scheme;
use candor_documents::{CoarseKind, Record};

pub use super::basis::{
    Bases, Basis, BasisError, ByProgram, CARRIES, Claim, MAX_OTHER_CHARS, OTHER, PRODUCED,
    PRODUCED_CLASS,
};
pub(crate) use super::entry::Entry;
use super::text::Sha256Hex;
pub(crate) use super::withheld::SUBSTITUTES;
pub use super::withheld::{
    LogEntry, MAX_LONG_CHARS, MAX_SHORT_CHARS, Segregable, Substitute, Withheld,
};
use super::words::{self, NO_EXTENSION, harmless_extension};
use crate::corpus::leaf::FamilyPlace;
use crate::corpus::scan::{MAX_PATH_BYTES, is_walked_path};
use crate::field::ScalarHex;

/// The first field of `bundle.json`.
pub const FORMAT: &str = "candor bundle 4";
/// Longest line of a `.jsonl` file.
pub const MAX_LINE_BYTES: usize = 1 << 19;
/// Longest `bundle.json`.
pub(crate) const MAX_INFO_BYTES: usize = 1 << 12;

/// Payload files with fixed names.
pub(crate) const INFO: &str = "data/bundle.json";
/// The responder's copy of the commitment.
pub(crate) const COMMITMENT: &str = "data/commitment.json";
pub(crate) const LEAVES: &str = "data/leaves.bin";
pub(crate) const OPENINGS: &str = "data/openings.jsonl";
pub(crate) const OUTSIDE: &str = "data/outside.jsonl";
pub(crate) const SUBSTITUTE_LIST: &str = "data/substitutes.jsonl";
pub(crate) const UNREADABLE: &str = "data/unreadable.jsonl";
pub(crate) const WITHHELD: &str = "data/withheld.jsonl";
/// The vocabularies of a commitment with views of tokens, beside the copy of it.
pub(crate) const WORDPIECE: &str = "data/wordpiece.vocabulary";
pub(crate) const BPE: &str = "data/bpe.vocabulary";
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

/// A line of `openings.jsonl`: what is opened of one leaf. Either its file, record and
/// views, with or without its place in a family; or that place alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Leaf index.
    pub leaf: u64,
    /// Opens the file commitment.
    pub file: Option<FileOpening>,
    /// Opens the record commitment.
    pub record: Option<RecordOpening>,
    /// Opens the commitment to the place in a family.
    pub family: Option<FamilyOpening>,
    /// Salt of each view, in the commitment's order, where the file is opened.
    pub view_salts: Option<Vec<ScalarHex>>,
    /// Siblings on the way from the leaf to the root, lowest first.
    pub membership: Vec<ScalarHex>,
}

/// What opens a file commitment; the bytes are beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileOpening {
    /// Its length.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Sha256Hex,
    /// Salt of the commitment.
    pub salt: ScalarHex,
}

/// What opens a record commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordOpening {
    /// The record.
    pub line: Record,
    /// Salt of the commitment.
    pub salt: ScalarHex,
}

/// What opens the commitment to a place in a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyOpening {
    /// What all members share.
    pub id: ScalarHex,
    /// The member's number; the top item has 0.
    pub ordinal: u32,
    /// Members of the family.
    pub count: u32,
    /// Salt of the commitment.
    pub salt: ScalarHex,
}

impl FamilyOpening {
    /// The place that it opens.
    #[must_use]
    pub fn place(&self) -> FamilyPlace {
        FamilyPlace { id: self.id.0, ordinal: self.ordinal, count: self.count }
    }
}

/// What is opened of a leaf whose file is released.
#[derive(Clone, Copy, Debug)]
pub struct Released<'a> {
    /// Leaf index.
    pub leaf: u64,
    /// Of the file.
    pub file: &'a FileOpening,
    /// Of the record.
    pub record: &'a RecordOpening,
    /// Of each view.
    pub view_salts: &'a [ScalarHex],
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

/// A line of `outside.jsonl`: a document of a kind that the requested view does not
/// read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideLine {
    /// Leaf index.
    pub leaf: u64,
    /// Of what kind it is, coarsely; the responder's word unless the file is released.
    pub kind: CoarseKind,
    /// Salt of the marker.
    pub salt: ScalarHex,
}

impl Entry for Opening {
    fn leaf(&self) -> u64 {
        self.leaf
    }

    fn problem(&self) -> Option<&'static str> {
        let parts = [self.file.is_some(), self.record.is_some(), self.view_salts.is_some()];
        if parts.iter().any(|part| *part != parts[0]) {
            return Some("an opening of a part of file, record and views");
        }
        if !parts[0] && self.family.is_none() {
            return Some("an opening of nothing");
        }
        if self.family.is_some_and(|family| !family.place().is_possible()) {
            return Some("an opening of a place that no family has");
        }
        self.record.as_ref().and_then(|opening| problem_of_record(&opening.line))
    }
}

/// What is wrong with a record that a leaf may commit to. Paths of loose files are what
/// a walk of a folder gives; those of expanded items hold the names that their
/// containers give, whatever these are.
fn problem_of_record(record: &Record) -> Option<&'static str> {
    if record.to_line().len() > Record::MAX_BYTES {
        return Some("a record that is too long");
    }
    let path = &record.path.0;
    let loose = record.container.is_none() && record.parent.is_none();
    if loose && !is_walked_path(path) {
        return Some("a path of a loose file that no folder can hold");
    }
    (path.is_empty() || path.len() > MAX_PATH_BYTES).then_some("a path of no length, or too long")
}

impl Entry for OutsideLine {
    fn leaf(&self) -> u64 {
        self.leaf
    }
}

impl Entry for UnreadableLine {
    fn leaf(&self) -> u64 {
        self.leaf
    }
}

/// Whether a text of a party, of at most 200 characters, can stand in a report as it seems
/// to be.
///
/// # Errors
/// What is wrong with it.
pub fn is_reason(reason: &str) -> Result<(), &'static str> {
    words::check(reason, MAX_OTHER_CHARS)
}

/// Name of the vocabulary of a scheme.
pub(crate) const fn vocabulary_name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::WordPiece => WORDPIECE,
        Scheme::Bpe => BPE,
    }
}

/// Name of the proof of a batch.
pub(crate) fn proof_name(batch: u64) -> String {
    format!("{PROOFS}/{batch:08}.proof")
}

impl Opening {
    /// Reads a line of openings in its one spelling.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of_line(line: &[u8]) -> Result<Self, String> {
        if line.len() > MAX_LINE_BYTES {
            return Err("a line that is too long".to_owned());
        }
        let opening: Self = super::json::from_line(line)?;
        opening.problem().map_or(Ok(opening), |problem| Err(problem.to_owned()))
    }

    /// What is opened of a leaf whose file is released; `None` if it is not.
    #[must_use]
    pub fn released(&self) -> Option<Released<'_>> {
        let (file, record) = (self.file.as_ref()?, self.record.as_ref()?);
        let view_salts = self.view_salts.as_deref()?;
        Some(Released { leaf: self.leaf, file, record, view_salts })
    }

    /// Name of the released file, if one is.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        self.released().map(|released| released.file_name())
    }
}

impl Released<'_> {
    /// Name of the released file: its leaf, and a harmless extension.
    #[must_use]
    pub fn file_name(&self) -> String {
        let path = &self.record.line.path.0;
        let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let mut parts = name.rsplitn(2, |b| *b == b'.');
        let extension = parts.next().unwrap_or_default();
        let has_stem = parts.next().is_some_and(|stem| !stem.is_empty());
        let harmless = if has_stem { harmless_extension(extension) } else { None };
        let extension = harmless.unwrap_or_else(|| NO_EXTENSION.to_owned());
        format!("{RELEASED}/{:08}.{extension}", self.leaf)
    }
}

#[cfg(test)]
mod tests {
    use ff::Field;

    use super::*;
    use crate::field::Scalar;

    const SALT: ScalarHex = ScalarHex(Scalar::ZERO);

    fn opening(path: &[u8]) -> Opening {
        Opening {
            leaf: 12,
            file: Some(FileOpening { bytes: 0, sha256: Sha256Hex([0; 32]), salt: SALT }),
            record: Some(RecordOpening { line: Record::of_file(path.to_vec()), salt: SALT }),
            family: None,
            view_salts: Some(Vec::new()),
            membership: Vec::new(),
        }
    }

    #[test]
    fn released_files_have_harmless_names() {
        let name = |path: &[u8]| opening(path).released().unwrap().file_name();
        assert_eq!(name(b"a/b/scan.PNG"), "data/released/00000012.png");
        for odd in [&b"../x"[..], b".png", b"a.b/c", b"x.", b"x.p\xff", b"x.tar.toolongxx", b""] {
            assert_eq!(name(odd), "data/released/00000012.bin");
        }
    }

    #[test]
    fn an_opening_opens_a_file_or_a_place() {
        let family = FamilyOpening { id: SALT, ordinal: 0, count: 1, salt: SALT };
        let whole = Opening { family: Some(family), ..opening(b"a") };
        assert_eq!(whole.problem(), None);
        assert_eq!(opening(b"a").problem(), None);
        let place = Opening { file: None, record: None, view_salts: None, ..whole.clone() };
        assert_eq!(place.problem(), None);
        for wrong in [
            Opening { file: None, ..whole.clone() },
            Opening { record: None, ..whole.clone() },
            Opening { view_salts: None, ..whole.clone() },
            Opening { family: None, ..place.clone() },
            Opening { family: Some(FamilyOpening { ordinal: 1, ..family }), ..place.clone() },
            Opening { family: Some(FamilyOpening { count: 65_537, ..family }), ..place },
        ] {
            assert!(wrong.problem().is_some(), "{wrong:?}");
        }
        for path in [&b"../a"[..], b"", b"/a", b"a\0b"] {
            assert!(opening(path).problem().is_some(), "{path:?}");
        }
        // What an archive names its entries is not what a folder can hold.
        let mut entry = opening(b"a.zip/../x");
        entry.record.as_mut().unwrap().line.container = Some("a.zip".parse().unwrap());
        assert_eq!(entry.problem(), None);
    }
}
