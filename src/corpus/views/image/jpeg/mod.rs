//! JPEG by `jpeg-decoder`, built without its processor-specific code.
#![deny(clippy::arithmetic_side_effects)]

use std::io::{self, ErrorKind, Read};

use jpeg_decoder::{CodingProcess, ColorTransform, Decoder, Error, PixelFormat};

use super::canvas::Canvas;
use super::failure::{Failure, Views};
use super::memory::{MAX_DECODED_BYTES, Turn, check_pixels};
use super::orientation::Orientation;
use super::pixels::{inks_to_light, row_over_white};
use super::{ImageView, UnreadableReason};

mod bits;
mod complete;
mod huffman;
mod scan;
mod segments;

/// Longest side, as in libjpeg. Above it the decoder's 16-bit row and column
/// arithmetic could overflow.
const MAX_JPEG_SIDE: u16 = 65_500;
/// Most scans. Each may pass over the whole image whatever its length, so a
/// file of many empty ones would take days. Encoders write about ten.
const MAX_SCANS: u32 = 256;
/// What the decoder holds of each sample: its coefficient, itself, and itself in
/// the result.
const SAMPLE_BYTES: u64 = 4;

/// Decodes baseline and progressive JPEG of 8-bit gray, YCbCr, RGB, CMYK and
/// YCCK.
pub(super) fn decode(bytes: &[u8], views: &[ImageView]) -> Result<Views, Failure> {
    let orientation = segments::orientation(bytes);
    let picture = match samples(bytes, None, true) {
        // Another format by the same first bytes.
        Err(Failure::Unreadable(UnreadableReason::Corrupt)) if segments::is_jpeg_ls(bytes) => {
            return Err(UnreadableReason::Unsupported.into());
        }
        picture => picture?,
    };
    Ok(picture.render(views, orientation)?)
}

/// A decoded stream, with the right to hold it.
pub(super) struct Picture {
    pub(super) size: (u32, u32),
    pub(super) format: PixelFormat,
    pub(super) samples: Vec<u8>,
    _turn: Option<Turn>,
}

impl Picture {
    /// Its views.
    pub(super) fn render(
        &self,
        views: &[ImageView],
        orientation: Orientation,
    ) -> Result<Views, UnreadableReason> {
        let mut canvas = Canvas::new(views, self.size, orientation);
        let mut rgb = vec![0; canvas.row_bytes()];
        for row in self.rows() {
            self.to_rgb(row, &mut rgb);
            canvas.row(&rgb);
        }
        canvas.finish().ok_or(UnreadableReason::Corrupt)
    }

    /// Its rows from the top.
    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        let width = self.size.0 as usize;
        self.samples.chunks_exact(width.saturating_mul(self.format.pixel_bytes()).max(1))
    }

    /// Files hold the complement of the ink, as Adobe has it; the decoder has
    /// turned it round.
    fn to_rgb(&self, row: &[u8], rgb: &mut [u8]) {
        match self.format {
            PixelFormat::L8 | PixelFormat::L16 => row_over_white::<u8, 1>(row, rgb),
            PixelFormat::RGB24 => rgb.copy_from_slice(row),
            PixelFormat::CMYK32 => {
                let pixels = row.as_chunks::<4>().0.iter();
                for (&inks, rgb) in pixels.zip(rgb.as_chunks_mut::<3>().0) {
                    *rgb = inks_to_light(inks);
                }
            }
        }
    }
}

/// Decodes a stream; its colours are what the stream says, unless the container
/// knows better. Waits for the right to hold it, unless the caller has it.
pub(super) fn samples(
    bytes: &[u8],
    colours: Option<ColorTransform>,
    wait: bool,
) -> Result<Picture, Failure> {
    let mut file = Scans { bytes, end: &[], last: 0, scans: 0 };
    let mut decoder = Decoder::new(&mut file);
    decoder.read_info()?;
    let info = decoder.info().ok_or(UnreadableReason::Corrupt)?;
    let (width, height) = (info.width, info.height);
    // The lossless process is another format by the same name.
    if info.coding_process == CodingProcess::Lossless || width.max(height) > MAX_JPEG_SIDE {
        return Err(UnreadableReason::Unsupported.into());
    }
    let pixels = check_pixels(width.into(), height.into())?;
    let held = pixels.saturating_mul(info.pixel_format.pixel_bytes() as u64);
    let held = held.saturating_mul(SAMPLE_BYTES);
    if held > MAX_DECODED_BYTES {
        return Err(UnreadableReason::TooManyPixels.into());
    }
    let turn = wait.then(|| Turn::for_picture(pixels, held));

    let bytes = match complete::check(bytes, MAX_SCANS)? {
        Some(end) => bytes.get(..end).unwrap_or(bytes),
        None => bytes,
    };
    let mut file = Scans { bytes, end: &[0xff, 0xd9], last: 0, scans: 0 };
    let result = decode_from(&mut file, colours);
    let (samples, format) = match result {
        Err(_) if file.scans > MAX_SCANS => return Err(UnreadableReason::TooMuchWork.into()),
        result => result?,
    };
    // L16 is of the lossless process alone.
    if format == PixelFormat::L16 {
        return Err(UnreadableReason::Unsupported.into());
    }
    let size = (u32::from(width), u32::from(height));
    Ok(Picture { size, format, samples, _turn: turn })
}

fn decode_from(
    file: &mut Scans,
    colours: Option<ColorTransform>,
) -> Result<(Vec<u8>, PixelFormat), Failure> {
    let mut decoder = Decoder::new(file);
    if let Some(colours) = colours {
        decoder.set_color_transform(colours);
    }
    decoder.set_max_decoding_buffer_size(usize::try_from(MAX_DECODED_BYTES).unwrap_or(usize::MAX));
    let samples = decoder.decode()?;
    let info = decoder.info().ok_or(UnreadableReason::Corrupt)?;
    Ok((samples, info.pixel_format))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unsupported(_) => UnreadableReason::Unsupported.into(),
            // Bytes in memory fail only by ending, or by `Scans`. What is left
            // is a thread that the system would not start: no fault of the file.
            Error::Io(error)
                if !matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::QuotaExceeded) =>
            {
                Self::Machine(error)
            }
            _ => UnreadableReason::Corrupt.into(),
        }
    }
}

/// The bytes of a file and then those of `end`, counting the scans that the
/// decoder meets: it asks for markers and entropy-coded data byte by byte, and
/// for the contents of other segments, such as a thumbnail with scans of its
/// own, in one piece.
struct Scans<'a> {
    bytes: &'a [u8],
    end: &'a [u8],
    last: u8,
    scans: u32,
}

impl Read for Scans<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = match self.bytes.read(buffer)? {
            0 => self.end.read(buffer)?,
            length => length,
        };
        self.last = match (&*buffer, length) {
            (&[byte], 1) => {
                if (self.last, byte) == (0xff, 0xda) {
                    self.scans = self.scans.saturating_add(1);
                    if self.scans > MAX_SCANS {
                        return Err(ErrorKind::QuotaExceeded.into());
                    }
                }
                byte
            }
            _ => 0,
        };
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_are_counted_outside_segments() {
        let bytes = &[0xff, 0xda, 0xff, 0xff, 0xda, 0xff, 0xda];
        let mut file = Scans { bytes, end: &[], last: 0, scans: 0 };
        let mut byte = [0];
        for _ in 0..5 {
            file.read_exact(&mut byte).unwrap();
        }
        assert_eq!(file.scans, 2);
        file.read_exact(&mut [0; 2]).unwrap();
        assert_eq!(file.scans, 2);
    }
}
