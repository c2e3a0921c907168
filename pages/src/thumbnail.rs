//! Small pictures, made anew.
//!
//! A page never holds the bytes of a picture that someone else made: a browser would hand
//! them to its own decoder. The picture is decoded by the library, as its views are, scaled
//! down, and written as a PNG of a few thousand pixels without any metadata.

use base64ct::{Base64, Encoding};
use candor::corpus::document::Reading;
use candor::corpus::views::{Channels, ImageView, Placing, View};
use candor_documents::Record;
use maud::{Markup, html};

/// The longer side of a thumbnail, in pixels. It is shown smaller, so that it prints well.
const SIDE: u16 = 192;

/// A small picture of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    png: Vec<u8>,
    /// Columns and rows of the thumbnail.
    size: (u32, u32),
    /// Columns and rows of the picture.
    of: (usize, usize),
}

impl Thumbnail {
    /// The thumbnail of a document; `None` if no view of pictures reads it.
    #[must_use]
    pub fn of(reading: &Reading, record: &Record) -> Option<Self> {
        let view = ImageView::new(Channels::Rgb, SIDE, SIDE)?.placed(Placing::Fit);
        let shown = reading.canonicalise_one(record, &View::from(view)).ok()?;
        let of = reading.picture_size()?;
        let (size, pixels) = without_margins(&shown, usize::from(SIDE), of)?;
        let png = encode(size, &pixels)?;
        Some(Self { png, size, of })
    }

    /// The picture on a page. `alt` says what it is of, in words of the page's own.
    #[must_use]
    pub fn shown(&self, alt: &str) -> Markup {
        let source = format!("data:image/png;base64,{}", Base64::encode_string(&self.png));
        let (width, height) = self.size;
        html! { img src=(source) alt=(alt) width=(width / 2) height=(height / 2); }
    }

    /// Columns and rows of the whole picture.
    #[must_use]
    pub const fn picture_size(&self) -> (usize, usize) {
        self.of
    }

    /// The bytes of the PNG.
    #[must_use]
    pub fn png(&self) -> &[u8] {
        &self.png
    }
}

/// The size in pixels, and the pixels.
type Picture = ((u32, u32), Vec<u8>);

/// A square view of a picture of the size `of`, without the white that fills the square.
fn without_margins(shown: &[u8], side: usize, of: (usize, usize)) -> Option<Picture> {
    let longer = of.0.max(of.1);
    let scaled = |length: usize| -> Option<usize> {
        let half = longer / 2;
        let scaled = length.checked_mul(side)?.checked_add(half)?.checked_div(longer)?;
        Some(scaled.clamp(1, side))
    };
    let (width, height) = (scaled(of.0)?, scaled(of.1)?);
    let (left, top) = (side.checked_sub(width)? / 2, side.checked_sub(height)? / 2);
    let from = left.checked_mul(3)?;
    let to = from.checked_add(width.checked_mul(3)?)?;
    let rows = shown.chunks_exact(side.checked_mul(3)?).skip(top).take(height);
    let pixels: Option<Vec<&[u8]>> = rows.map(|row| row.get(from..to)).collect();
    Some(((u32::try_from(width).ok()?, u32::try_from(height).ok()?), pixels?.concat()))
}

/// As a PNG of eight bits, gray if all pixels are. Filter and compression are fixed, so
/// that equal pixels give equal bytes.
fn encode((width, height): (u32, u32), rgb: &[u8]) -> Option<Vec<u8>> {
    let pixels = rgb.as_chunks::<3>().0;
    let is_gray = pixels.iter().all(|[red, green, blue]| red == green && green == blue);
    let gray: Vec<u8> = pixels.iter().map(|[red, ..]| *red).collect();
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(if is_gray { png::ColorType::Grayscale } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::Adaptive);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(if is_gray { &gray } else { rgb }).ok()?;
    writer.finish().ok()?;
    Some(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_left_out() {
        let side = 4;
        let mut shown = vec![255; side * side * 3];
        for row in 1..3 {
            for column in 0..4 {
                shown[(row * side + column) * 3] = 7;
            }
        }
        let (size, pixels) = without_margins(&shown, side, (80, 40)).unwrap();
        assert_eq!((size, pixels.len()), ((4, 2), 24));
        assert!(pixels.as_chunks::<3>().0.iter().all(|pixel| *pixel == [7, 255, 255]));
        let (size, _) = without_margins(&shown, side, (1, 10_000_000)).unwrap();
        assert_eq!(size, (1, 4));
        assert_eq!(without_margins(&shown, side, (0, 0)), None);
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same() {
        for rgb in [vec![9, 9, 9, 200, 200, 200], vec![1, 2, 3, 4, 5, 6]] {
            let png = encode((2, 1), &rgb).unwrap();
            assert_eq!(png, encode((2, 1), &rgb).unwrap());
            let view: candor::ViewId = "image/rgb-2x1".parse().unwrap();
            assert_eq!(candor::canonicalise_file(&png, &view), Ok(rgb));
        }
    }
}
