//! What is published about a corpus: `commitment.json`.

use serde::{Deserialize, Serialize};

use super::tree::{self, Membership, MembershipError, Tree};
use super::views::{CANONICALISER_VERSION, ViewId};
use crate::field::{Scalar, ScalarHex, hex};
use crate::hash::sponge::{self, Domain};

/// The format that this crate reads and writes.
pub const FORMAT_VERSION: u32 = 1;
/// Most views in one commitment.
pub const MAX_VIEWS: usize = 16;
/// Longest `commitment.json` that is read.
pub const MAX_COMMITMENT_BYTES: u64 = 1 << 16;
/// Longest name of a canonicaliser.
pub const MAX_CANONICALISER_BYTES: usize = 255;

/// What all leaves have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The views, distinct, in the order of their digests under a leaf.
    pub views: Vec<ViewId>,
    /// [`CANONICALISER_VERSION`] of the responder.
    pub canonicaliser: String,
}

impl Header {
    /// The header of a new commitment.
    ///
    /// # Errors
    /// If there is no view, one twice, or more than [`MAX_VIEWS`].
    pub fn new(views: &[ViewId]) -> Result<Self, HeaderError> {
        let header = Self {
            format_version: FORMAT_VERSION,
            views: views.to_vec(),
            canonicaliser: CANONICALISER_VERSION.to_owned(),
        };
        header.check()?;
        Ok(header)
    }

    /// `H(HEADER, [format version, number of views, each name as one word,
    /// byte length of the canonicaliser's name, that name packed])`.
    #[must_use]
    pub fn digest(&self) -> Scalar {
        let mut words = vec![
            Scalar::from(u64::from(self.format_version)),
            Scalar::from(self.views.len() as u64),
        ];
        for view in &self.views {
            words.extend(sponge::pack(view.to_string().as_bytes()));
        }
        words.push(Scalar::from(self.canonicaliser.len() as u64));
        words.extend(sponge::pack(self.canonicaliser.as_bytes()));
        sponge::hash(Domain::Header, "", &words)
    }

    /// Whether this is a header that the format allows.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), HeaderError> {
        if self.format_version != FORMAT_VERSION {
            return Err(HeaderError::Version(self.format_version));
        }
        if self.views.is_empty() || self.views.len() > MAX_VIEWS {
            return Err(HeaderError::NumberOfViews(self.views.len()));
        }
        for (position, view) in self.views.iter().enumerate() {
            if self.views.iter().take(position).any(|other| other == view) {
                return Err(HeaderError::RepeatedView(*view));
            }
        }
        let length = self.canonicaliser.len();
        if length == 0 || length > MAX_CANONICALISER_BYTES {
            return Err(HeaderError::CanonicaliserLength(length));
        }
        Ok(())
    }

    /// Whether this build makes the same views from the same files.
    ///
    /// # Errors
    /// If the commitment was made by another canonicaliser.
    pub fn check_canonicaliser(&self) -> Result<(), HeaderError> {
        if self.canonicaliser == CANONICALISER_VERSION {
            Ok(())
        } else {
            Err(HeaderError::Canonicaliser(self.canonicaliser.clone()))
        }
    }
}

/// A header that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Unknown format version.
    #[error(
        "format version {0} is not supported (this program knows {FORMAT_VERSION}); use the version of Candor that wrote it"
    )]
    Version(u32),
    /// No views, or more than the maximum.
    #[error("a commitment has 1 to {MAX_VIEWS} views, not {0}")]
    NumberOfViews(usize),
    /// The same view twice.
    #[error("the view {0} is listed twice; name each view once")]
    RepeatedView(ViewId),
    /// The name of the canonicaliser is empty or too long.
    #[error("the canonicaliser's name has {0} bytes, not 1 to {MAX_CANONICALISER_BYTES}")]
    CanonicaliserLength(usize),
    /// The views were made by another canonicaliser.
    #[error(
        "the views were made by `{0}`, this program has `{CANONICALISER_VERSION}`; use the version of Candor that made the commitment"
    )]
    Canonicaliser(String),
}

/// `commitment.json`: all that the responder publishes about the corpus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// What all leaves have in common.
    pub header: Header,
    /// Number of leaves, at least 1.
    pub documents: u64,
    /// The root over number, leaves and header.
    #[serde(with = "hex")]
    pub root: Scalar,
}

impl Commitment {
    /// Parses the one spelling that [`Self::to_json`] writes.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_json(bytes: &[u8]) -> Result<Self, CommitmentError> {
        if bytes.len() as u64 > MAX_COMMITMENT_BYTES {
            return Err(CommitmentError::TooLong(bytes.len()));
        }
        let commitment: Self = serde_json::from_slice(bytes)?;
        commitment.header.check()?;
        if commitment.documents == 0 {
            return Err(CommitmentError::Empty);
        }
        if commitment.to_json().as_bytes() != bytes {
            return Err(CommitmentError::NotCanonical);
        }
        Ok(commitment)
    }

    /// The canonical text: indented JSON, fields in order, one final newline.
    ///
    /// # Panics
    /// Never: the type has no map and no float.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("plain structs serialise");
        text.push('\n');
        text
    }

    /// Whether `leaves`, all of them in order, are those committed to.
    #[must_use]
    pub fn matches_leaves(&self, leaves: &[Scalar]) -> bool {
        leaves.len() as u64 == self.documents
            && Tree::new(leaves).is_some_and(|tree| {
                let digest = self.header.digest();
                tree::corpus_root(self.documents, tree.merkle_root(), digest) == self.root
            })
    }

    /// Checks that `leaf` stands where the proof says.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check_membership(
        &self,
        leaf: Scalar,
        proof: &Membership,
    ) -> Result<(), MembershipError> {
        let merkle_root = proof.merkle_root(leaf, self.documents)?;
        let got = tree::corpus_root(self.documents, merkle_root, self.header.digest());
        if got == self.root {
            Ok(())
        } else {
            Err(MembershipError::Root { expected: ScalarHex(self.root), got: ScalarHex(got) })
        }
    }
}

/// A text that is no commitment.
#[derive(Debug, thiserror::Error)]
pub enum CommitmentError {
    /// Over [`MAX_COMMITMENT_BYTES`].
    #[error("a commitment has at most {MAX_COMMITMENT_BYTES} bytes, not {0}")]
    TooLong(usize),
    /// Not the expected JSON.
    #[error("not a commitment: {0}")]
    Json(#[from] serde_json::Error),
    /// A header that the format does not allow.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// No leaves.
    #[error("a commitment to no documents is not valid")]
    Empty,
    /// The same values in another spelling.
    #[error(
        "not in the canonical form (order of fields, spacing, final newline); use the file as the responder wrote it"
    )]
    NotCanonical,
}
