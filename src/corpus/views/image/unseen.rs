//! What no view of a file shows.
#![deny(clippy::arithmetic_side_effects)]

use super::chunks::{self, PNG_SIGNATURE};
use super::gif::{after_blocks, after_table};
use super::tiff::ifd::Tiff;

/// What a file holds beside the one picture that its views show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Unseen {
    /// Pages of a TIFF after the one that is seen.
    pub pages: u32,
    /// Frames of a GIF, an animated PNG or WebP other than the one that is seen.
    pub frames: u32,
    /// Whether a smaller version came first in a TIFF and was passed over.
    pub reduced_first: bool,
    /// How much of the picture lies outside what a `-crop` view shows, in percent of its
    /// area, rounded up; not a matter of the file alone, so [`unseen`] says 0.
    pub margins: u32,
    /// Tokens of the text that the views of tokens leave out, where they leave out most;
    /// not a matter of the file alone, so [`unseen`] says 0.
    pub tokens: u64,
}

/// Counts what no view of the file shows. A pure function of the bytes, in time
/// linear in their number; what cannot be followed is not counted, and a file
/// of another format has nothing unseen.
///
/// Smaller versions and masks of a TIFF's pages are no pages. The first page
/// that is not said to be a smaller version is the one that is seen.
///
/// ```
/// use candor::corpus::views::{Unseen, unseen};
///
/// assert_eq!(unseen(b"just a note\n"), Unseen::default());
/// ```
#[must_use]
pub fn unseen(bytes: &[u8]) -> Unseen {
    if let Some(tiff) = Tiff::open(bytes) {
        return of_tiff(tiff);
    }
    if bytes.starts_with(PNG_SIGNATURE) {
        return png(bytes);
    }
    let frames = match bytes {
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
            gif(bytes).unwrap_or_else(|so_far| so_far)
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(bytes),
        _ => 0,
    };
    // One of them is seen.
    Unseen { frames: frames.saturating_sub(1), ..Unseen::default() }
}

fn of_tiff(tiff: Tiff) -> Unseen {
    let mut pages = 0_u32;
    let mut reduced_first = false;
    for (position, directory) in tiff.directories().enumerate() {
        let reduced = directory.is_reduced();
        reduced_first |= position == 0 && reduced;
        if !reduced && !directory.is_mask() {
            pages = pages.saturating_add(1);
        }
    }
    // If all are reduced the first is seen after all.
    let reduced_first = reduced_first && pages > 0;
    Unseen { pages: pages.saturating_sub(1), reduced_first, ..Unseen::default() }
}

/// The frames of a GIF; as an error, those before it broke off.
fn gif(bytes: &[u8]) -> Result<u32, u32> {
    let mut frames = 0_u32;
    let mut rest = bytes.get(10..).ok_or(0_u32)?;
    rest = after_table(rest, 3).ok_or(0_u32)?;
    loop {
        match rest {
            [b'!', _, after @ ..] => rest = after_blocks(after).ok_or(frames)?,
            [b',', after @ ..] => {
                frames = frames.saturating_add(1);
                let descriptor = after.get(8..).ok_or(frames)?;
                let data = after_table(descriptor, 1).and_then(|table| table.get(1..));
                rest = data.and_then(after_blocks).ok_or(frames)?;
            }
            // Some writers put a stray 0 between blocks.
            [0, after @ ..] => rest = after,
            _ => return Ok(frames),
        }
    }
}

/// An animation may leave the picture outside the animation out.
fn png(bytes: &[u8]) -> Unseen {
    let mut frames = 0_u32;
    let mut seen_is_a_frame = false;
    let mut picture_begun = false;
    for chunk in chunks::of_png(bytes) {
        match &chunk.kind {
            b"fcTL" => {
                frames = frames.saturating_add(1);
                seen_is_a_frame |= !picture_begun;
            }
            b"IDAT" => picture_begun = true,
            b"IEND" => break,
            _ => {}
        }
    }
    Unseen { frames: frames.saturating_sub(u32::from(seen_is_a_frame)), ..Unseen::default() }
}

fn webp(bytes: &[u8]) -> u32 {
    let frames = chunks::of_webp(bytes).filter(|chunk| &chunk.kind == b"ANMF").count();
    u32::try_from(frames).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a panic is a failed test")]
mod tests {
    use super::*;

    /// A TIFF of empty directories with these values of NewSubfileType.
    fn tiff(big: bool, kinds: &[u32]) -> Vec<u8> {
        let mut bytes: Vec<u8> =
            if big { b"II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0" } else { &b"II*\0\x08\0\0\0"[..] }
                .to_vec();
        for (position, kind) in kinds.iter().enumerate() {
            let last = position + 1 == kinds.len();
            let length = if big { 8 + 20 + 8 } else { 2 + 12 + 4 };
            let next = if last { 0 } else { bytes.len() + length };
            if big {
                bytes.extend(1u64.to_le_bytes());
                bytes.extend([254, 0, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
                bytes.extend(u64::from(*kind).to_le_bytes());
                bytes.extend((next as u64).to_le_bytes());
            } else {
                bytes.extend([1, 0, 254, 0, 4, 0, 1, 0, 0, 0]);
                bytes.extend(kind.to_le_bytes());
                bytes.extend((next as u32).to_le_bytes());
            }
        }
        bytes
    }

    #[test]
    fn pages_are_counted_and_smaller_versions_are_not() {
        for (kinds, pages, reduced_first) in [
            (&[0][..], 0, false),
            (&[0, 0, 0], 2, false),
            (&[2, 2, 2], 2, false),
            (&[1, 0], 0, true),
            (&[1, 0, 0, 1], 1, true),
            (&[0, 1, 4], 0, false),
            (&[1, 1], 0, false),
        ] {
            for big in [false, true] {
                let expected = Unseen { pages, reduced_first, ..Unseen::default() };
                assert_eq!(unseen(&tiff(big, kinds)), expected, "{kinds:?}");
            }
        }
    }

    #[test]
    fn a_chain_that_bites_its_tail_ends() {
        let mut bytes = tiff(false, &[0, 0, 0]);
        let end = bytes.len();
        bytes[end - 4] = 8;
        assert_eq!(unseen(&bytes).pages, 2);
    }

    #[test]
    fn frames_are_counted() {
        let frame =
            [&b"!\xf9\x04\0\0\0\0\0"[..], b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x4c\x01\0"].concat();
        for (count, expected) in [(0, 0), (1, 0), (2, 1), (5, 4)] {
            let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
            gif.extend(frame.repeat(count));
            gif.push(b';');
            assert_eq!(unseen(&gif).frames, expected);
        }

        let chunk = |kind: &[u8; 4]| [&[0, 0, 0, 0], &kind[..], &[0; 4]].concat();
        for (kinds, expected) in [
            (&[b"IHDR", b"IDAT", b"IEND"][..], 0),
            (&[b"IHDR", b"acTL", b"fcTL", b"IDAT", b"fcTL", b"fdAT", b"IEND"], 1),
            (&[b"IHDR", b"acTL", b"IDAT", b"fcTL", b"fdAT", b"fcTL", b"fdAT", b"IEND"], 2),
        ] {
            let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
            png.extend(kinds.iter().flat_map(|kind| chunk(kind)));
            assert_eq!(unseen(&png).frames, expected);
        }

        let webp = b"RIFF\0\0\0\0WEBPVP8X\x01\0\0\0\0\0ANMF\x02\0\0\0ab".to_vec();
        assert_eq!(unseen(&webp).frames, 0);
        assert_eq!(unseen(&[&webp[..], b"ANMF\0\0\0\0"].concat()).frames, 1);
    }

    #[test]
    fn every_prefix_has_an_answer() {
        for bytes in [tiff(false, &[0, 1, 0]), tiff(true, &[0, 1, 0])] {
            for end in 0..bytes.len() {
                let _ = unseen(&bytes[..end]);
            }
        }
    }
}
