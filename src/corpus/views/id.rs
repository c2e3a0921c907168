//! The names of views.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest side of a view.
pub const MAX_SIDE: u16 = 1024;

/// What one pixel of a view holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channels {
    /// One byte of luma.
    Gray,
    /// Three bytes: red, green, blue.
    Rgb,
}

impl Channels {
    /// Bytes of a pixel.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gray => "gray",
            Self::Rgb => "rgb",
        }
    }
}

/// A view: `image/gray-WxH` or `image/rgb-WxH`, sides from 1 to [`MAX_SIDE`] in
/// decimal digits without leading zeros. There is one spelling of each view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ViewId {
    channels: Channels,
    width: u16,
    height: u16,
}

/// A text that names no view.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a view: write image/gray-WxH or image/rgb-WxH with sides from 1 to {MAX_SIDE}, for example image/gray-28x28"
)]
pub struct ViewIdError(String);

impl ViewId {
    /// The view of this size; `None` unless both sides are in `1..=MAX_SIDE`.
    #[must_use]
    pub fn image(channels: Channels, width: u16, height: u16) -> Option<Self> {
        let sides = 1..=MAX_SIDE;
        (sides.contains(&width) && sides.contains(&height)).then_some(Self {
            channels,
            width,
            height,
        })
    }

    /// What a pixel holds.
    #[must_use]
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// Pixels of a row, `1..=MAX_SIDE`.
    #[must_use]
    pub fn width(&self) -> usize {
        usize::from(self.width)
    }

    /// Rows, `1..=MAX_SIDE`.
    #[must_use]
    pub fn height(&self) -> usize {
        usize::from(self.height)
    }

    /// Bytes of the view, at most 3 MiB.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.width() * self.height() * self.channels.count()
    }
}

impl fmt::Display for ViewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, width, height } = self;
        write!(f, "image/{}-{width}x{height}", channels.name())
    }
}

impl FromStr for ViewId {
    type Err = ViewIdError;

    fn from_str(text: &str) -> Result<Self, ViewIdError> {
        let parse = || {
            let (channels, size) = text.strip_prefix("image/")?.split_once('-')?;
            let channels = [Channels::Gray, Channels::Rgb]
                .into_iter()
                .find(|known| known.name() == channels)?;
            let (width, height) = size.split_once('x')?;
            Self::image(channels, width.parse().ok()?, height.parse().ok()?)
        };
        // One spelling only: `+28`, `028` parse as numbers but print otherwise.
        parse()
            .filter(|view| view.to_string() == text)
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
        for name in ["image/gray-28x28", "image/rgb-1x1024", "image/gray-1024x1024"] {
            assert_eq!(name.parse::<ViewId>().unwrap().to_string(), name);
            assert!(name.len() <= MAX_NAME_BYTES);
        }
        let view: ViewId = "image/rgb-4x3".parse().unwrap();
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
            "image/rgba-28x28",
            "text/gray-28x28",
            "image/gray-99999999999x1",
        ] {
            assert!(name.parse::<ViewId>().is_err(), "{name}");
        }
    }
}
