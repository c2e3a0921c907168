//! Why something is not read or not opened.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why an item, or a part of one, is not read or not opened. Names and codes are
/// part of the formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Reason {
    /// A key or a password is needed.
    Encrypted = 1,
    /// Bytes are missing or contradict each other.
    Damaged = 2,
    /// Items stand inside items deeper than is followed.
    TooDeep = 3,
    /// More bytes, entries or work than the budget allows.
    TooLarge = 4,
    /// A few bytes that unpack to a great many.
    Bomb = 5,
    /// No kind that is known.
    Unknown = 6,
    /// A known kind that holds no text.
    NoText = 7,
    /// A known kind, or a variant of one, that is not opened.
    NotOpened = 8,
    /// Entries of an archive share bytes.
    EntriesOverlap = 9,
}

impl Reason {
    /// Every reason, by code.
    pub const ALL: [Self; 9] = [
        Self::Encrypted,
        Self::Damaged,
        Self::TooDeep,
        Self::TooLarge,
        Self::Bomb,
        Self::Unknown,
        Self::NoText,
        Self::NotOpened,
        Self::EntriesOverlap,
    ];

    /// The stable code, never 0.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The reason of a code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The name in lists: lower case, words joined by hyphens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Damaged => "damaged",
            Self::TooDeep => "too-deep",
            Self::TooLarge => "too-large",
            Self::Bomb => "bomb",
            Self::Unknown => "unknown",
            Self::NoText => "no-text",
            Self::NotOpened => "not-opened",
            Self::EntriesOverlap => "entries-overlap",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encrypted => "it is encrypted and opens only with a key or a password",
            Self::Damaged => "it is damaged: bytes are missing or contradict each other",
            Self::TooDeep => "items stand inside items deeper than is followed",
            Self::TooLarge => "it is larger than is read",
            Self::Bomb => "it unpacks to far more than is read",
            Self::Unknown => "it is of no known kind",
            Self::NoText => "it holds no text",
            Self::NotOpened => "it is of a kind, or a variant of one, that is not opened",
            Self::EntriesOverlap => "entries of the archive share bytes",
        })
    }
}

impl std::error::Error for Reason {}
