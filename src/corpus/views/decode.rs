//! From file bytes to an upright image, within deterministic limits.
#![deny(clippy::arithmetic_side_effects)]

use std::io::{self, Cursor};
use std::sync::{Mutex, MutexGuard, PoisonError};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::{AbsentReason, jpeg, quiet, tiff};

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

/// Why there is no image.
pub(super) enum Failure {
    /// By the file's own fault: the same everywhere.
    Absent(AbsentReason),
    /// By the machine's.
    Machine(io::Error),
}

impl From<AbsentReason> for Failure {
    fn from(reason: AbsentReason) -> Self {
        Self::Absent(reason)
    }
}

/// Decodes the first frame of a PNG, JPEG, TIFF, BMP, GIF or WebP, told apart
/// by their first bytes, and turns it upright.
///
/// # Panics
/// If the system refuses a thread. As with memory, there is no answer then: a
/// reason that depends on the machine would be committed to.
#[allow(clippy::panic, reason = "a wrong answer is worse than none")]
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
    // a judge. A panic is as deterministic as an error.
    let result = quiet::catch(|| match format {
        ImageFormat::Jpeg => jpeg::decode(bytes),
        ImageFormat::Tiff => {
            tiff::check(bytes)?;
            decode_as(bytes, format)
        }
        _ => decode_as(bytes, format),
    });
    match result {
        None => Err(AbsentReason::Corrupt),
        Some(Ok(image)) => Ok(image),
        Some(Err(Failure::Absent(reason))) => Err(reason),
        Some(Err(Failure::Machine(error))) => {
            panic!("cannot start a thread to decode an image: {error}")
        }
    }
}

/// Holds the size to the limits. A large image is to be decoded under the
/// guard.
pub(super) fn check_pixels(
    width: u32,
    height: u32,
) -> Result<Option<MutexGuard<'static, ()>>, AbsentReason> {
    // Cannot overflow: two 32-bit factors.
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    if pixels == 0 {
        return Err(AbsentReason::Corrupt);
    }
    if pixels > MAX_PIXELS {
        return Err(AbsentReason::TooManyPixels);
    }
    Ok((pixels > LARGE_PIXELS).then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner)))
}

fn decode_as(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, Failure> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(reason)?;

    let (width, height) = decoder.dimensions();
    let _one_at_a_time = check_pixels(width, height)?;
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
