//! The names of views of pictures.

use std::fmt;

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

/// A view of pictures: `image/gray-WxH` or `image/rgb-WxH`, sides from 1 to
/// [`MAX_SIDE`] in decimal digits without leading zeros, and `-fit` after it if the
/// proportions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageView {
    channels: Channels,
    width: u16,
    height: u16,
    fit: bool,
}

impl ImageView {
    /// The view of this size, filled by the whole picture; `None` unless both sides
    /// are in `1..=MAX_SIDE`.
    #[must_use]
    pub fn new(channels: Channels, width: u16, height: u16) -> Option<Self> {
        let sides = 1..=MAX_SIDE;
        (sides.contains(&width) && sides.contains(&height)).then_some(Self {
            channels,
            width,
            height,
            fit: false,
        })
    }

    /// The same with the picture's proportions kept and the rest white.
    #[must_use]
    pub fn fitted(self) -> Self {
        Self { fit: true, ..self }
    }

    /// Whether the picture's proportions are kept.
    #[must_use]
    pub fn is_fitted(&self) -> bool {
        self.fit
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

    /// The view of a name, which may have other spellings.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (name, fit) = match name.strip_suffix("-fit") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (channels, size) = name.strip_prefix("image/")?.split_once('-')?;
        let channels =
            [Channels::Gray, Channels::Rgb].into_iter().find(|known| known.name() == channels)?;
        let (width, height) = size.split_once('x')?;
        let view = Self::new(channels, width.parse().ok()?, height.parse().ok()?)?;
        Some(Self { fit, ..view })
    }
}

impl fmt::Display for ImageView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, width, height, fit } = self;
        let fit = if *fit { "-fit" } else { "" };
        write!(f, "image/{}-{width}x{height}{fit}", channels.name())
    }
}
