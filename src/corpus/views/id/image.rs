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

/// How a picture of other proportions fills a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Placing {
    /// Each side is scaled by itself: all is seen, proportions are lost.
    Stretch,
    /// All is seen, proportions are kept, and the rest of the view is white.
    Fit,
    /// The largest part in the middle that has the view's proportions; margins are not
    /// seen.
    Crop,
}

impl Placing {
    /// What stands at the end of a view's name.
    const SUFFIXES: [(Self, &str); 2] = [(Self::Fit, "-fit"), (Self::Crop, "-crop")];
}

/// A view of pictures: `image/gray-WxH` or `image/rgb-WxH`, sides from 1 to
/// [`MAX_SIDE`] in decimal digits without leading zeros, and `-fit` or `-crop` after it
/// if the proportions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageView {
    channels: Channels,
    width: u16,
    height: u16,
    placing: Placing,
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
            placing: Placing::Stretch,
        })
    }

    /// The same with pictures placed in another way.
    #[must_use]
    pub fn placed(self, placing: Placing) -> Self {
        Self { placing, ..self }
    }

    /// How pictures of other proportions fill it.
    #[must_use]
    pub fn placing(&self) -> Placing {
        self.placing
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
        let suffixed = Placing::SUFFIXES
            .into_iter()
            .find_map(|(placing, suffix)| name.strip_suffix(suffix).map(|name| (name, placing)));
        let (name, placing) = suffixed.unwrap_or((name, Placing::Stretch));
        let (channels, size) = name.strip_prefix("image/")?.split_once('-')?;
        let channels =
            [Channels::Gray, Channels::Rgb].into_iter().find(|known| known.name() == channels)?;
        let (width, height) = size.split_once('x')?;
        let view = Self::new(channels, width.parse().ok()?, height.parse().ok()?)?;
        Some(view.placed(placing))
    }
}

impl fmt::Display for ImageView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, width, height, placing } = self;
        let suffix = Placing::SUFFIXES.into_iter().find(|(named, _)| named == placing);
        let suffix = suffix.map_or("", |(_, suffix)| suffix);
        write!(f, "image/{}-{width}x{height}{suffix}", channels.name())
    }
}
