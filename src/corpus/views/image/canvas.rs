//! All views of a picture from its rows, one after the other.

use super::orientation::Orientation;
use super::pixels::luma;
use super::resample::AreaAverage;
use super::{Channels, ViewId};

/// Takes the rows of a picture as it is stored, from the top, and makes its
/// views. What it holds grows with a row, not with the picture.
///
/// Orientation is applied to the finished view: the mean of a rectangle is the
/// same whether the picture is turned before or after, since both are cut alike
/// from either end, and means are exact.
pub(super) struct Canvas {
    orientation: Orientation,
    views: Vec<View>,
    row_bytes: usize,
    gray: Vec<u8>,
}

struct View {
    channels: Channels,
    size: (usize, usize),
    average: AreaAverage,
}

impl Canvas {
    /// For a stored picture of this size, both sides at least 1.
    pub(super) fn new(views: &[ViewId], size: (u32, u32), orientation: Orientation) -> Self {
        let from = (size.0 as usize, size.1 as usize);
        let views: Vec<View> = views
            .iter()
            .map(|view| {
                let mut size = (view.width(), view.height());
                if orientation.swaps_sides() {
                    size = (size.1, size.0);
                }
                let channels = view.channels();
                View { channels, size, average: AreaAverage::new(from, size, channels.count()) }
            })
            .collect();
        let needs_gray = views.iter().any(|view| view.channels == Channels::Gray);
        let gray = vec![0; if needs_gray { from.0 } else { 0 }];
        Self { orientation, views, row_bytes: from.0 * 3, gray }
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
    pub(super) fn finish(self) -> Option<Vec<Vec<u8>>> {
        let orientation = self.orientation;
        self.views
            .into_iter()
            .map(|view| {
                let stored = view.average.finish()?;
                Some(orientation.apply(stored, view.size, view.channels.count()))
            })
            .collect()
    }
}
