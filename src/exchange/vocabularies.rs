//! The vocabularies of views of tokens: taken from a file that is given, published beside
//! `commitment.json`, and read from there.

use std::path::{Path, PathBuf};

use candor_documents::tokens::{MAX_IMPORT_BYTES, Scheme, Vocabulary, import, needs_merges};

use super::error::ExchangeError;
use super::formats::sealed::Seal;
use crate::corpus::commitment::Commitment;
use crate::corpus::sha256::Sha256Hex;
use crate::corpus::views::{View, ViewId, Vocabularies};
use crate::files::{directory_of, read_capped, write_atomically};
#[cfg(feature = "issue")]
use crate::model::onnx::Metadata;
#[cfg(feature = "issue")]
use crate::printable::printable;

/// Where the merges of a `vocab.json` stand, beside it.
const MERGES: [&str; 2] = ["merges.txt", "vocab.bpe"];

/// What to do about a vocabulary that is not there, or another.
const BESIDE: &str = "keep the vocabulary beside commitment.json, as the responder published both";

/// The name of a vocabulary beside `commitment.json`.
#[must_use]
pub fn file_name(scheme: Scheme) -> String {
    format!("{}.vocabulary", scheme.name())
}

/// Vocabularies that were given, with the files to publish.
#[derive(Debug, Default)]
pub struct Given {
    /// The vocabularies.
    pub vocabularies: Vocabularies,
    files: Vec<(Scheme, Vec<u8>)>,
}

impl Given {
    /// Reads vocabularies of Candor's own or of another format, at most one for each
    /// scheme.
    ///
    /// # Errors
    /// If one cannot be read, or there are two of one scheme.
    pub fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Self, ExchangeError> {
        let mut given = Self::default();
        for path in paths.iter().map(AsRef::as_ref) {
            let (vocabulary, file) = of_file(path)?;
            let scheme = vocabulary.scheme();
            given.vocabularies.add(vocabulary).map_err(|_| {
                let problem = format!("is a second {} vocabulary", scheme.name());
                let advice = "give one; a commitment has one for each kind of view";
                ExchangeError::file(path, problem, advice)
            })?;
            given.files.push((scheme, file));
        }
        Ok(given)
    }

    /// Writes the files that are published into a folder.
    ///
    /// # Errors
    /// If one cannot be written.
    pub(super) fn write(&self, folder: &Path) -> Result<(), ExchangeError> {
        for (scheme, file) in &self.files {
            write_atomically(&folder.join(file_name(*scheme)), 0o666, file)?;
        }
        Ok(())
    }
}

fn of_file(path: &Path) -> Result<(Vocabulary, Vec<u8>), ExchangeError> {
    let file = read_capped(path, MAX_IMPORT_BYTES)?;
    let merges = if needs_merges(&file) { merges(path)? } else { None };
    import(&file, merges.as_deref()).map_err(|error| {
        let advice = "give a tokenizer.json or vocab.txt of WordPiece as BERT has it, a tokenizer.json of byte-level BPE or a vocab.json with merges.txt beside it, or a vocabulary that a commitment was published with";
        ExchangeError::file(path, error, advice)
    })
}

fn merges(path: &Path) -> Result<Option<Vec<u8>>, ExchangeError> {
    let places = MERGES.map(|name| directory_of(path).join(name));
    let found = places.iter().find(|place| place.is_file());
    found.map(|place| Ok(read_capped(place, MAX_IMPORT_BYTES)?)).transpose()
}

/// The commitment with the vocabularies that stand in a folder, if it needs any.
pub(super) fn beside(commitment: Commitment, folder: &Path) -> Result<Commitment, ExchangeError> {
    let mut vocabularies = Vocabularies::default();
    for Published { scheme, path, file } in published(&commitment, folder)? {
        let wrong = |problem: String| ExchangeError::file(&path, problem, BESIDE);
        let vocabulary = Vocabulary::read(&file).map_err(|error| wrong(error.to_string()))?;
        let found = vocabulary.scheme();
        if found != scheme || vocabularies.add(vocabulary).is_err() {
            let [expected, found] = [scheme, found].map(Scheme::name);
            return Err(wrong(format!("is a {found} vocabulary, not one of {expected}")));
        }
    }
    let advice = "give the folder that the responder published";
    commitment
        .with_vocabularies(vocabularies)
        .map_err(|error| ExchangeError::file(folder, error, advice))
}

/// A file beside a commitment that has the digest which the commitment states.
#[derive(Clone, Debug)]
pub struct Published {
    /// Of which views it is the vocabulary.
    pub scheme: Scheme,
    /// Where it stands.
    pub path: PathBuf,
    /// Its bytes.
    pub file: Vec<u8>,
}

/// The files of the vocabularies that stand beside a commitment in a folder.
pub(super) fn published(
    commitment: &Commitment,
    folder: &Path,
) -> Result<Vec<Published>, ExchangeError> {
    let digests = commitment.header.vocabularies;
    let stated = Scheme::ALL.into_iter().filter_map(|scheme| Some((scheme, digests.of(scheme)?)));
    let read = |(scheme, expected): (Scheme, Sha256Hex)| {
        let path = folder.join(file_name(scheme));
        let file = read_capped(&path, Vocabulary::MAX_BYTES)?;
        if Seal::of(&file).digest != expected.0 {
            let problem = format!("is not the vocabulary of the commitment, {expected}");
            return Err(ExchangeError::file(&path, problem, BESIDE));
        }
        Ok(Published { scheme, path, file })
    };
    stated.map(read).collect()
}

/// A view with its vocabulary.
pub(super) fn view(id: ViewId, vocabularies: &Vocabularies) -> Result<View, ExchangeError> {
    View::new(id, vocabularies).map_err(|error| {
        let advice = "give --vocabulary, or --commitment with the vocabulary beside it";
        ExchangeError::input("--view", error, advice)
    })
}

/// Vocabularies for a question about documents at hand: those given, or those of a
/// commitment.
///
/// # Errors
/// If they cannot be read.
pub fn given_or_committed(
    given: Option<&Path>,
    commitment: Option<&Path>,
) -> Result<Vocabularies, ExchangeError> {
    match (given, commitment) {
        (Some(path), _) => Ok(Given::read(&[path])?.vocabularies),
        (None, Some(path)) => Ok(super::commitment_files::read(path)?.vocabularies().clone()),
        (None, None) => Ok(Vocabularies::default()),
    }
}

#[cfg(feature = "issue")]
/// The vocabulary is the one that the model says it was trained with, if it says so.
pub(super) fn check_said(model: &Path, said: &Metadata, view: &View) -> Result<(), ExchangeError> {
    let Some((said, found)) = said.vocabulary.as_ref().zip(view.vocabulary()) else {
        return Ok(());
    };
    let found = Sha256Hex(found.digest()).to_string();
    if *said == found {
        return Ok(());
    }
    let problem = format!("was trained with the vocabulary {}, not {found}", printable(said));
    let advice =
        "ask for a commitment under the model's vocabulary, or train the model with this one";
    Err(ExchangeError::file(model, problem, advice))
}
