//! TIFF: our own reader of its tags, over decompressors that are pinned.
//!
//! Strips, or rows of tiles, are decoded one after the other, and each row goes
//! to the canvas. See `docs/decisions/0014-tiff-reader.md`.
#![deny(clippy::arithmetic_side_effects)]

use jpeg_decoder::{ColorTransform, PixelFormat};

use self::ifd::{Directory, Tiff};
use self::layout::{Alpha, Coding, Colours, Layout};
use self::pieces::{Pieces, Stored};
use self::samples::Reader;
use super::canvas::Canvas;
use super::failure::{Failure, Views};
use super::memory::{MAX_DECODED_BYTES, Turn, check_pixels};
use super::orientation::Orientation;
use super::{ImageView, UnreadableReason, jpeg};

mod decompress;
mod fax;
mod fax_codes;
pub(super) mod ifd;
mod layout;
mod pieces;
mod samples;

/// The directory that is the document: the first that is not said to be a
/// smaller version of another.
fn document(file: Tiff<'_>) -> Result<Directory<'_>, UnreadableReason> {
    let full = file.directories().find(|directory| !directory.is_reduced() && !directory.is_mask());
    full.map_or_else(|| file.first_directory().map_err(|_| UnreadableReason::Corrupt), Ok)
}

/// Decodes the first picture that is no smaller version of another.
pub(super) fn decode(file: Tiff, views: &[ImageView]) -> Result<Views, Failure> {
    let directory = document(file)?;
    let layout = Layout::read(&directory)?;
    let pixels = check_pixels(layout.width, layout.height)?;
    if layout.coding == Coding::OldJpeg {
        return old_jpeg(file, &directory, &layout, views);
    }
    let pieces = Pieces::read(&directory, &layout, file.bytes().len() as u64)?;
    let held = pieces.held();
    // A JPEG decoder holds as much again.
    let jpeg = layout.coding == Coding::Jpeg;
    if held > if jpeg { MAX_DECODED_BYTES / 2 } else { MAX_DECODED_BYTES } {
        return Err(UnreadableReason::TooMuchMemory.into());
    }
    let _turn = if jpeg { Turn::large() } else { Turn::for_picture(pixels, held) };

    let orientation = Orientation::of_directory(&directory);
    let mut canvas = Canvas::new(views, (layout.width, layout.height), orientation);
    let reader = Reader::new(&directory, &layout, file.little())?;
    let mut rgb = vec![0; canvas.row_bytes()];
    for band in 0..pieces.down {
        let decoded = (0..pieces.in_band())
            .map(|piece| piece_of_band(&directory, &layout, &pieces, &reader, band, piece))
            .collect::<Result<Vec<Stored>, Failure>>()?;
        for row in 0..pieces.rows_seen(band, layout.height) {
            reader.row(&decoded, &pieces, row, &mut rgb)?;
            canvas.row(&rgb);
        }
    }
    Ok(canvas.finish().ok_or(UnreadableReason::Corrupt)?)
}

/// Decodes one of the pieces that stand beside each other, or one plane of it.
fn piece_of_band<'a>(
    directory: &Directory<'a>,
    layout: &Layout,
    pieces: &Pieces,
    reader: &Reader,
    band: usize,
    piece: usize,
) -> Result<Stored<'a>, Failure> {
    let rows = pieces.rows_stored(band, layout.height);
    match layout.coding {
        Coding::Samples(compression) => {
            let stored = pieces.stored(directory, layout, band, piece)?;
            let length = pieces.length(rows);
            let size = (pieces.width, rows);
            let mut samples = decompress::stored_to_samples(stored, compression, length, size)?;
            reader.undo_predictor(&mut samples, pieces);
            Ok(samples)
        }
        Coding::Jpeg => {
            let stream = pieces.stream(directory, band, piece)?;
            jpeg_piece(&stream, layout, pieces, rows).map(Stored::Owned)
        }
        // Not in pieces.
        Coding::OldJpeg => Err(UnreadableReason::Unsupported.into()),
    }
}

/// The samples of a strip or tile that is a JPEG stream, as they would stand in
/// the file without compression; of YCbCr, red, green and blue.
fn jpeg_piece(
    stream: &[u8],
    layout: &Layout,
    pieces: &Pieces,
    rows: usize,
) -> Result<Vec<u8>, Failure> {
    let (format, transform) = match (layout.colours, pieces.samples) {
        (_, 1) => (PixelFormat::L8, ColorTransform::Grayscale),
        (Colours::YCbCr, 3) => (PixelFormat::RGB24, ColorTransform::YCbCr),
        (Colours::Rgb, 3) => (PixelFormat::RGB24, ColorTransform::RGB),
        // The decoder knows four components as inks only.
        (Colours::Cmyk | Colours::Rgb, 4) => (PixelFormat::CMYK32, ColorTransform::CMYK),
        _ => return Err(UnreadableReason::Unsupported.into()),
    };
    let picture = jpeg::samples(stream, Some(transform), false)?;
    let size = (picture.size.0 as usize, picture.size.1 as usize);
    let high_enough = (rows..=pieces.most_rows()).contains(&size.1);
    if picture.format != format || size.0 != pieces.width || !high_enough {
        return Err(UnreadableReason::Corrupt.into());
    }
    let mut samples = picture.samples;
    samples.truncate(pieces.length(rows));
    if format == PixelFormat::CMYK32 {
        // The decoder has taken them for Adobe's complement.
        for ink in &mut samples {
            *ink = !*ink;
        }
    }
    Ok(samples)
}

/// The older scheme, where it is simple: the whole picture is one JPEG stream.
fn old_jpeg(
    file: Tiff,
    directory: &Directory,
    layout: &Layout,
    views: &[ImageView],
) -> Result<Views, Failure> {
    const STREAM: u16 = 513;
    let start = directory.first(STREAM).and_then(|at| usize::try_from(at).ok());
    let stream = start.and_then(|start| file.bytes().get(start..)).unwrap_or_default();
    if !stream.starts_with(&[0xff, 0xd8, 0xff]) || layout.planar {
        return Err(UnreadableReason::Unsupported.into());
    }
    let transform = match layout.colours {
        Colours::YCbCr => ColorTransform::YCbCr,
        Colours::Rgb => ColorTransform::RGB,
        Colours::MinIsBlack => ColorTransform::Grayscale,
        _ => return Err(UnreadableReason::Unsupported.into()),
    };
    let picture = jpeg::samples(stream, Some(transform), true)?;
    // A stream of another size is a smaller version, or one strip of several.
    if picture.size != (layout.width, layout.height) {
        return Err(UnreadableReason::Unsupported.into());
    }
    let orientation = Orientation::of_directory(directory);
    Ok(picture.render(views, orientation)?)
}

/// Lays a color over white that its opacity has been applied to, or not.
fn over_white(value: u8, alpha: u8, kind: Alpha) -> u8 {
    match kind {
        Alpha::Unassociated => super::pixels::over_white(value, alpha),
        Alpha::Associated => value.saturating_add(u8::MAX.saturating_sub(alpha)),
    }
}
