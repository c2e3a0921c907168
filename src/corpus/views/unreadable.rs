//! Why a document has no view.

use std::fmt;

use candor_documents::Reason;
use serde::{Deserialize, Serialize};

/// The reason under an unreadable marker. Codes are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum UnreadableReason {
    /// The first bytes are of no image format that is read.
    NotAnImage = 1,
    /// It begins like an image, but data are missing or contradict themselves.
    Corrupt = 2,
    /// The file is larger than [`MAX_FILE_BYTES`](super::MAX_FILE_BYTES).
    TooManyBytes = 3,
    /// The image declares more than [`MAX_PIXELS`](super::MAX_PIXELS), or a side
    /// of more than [`MAX_SIDE_PIXELS`](super::MAX_SIDE_PIXELS), or, in a format
    /// that is decoded as a whole, more than can be held.
    TooManyPixels = 4,
    /// A variant of the format that is not known, be the file whole or not. Also
    /// what a decoder panics at.
    Unsupported = 5,
    /// The file asks for more working memory than an image within the limits needs.
    TooMuchMemory = 6,
    /// An encoding whose decoder might give other bytes on another processor. No
    /// file has this reason under the present version; JPEG inside TIFF had it.
    NotPortable = 7,
    /// The file asks for far more decoding than its pixels need.
    TooMuchWork = 8,
    /// A key or a password is needed.
    Encrypted = 17,
    /// Bytes of a document are missing or contradict each other.
    Damaged = 18,
    /// Items stand inside items deeper than is followed.
    TooDeep = 19,
    /// A document over the limits of its reader, or with more terms than a view holds.
    TooLarge = 20,
    /// A few bytes that unpack to a great many.
    Bomb = 21,
    /// A kind of document that is not known.
    Unknown = 22,
    /// The document holds no text.
    NoText = 23,
    /// A kind or variant of document that is not opened.
    NotOpened = 24,
    /// Entries of an archive share bytes.
    EntriesOverlap = 25,
}

impl UnreadableReason {
    /// Every reason, by code.
    pub const ALL: [Self; 17] = [
        Self::NotAnImage,
        Self::Corrupt,
        Self::TooManyBytes,
        Self::TooManyPixels,
        Self::Unsupported,
        Self::TooMuchMemory,
        Self::NotPortable,
        Self::TooMuchWork,
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
}

impl From<Reason> for UnreadableReason {
    /// The reason under the marker of a view of text.
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Encrypted => Self::Encrypted,
            Reason::Damaged => Self::Damaged,
            Reason::TooDeep => Self::TooDeep,
            Reason::TooLarge => Self::TooLarge,
            Reason::Bomb => Self::Bomb,
            Reason::Unknown => Self::Unknown,
            Reason::NoText => Self::NoText,
            Reason::NotOpened => Self::NotOpened,
            Reason::EntriesOverlap => Self::EntriesOverlap,
        }
    }
}

impl fmt::Display for UnreadableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnImage => "not an image of a known format",
            Self::Corrupt => "the image is damaged",
            Self::TooManyBytes => "the file is too large (over 64 MiB)",
            Self::TooManyPixels => "the image has too many pixels to be decoded (over 512 Mi, or too many for its format)",
            Self::Unsupported => "a variant of the image format that is not supported",
            Self::TooMuchMemory => {
                "decoding would take more memory than an image within the limits needs"
            }
            Self::NotPortable => {
                "an encoding that might decode differently on another machine"
            }
            Self::TooMuchWork => "decoding would take far more time than the image needs",
            Self::Encrypted => "the document is encrypted",
            Self::Damaged => "the document is damaged",
            Self::TooDeep => "items stand inside items deeper than is followed",
            Self::TooLarge => "the document is larger than is read, or has more terms than the view holds",
            Self::Bomb => "the document unpacks to far more than is read",
            Self::Unknown => "a kind of document that is not known",
            Self::NoText => "the document holds no text",
            Self::NotOpened => "a kind or variant of document that is not opened",
            Self::EntriesOverlap => "entries of the archive share bytes",
        })
    }
}
