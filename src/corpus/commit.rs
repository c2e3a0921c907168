//! From a directory to a public commitment and the secrets that open it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use ff::Field;
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::scan::{self, Found, ScanError};
use super::sponge::{self, Domain};
use super::store::{Entry, Store, ViewEntry};
use super::tree::{self, Membership, MembershipError, RootText, Tree};
use super::views::{self, AbsentReason, CANONICALISER_VERSION, MAX_FILE_BYTES, ViewId};
use super::{leaf, scalar_hex};
use crate::field::{self, Scalar};

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
    /// Another format.
    #[error(
        "format version {0} is not supported (this program knows {FORMAT_VERSION}); use the version of Candor that wrote it"
    )]
    Version(u32),
    /// None or too many.
    #[error("a commitment has 1 to {MAX_VIEWS} views, not {0}")]
    NumberOfViews(usize),
    /// One twice.
    #[error("the view {0} is listed twice; name each view once")]
    RepeatedView(ViewId),
    /// Empty or too long.
    #[error("the canonicaliser's name has {0} bytes, not 1 to {MAX_CANONICALISER_BYTES}")]
    CanonicaliserLength(usize),
    /// Another canonicaliser.
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
    #[serde(with = "scalar_hex")]
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
            Err(MembershipError::Root { expected: RootText(self.root), got: RootText(got) })
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

/// The corpus cannot be committed to.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The list of views.
    #[error(transparent)]
    Views(#[from] HeaderError),
    /// The directory.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// No file in it.
    #[error("{} holds no files; name the folder that holds the documents", .0.display())]
    Empty(PathBuf),
    /// A document.
    #[error("cannot read {}: {source}; make it readable or move it out, since no file is skipped", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A document that did not hold still.
    #[error("{} changed while it was read; stop whatever writes to it and start again", .0.display())]
    Changed(PathBuf),
    /// Two equal view digests: the random numbers are broken.
    #[error(
        "two documents have the same salted digest, which cannot happen with good random numbers; check the system's random number generator"
    )]
    RepeatedDigest,
}

/// A document's file as it was read once.
pub struct Reading {
    /// SHA-256 of all bytes.
    pub sha256: [u8; 32],
    /// Their number.
    pub byte_length: u64,
    /// The bytes, unless there are more than [`MAX_FILE_BYTES`].
    pub bytes: Option<Vec<u8>>,
}

impl Reading {
    /// The bytes of each view, or why there are none.
    ///
    /// # Errors
    /// The reason under the absent markers.
    pub fn canonicalise(&self, views: &[ViewId]) -> Result<Vec<Vec<u8>>, AbsentReason> {
        let bytes = self.bytes.as_ref().ok_or(AbsentReason::TooManyBytes)?;
        views::canonicalise_views(bytes, views)
    }
}

/// Reads a document, holding at most [`MAX_FILE_BYTES`] of it.
///
/// # Errors
/// If it cannot be read or changes meanwhile.
pub fn read_document(path: &Path) -> Result<Reading, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: path.to_owned(), source };
    read_opened(File::open(path).map_err(unreadable)?, path)
}

/// As [`read_document`], of a file that is open already.
pub(crate) fn read_opened(mut file: File, path: &Path) -> Result<Reading, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: path.to_owned(), source };
    let before = file.metadata().map_err(unreadable)?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let mut hasher = Sha256::new_with_prefix(&bytes);
    let mut byte_length = bytes.len() as u64;
    let bytes = (byte_length <= MAX_FILE_BYTES).then_some(bytes);
    if bytes.is_none() {
        // One byte more than there was: a file that grows would never end.
        let rest = (before.len() + 1).saturating_sub(byte_length);
        byte_length += io::copy(&mut file.by_ref().take(rest), &mut hasher).map_err(unreadable)?;
    }
    let after = file.metadata().map_err(unreadable)?;
    let touched = matches!((before.modified(), after.modified()), (Ok(a), Ok(b)) if a != b);
    if touched || before.len() != byte_length || after.len() != byte_length {
        return Err(CorpusError::Changed(path.to_owned()));
    }
    Ok(Reading { sha256: hasher.finalize().into(), byte_length, bytes })
}

/// Commits to every file under `directory` under each of `views`.
///
/// Leaves stand in a uniformly random order and every salt is a fresh uniform
/// field element, all from `rng`, which must be the operating system's or as
/// good. Documents are read in parallel, each held only while it is worked on.
/// `progress` is called with the documents done and their total, from any
/// thread.
///
/// # Errors
/// If a view list, a directory entry or a file cannot be used; the error names
/// it and nothing is committed.
pub fn commit_corpus<R, P>(
    directory: &Path,
    views: &[ViewId],
    rng: &mut R,
    progress: &P,
) -> Result<(Commitment, Store), CorpusError>
where
    R: RngCore + CryptoRng,
    P: Fn(u64, u64) + Sync + ?Sized,
{
    commit_and_look(directory, views, rng, progress, &|_, _| ())
}

/// As [`commit_corpus`]; `look` is shown each document with the bytes that were
/// read of it, in no order and from any thread.
///
/// # Errors
/// As [`commit_corpus`].
pub(crate) fn commit_and_look<R, P, L>(
    directory: &Path,
    views: &[ViewId],
    rng: &mut R,
    progress: &P,
    look: &L,
) -> Result<(Commitment, Store), CorpusError>
where
    R: RngCore + CryptoRng,
    P: Fn(u64, u64) + Sync + ?Sized,
    L: Fn(&Entry, &Reading) + Sync,
{
    let header = Header::new(views)?;
    let mut found = scan::scan(directory)?;
    if found.is_empty() {
        return Err(CorpusError::Empty(directory.to_owned()));
    }
    shuffle(&mut found, rng);
    let salted: Vec<(Found, Vec<Scalar>)> = found
        .into_iter()
        .map(|file| {
            let salts = (0..=views.len()).map(|_| Scalar::random(&mut *rng));
            (file, salts.collect())
        })
        .collect();

    let total = salted.len() as u64;
    let done = AtomicU64::new(0);
    progress(0, total);
    let entries = salted
        .into_par_iter()
        .with_max_len(1)
        .map(|(file, salts)| {
            let entry = commit_document(file, &salts, views, look)?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            Ok(entry)
        })
        .collect::<Result<Vec<Entry>, CorpusError>>()?;

    let mut digests: Vec<[u8; 32]> = entries
        .iter()
        .flat_map(|entry| entry.views.iter().map(|view| field::encode(&view.digest)))
        .collect();
    digests.par_sort_unstable();
    if digests.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(CorpusError::RepeatedDigest);
    }

    let leaves: Vec<Scalar> = entries.par_iter().map(Entry::leaf).collect();
    let tree = Tree::new(&leaves).ok_or_else(|| CorpusError::Empty(directory.to_owned()))?;
    let root = tree::corpus_root(total, tree.merkle_root(), header.digest());
    let commitment = Commitment { header: header.clone(), documents: total, root };
    Ok((commitment, Store { header, root, entries }))
}

/// `salts` are that of the file and one for each view.
fn commit_document(
    file: Found,
    salts: &[Scalar],
    views: &[ViewId],
    look: &impl Fn(&Entry, &Reading),
) -> Result<Entry, CorpusError> {
    let reading = read_document(&file.location)?;
    let canonical = reading.canonicalise(views);
    let view_salts = salts.iter().skip(1);
    let entries =
        views.iter().zip(view_salts).enumerate().map(|(i, (view, &salt))| match &canonical {
            Ok(bytes) => ViewEntry {
                salt,
                digest: sponge::view_digest(&view.to_string(), salt, &bytes[i]),
                absent: None,
            },
            Err(reason) => ViewEntry {
                salt,
                digest: leaf::absent_marker(view, *reason, salt),
                absent: Some(*reason),
            },
        });
    let entry = Entry {
        sha256: reading.sha256,
        byte_length: reading.byte_length,
        salt: salts[0],
        views: entries.collect(),
        path: file.path,
    };
    look(&entry, &reading);
    Ok(entry)
}

/// Fisher–Yates with unbiased draws.
fn shuffle<T>(items: &mut [T], rng: &mut impl RngCore) {
    for last in (1..items.len()).rev() {
        let chosen = below(last as u64 + 1, rng) as usize;
        items.swap(last, chosen);
    }
}

/// A uniform integer below `bound`, by rejection.
fn below(bound: u64, rng: &mut impl RngCore) -> u64 {
    let whole = u64::MAX - u64::MAX % bound;
    loop {
        let drawn = rng.next_u64();
        if drawn < whole {
            return drawn % bound;
        }
    }
}

#[cfg(test)]
mod tests;
