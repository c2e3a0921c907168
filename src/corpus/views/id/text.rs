//! The names of views of text.

use std::fmt;

/// Most bytes of a `text/bytes-N` view.
pub const MAX_TEXT_BYTES: u32 = 1 << 16;

/// What a `text/words…` or `text/chars…` view counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counted {
    /// Words.
    Words,
    /// Words and pairs of words that follow each other.
    WordsAndPairs,
    /// Three to five characters within a word and its borders.
    Characters,
}

/// What a byte of a `text/words…` or `text/chars…` view holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Values {
    /// How often, at most 255.
    Counts,
    /// 128 and the sum of signs, from 1 to 255.
    Signed,
    /// 255 times the share in the vector's length.
    L2,
}

/// A view of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextView {
    /// Hashed counts in a power of two of columns, 2^10 to 2^14.
    Hashed {
        /// Of what.
        counted: Counted,
        /// The number of columns.
        columns: u16,
        /// What each of them holds.
        values: Values,
    },
    /// The first bytes of the normalised text, zeros after its end.
    Bytes {
        /// How many, up to [`MAX_TEXT_BYTES`].
        length: u32,
        /// Whether the second half shows the text's end.
        ends: bool,
    },
    /// A filter of search terms.
    Terms {
        /// 33, 132 or 264 chunks of 248 bytes.
        chunks: u16,
        /// Whether the top item of a family shows the whole family.
        family: bool,
    },
}

impl TextView {
    /// Bytes of the view.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        match *self {
            Self::Hashed { columns, .. } => usize::from(columns),
            Self::Bytes { length, .. } => length as usize,
            Self::Terms { chunks, .. } => usize::from(chunks) * crate::hash::sponge::CHUNK_BYTES,
        }
    }

    /// The view of a name, which may have other spellings.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (what, rest) = name.strip_prefix("text/")?.split_once('-')?;
        let (number, more) = rest.split_once('-').unwrap_or((rest, ""));
        match what {
            "words" | "words12" | "chars" => {
                let counted = match what {
                    "words" => Counted::Words,
                    "words12" => Counted::WordsAndPairs,
                    _ => Counted::Characters,
                };
                let columns: u16 = number.parse().ok()?;
                let values = match more {
                    "" => Values::Counts,
                    "signed" => Values::Signed,
                    "l2" => Values::L2,
                    _ => return None,
                };
                let allowed = columns.is_power_of_two() && (1 << 10..=1 << 14).contains(&columns);
                allowed.then_some(Self::Hashed { counted, columns, values })
            }
            "bytes" => {
                let length: u32 = number.parse().ok()?;
                let ends = more == "ends";
                let allowed = (1..=MAX_TEXT_BYTES).contains(&length) && (ends || more.is_empty());
                allowed.then_some(Self::Bytes { length, ends })
            }
            "terms" => {
                let chunks: u16 = number.parse().ok()?;
                let family = more == "family";
                let allowed = [33, 132, 264].contains(&chunks) && (family || more.is_empty());
                allowed.then_some(Self::Terms { chunks, family })
            }
            _ => None,
        }
    }
}

impl fmt::Display for TextView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Hashed { counted, columns, values } => {
                let counted = match counted {
                    Counted::Words => "words",
                    Counted::WordsAndPairs => "words12",
                    Counted::Characters => "chars",
                };
                let values = match values {
                    Values::Counts => "",
                    Values::Signed => "-signed",
                    Values::L2 => "-l2",
                };
                write!(f, "text/{counted}-{columns}{values}")
            }
            Self::Bytes { length, ends } => {
                write!(f, "text/bytes-{length}{}", if ends { "-ends" } else { "" })
            }
            Self::Terms { chunks, family } => {
                write!(f, "text/terms-{chunks}{}", if family { "-family" } else { "" })
            }
        }
    }
}
