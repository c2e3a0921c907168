//! What is asked of a TIFF before it is decoded.
#![deny(clippy::arithmetic_side_effects)]

use std::io::Cursor;

use tiff::TiffError;
use tiff::decoder::Decoder;
use tiff::tags::{CompressionMethod, Tag};

use super::AbsentReason;

pub(super) mod ifd;

/// Strips and tiles may say that together they have this many times the bytes
/// of the file. Honest ones share none.
const MAX_OVERLAP: u64 = 16;

/// Refuses a first image that is JPEG inside, since `tiff` decodes that by
/// `zune-jpeg`, whose result might depend on the processor; and one whose strips
/// or tiles lie on top of each other, which could keep the decoder busy for
/// days. Reads the tags by the crate that decodes the image, so that both see
/// the same values.
pub(super) fn check(bytes: &[u8]) -> Result<(), AbsentReason> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(reason)?;
    let compression = decoder.find_tag(Tag::Compression).map_err(reason)?;
    if let Some(value) = compression {
        match CompressionMethod::from_u16_exhaustive(value.into_u16().map_err(reason)?) {
            CompressionMethod::JPEG | CompressionMethod::ModernJPEG => {
                return Err(AbsentReason::NotPortable);
            }
            _ => {}
        }
    }
    let file = bytes.len() as u64;
    for tag in [Tag::StripByteCounts, Tag::TileByteCounts] {
        let counts: Option<Vec<u64>> = decoder.find_tag_unsigned_vec(tag).map_err(reason)?;
        let sum = (counts.into_iter().flatten())
            .fold(0_u64, |sum, count| sum.saturating_add(count.min(file)));
        if sum > file.saturating_mul(MAX_OVERLAP) {
            return Err(AbsentReason::TooMuchWork);
        }
    }
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn reason(error: TiffError) -> AbsentReason {
    match error {
        TiffError::LimitsExceeded => AbsentReason::TooMuchMemory,
        TiffError::UnsupportedError(_) => AbsentReason::Unsupported,
        _ => AbsentReason::Corrupt,
    }
}
