//! What the responder holds: corpus, commitment and opening store, checked against each
//! other, and what opens a leaf of it.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::commitment_files;
use super::error::ExchangeError;
use super::formats::bundle::{FamilyOpening, FileOpening, Opening, RecordOpening};
use super::formats::text::Sha256Hex;
use super::vocabularies::{self, Published};
use crate::corpus::commitment::Commitment;
use crate::corpus::document::{Reading, read_document};
use crate::corpus::error::CorpusError;
use crate::corpus::leaf::FamilyPlace;
use crate::corpus::scan::{still_a_file, to_path};
use crate::corpus::store::{Entry, Store};
use crate::corpus::tree::Tree;
use crate::field::ScalarHex;
use crate::files::directory_of;

/// A corpus with everything that opens its commitment.
#[derive(Debug)]
pub struct OpenCorpus {
    pub(super) directory: PathBuf,
    /// The folder that the public file of the commitment stands in.
    public: PathBuf,
    /// The commitment.
    pub commitment: Commitment,
    /// What opens it.
    pub store: Store,
}

impl OpenCorpus {
    /// Opens the corpus; the store must belong to the commitment.
    ///
    /// # Errors
    /// If it does not, or one of them cannot be read.
    pub fn open(directory: &Path, commitment: &Path) -> Result<Self, ExchangeError> {
        let path = commitment_files::secret_store(commitment)?;
        let public = directory_of(&commitment_files::public_file(commitment)?).to_owned();
        let commitment = commitment_files::read(commitment)?;
        let advice = "use the two files that commit-corpus wrote together";
        let store =
            Store::read(&path).map_err(|error| ExchangeError::file(&path, error, advice))?;
        store.check(&commitment).map_err(|error| ExchangeError::file(&path, error, advice))?;
        Ok(Self { directory: directory.to_owned(), public, commitment, store })
    }

    /// The files of the vocabularies that were published with the commitment.
    ///
    /// # Errors
    /// If one cannot be read, or is not the one that was published.
    pub fn vocabularies(&self) -> Result<Vec<Published>, ExchangeError> {
        vocabularies::published(&self.commitment, &self.public)
    }

    /// The document of a leaf.
    ///
    /// # Panics
    /// If the leaf is not below the number of documents.
    #[must_use]
    pub fn document(&self, leaf: u64) -> &Entry {
        &self.store.entries[leaf as usize]
    }

    /// Where a document's file is.
    #[must_use]
    pub fn path(&self, document: &Entry) -> PathBuf {
        self.directory.join(to_path(&document.location()).unwrap_or_default())
    }

    /// A document's file, to be read as a stream. Its bytes may have changed.
    ///
    /// # Errors
    /// If it is no regular file any more, or cannot be opened.
    pub fn file(&self, document: &Entry) -> Result<File, ExchangeError> {
        let path = self.path(document);
        still_a_file(&path).map_err(CorpusError::from)?;
        File::open(&path).map_err(ExchangeError::io(&path))
    }

    /// A document's file, which must be the one that was committed.
    ///
    /// # Errors
    /// If it is not.
    pub fn read(&self, document: &Entry) -> Result<Reading, ExchangeError> {
        let path = self.path(document);
        still_a_file(&path).map_err(CorpusError::from)?;
        let reading = read_document(&path)?;
        if (reading.sha256, reading.byte_length) != (document.sha256, document.byte_length) {
            let advice = "restore the file from a copy, exactly as it was committed";
            return Err(ExchangeError::file(path, "has changed since the commitment", advice));
        }
        Ok(reading)
    }
}

/// What is opened of a document whose file is handed over.
#[must_use]
pub fn opening(document: &Entry, leaf: u64, family: bool, tree: Option<&Tree>) -> Opening {
    Opening {
        leaf,
        file: Some(FileOpening {
            bytes: document.byte_length,
            sha256: Sha256Hex(document.sha256),
            salt: ScalarHex(document.salt),
        }),
        record: Some(RecordOpening {
            line: document.record.clone(),
            salt: ScalarHex(document.record_salt),
        }),
        family: family.then(|| family_opening(document)),
        view_salts: Some(document.views.iter().map(|view| ScalarHex(view.salt)).collect()),
        membership: membership(leaf, tree),
    }
}

/// What opens a document's place in its family.
#[must_use]
pub fn family_opening(document: &Entry) -> FamilyOpening {
    let FamilyPlace { id, ordinal, count } = document.family;
    FamilyOpening { id: ScalarHex(id), ordinal, count, salt: ScalarHex(document.family_salt) }
}

/// The siblings on a leaf's way to the root.
#[must_use]
pub fn membership(leaf: u64, tree: Option<&Tree>) -> Vec<ScalarHex> {
    let found = tree.and_then(|tree| tree.prove(leaf));
    found.map_or_else(Vec::new, |found| found.siblings.into_iter().map(ScalarHex).collect())
}
