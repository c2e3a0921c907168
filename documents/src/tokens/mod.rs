//! The views `text/wordpiece-N` and `text/bpe-N`: the text as ids of tokens, for
//! transformers.
//!
//! The ids are those of Hugging Face's `tokenizers` for the same vocabulary, computed by
//! the code here from tables in the repository. The text itself can hold no special token:
//! `[SEP]` in a document is three tokens of text. `docs/text/tokens.md` gives the rules and
//! names the characters by which the two differ.
//!
//! A [`Vocabulary`] is read from a file that the responder publishes, and the judge reads
//! the same file, so both are hostile: limits are absolute, nothing is allocated by a
//! count that the file states, and the work on a view is bounded by its length and that of
//! the text.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod bert;
mod bpe;
mod byte_level;
mod fill;
mod gpt2;
mod import;
mod name;
mod vocabulary;
mod wordpiece;

pub use import::{ImportError, MAX_IMPORT_BYTES, import, needs_merges};
pub use name::{MAX_TOKENS, MIN_TOKENS, Scheme, TokenView};
pub use vocabulary::{Vocabulary, VocabularyError};

#[cfg(test)]
mod tests;
