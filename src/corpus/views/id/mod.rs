//! The names of views.

mod image;
mod text;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use image::{Channels, ImageView, MAX_SIDE, Placing};
pub use text::{MAX_TEXT_BYTES, TextView};

use crate::hash::sponge::CHUNK_BYTES;

/// A view. There is one spelling of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ViewId {
    /// Of pictures.
    Image(ImageView),
    /// Of text.
    Text(TextView),
    /// Of the headers that tie mails together: `mail/thread`.
    Thread,
}

/// A text that names no view.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a view; views are image/gray-WxH and image/rgb-WxH with sides from 1 to {MAX_SIDE} (-fit keeps the proportions, -crop shows the middle), \
     text/words-D, text/words12-D and text/chars-D with D of 1024, 2048, 4096, 8192 or 16384 (-signed, -l2), \
     text/bytes-N (-ends), text/wordpiece-N and text/bpe-N with N from 4 to 32768 (-ends), text/terms-33, text/terms-132, text/terms-264 (-family) and mail/thread"
)]
pub struct ViewIdError(String);

impl ViewId {
    /// The view of pictures of this size, each filled by the whole picture; `None`
    /// unless both sides are in `1..=MAX_SIDE`.
    #[must_use]
    pub fn image(channels: Channels, width: u16, height: u16) -> Option<Self> {
        ImageView::new(channels, width, height).map(Self::Image)
    }

    /// Whether a top item shows the text of its whole family.
    #[must_use]
    pub const fn is_of_families(&self) -> bool {
        matches!(self, Self::Text(TextView::Terms { family: true, .. }))
    }

    /// Bytes of the view.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        match self {
            Self::Image(view) => view.byte_len(),
            Self::Text(view) => view.byte_len(),
            Self::Thread => CHUNK_BYTES,
        }
    }
}

impl fmt::Display for ViewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(view) => view.fmt(f),
            Self::Text(view) => view.fmt(f),
            Self::Thread => f.write_str("mail/thread"),
        }
    }
}

impl FromStr for ViewId {
    type Err = ViewIdError;

    fn from_str(text: &str) -> Result<Self, ViewIdError> {
        let thread = (text == "mail/thread").then_some(Self::Thread);
        let view = thread
            .or_else(|| ImageView::parse(text).map(Self::Image))
            .or_else(|| TextView::parse(text).map(Self::Text));
        // One spelling only: `+28`, `028` parse as numbers but print otherwise.
        view.filter(|view| view.to_string() == text)
            .ok_or_else(|| ViewIdError(text.chars().take(64).collect()))
    }
}

impl TryFrom<String> for ViewId {
    type Error = ViewIdError;

    fn try_from(text: String) -> Result<Self, ViewIdError> {
        text.parse()
    }
}

impl From<ViewId> for String {
    fn from(view: ViewId) -> Self {
        view.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sponge::MAX_NAME_BYTES;

    #[test]
    fn canonical_names_round_trip_and_fit_the_capacity_element() {
        for (name, bytes) in [
            ("image/gray-28x28", 784),
            ("image/rgb-1x1024", 3 * 1024),
            ("image/gray-1024x1024-fit", 1 << 20),
            ("image/rgb-224x224-crop", 3 * 224 * 224),
            ("text/words-1024", 1024),
            ("text/words12-16384-signed", 16_384),
            ("text/chars-4096-l2", 4096),
            ("text/bytes-2048", 2048),
            ("text/bytes-65536-ends", 65_536),
            ("text/terms-33", 33 * 248),
            ("text/wordpiece-128", 256),
            ("text/wordpiece-32768-ends", 65_536),
            ("text/bpe-4", 8),
            ("text/terms-264-family", 264 * 248),
            ("mail/thread", 248),
        ] {
            let view: ViewId = name.parse().unwrap();
            assert_eq!(view.to_string(), name);
            assert_eq!(view.byte_len(), bytes);
            assert!(name.len() <= MAX_NAME_BYTES, "{name}");
        }
        let ViewId::Image(view) = "image/rgb-4x3".parse().unwrap() else { panic!() };
        assert_eq!((view.width(), view.height(), view.byte_len()), (4, 3, 36));
    }

    #[test]
    fn other_spellings_are_refused() {
        for name in [
            "",
            "image/gray",
            "image/gray-28",
            "image/gray-028x28",
            "image/gray-+28x28",
            "image/gray-0x28",
            "image/gray-28x1025",
            "image/gray-28x28 ",
            "image/Gray-28x28",
            "image/gray-28X28",
            "image/gray-28x28x1",
            "image/gray-28x28-fit-fit",
            "image/gray-28x28-fit-crop",
            "image/gray-28x28-crop-crop",
            "image/gray-28x28crop",
            "image/gray-28x28-",
            "image/rgba-28x28",
            "text/gray-28x28",
            "image/gray-99999999999x1",
            "text/words-1000",
            "text/words-512",
            "text/words-32768",
            "text/words-4096-",
            "text/words-4096-sign",
            "text/words12-4096-l2-l2",
            "text/bytes-0",
            "text/bytes-65537",
            "text/bytes-064",
            "text/bytes-64-tail",
            "text/terms-34",
            "text/wordpiece-3",
            "text/wordpiece-0128",
            "text/bpe-32769",
            "text/bpe-128-",
            "text/terms-33-",
            "mail/thread-1",
            "mail/",
        ] {
            assert!(name.parse::<ViewId>().is_err(), "{name}");
        }
    }
}
