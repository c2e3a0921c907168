//! From file bytes to an upright image, within deterministic limits.
#![deny(clippy::arithmetic_side_effects)]

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::AbsentReason;

/// Largest file that a view reads.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// Most pixels that an image may declare.
pub const MAX_PIXELS: u64 = 64 << 20;
/// What a decoder may reserve by its own count. An image of [`MAX_PIXELS`] with
/// four 32-bit channels takes half of it, so only files that ask for more than
/// their pixels (a frame larger than its canvas, a bomb in the metadata) meet it.
const DECODER_BYTES: u64 = 2 << 30;
/// Images above this size are decoded one at a time, whatever the number of
/// threads. This bounds memory; it does not change any result.
const LARGE_PIXELS: u64 = 4 << 20;

static LARGE: Mutex<()> = Mutex::new(());

/// Decodes the first frame of a PNG, JPEG, TIFF, BMP, GIF or WebP, told apart
/// by their first bytes, and turns it upright.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, AbsentReason> {
    if u64::try_from(bytes.len()).map_or(true, |length| length > MAX_FILE_BYTES) {
        return Err(AbsentReason::TooManyBytes);
    }
    let format = match image::guess_format(bytes) {
        Ok(
            format @ (ImageFormat::Png
            | ImageFormat::Jpeg
            | ImageFormat::Tiff
            | ImageFormat::Bmp
            | ImageFormat::Gif
            | ImageFormat::WebP),
        ) => format,
        _ => return Err(AbsentReason::NotAnImage),
    };
    // A last resort: the decoders mean to return errors, but have panicked on
    // hostile files before, and one such file must not stop a whole corpus or
    // a judge. A panic is as deterministic as an error. Nothing that the
    // decoder touched is used afterwards.
    catch_unwind(AssertUnwindSafe(|| decode_as(bytes, format)))
        .unwrap_or(Err(AbsentReason::Corrupt))
}

fn decode_as(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, AbsentReason> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(reason)?;

    let (width, height) = decoder.dimensions();
    // Cannot overflow: two 32-bit factors.
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    if pixels == 0 {
        return Err(AbsentReason::Corrupt);
    }
    if pixels > MAX_PIXELS {
        return Err(AbsentReason::TooManyPixels);
    }
    let _one_at_a_time =
        (pixels > LARGE_PIXELS).then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner));
    // Unreadable metadata is no metadata.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(reason)?;
    image.apply_orientation(orientation);
    Ok(image)
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn reason(error: ImageError) -> AbsentReason {
    match error {
        ImageError::Limits(_) => AbsentReason::TooMuchMemory,
        ImageError::Unsupported(_) => AbsentReason::Unsupported,
        _ => AbsentReason::Corrupt,
    }
}
