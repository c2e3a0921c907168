//! What is published about a corpus: `commitment.json`.

use candor_documents::EXPANDER;
use candor_documents::tokens::Scheme;
use serde::{Deserialize, Serialize};

use super::leaf::halves;
use super::sha256::Sha256Hex;
use super::tree::{self, Membership, MembershipError, Tree};
use super::views::{
    CANONICALISER_VERSION, NoVocabulary, View, ViewId, Vocabularies, VocabularyDigests,
};
use crate::field::{Scalar, ScalarHex, hex};
use crate::hash::sponge::{self, Domain};

/// The format that this crate reads and writes.
pub const FORMAT_VERSION: u32 = 2;
/// Most views in one commitment.
pub const MAX_VIEWS: usize = 16;
/// Longest `commitment.json` that is read.
pub const MAX_COMMITMENT_BYTES: u64 = 1 << 16;
/// Longest name of a canonicaliser or an expander.
pub const MAX_NAME_BYTES: usize = 255;
/// In the place of an expander's name: each file of a folder is a document, and a family
/// of its own, whatever it holds.
pub const NOT_EXPANDED: &str = "none";
/// Most lists made at collection.
pub const MAX_ACQUISITION: usize = 16;

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
    /// The rules by which the documents were taken out of each other: [`EXPANDER`] of the
    /// responder, or [`NOT_EXPANDED`] if they are the files of a folder as they were.
    pub expander: String,
    /// Digests of lists that were made when the documents were collected, at most
    /// [`MAX_ACQUISITION`]; often none.
    pub acquisition: Vec<Sha256Hex>,
    /// Digests of the vocabularies, one for each scheme of which there are views of
    /// tokens.
    #[serde(default, skip_serializing_if = "VocabularyDigests::is_empty")]
    pub vocabularies: VocabularyDigests,
}

impl Header {
    /// The header of a new commitment to files as they are, without views of tokens.
    ///
    /// # Errors
    /// If there is no view, one twice, or more than [`MAX_VIEWS`]; or one of tokens.
    pub fn new(views: &[ViewId]) -> Result<Self, HeaderError> {
        Self::with(views, VocabularyDigests::default())
    }

    /// As [`Header::new`], with the vocabularies of views of tokens.
    ///
    /// # Errors
    /// As [`Header::new`], and if there are not just the vocabularies that are needed.
    pub fn with(views: &[ViewId], vocabularies: VocabularyDigests) -> Result<Self, HeaderError> {
        let header = Self {
            format_version: FORMAT_VERSION,
            views: views.to_vec(),
            canonicaliser: CANONICALISER_VERSION.to_owned(),
            expander: NOT_EXPANDED.to_owned(),
            acquisition: Vec::new(),
            vocabularies,
        };
        header.check()?;
        Ok(header)
    }

    /// `H(HEADER, [format version, number of views, each name as one word,
    /// byte length of the canonicaliser's name, that name packed, byte length of the
    /// expander's name, that name packed, number of lists made at collection, the
    /// digest of each as two words, the digest of each vocabulary as two words])`, that
    /// of WordPiece first.
    #[must_use]
    pub fn digest(&self) -> Scalar {
        let mut words = vec![
            Scalar::from(u64::from(self.format_version)),
            Scalar::from(self.views.len() as u64),
        ];
        for view in &self.views {
            words.extend(sponge::pack(view.to_string().as_bytes()));
        }
        for name in [&self.canonicaliser, &self.expander] {
            words.push(Scalar::from(name.len() as u64));
            words.extend(sponge::pack(name.as_bytes()));
        }
        words.push(Scalar::from(self.acquisition.len() as u64));
        words.extend(self.acquisition.iter().flat_map(|digest| halves(&digest.0)));
        // The views tell which there are.
        let vocabularies =
            Scheme::ALL.into_iter().filter_map(|scheme| self.vocabularies.of(scheme));
        words.extend(vocabularies.flat_map(|digest| halves(&digest.0)));
        sponge::hash(Domain::Header, "", &words)
    }

    /// Whether the documents were taken out of each other.
    #[must_use]
    pub fn is_expanded(&self) -> bool {
        self.expander != NOT_EXPANDED
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
        let names = [("canonicaliser", &self.canonicaliser), ("expander", &self.expander)];
        for (what, name) in names {
            if name.is_empty() || name.len() > MAX_NAME_BYTES {
                return Err(HeaderError::NameLength { what, length: name.len() });
            }
        }
        if self.acquisition.len() > MAX_ACQUISITION {
            return Err(HeaderError::NumberOfLists(self.acquisition.len()));
        }
        for scheme in Scheme::ALL {
            let needed = ViewId::any_of(scheme, &self.views);
            if self.vocabularies.of(scheme).is_some() != needed {
                let scheme = scheme.name();
                return Err(if needed {
                    HeaderError::NoVocabulary(scheme)
                } else {
                    HeaderError::IdleVocabulary(scheme)
                });
            }
        }
        Ok(())
    }

    /// Whether this build makes the same views from the same files, and takes the same
    /// items out of the same items.
    ///
    /// # Errors
    /// If the commitment was made by another canonicaliser or expander.
    pub fn check_software(&self) -> Result<(), HeaderError> {
        if self.canonicaliser != CANONICALISER_VERSION {
            return Err(HeaderError::Canonicaliser(self.canonicaliser.clone()));
        }
        if self.is_expanded() && self.expander != EXPANDER {
            return Err(HeaderError::Expander(self.expander.clone()));
        }
        Ok(())
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
    /// The name of the canonicaliser or the expander is empty or too long.
    #[error("the {what}'s name has {length} bytes, not 1 to {MAX_NAME_BYTES}")]
    NameLength {
        /// Whose name.
        what: &'static str,
        /// Its bytes.
        length: usize,
    },
    /// More lists made at collection than the maximum.
    #[error("a commitment has at most {MAX_ACQUISITION} lists made at collection, not {0}")]
    NumberOfLists(usize),
    /// There are views of tokens without their vocabulary.
    #[error("views text/{0}-N have no vocabulary; give it with --vocabulary")]
    NoVocabulary(&'static str),
    /// There is a vocabulary without views of tokens.
    #[error("no view is of the {0} vocabulary; leave it out, or add a view text/{0}-N")]
    IdleVocabulary(&'static str),
    /// The views were made by another canonicaliser.
    #[error(
        "the views were made by `{0}`, this program has `{CANONICALISER_VERSION}`; use the version of Candor that made the commitment"
    )]
    Canonicaliser(String),
    /// The items were expanded by other rules.
    #[error(
        "the items were expanded by `{0}`, this program has `{EXPANDER}`; use the version of Candor that made the commitment"
    )]
    Expander(String),
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
    /// What views of tokens read by, once it is read from beside the commitment.
    #[serde(skip)]
    vocabularies: Vocabularies,
}

impl Commitment {
    /// A commitment whose vocabularies, if it has any, are not read yet.
    #[must_use]
    pub fn new(header: Header, documents: u64, root: Scalar) -> Self {
        Self { header, documents, root, vocabularies: Vocabularies::default() }
    }

    /// The same with its vocabularies.
    ///
    /// # Errors
    /// If they are not those of which the header has the digests.
    pub fn with_vocabularies(self, vocabularies: Vocabularies) -> Result<Self, OtherVocabularies> {
        if vocabularies.digests() != self.header.vocabularies {
            return Err(OtherVocabularies);
        }
        Ok(Self { vocabularies, ..self })
    }

    /// What views of tokens read by.
    #[must_use]
    pub fn vocabularies(&self) -> &Vocabularies {
        &self.vocabularies
    }

    /// The header's views with what they read by.
    ///
    /// # Errors
    /// If a vocabulary is needed that was not read.
    pub fn views(&self) -> Result<Vec<View>, NoVocabulary> {
        View::all(&self.header.views, &self.vocabularies)
    }

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

/// Vocabularies that are not those of a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the vocabularies whose digests the commitment has")]
pub struct OtherVocabularies;

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
