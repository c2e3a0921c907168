//! The text of one file, as views of text read it.

use std::path::Path;

use candor_documents::filter::Layout;
use candor_documents::terms::{ItemFacts, Terms};
use candor_documents::{Budget, Content, Kind, Reason, Text, read};
use serde::Serialize;

use super::error::ExchangeError;
use crate::corpus::document::{Reading, read_document};
use crate::corpus::views::MAX_FILE_BYTES;
use crate::readers;

/// What is read of a file.
#[derive(Clone, Debug, Serialize)]
pub struct ReadText {
    /// What the file is.
    pub kind: Kind,
    /// Its text, a line for each line end and a blank one between blocks; `None` if
    /// there is nothing to read.
    pub text: Option<String>,
    /// Why there is nothing to read.
    pub reason: Option<Reason>,
    /// Parts of it that are not read, and why.
    pub unread: Vec<(String, Reason)>,
    /// The tokens that searches find, by kind, if they were asked for.
    pub terms: Option<TokensByKind>,
}

/// Tokens in the order of their bytes.
#[derive(Clone, Debug, Serialize)]
pub struct TokensByKind {
    /// Words.
    pub words: Vec<String>,
    /// Two words side by side.
    pub pairs: Vec<String>,
    /// Fields.
    pub fields: Vec<String>,
    /// Beginnings of words.
    pub prefixes: Vec<String>,
    /// Heads of words near each other.
    pub near: Vec<String>,
}

/// Reads a file as views of text do, without a record but its path.
///
/// # Errors
/// If the file cannot be read from the disk.
pub fn read_text(path: &Path, with_terms: bool) -> Result<ReadText, ExchangeError> {
    let reading = read_document(path)?;
    Ok(readers::on_large_stack(|| read_all(path, &reading, with_terms)))
}

fn read_all(path: &Path, reading: &Reading, with_terms: bool) -> ReadText {
    let kind = reading.kind;
    let empty = ReadText { kind, text: None, reason: None, unread: Vec::new(), terms: None };
    let Some(bytes) = &reading.bytes else {
        debug_assert!(reading.byte_length > MAX_FILE_BYTES);
        return ReadText { reason: Some(Reason::TooLarge), ..empty };
    };
    let content = match read(bytes, kind, &mut Budget::new()) {
        Ok(content) => content,
        Err(reason) => return ReadText { reason: Some(reason), ..empty },
    };
    let name = path.file_name().map(|name| name.as_encoded_bytes().to_vec());
    let facts = ItemFacts::of(bytes, kind, &reading.record(name.unwrap_or_default()));
    let terms = with_terms.then(|| tokens(&content, &facts)).transpose();
    let terms = match terms {
        Ok(terms) => terms,
        Err(reason) => return ReadText { reason: Some(reason), ..empty },
    };
    let text = content.text.as_str().replace(Text::BLOCK, "\n\n");
    let text = format!("{}\n", text.trim_end_matches('\n'));
    ReadText { text: Some(text), unread: content.unread, terms, ..empty }
}

fn tokens(content: &Content, facts: &ItemFacts) -> Result<TokensByKind, Reason> {
    let terms = Terms::of(content, facts, Layout::TERMS_264.wanted())?;
    let [words, pairs, fields, prefixes, near] =
        [terms.words, terms.pairs, terms.fields, terms.prefixes, terms.near]
            .map(|tokens| tokens.into_iter().collect());
    Ok(TokensByKind { words, pairs, fields, prefixes, near })
}
