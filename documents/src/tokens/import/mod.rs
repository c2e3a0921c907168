//! Vocabularies as other programs write them.
//!
//! Taken are Hugging Face's `tokenizer.json`, BERT's `vocab.txt`, and GPT-2's `vocab.json`
//! with `merges.txt`. What would make other tokens than the rules here is refused.

mod hugging_face;
mod lists;
mod model;

use super::vocabulary::{Vocabulary, VocabularyError};

/// Longest file that is taken.
pub const MAX_IMPORT_BYTES: u64 = 32 << 20;

/// A file from which no vocabulary is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is none of the files that are taken, or cannot be read as what it is.
    #[error("{0}")]
    File(String),
    /// It asks for what is not done here.
    #[error("{what} is {found}; what is taken is {taken}")]
    Unsupported {
        /// What of it.
        what: &'static str,
        /// What the file says.
        found: String,
        /// What is taken.
        taken: &'static str,
    },
    /// What comes of it is no vocabulary.
    #[error("no vocabulary can be made of it: {0}")]
    Made(#[from] VocabularyError),
}

/// Whether the file lists tokens alone, and the merges stand in another.
#[must_use]
pub fn needs_merges(file: &[u8]) -> bool {
    is_json(file) && Vocabulary::read(file).is_err() && !hugging_face::is_tokenizer(file)
}

/// The vocabulary of a file, with the file that is to be published: the same one if it is
/// a vocabulary of Candor's already. `merges` is read if [`needs_merges`].
///
/// # Errors
/// Why no vocabulary is made of it.
pub fn import(file: &[u8], merges: Option<&[u8]>) -> Result<(Vocabulary, Vec<u8>), ImportError> {
    if file.starts_with(br#"{"format":"candor vocabulary"#) {
        return Ok((Vocabulary::read(file)?, file.to_vec()));
    }
    let made = if !is_json(file) {
        lists::vocab_txt(file)?
    } else if hugging_face::is_tokenizer(file) {
        hugging_face::tokenizer(file)?
    } else {
        lists::vocab_json(file, merges)?
    };
    Ok((Vocabulary::read(&made)?, made))
}

fn is_json(file: &[u8]) -> bool {
    file.trim_ascii_start().starts_with(b"{")
}

fn text(file: &[u8]) -> Result<&str, ImportError> {
    str::from_utf8(file).map_err(|error| ImportError::File(format!("not UTF-8: {error}")))
}

fn json(error: &serde_json::Error) -> ImportError {
    ImportError::File(error.to_string())
}
