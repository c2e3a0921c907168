//! All views of a picture from its rows, one after the other.

use super::failure::Views;
use super::orientation::Orientation;
use super::pixels::luma;
use super::resample::{AreaAverage, Cut};
use super::{Channels, ImageView, Placing};

/// Takes the rows of a picture as it is stored, from the top, and makes its
/// views. What it holds grows with a row, not with the picture.
///
/// Orientation is applied to the finished view: the mean of a rectangle is the
/// same whether the picture is turned before or after, since both are cut alike
/// from either end, what is left out is the same on both sides, and means are exact.
pub(super) struct Canvas {
    orientation: Orientation,
    /// Of the picture, upright.
    upright: (usize, usize),
    views: Vec<View>,
    row_bytes: usize,
    gray: Vec<u8>,
}

struct View {
    channels: Channels,
    /// Of the picture within the view, as stored.
    size: (usize, usize),
    /// Of the view.
    whole: (usize, usize),
    average: AreaAverage,
}

impl Canvas {
    /// For a stored picture of this size, both sides at least 1.
    pub(super) fn new(views: &[ImageView], size: (u32, u32), orientation: Orientation) -> Self {
        let from = (size.0 as usize, size.1 as usize);
        let turned = |(width, height)| {
            if orientation.swaps_sides() { (height, width) } else { (width, height) }
        };
        let views: Vec<View> = views
            .iter()
            .map(|view| {
                let whole = (view.width(), view.height());
                let size = match view.placing() {
                    Placing::Fit => fitted(turned(from), whole),
                    Placing::Stretch | Placing::Crop => whole,
                };
                let (channels, size) = (view.channels(), turned(size));
                let cut = match view.placing() {
                    Placing::Crop => Cut::middle(from, size),
                    Placing::Stretch | Placing::Fit => Cut::whole(from, size),
                };
                let average = AreaAverage::new(&cut, size, channels.count());
                View { channels, size, whole, average }
            })
            .collect();
        let needs_gray = views.iter().any(|view| view.channels == Channels::Gray);
        let gray = vec![0; if needs_gray { from.0 } else { 0 }];
        Self { orientation, upright: turned(from), views, row_bytes: from.0 * 3, gray }
    }

    /// Bytes of a row.
    pub(super) fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// The next row: red, green and blue of each pixel, over white.
    pub(super) fn row(&mut self, rgb: &[u8]) {
        debug_assert_eq!(rgb.len(), self.row_bytes);
        for (gray, &pixel) in self.gray.iter_mut().zip(rgb.as_chunks::<3>().0) {
            *gray = luma(pixel);
        }
        for view in &mut self.views {
            view.average.row(match view.channels {
                Channels::Gray => &self.gray,
                Channels::Rgb => rgb,
            });
        }
    }

    /// The views, in order; `None` if rows are missing.
    pub(super) fn finish(self) -> Option<Views> {
        let orientation = self.orientation;
        let shown = self
            .views
            .into_iter()
            .map(|view| {
                let stored = view.average.finish()?;
                let channels = view.channels.count();
                let upright = orientation.apply(stored, view.size, channels);
                let size =
                    if orientation.swaps_sides() { (view.size.1, view.size.0) } else { view.size };
                Some(padded(upright, size, view.whole, channels))
            })
            .collect::<Option<_>>()?;
        Some(Views { shown, size: self.upright })
    }
}

/// The size of a picture of `from` pixels, scaled with its proportions kept so that it
/// just fits into `into`; the shorter side is rounded, half up, and at least 1.
fn fitted(from: (usize, usize), into: (usize, usize)) -> (usize, usize) {
    let scaled = |side: usize, to: usize, by: usize| ((side * to + by / 2) / by).max(1);
    if from.0 * into.1 >= from.1 * into.0 {
        (into.0, scaled(from.1, into.0, from.0).min(into.1))
    } else {
        (scaled(from.0, into.1, from.1).min(into.0), into.1)
    }
}

/// A picture of `size` in the middle of white of the size `whole`; where the rest is
/// odd, the greater part is to the right and below.
fn padded(
    picture: Vec<u8>,
    size: (usize, usize),
    whole: (usize, usize),
    channels: usize,
) -> Vec<u8> {
    if size == whole {
        return picture;
    }
    let left = (whole.0 - size.0) / 2 * channels;
    let top = (whole.1 - size.1) / 2;
    let mut view = vec![255; whole.0 * whole.1 * channels];
    let rows = view.chunks_exact_mut(whole.0 * channels).skip(top);
    for (row, stored) in rows.zip(picture.chunks_exact(size.0 * channels)) {
        for (to, from) in row.iter_mut().skip(left).zip(stored) {
            *to = *from;
        }
    }
    view
}
