//! What BMP asks for that its decoder does not do.
#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use super::UnreadableReason;

/// Bytes before the second header.
const FILE_HEADER: usize = 14;

/// The file as the decoder can read it.
///
/// Some writers say that the pixels begin where the palette does. Read like
/// that, the palette would be taken for pixels.
pub(super) fn readable(bytes: &[u8]) -> Result<Cow<'_, [u8]>, UnreadableReason> {
    let Some(header) = Header::read(bytes) else {
        return Ok(Cow::Borrowed(bytes));
    };
    // Run lengths from the top are not defined, though readers exist.
    if header.top_down && matches!(header.compression, 1 | 2) {
        return Err(UnreadableReason::Unsupported);
    }
    let palette = FILE_HEADER.saturating_add(header.length);
    if header.bits > 8 || header.pixels > palette {
        return Ok(Cow::Borrowed(bytes));
    }
    let most = 1_usize.wrapping_shl(header.bits);
    let colours = if header.colours == 0 { most } else { header.colours.min(most) };
    let pixels = palette.saturating_add(colours.saturating_mul(4));
    let mut mended = bytes.to_vec();
    if let (Some(place), Ok(pixels)) = (mended.get_mut(10..14), u32::try_from(pixels)) {
        place.copy_from_slice(&pixels.to_le_bytes());
    }
    Ok(Cow::Owned(mended))
}

struct Header {
    pixels: usize,
    length: usize,
    top_down: bool,
    bits: u32,
    compression: u32,
    colours: usize,
}

impl Header {
    /// `None` for the oldest form, which has neither compression nor direction.
    fn read(bytes: &[u8]) -> Option<Self> {
        let long = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let short = |at: usize| Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let length = usize::try_from(long(14)?).ok()?;
        (length >= 40).then_some(())?;
        Some(Self {
            pixels: usize::try_from(long(10)?).ok()?,
            length,
            top_down: long(22)? >> 31 == 1,
            bits: short(28)?.into(),
            compression: long(30)?,
            colours: usize::try_from(long(46)?).ok()?,
        })
    }
}
