//! From file bytes to views, within deterministic limits.
#![deny(clippy::arithmetic_side_effects)]

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::canvas::Canvas;
use super::chunks::{self, PNG_SIGNATURE};
use super::failure::{Failure, Views};
use super::memory::{Turn, check_pixels, small_bytes};
use super::orientation::Orientation;
use super::{ImageView, UnreadableReason, bmp, catch_panic, gif, jpeg, pixels, png, tiff};

/// Largest file that a view reads.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// What a decoder of GIF, BMP and WebP may reserve by its own count.
const DECODER_BYTES: u64 = 1 << 30;
/// Most bytes of a picture in these formats, as decoded.
const DECODED_BYTES: u64 = 512 << 20;

/// The views of the first picture of a PNG, JPEG, TIFF, BMP, GIF or WebP, told
/// apart by their first bytes, turned upright.
///
/// # Panics
/// If the system refuses a thread. As with memory, there is no answer then: a
/// reason that depends on the machine would be committed to.
#[allow(clippy::panic, reason = "a wrong answer is worse than none")]
pub(in crate::corpus::views) fn decode(
    bytes: &[u8],
    views: &[ImageView],
) -> Result<Views, UnreadableReason> {
    // A last resort: the decoders mean to return errors, but have panicked on
    // hostile files before, and one such file must not stop a whole corpus or
    // a judge. A panic is as deterministic as an error. It says nothing of the
    // file: the decoder met a variant that it does not know.
    match catch_panic::catch(|| decode_without_net(bytes, views)) {
        None => Err(UnreadableReason::Unsupported),
        Some(Ok(views)) => Ok(views),
        Some(Err(Failure::Unreadable(reason))) => Err(reason),
        Some(Err(Failure::Machine(error))) => {
            panic!("cannot start a thread to decode an image: {error}")
        }
    }
}

/// The same, but panics of decoders pass.
pub(in crate::corpus::views) fn decode_without_net(
    bytes: &[u8],
    views: &[ImageView],
) -> Result<Views, Failure> {
    if u64::try_from(bytes.len()).map_or(true, |length| length > MAX_FILE_BYTES) {
        return Err(UnreadableReason::TooManyBytes.into());
    }
    match bytes {
        [0xff, 0xd8, 0xff, ..] => jpeg::decode(bytes, views),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
            let bytes = gif::with_room_for_first_frame(bytes);
            by_image(&bytes, ImageFormat::Gif, views, Orientation::UPRIGHT)
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            by_image(bytes, ImageFormat::WebP, views, orientation_of_webp(bytes))
        }
        [b'B', b'M', ..] => {
            by_image(&bmp::readable(bytes)?, ImageFormat::Bmp, views, Orientation::UPRIGHT)
        }
        _ if bytes.starts_with(PNG_SIGNATURE) => png::decode(bytes, views),
        _ => match tiff::ifd::Tiff::open(bytes) {
            Some(file) => tiff::decode(file, views),
            None => Err(UnreadableReason::NotAnImage.into()),
        },
    }
}

fn orientation_of_webp(bytes: &[u8]) -> Orientation {
    let exif = chunks::of_webp(bytes).find(|chunk| &chunk.kind == b"EXIF");
    exif.map_or(Orientation::UPRIGHT, |chunk| Orientation::of_exif(chunk.contents))
}

/// Decodes as a whole. The decoder is first tried within what every thread may
/// take; if that is not enough, it has its turn.
fn by_image(
    bytes: &[u8],
    format: ImageFormat,
    views: &[ImageView],
    orientation: Orientation,
) -> Result<Views, Failure> {
    let pixels = match open(bytes, format, small_bytes(0)) {
        Ok(decoder) => size(&decoder)?,
        Err(UnreadableReason::TooMuchMemory) => {
            let _turn = Turn::large();
            size(&open(bytes, format, DECODER_BYTES)?)?
        }
        Err(reason) => return Err(reason.into()),
    };
    let allowance = small_bytes(pixels);
    let turn = Turn::for_picture(pixels, allowance);
    if turn.is_large() {
        return whole(bytes, format, DECODER_BYTES, views, orientation);
    }
    match whole(bytes, format, allowance, views, orientation) {
        Err(Failure::Unreadable(UnreadableReason::TooMuchMemory)) => {
            let _turn = Turn::large();
            whole(bytes, format, DECODER_BYTES, views, orientation)
        }
        result => result,
    }
}

fn whole(
    bytes: &[u8],
    format: ImageFormat,
    allowance: u64,
    views: &[ImageView],
    orientation: Orientation,
) -> Result<Views, Failure> {
    let decoder = open(bytes, format, allowance)?;
    let image = DynamicImage::from_decoder(decoder).map_err(reason)?;
    let mut canvas = Canvas::new(views, (image.width(), image.height()), orientation);
    pixels::for_each_row(&image, |row| canvas.row(row));
    Ok(canvas.finish().ok_or(UnreadableReason::Corrupt)?)
}

fn open(
    bytes: &[u8],
    format: ImageFormat,
    allowance: u64,
) -> Result<impl ImageDecoder, UnreadableReason> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(allowance);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    reader.into_decoder().map_err(reason)
}

fn size(decoder: &impl ImageDecoder) -> Result<u64, UnreadableReason> {
    let (width, height) = decoder.dimensions();
    let pixels = check_pixels(width, height)?;
    if decoder.total_bytes() > DECODED_BYTES {
        return Err(UnreadableReason::TooManyPixels);
    }
    Ok(pixels)
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn reason(error: ImageError) -> UnreadableReason {
    match error {
        ImageError::Limits(_) => UnreadableReason::TooMuchMemory,
        ImageError::Unsupported(_) => UnreadableReason::Unsupported,
        _ => UnreadableReason::Corrupt,
    }
}
