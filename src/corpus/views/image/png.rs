//! PNG by the `png` crate, row by row.
//!
//! Compressed metadata are not unpacked: a small picture could ask for gigabytes
//! by them, and no view shows them.
#![deny(clippy::arithmetic_side_effects)]

use std::io::{Cursor, ErrorKind};

use png::{BitDepth, ColorType, DecodingError, InterlaceInfo, Limits, Reader, Transformations};

use super::canvas::Canvas;
use super::chunks;
use super::failure::{Failure, Views};
use super::memory::{MAX_DECODED_BYTES, Turn, check_pixels};
use super::orientation::Orientation;
use super::pixels::row_over_white;
use super::{ImageView, UnreadableReason};

/// How many rows the decoder holds at once, at most.
const ROWS_HELD: u64 = 8;

/// Decodes the still picture of a PNG.
pub(super) fn decode(bytes: &[u8], views: &[ImageView]) -> Result<Views, Failure> {
    let orientation = look_at_chunks(bytes)?;
    let limit = usize::try_from(MAX_DECODED_BYTES).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: limit });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(reason)?;
    let (width, height, interlaced) = (header.width, header.height, header.interlaced);
    let pixels = check_pixels(width, height)?;
    // Four channels of two bytes at most.
    let row = u64::from(width).saturating_mul(8);
    let rows = row.saturating_mul(ROWS_HELD);
    if rows > MAX_DECODED_BYTES {
        return Err(UnreadableReason::TooManyPixels.into());
    }
    let held = if interlaced { pixels.saturating_mul(8) } else { rows };
    let _turn = Turn::for_picture(pixels, held);

    let mut reader = decoder.read_info().map_err(reason)?;
    let row_bytes = reader.output_line_size(width).ok_or(UnreadableReason::TooManyPixels)?;
    let kind = reader.output_color_type();
    let mut canvas = Canvas::new(views, (width, height), orientation);
    let mut rgb = vec![0; canvas.row_bytes()];
    if interlaced {
        for row in
            interlaced_rows(&mut reader, (width, height), row_bytes, kind)?.chunks_exact(row_bytes)
        {
            to_rgb(row, kind, &mut rgb)?;
            canvas.row(&rgb);
        }
    } else {
        let mut row = vec![0; row_bytes];
        for _ in 0..height {
            reader.read_row(&mut row).map_err(reason)?.ok_or(UnreadableReason::Corrupt)?;
            to_rgb(&row, kind, &mut rgb)?;
            canvas.row(&rgb);
        }
        end_of_picture(&mut reader)?;
    }
    Ok(canvas.finish().ok_or(UnreadableReason::Corrupt)?)
}

/// Orientation, and whether there is something that makes the picture another
/// one and that is not known.
fn look_at_chunks(bytes: &[u8]) -> Result<Orientation, UnreadableReason> {
    let mut orientation = None;
    for chunk in chunks::of_png(bytes) {
        match &chunk.kind {
            b"IHDR" => {
                // Methods of compression, filtering and interlacing.
                if let Some(&[compression, filter, interlace]) = chunk.contents.get(10..13)
                    && (compression > 0 || filter > 0 || interlace > 1)
                {
                    return Err(UnreadableReason::Unsupported);
                }
            }
            b"eXIf" => {
                orientation.get_or_insert_with(|| Orientation::of_exif(chunk.contents));
            }
            b"IEND" => break,
            b"PLTE" | b"IDAT" => {}
            // A capital: critical. Apple's CgBI is one.
            kind if kind.iter().all(u8::is_ascii_alphabetic)
                && kind.first().is_some_and(u8::is_ascii_uppercase) =>
            {
                return Err(UnreadableReason::Unsupported);
            }
            _ => {}
        }
    }
    Ok(orientation.unwrap_or(Orientation::UPRIGHT))
}

/// All rows of an interlaced picture.
fn interlaced_rows(
    reader: &mut Reader<Cursor<&[u8]>>,
    size: (u32, u32),
    row_bytes: usize,
    (colours, depth): (ColorType, BitDepth),
) -> Result<Vec<u8>, UnreadableReason> {
    let length = reader.output_buffer_size().ok_or(UnreadableReason::TooManyPixels)?;
    if length as u64 > MAX_DECODED_BYTES {
        return Err(UnreadableReason::TooManyPixels);
    }
    let bits = (colours.samples() as u8).saturating_mul(depth as u8);
    let mut picture = vec![0; length];
    for _ in 0..rows_of_passes(size) {
        let row = reader.next_interlaced_row().map_err(reason)?.ok_or(UnreadableReason::Corrupt)?;
        let InterlaceInfo::Adam7(place) = row.interlace() else {
            return Err(UnreadableReason::Corrupt);
        };
        let place = *place;
        png::expand_interlaced_row(&mut picture, row_bytes, row.data(), &place, bits);
    }
    end_of_picture(reader)?;
    Ok(picture)
}

/// Rows of all seven passes.
fn rows_of_passes((width, height): (u32, u32)) -> u64 {
    // First column, first row, distance of rows.
    const PASSES: [(u32, u32, u32); 7] =
        [(0, 0, 8), (4, 0, 8), (0, 4, 8), (2, 0, 4), (0, 2, 4), (1, 0, 2), (0, 1, 2)];
    let rows = PASSES.iter().filter(|(column, ..)| width > *column);
    rows.map(|&(_, first, step)| u64::from(height.saturating_sub(first).div_ceil(step))).sum()
}

/// What comes after the last row must not contradict it, but may be missing: the
/// pixels are all there.
fn end_of_picture(reader: &mut Reader<Cursor<&[u8]>>) -> Result<(), UnreadableReason> {
    match reader.next_row() {
        Ok(_) => Ok(()),
        Err(DecodingError::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
        Err(error) => Err(reason(error)),
    }
}

fn to_rgb(row: &[u8], kind: (ColorType, BitDepth), rgb: &mut [u8]) -> Result<(), UnreadableReason> {
    let wide = || -> Vec<u16> {
        row.as_chunks::<2>().0.iter().map(|&bytes| u16::from_be_bytes(bytes)).collect()
    };
    match kind {
        (ColorType::Grayscale, BitDepth::Eight) => row_over_white::<u8, 1>(row, rgb),
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => row_over_white::<u8, 2>(row, rgb),
        (ColorType::Rgb, BitDepth::Eight) => row_over_white::<u8, 3>(row, rgb),
        (ColorType::Rgba, BitDepth::Eight) => row_over_white::<u8, 4>(row, rgb),
        (ColorType::Grayscale, BitDepth::Sixteen) => row_over_white::<u16, 1>(&wide(), rgb),
        (ColorType::GrayscaleAlpha, BitDepth::Sixteen) => row_over_white::<u16, 2>(&wide(), rgb),
        (ColorType::Rgb, BitDepth::Sixteen) => row_over_white::<u16, 3>(&wide(), rgb),
        (ColorType::Rgba, BitDepth::Sixteen) => row_over_white::<u16, 4>(&wide(), rgb),
        // The decoder has expanded everything else.
        _ => return Err(UnreadableReason::Unsupported),
    }
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn reason(error: DecodingError) -> UnreadableReason {
    match error {
        DecodingError::LimitsExceeded => UnreadableReason::TooMuchMemory,
        DecodingError::Parameter(_) => UnreadableReason::Unsupported,
        _ => UnreadableReason::Corrupt,
    }
}
