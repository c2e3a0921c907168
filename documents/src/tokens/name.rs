//! The names of views of tokens.

use serde::{Deserialize, Serialize};

/// Fewest tokens of a view: one of text beside those that begin and end it, and room for
/// padding.
pub const MIN_TOKENS: u32 = 4;
/// Most tokens of a view.
pub const MAX_TOKENS: u32 = 1 << 15;

/// How text is cut into tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// As BERT does: words, each cut into the longest pieces that the vocabulary holds.
    WordPiece,
    /// As GPT-2 does: words as bytes, which are joined in the vocabulary's order.
    Bpe,
}

impl Scheme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::WordPiece, Self::Bpe];

    /// What names of views and files call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WordPiece => "wordpiece",
            Self::Bpe => "bpe",
        }
    }
}

/// A view of tokens: `text/wordpiece-N` or `text/bpe-N`, and `-ends` after it if it shows
/// the end of long texts, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenView {
    scheme: Scheme,
    tokens: u32,
    ends: bool,
}

impl TokenView {
    /// The view of this many tokens, [`MIN_TOKENS`]` ..= `[`MAX_TOKENS`]; `None` for any
    /// other number.
    #[must_use]
    pub fn new(scheme: Scheme, tokens: u32, ends: bool) -> Option<Self> {
        (MIN_TOKENS..=MAX_TOKENS).contains(&tokens).then_some(Self { scheme, tokens, ends })
    }

    /// The view of a name in its one spelling.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (plain, ends) = match name.strip_suffix("-ends") {
            Some(plain) => (plain, true),
            None => (name, false),
        };
        let (scheme, tokens) = plain.strip_prefix("text/")?.split_once('-')?;
        let scheme = Scheme::ALL.into_iter().find(|known| known.name() == scheme)?;
        let view = Self::new(scheme, tokens.parse().ok()?, ends)?;
        (view.name() == name).then_some(view)
    }

    /// The view's name, of at most 25 bytes.
    #[must_use]
    pub fn name(self) -> String {
        let Self { scheme, tokens, ends } = self;
        format!("text/{}-{tokens}{}", scheme.name(), if ends { "-ends" } else { "" })
    }

    /// How text is cut into tokens.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        self.scheme
    }

    /// How many tokens it shows, padding included.
    #[must_use]
    pub const fn tokens(self) -> usize {
        self.tokens as usize
    }

    /// Whether it shows the end of a text that is longer.
    #[must_use]
    pub const fn ends(self) -> bool {
        self.ends
    }

    /// Bytes of the view: two a token.
    #[must_use]
    pub const fn byte_len(self) -> usize {
        self.tokens().saturating_mul(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_has_one_name() {
        for name in ["text/wordpiece-4", "text/wordpiece-32768-ends", "text/bpe-128"] {
            let view = TokenView::of_name(name).unwrap();
            assert_eq!(view.name(), name);
            assert!(name.len() <= 25);
        }
        for name in [
            "text/wordpiece-3",
            "text/wordpiece-32769",
            "text/wordpiece-0128",
            "text/wordpiece-+128",
            "text/wordpiece-128-end",
            "text/wordpiece-128-ends-ends",
            "text/bpe",
            "text/bytes-128",
            "bpe-128",
        ] {
            assert_eq!(TokenView::of_name(name), None, "{name}");
        }
        assert_eq!(TokenView::of_name("text/bpe-128-ends").unwrap().byte_len(), 256);
    }
}
