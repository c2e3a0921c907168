//! What frames are laid on.

use crate::{Budget, Reason};

/// Most bytes of a canvas.
const MAX_BYTES: u64 = Budget::STREAM_BYTES as u64;

/// Pixels of red, green, blue and opacity, at first transparent.
#[derive(Clone, Debug)]
pub(super) struct Canvas {
    pub(super) width: u32,
    pub(super) height: u32,
    pixels: Vec<u8>,
}

/// A rectangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Canvas {
    /// An empty canvas.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if it has more than 16 million pixels.
    pub(super) fn new(width: u32, height: u32) -> Result<Self, Reason> {
        let bytes = u64::from(width) * u64::from(height);
        let bytes = bytes.checked_mul(4).filter(|&bytes| bytes <= MAX_BYTES);
        let bytes = bytes.ok_or(Reason::TooLarge)?;
        Ok(Self { width, height, pixels: vec![0; bytes as usize] })
    }

    /// All pixels, row by row.
    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// All pixels, row by row, to be written.
    pub(super) fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// The rows of a place, as far as they lie on the canvas, with their numbers in it.
    fn rows(&mut self, place: Place) -> impl Iterator<Item = (usize, &mut [[u8; 4]])> {
        let (left, top) = (place.left as usize, place.top as usize);
        let right = left.saturating_add(place.width as usize).min(self.width as usize);
        let rows = self.pixels.as_chunks_mut::<4>().0.chunks_mut((self.width as usize).max(1));
        let rows = rows.skip(top).take(place.height as usize).enumerate();
        rows.filter_map(move |(number, row)| Some((number, row.get_mut(left..right)?)))
    }

    /// Makes a place transparent.
    pub(super) fn clear(&mut self, place: Place) {
        for (_, row) in self.rows(place) {
            row.fill([0; 4]);
        }
    }

    /// Lays a frame on a place: over what stands there, or instead of it.
    pub(super) fn lay(&mut self, place: Place, frame: &[u8], over: bool) {
        let frame = frame.as_chunks::<4>().0;
        for (number, row) in self.rows(place) {
            let start = number.saturating_mul(place.width as usize);
            for (below, &above) in row.iter_mut().zip(frame.get(start..).unwrap_or_default()) {
                *below = if over { blend(*below, above) } else { above };
            }
        }
    }
}

/// A color over another, in integers: the formula of the PNG specification.
fn blend(below: [u8; 4], above: [u8; 4]) -> [u8; 4] {
    let ([_, _, _, opacity], [_, _, _, under]) = (above, below);
    match (opacity, under) {
        (0, _) => below,
        (255, _) | (_, 0) => above,
        _ => {
            let (opacity, under) = (u32::from(opacity), u32::from(under));
            let (over, rest) = (opacity * 255, (255 - opacity) * under);
            let sum = over + rest;
            let mix = |above: u8, below: u8| {
                let mixed = (u32::from(above) * over + u32::from(below) * rest) / sum;
                u8::try_from(mixed).unwrap_or(u8::MAX)
            };
            let [r, g, b, _] = above;
            let [r0, g0, b0, _] = below;
            let alpha = u8::try_from(sum / 255).unwrap_or(u8::MAX);
            [mix(r, r0), mix(g, g0), mix(b, b0), alpha]
        }
    }
}
