//! A vocabulary as it is published beside a commitment.

mod file;

use std::ops::ControlFlow;

use super::bert::Normaliser;
use super::bpe::Merges;
use super::fill::{self, Tokeniser};
use super::wordpiece::Pieces;
use super::{Scheme, TokenView, gpt2};
use crate::Text;

pub(super) use file::{Head, write};

/// The tokens of a view, their ids, and how text is cut into them.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    head: Head,
    digest: [u8; 32],
    rules: Rules,
}

#[derive(Clone, Debug)]
enum Rules {
    WordPiece { normaliser: Normaliser, pieces: Pieces },
    Bpe { merges: Merges, prefix_space: bool },
}

/// A file that is no vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VocabularyError {
    /// Over [`Vocabulary::MAX_BYTES`].
    #[error("a vocabulary has at most {most} bytes, not {0}", most = Vocabulary::MAX_BYTES)]
    TooLong(usize),
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotText,
    /// The first line is not the one that the format allows.
    #[error("line 1: {0}")]
    Head(String),
    /// Another line is not.
    #[error("line {line}: {problem}")]
    Line {
        /// Which, the first being 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The whole is not.
    #[error("{0}")]
    Whole(&'static str),
}

impl Vocabulary {
    /// Longest file that is read.
    pub const MAX_BYTES: u64 = 8 << 20;
    /// Most tokens: as many as two bytes tell apart.
    pub const MAX_TOKENS: usize = 1 << 16;
    /// Most merges.
    pub const MAX_MERGES: usize = 1 << 17;
    /// Longest token.
    pub const MAX_TOKEN_BYTES: usize = 512;

    /// Reads a vocabulary in the one encoding that it has (`docs/text/tokens.md`).
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, VocabularyError> {
        file::read(bytes)
    }

    /// SHA-256 of the file.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Which views it is for.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.head.scheme
    }

    /// How many tokens it has; all ids are below.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.head.tokens as usize
    }

    /// The id that fills a view after the end of the text. No text has it.
    #[must_use]
    pub fn padding(&self) -> u16 {
        self.head.padding
    }

    /// Whether words are brought to lower case before they are looked up.
    #[must_use]
    pub fn lower_case(&self) -> bool {
        self.head.lower_case
    }

    /// What a view shows of a text: each id as two bytes, the lower one first.
    ///
    /// # Errors
    /// If the view is of the other scheme.
    pub fn view(&self, text: &Text, view: TokenView) -> Result<Vec<u8>, OtherScheme> {
        if view.scheme() != self.scheme() {
            return Err(OtherScheme { view, vocabulary: self.scheme() });
        }
        let Head { begin, end, padding, .. } = self.head;
        let room = self.room(view);
        let shown = match self.of(text) {
            Of::WordPiece(text) => fill::fill(&text, room, view.ends()),
            Of::Bpe(text) => fill::fill(&text, room, view.ends()),
        };
        let ids = begin.into_iter().chain(shown).chain(end).chain(std::iter::repeat(padding));
        Ok(ids.take(view.tokens()).flat_map(u16::to_le_bytes).collect())
    }

    /// All ids of a text, without those that begin and end each text.
    #[must_use]
    pub fn ids(&self, text: &Text) -> Vec<u16> {
        match self.of(text) {
            Of::WordPiece(text) => fill::fill(&text, usize::MAX, false),
            Of::Bpe(text) => fill::fill(&text, usize::MAX, false),
        }
    }

    /// How many tokens of a text a view does not show.
    #[must_use]
    pub fn beyond(&self, text: &Text, view: TokenView) -> u64 {
        self.count(text).saturating_sub(self.room(view) as u64)
    }

    /// How many tokens a text has, without those that begin and end each text.
    #[must_use]
    pub fn count(&self, text: &Text) -> u64 {
        match self.of(text) {
            Of::WordPiece(text) => fill::count(&text),
            Of::Bpe(text) => fill::count(&text),
        }
    }

    /// Which tokens of a view are not padding, as the bytes 1 and 0.
    #[must_use]
    pub fn mask(&self, view: &[u8]) -> Vec<u8> {
        let padding = self.padding().to_le_bytes();
        view.chunks_exact(2).map(|id| u8::from(id != padding)).collect()
    }

    /// How many tokens of text a view has.
    fn room(&self, view: TokenView) -> usize {
        let around = self.head.begin.iter().chain(&self.head.end).count();
        view.tokens().saturating_sub(around)
    }

    fn of<'a>(&'a self, text: &'a Text) -> Of<'a> {
        // The end of the last block parts nothing.
        let text = text.as_str().trim_end_matches(Text::BLOCK);
        match &self.rules {
            Rules::WordPiece { normaliser, pieces } => {
                Of::WordPiece(OfPieces { normaliser: *normaliser, pieces, text })
            }
            Rules::Bpe { merges, prefix_space } => {
                let apart = *prefix_space && !text.is_empty() && !text.starts_with(' ');
                let text = if apart { format!(" {text}").into() } else { text.into() };
                Of::Bpe(OfBytes { merges, text })
            }
        }
    }
}

/// A view and a vocabulary that do not belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the view {} is not one of a {} vocabulary", view.name(), vocabulary.name())]
pub struct OtherScheme {
    view: TokenView,
    vocabulary: Scheme,
}

/// A text with the rules that cut it.
enum Of<'a> {
    WordPiece(OfPieces<'a>),
    Bpe(OfBytes<'a>),
}

struct OfPieces<'a> {
    normaliser: Normaliser,
    pieces: &'a Pieces,
    text: &'a str,
}

impl<'a> Tokeniser<'a> for OfPieces<'a> {
    type Word = Box<str>;

    fn words(&'a self, sink: &mut dyn FnMut(Box<str>) -> ControlFlow<()>) -> ControlFlow<()> {
        self.normaliser.words(self.text, &mut |word| sink(word.into()))
    }

    fn tokens(&self, word: &Box<str>, ids: &mut Vec<u16>) {
        self.pieces.cut(word, ids);
    }
}

struct OfBytes<'a> {
    merges: &'a Merges,
    text: std::borrow::Cow<'a, str>,
}

impl<'a> Tokeniser<'a> for OfBytes<'a> {
    type Word = &'a str;

    fn words(&'a self, sink: &mut dyn FnMut(&'a str) -> ControlFlow<()>) -> ControlFlow<()> {
        gpt2::words(&self.text, sink)
    }

    fn tokens(&self, word: &&'a str, ids: &mut Vec<u16>) {
        self.merges.join(word, ids);
    }
}
