//! The names of views of text.

use std::fmt;

use candor_documents::filter::Layout;
use candor_documents::hashing::HashedView;
use candor_documents::tokens::TokenView;

/// Most bytes of a `text/bytes-N` view.
pub const MAX_TEXT_BYTES: u32 = 1 << 16;

/// A view of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextView {
    /// Hashed counts of words or characters, a byte for each of the columns.
    Hashed(HashedView),
    /// The first bytes of the normalised text, zeros after its end.
    Bytes {
        /// How many, up to [`MAX_TEXT_BYTES`].
        length: u32,
        /// Whether the second half shows the text's end.
        ends: bool,
    },
    /// A filter of search terms.
    Terms {
        /// How terms are laid out in it.
        layout: Layout,
        /// Whether the top item of a family shows the whole family.
        family: bool,
    },
    /// Ids of tokens of a vocabulary, which stands beside the commitment.
    Tokens(TokenView),
}

impl TextView {
    /// Bytes of the view.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        match *self {
            Self::Hashed(view) => view.columns(),
            Self::Bytes { length, .. } => length as usize,
            Self::Terms { layout, .. } => layout.bytes(),
            Self::Tokens(view) => view.byte_len(),
        }
    }

    /// The view of a name, which may have other spellings.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (what, rest) = name.strip_prefix("text/")?.split_once('-')?;
        let (number, more) = rest.split_once('-').unwrap_or((rest, ""));
        match what {
            "words" | "words12" | "chars" => HashedView::of_name(name).map(Self::Hashed),
            "bytes" => {
                let length: u32 = number.parse().ok()?;
                let ends = more == "ends";
                let allowed = (1..=MAX_TEXT_BYTES).contains(&length) && (ends || more.is_empty());
                allowed.then_some(Self::Bytes { length, ends })
            }
            "terms" => {
                let (plain, family) = match name.strip_suffix("-family") {
                    Some(plain) => (plain, true),
                    None => (name, false),
                };
                Layout::of_name(plain).map(|layout| Self::Terms { layout, family })
            }
            "wordpiece" | "bpe" => TokenView::of_name(name).map(Self::Tokens),
            _ => None,
        }
    }
}

impl fmt::Display for TextView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Hashed(view) => f.write_str(&view.name()),
            Self::Tokens(view) => f.write_str(&view.name()),
            Self::Bytes { length, ends } => {
                write!(f, "text/bytes-{length}{}", if ends { "-ends" } else { "" })
            }
            Self::Terms { layout, family } => {
                write!(f, "{}{}", layout.name(), if family { "-family" } else { "" })
            }
        }
    }
}
