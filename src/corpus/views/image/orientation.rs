//! How a stored picture is to be turned, read in one way from all formats.
#![deny(clippy::arithmetic_side_effects)]

use super::tiff::ifd::{Directory, Tiff};

/// The tag of TIFF and EXIF.
const ORIENTATION: u16 = 274;

/// One of the eight orientations of EXIF, 1 to 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// As stored.
    pub(super) const UPRIGHT: Self = Self(1);

    /// From the tag of a directory. What is missing, of another type or out of
    /// range is as good as none.
    pub(super) fn of_directory(directory: &Directory) -> Self {
        let value = directory.first(ORIENTATION).and_then(|value| u8::try_from(value).ok());
        value.filter(|value| (1..=8).contains(value)).map_or(Self::UPRIGHT, Self)
    }

    /// From an EXIF block, with or without `Exif\0\0` before it. An unreadable
    /// block is none.
    pub(super) fn of_exif(block: &[u8]) -> Self {
        let block = block.strip_prefix(EXIF).unwrap_or(block);
        let directory = Tiff::open(block).and_then(Tiff::first_directory_as_far_as_it_goes);
        directory.map_or(Self::UPRIGHT, |directory| Self::of_directory(&directory))
    }

    /// Whether rows become columns.
    pub(super) fn swaps_sides(self) -> bool {
        self.0 >= 5
    }

    /// Turns a stored picture of `width × height` pixels upright.
    pub(super) fn apply(self, stored: Vec<u8>, size: (usize, usize), channels: usize) -> Vec<u8> {
        if self == Self::UPRIGHT {
            return stored;
        }
        let (width, height) = size;
        let mirrored = |last: usize, at: usize| last.saturating_sub(at).saturating_sub(1);
        let (columns, rows) = if self.swaps_sides() { (height, width) } else { (width, height) };
        let mut upright = Vec::with_capacity(stored.len());
        for y in 0..rows {
            for x in 0..columns {
                let (x, y) = match self.0 {
                    2 => (mirrored(width, x), y),
                    3 => (mirrored(width, x), mirrored(height, y)),
                    4 => (x, mirrored(height, y)),
                    5 => (y, x),
                    6 => (y, mirrored(height, x)),
                    7 => (mirrored(width, y), mirrored(height, x)),
                    8 => (mirrored(width, y), x),
                    _ => (x, y),
                };
                let at = y.saturating_mul(width).saturating_add(x).saturating_mul(channels);
                let pixel = stored.get(at..at.saturating_add(channels));
                upright.extend_from_slice(pixel.unwrap_or_default());
            }
        }
        upright
    }
}

/// What EXIF begins with where its format shares a kind of segment with others.
pub(super) const EXIF: &[u8] = b"Exif\0\0";

/// Pieces of one EXIF block out of several segments that each begin with
/// [`EXIF`]. The first block counts: a segment goes on with it unless it begins
/// a block of its own.
#[derive(Default)]
pub(super) struct ExifSegments {
    block: Vec<u8>,
    ended: bool,
}

impl ExifSegments {
    /// Takes the contents of a segment, if they are EXIF.
    pub(super) fn segment(&mut self, contents: &[u8]) {
        let Some(piece) = contents.strip_prefix(EXIF) else {
            return;
        };
        self.ended |= !self.block.is_empty() && Tiff::open(piece).is_some();
        if !self.ended {
            self.block.extend_from_slice(piece);
        }
    }

    /// What the block says.
    pub(super) fn orientation(&self) -> Orientation {
        Orientation::of_exif(&self.block)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a panic is a failed test")]
mod tests {
    use super::*;

    /// A block with one entry, after another one that says nothing.
    fn block(little: bool, kind: u16, count: u32, value: u32) -> Vec<u8> {
        let short = |n: u16| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let long = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let mut bytes = if little { b"II".to_vec() } else { b"MM".to_vec() };
        bytes.extend(short(42));
        bytes.extend(long(8));
        bytes.extend(short(2));
        for (tag, kind, count, value) in [(271, 2, 4, 0), (ORIENTATION, kind, count, value)] {
            bytes.extend(short(tag));
            bytes.extend(short(kind));
            bytes.extend(long(count));
            match kind {
                1 => bytes.extend([value as u8, 0, 0, 0]),
                3 => bytes.extend([short(value as u16), [0; 2]].concat()),
                _ => bytes.extend(long(value)),
            }
        }
        bytes
    }

    #[test]
    fn every_spelling_of_a_value_is_read() {
        for value in 1..=8 {
            for little in [false, true] {
                for kind in [1, 3, 4] {
                    let bytes = block(little, kind, 1, value);
                    let expected = Orientation(value as u8);
                    assert_eq!(Orientation::of_exif(&bytes), expected);
                    assert_eq!(Orientation::of_exif(&[EXIF, &bytes].concat()), expected);
                }
            }
        }
    }

    #[test]
    fn what_is_no_orientation_is_upright() {
        for (kind, count, value) in [
            (3, 1, 0),
            (3, 1, 9),
            (3, 1, 262),
            (4, 1, 1 << 16),
            (3, 0, 6),
            (2, 1, 6),
            (9, 1, 6),
            (77, 1, 6),
        ] {
            let bytes = block(true, kind, count, value);
            assert_eq!(
                Orientation::of_exif(&bytes),
                Orientation::UPRIGHT,
                "{kind} {count} {value}"
            );
        }
        for bytes in [&b""[..], EXIF, b"II*\0", b"II*\0\xff\xff\xff\xff", b"<x:xmpmeta"] {
            assert_eq!(Orientation::of_exif(bytes), Orientation::UPRIGHT);
        }
    }

    #[test]
    fn every_prefix_has_an_answer() {
        let bytes = block(false, 3, 1, 6);
        for end in 0..bytes.len() {
            let _ = Orientation::of_exif(&bytes[..end]);
        }
    }

    #[test]
    fn the_first_block_counts_and_may_go_on() {
        let (first, second) = (block(true, 3, 1, 6), block(false, 3, 1, 3));
        for cut in [20, first.len()] {
            let mut segments = ExifSegments::default();
            segments.segment(b"http://ns.adobe.com/xap/1.0/\0");
            segments.segment(&[EXIF, &first[..cut]].concat());
            segments.segment(&[EXIF, &first[cut..]].concat());
            segments.segment(&[EXIF, &second].concat());
            segments.segment(&[EXIF, &first].concat());
            assert_eq!(segments.orientation(), Orientation(6), "{cut}");
        }
    }
}
