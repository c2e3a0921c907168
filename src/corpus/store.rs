//! The opening store: the responder's secrets, without which the commitment
//! can neither be answered nor guessed.
//!
//! # Format
//! Integers little-endian, scalars as 32 canonical bytes, nothing after the
//! end, one encoding of each store:
//! ```text
//! "candor opening store\n"  magic
//! u32                       version of this format, 1
//! u32                       format version of the header
//! u8                        number of views, 1 to 16; for each:
//!   u8, bytes                 its name
//! u8, bytes                 the canonicaliser's name
//! scalar                    root
//! u64                       number of leaves; for each, in leaf order:
//!   u32, bytes                relative path
//!   32 bytes                  SHA-256 of the file
//!   u64                       byte length of the file
//!   scalar                    salt of the file
//!   for each view:
//!     scalar                    salt
//!     scalar                    digest or unreadable marker
//!     u8                        0, or the code of the reason for unreadable
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

use super::commitment::{Commitment, Header, HeaderError};
use super::scan::is_canonical_path;
use super::views::{UnreadableReason, ViewId};
use super::{leaf, tree};
use crate::field::{self, SCALAR_BYTES, Scalar};
use crate::files::{self, FileError};

const MAGIC: &[u8] = b"candor opening store\n";
const VERSION: u32 = 1;
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
    /// The path under the corpus directory; canonical.
    pub path: Vec<u8>,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Bytes of the file.
    pub byte_length: u64,
    /// Salt of the file commitment.
    pub salt: Scalar,
    /// One for each view of the header.
    pub views: Vec<ViewEntry>,
}

/// The secrets of one view of one document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ViewEntry {
    /// Salt of the digest or marker.
    pub salt: Scalar,
    /// The view digest, or the unreadable marker.
    pub digest: Scalar,
    /// Why there is no view, if there is none.
    pub unreadable: Option<UnreadableReason>,
}

impl Entry {
    /// The file commitment.
    #[must_use]
    pub fn file_commitment(&self) -> Scalar {
        leaf::file_commitment(self.salt, &self.sha256, self.byte_length, &self.path)
    }

    /// The digests under the leaf, in the order of the views.
    #[must_use]
    pub fn view_digests(&self) -> Vec<Scalar> {
        self.views.iter().map(|view| view.digest).collect()
    }

    /// The leaf.
    #[must_use]
    pub fn leaf(&self) -> Scalar {
        leaf::leaf(self.file_commitment(), &self.view_digests())
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
                view.unreadable.is_none_or(|reason| {
                    leaf::unreadable_marker(id, reason, view.salt) == view.digest
                })
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
        out.extend(field::encode(&self.root));
        out.extend((self.entries.len() as u64).to_le_bytes());
        for entry in &self.entries {
            out.extend((entry.path.len() as u32).to_le_bytes());
            out.extend(&entry.path);
            out.extend(entry.sha256);
            out.extend(entry.byte_length.to_le_bytes());
            out.extend(field::encode(&entry.salt));
            for view in &entry.views {
                out.extend(field::encode(&view.salt));
                out.extend(field::encode(&view.digest));
                out.push(view.unreadable.map_or(0, UnreadableReason::code));
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
        let mut paths = BTreeSet::new();
        if !entries.iter().all(|entry| paths.insert(&entry.path)) {
            return reader.fail("a path is listed twice");
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
        Ok(Header { format_version, views, canonicaliser })
    }

    fn entry(&mut self, views: usize) -> Result<Entry, Damage> {
        let length = u32::from_le_bytes(self.array()?);
        let length = usize::try_from(length).map_err(|_| self.damage("a path that is too long"))?;
        let path = self.take(length)?.to_vec();
        if !is_canonical_path(&path) {
            return Err(self.damage("not a relative path"));
        }
        let sha256 = self.array()?;
        let byte_length = u64::from_le_bytes(self.array()?);
        let salt = self.scalar()?;
        let mut entries = Vec::new();
        for _ in 0..views {
            let (salt, digest) = (self.scalar()?, self.scalar()?);
            let [code] = self.array()?;
            let unreadable = match code {
                0 => None,
                code => Some(
                    UnreadableReason::from_code(code).ok_or(self.damage("an unknown reason"))?,
                ),
            };
            entries.push(ViewEntry { salt, digest, unreadable });
        }
        Ok(Entry { path, sha256, byte_length, salt, views: entries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> Store {
        let view: ViewId = "image/gray-2x2".parse().unwrap();
        let header = Header::new(&[view]).unwrap();
        let marker = leaf::unreadable_marker(&view, UnreadableReason::Corrupt, Scalar::from(5));
        let entry = |path: &[u8], digest, unreadable| Entry {
            path: path.to_vec(),
            sha256: [7; 32],
            byte_length: 9,
            salt: Scalar::from(3),
            views: vec![ViewEntry { salt: Scalar::from(5), digest, unreadable }],
        };
        let mut store = Store {
            root: Scalar::from(0),
            entries: vec![
                entry(b"a/b", Scalar::from(8), None),
                entry(b"\xff", marker, Some(UnreadableReason::Corrupt)),
            ],
            header,
        };
        let top = store.tree().unwrap().merkle_root();
        store.root = tree::corpus_root(2, top, store.header.digest());
        store
    }

    fn commitment(store: &Store) -> Commitment {
        Commitment {
            header: store.header.clone(),
            documents: store.entries.len() as u64,
            root: store.root,
        }
    }

    #[test]
    fn round_trips_and_opens_its_commitment() {
        let store = store();
        let read = Store::decode(&store.encode()).unwrap();
        assert!(read == store);
        read.check(&commitment(&store)).unwrap();
    }

    #[test]
    fn is_for_the_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("opening.store");
        store().write(&path).unwrap();
        assert!(Store::read(&path).unwrap() == store());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn truncated_or_lengthened_bytes_are_refused() {
        let bytes = store().encode();
        for end in 0..bytes.len() {
            assert!(Store::decode(&bytes[..end]).is_err(), "{end}");
        }
        let mut long = bytes.clone();
        long.push(0);
        let error = Store::decode(&long).unwrap_err().to_string();
        assert!(error.contains("bytes after the end"), "{error}");
    }

    #[test]
    fn every_accepted_byte_string_is_the_encoding_of_what_it_means() {
        let bytes = store().encode();
        for i in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[i] ^= flip;
                if let Ok(store) = Store::decode(&bytes) {
                    assert_eq!(store.encode(), bytes, "{i}");
                }
            }
        }
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let encoded = |change: fn(&mut Store)| {
            let mut store = store();
            change(&mut store);
            Store::decode(&store.encode())
        };
        assert!(encoded(|_| ()).is_ok());
        assert!(encoded(|store| store.entries[0].path = b"../x".to_vec()).is_err());
        assert!(encoded(|store| store.entries[0].path = b"\xff".to_vec()).is_err());
        assert!(encoded(|store| store.entries.clear()).is_err());
        assert!(encoded(|store| store.header.views.clear()).is_err());

        let mut bytes = store().encode();
        let last = bytes.len() - 1;
        bytes[last] = 99;
        assert!(Store::decode(&bytes).is_err());
        // The digest before it: all ones is above the modulus.
        let mut bytes = store().encode();
        bytes[last - 32..last].fill(0xff);
        assert!(Store::decode(&bytes).is_err());
        // A number of leaves far beyond what follows.
        let mut bytes = store().encode();
        let count = bytes.windows(8).position(|w| w == 2u64.to_le_bytes());
        bytes[count.unwrap() + 7] = 0xff;
        assert!(Store::decode(&bytes).is_err());
    }

    #[test]
    fn another_commitment_or_a_changed_entry_is_noticed() {
        let store = store();
        let mut other = commitment(&store);
        other.documents = 3;
        assert!(matches!(store.check(&other), Err(StoreError::OtherCommitment)));
        let changes: [fn(&mut Entry); 4] = [
            |entry| entry.byte_length += 1,
            |entry| entry.salt += Scalar::from(1),
            |entry| entry.views[0].unreadable = Some(UnreadableReason::NotAnImage),
            |entry| entry.views[0].salt += Scalar::from(1),
        ];
        for change in changes {
            let mut changed = store.clone();
            change(&mut changed.entries[1]);
            assert!(matches!(changed.check(&commitment(&store)), Err(StoreError::WrongRoot)));
        }
    }

    #[test]
    fn debug_tells_no_secret() {
        let store = store();
        let text = format!("{store:?} {:?} {:?}", store.entries, store.entries[0].views);
        assert!(!text.contains("salt") && !text.contains("path") && !text.contains("a/b"));
    }
}
