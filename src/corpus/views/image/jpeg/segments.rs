//! The marker segments of a JPEG stream.
#![deny(clippy::arithmetic_side_effects)]

use crate::corpus::views::image::orientation::{ExifSegments, Orientation};

/// A marker, and where its segment or what follows it begins.
pub(super) struct Marker {
    pub(super) code: u8,
    pub(super) after: usize,
}

/// The next marker at or after `at`, over whatever stands before it, as readers
/// do.
pub(super) fn next_marker(bytes: &[u8], at: usize) -> Option<Marker> {
    let mut at = at;
    loop {
        let rest = bytes.get(at..)?;
        let skipped = rest.iter().position(|&byte| byte == 0xff)?;
        let fill = rest.get(skipped..)?.iter().take_while(|&&byte| byte == 0xff).count();
        let code_at = at.checked_add(skipped)?.checked_add(fill)?;
        let code = *bytes.get(code_at)?;
        at = code_at.checked_add(1)?;
        if code != 0 {
            return Some(Marker { code, after: at });
        }
    }
}

/// Whether a segment follows the marker.
pub(super) fn has_segment(code: u8) -> bool {
    !matches!(code, 0x01 | 0xd0..=0xd9)
}

/// The contents of the segment at `at`, and what comes after it.
pub(super) fn segment(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let (&length, rest) = bytes.get(at..)?.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(length));
    let contents = rest.get(..length.checked_sub(2)?)?;
    Some((contents, at.checked_add(length)?))
}

/// What the EXIF segments before the picture say.
pub(super) fn orientation(bytes: &[u8]) -> Orientation {
    let mut exif = ExifSegments::default();
    for (code, contents) in header(bytes) {
        if code == 0xe1 {
            exif.segment(contents);
        }
    }
    exif.orientation()
}

/// Whether the frame is one of JPEG-LS.
pub(super) fn is_jpeg_ls(bytes: &[u8]) -> bool {
    header(bytes).any(|(code, _)| code == 0xf7)
}

/// The segments before the first scan, until one is not whole.
fn header(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    // After the start of the image.
    let mut at = 2;
    std::iter::from_fn(move || {
        loop {
            let marker = next_marker(bytes, at)?;
            at = marker.after;
            if matches!(marker.code, 0xda | 0xd9) {
                return None;
            }
            if has_segment(marker.code) {
                let (contents, after) = segment(bytes, at)?;
                at = after;
                return Some((marker.code, contents));
            }
        }
    })
}
