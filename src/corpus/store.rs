//! The opening store: the responder's secrets, without which the commitment
//! can neither be answered nor guessed.
//!
//! # Format
//! Integers little-endian, scalars as 32 canonical bytes, nothing after the
//! end, one encoding of each store:
//! ```text
//! "candor opening store\n"  magic
//! u32                       version of this format, 2
//! u32                       format version of the header
//! u8                        number of views, 1 to 16; for each:
//!   u8, bytes                 its name
//! u8, bytes                 the canonicaliser's name
//! u8, bytes                 the expander's name
//! u8                        number of lists made at collection, at most 16; for each:
//!   32 bytes                  its SHA-256
//! 32 bytes                  SHA-256 of the vocabulary, for each scheme, WordPiece first, of
//!                           which there are views of tokens
//! scalar                    root
//! u64                       number of leaves; for each, in leaf order:
//!   u8                        1 and the number of an expanded item as a u64, or 0
//!   32 bytes                  SHA-256 of the file
//!   u64                       byte length of the file
//!   scalar                    salt of the file
//!   u32, bytes                record: its one line
//!   scalar                    salt of the record
//!   scalar                    id of the family
//!   u32, u32                  ordinal in the family, its members
//!   scalar                    salt of the place in the family
//!   for each view:
//!     scalar                    salt
//!     scalar                    digest or marker
//!     u8                        0; or the number of the reason why it is unreadable;
//!                               or, if the document is outside the view, 128 more
//!                               than the number of its kind
//! ```
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use candor_documents::Record;
use candor_documents::tokens::Scheme;

use super::commitment::{Commitment, Header, HeaderError};
use super::items::item_path;
use super::leaf::{Commitments, FamilyPlace};
use super::missing::Missing;
use super::scan::is_canonical_path;
use super::sha256::Sha256Hex;
use super::views::{ViewId, VocabularyDigests};
use super::{leaf, tree};
use crate::field::{self, SCALAR_BYTES, Scalar};
use crate::files::{self, FileError};

const MAGIC: &[u8] = b"candor opening store\n";
const VERSION: u32 = 2;
/// Longest store that is read: some ten million documents.
pub const MAX_STORE_BYTES: u64 = 4 << 30;

/// All secrets of a commitment.
#[derive(Clone, PartialEq, Eq)]
pub struct Store {
    /// As in the commitment.
    pub header: Header,
    /// As in the commitment.
    pub root: Scalar,
    /// One for each leaf, in leaf order.
    pub entries: Vec<Entry>,
}

/// The secrets of one document.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number of an expanded item; `None` for a file of a plain folder, which
    /// stands under the path of its record.
    pub item: Option<u64>,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Bytes of the file.
    pub byte_length: u64,
    /// Salt of the file commitment.
    pub salt: Scalar,
    /// What is recorded of it.
    pub record: Record,
    /// Salt of the record commitment.
    pub record_salt: Scalar,
    /// Its place in its family.
    pub family: FamilyPlace,
    /// Salt of that place's commitment.
    pub family_salt: Scalar,
    /// One for each view of the header.
    pub views: Vec<ViewEntry>,
}

/// The secrets of one view of one document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ViewEntry {
    /// Salt of the digest or marker.
    pub salt: Scalar,
    /// The view digest, or the marker.
    pub digest: Scalar,
    /// Why there is no view, if there is none.
    pub missing: Option<Missing>,
}

impl Entry {
    /// The path by which the responder and released artefacts name it.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        &self.record.path.0
    }

    /// Where its bytes stand under the corpus directory; canonical.
    #[must_use]
    pub fn location(&self) -> Vec<u8> {
        match self.item {
            Some(number) => item_path(number).into_bytes(),
            None => self.record.path.0.clone(),
        }
    }

    /// What the leaf commits to beside its views.
    #[must_use]
    pub fn commitments(&self) -> Commitments {
        Commitments {
            file: leaf::file_commitment(self.salt, &self.sha256, self.byte_length),
            record: leaf::record_commitment(self.record_salt, &self.record.to_line()),
            family: self.family.commitment(self.family_salt),
        }
    }

    /// The digests under the leaf, in the order of the views.
    #[must_use]
    pub fn view_digests(&self) -> Vec<Scalar> {
        self.views.iter().map(|view| view.digest).collect()
    }

    /// The leaf.
    #[must_use]
    pub fn leaf(&self) -> Scalar {
        leaf::leaf(&self.commitments(), &self.view_digests())
    }
}

// Secrets do not reach logs or panic messages.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("header", &self.header)
            .field("documents", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").finish_non_exhaustive()
    }
}

impl fmt::Debug for ViewEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewEntry").finish_non_exhaustive()
    }
}

/// A store that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not a store, or one cut off or lengthened.
    #[error("the opening store is damaged at byte {offset}: {what}; restore it from a copy")]
    Damaged {
        /// Where reading stopped.
        offset: usize,
        /// What was wrong there.
        what: &'static str,
    },
    /// Its header.
    #[error("the opening store cannot be used: {0}")]
    Header(#[from] HeaderError),
    /// Another commitment.
    #[error(
        "the opening store belongs to another commitment; use the two files that were written together"
    )]
    OtherCommitment,
    /// Its entries do not hash to its root.
    #[error("the opening store does not open its own root; restore it from a copy")]
    WrongRoot,
}

impl Store {
    /// The leaves in order.
    #[must_use]
    pub fn leaves(&self) -> Vec<Scalar> {
        self.entries.iter().map(Entry::leaf).collect()
    }

    /// Checks that the store opens `commitment`: same header, number and root,
    /// and all markers and leaves hash to it.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, commitment: &Commitment) -> Result<(), StoreError> {
        if self.header != commitment.header
            || self.root != commitment.root
            || self.entries.len() as u64 != commitment.documents
        {
            return Err(StoreError::OtherCommitment);
        }
        let markers_fit = self.entries.iter().all(|entry| {
            self.header.views.iter().zip(&entry.views).all(|(id, view)| {
                view.missing
                    .is_none_or(|missing| leaf::marker(id, missing, view.salt) == view.digest)
            })
        });
        if markers_fit && commitment.matches_leaves(&self.leaves()) {
            Ok(())
        } else {
            Err(StoreError::WrongRoot)
        }
    }

    /// The tree over the leaves, for membership proofs.
    #[must_use]
    pub fn tree(&self) -> Option<tree::Tree> {
        tree::Tree::new(&self.leaves())
    }

    /// Writes the store, readable by its owner alone.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        files::write_atomically(path, 0o600, &self.encode())
    }

    /// Reads a store.
    ///
    /// # Errors
    /// If the file cannot be read or is not exactly a store.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        Self::decode(&files::read_capped(path, MAX_STORE_BYTES)?)
    }

    /// The bytes of the store.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(VERSION.to_le_bytes());
        out.extend(self.header.format_version.to_le_bytes());
        out.push(self.header.views.len() as u8);
        for view in &self.header.views {
            put_short(&mut out, view.to_string().as_bytes());
        }
        put_short(&mut out, self.header.canonicaliser.as_bytes());
        put_short(&mut out, self.header.expander.as_bytes());
        out.push(self.header.acquisition.len() as u8);
        self.header.acquisition.iter().for_each(|digest| out.extend(digest.0));
        let vocabularies = Scheme::ALL.map(|scheme| self.header.vocabularies.of(scheme));
        vocabularies.iter().flatten().for_each(|digest| out.extend(digest.0));
        out.extend(field::encode(&self.root));
        out.extend((self.entries.len() as u64).to_le_bytes());
        for entry in &self.entries {
            out.push(u8::from(entry.item.is_some()));
            out.extend(entry.item.iter().flat_map(|number| number.to_le_bytes()));
            out.extend(entry.sha256);
            out.extend(entry.byte_length.to_le_bytes());
            out.extend(field::encode(&entry.salt));
            let record = entry.record.to_line();
            out.extend((record.len() as u32).to_le_bytes());
            out.extend(record.as_bytes());
            out.extend(field::encode(&entry.record_salt));
            let FamilyPlace { id, ordinal, count } = entry.family;
            out.extend(field::encode(&id));
            out.extend(ordinal.to_le_bytes());
            out.extend(count.to_le_bytes());
            out.extend(field::encode(&entry.family_salt));
            for view in &entry.views {
                out.extend(field::encode(&view.salt));
                out.extend(field::encode(&view.digest));
                out.push(view.missing.map_or(0, Missing::code));
            }
        }
        out
    }

    /// Reads what [`Self::encode`] wrote, and nothing else.
    ///
    /// # Errors
    /// Where and how the bytes are not a store.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader { bytes, offset: 0 };
        if reader.take(MAGIC.len()) != Ok(MAGIC) {
            return Err(StoreError::Damaged { offset: 0, what: "not an opening store" });
        }
        reader.version()?;
        let header = reader.header()?;
        header.check()?;
        let root = reader.scalar()?;
        let count = u64::from_le_bytes(reader.array()?);
        if count == 0 {
            return reader.fail("no documents");
        }
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(reader.entry(header.views.len())?);
        }
        if reader.offset != bytes.len() {
            return reader.fail("bytes after the end");
        }
        let mut locations = BTreeSet::new();
        if !entries.iter().all(|entry| locations.insert(entry.location())) {
            return reader.fail("a file is listed twice");
        }
        Ok(Self { header, root, entries })
    }
}

/// A name of at most 255 bytes, as headers guarantee.
fn put_short(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(bytes.len() as u8);
    out.extend(bytes);
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// At most the number of bytes.
    offset: usize,
}

#[derive(Debug, PartialEq)]
struct Damage {
    offset: usize,
    what: &'static str,
}

impl From<Damage> for StoreError {
    fn from(Damage { offset, what }: Damage) -> Self {
        Self::Damaged { offset, what }
    }
}

impl<'a> Reader<'a> {
    fn damage(&self, what: &'static str) -> Damage {
        Damage { offset: self.offset, what }
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, StoreError> {
        Err(self.damage(what).into())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let taken = self
            .offset
            .checked_add(length)
            .and_then(|end| Some((end, self.bytes.get(self.offset..end)?)));
        let Some((end, taken)) = taken else {
            return Err(self.damage("unexpected end of file"));
        };
        self.offset = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn scalar(&mut self) -> Result<Scalar, Damage> {
        let bytes = self.array::<SCALAR_BYTES>()?;
        field::decode(&bytes).ok_or(self.damage("not a canonical field element"))
    }

    fn short_text(&mut self) -> Result<&'a str, Damage> {
        let [length] = self.array()?;
        let bytes = self.take(usize::from(length))?;
        std::str::from_utf8(bytes).map_err(|_| self.damage("text that is not UTF-8"))
    }

    fn version(&mut self) -> Result<(), Damage> {
        if u32::from_le_bytes(self.array()?) == VERSION {
            Ok(())
        } else {
            Err(self.damage("a version that this program does not know"))
        }
    }

    fn header(&mut self) -> Result<Header, Damage> {
        let format_version = u32::from_le_bytes(self.array()?);
        let [count] = self.array()?;
        let mut views = Vec::new();
        for _ in 0..count {
            let view: Result<ViewId, _> = self.short_text()?.parse();
            views.push(view.map_err(|_| self.damage("not a view"))?);
        }
        let canonicaliser = self.short_text()?.to_owned();
        let expander = self.short_text()?.to_owned();
        let [count] = self.array()?;
        let mut acquisition = Vec::new();
        for _ in 0..count {
            acquisition.push(Sha256Hex(self.array()?));
        }
        let mut digest = |scheme| {
            let needed = ViewId::any_of(scheme, &views);
            needed.then(|| self.array().map(Sha256Hex)).transpose()
        };
        let vocabularies =
            VocabularyDigests { wordpiece: digest(Scheme::WordPiece)?, bpe: digest(Scheme::Bpe)? };
        Ok(Header { format_version, views, canonicaliser, expander, acquisition, vocabularies })
    }

    fn entry(&mut self, views: usize) -> Result<Entry, Damage> {
        let item = match self.array()? {
            [0] => None,
            [1] => Some(u64::from_le_bytes(self.array()?)),
            _ => return Err(self.damage("neither an item nor a file")),
        };
        let sha256 = self.array()?;
        let byte_length = u64::from_le_bytes(self.array()?);
        let salt = self.scalar()?;
        let record = self.record()?;
        if item.is_none() && !is_canonical_path(&record.path.0) {
            return Err(self.damage("not a relative path"));
        }
        let record_salt = self.scalar()?;
        let family = FamilyPlace {
            id: self.scalar()?,
            ordinal: u32::from_le_bytes(self.array()?),
            count: u32::from_le_bytes(self.array()?),
        };
        if !family.is_possible() {
            return Err(self.damage("not a place in a family"));
        }
        let family_salt = self.scalar()?;
        let mut entries = Vec::new();
        for _ in 0..views {
            let (salt, digest) = (self.scalar()?, self.scalar()?);
            let [code] = self.array()?;
            let missing = match code {
                0 => None,
                code => Some(Missing::from_code(code).ok_or(self.damage("an unknown reason"))?),
            };
            entries.push(ViewEntry { salt, digest, missing });
        }
        Ok(Entry {
            item,
            sha256,
            byte_length,
            salt,
            record,
            record_salt,
            family,
            family_salt,
            views: entries,
        })
    }

    fn record(&mut self) -> Result<Record, Damage> {
        let length = u32::from_le_bytes(self.array()?);
        let length =
            usize::try_from(length).map_err(|_| self.damage("a record that is too long"))?;
        let line = std::str::from_utf8(self.take(length)?).ok();
        line.and_then(Record::parse).ok_or(self.damage("not a record"))
    }
}

#[cfg(test)]
mod tests;
