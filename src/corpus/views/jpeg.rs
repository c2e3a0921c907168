//! JPEG by `jpeg-decoder`, built without its processor-specific code.
#![deny(clippy::arithmetic_side_effects)]

use std::io::{self, ErrorKind, Read};

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{CodingProcess, Decoder, Error, PixelFormat};

use super::AbsentReason;
use super::decode::{Failure, MAX_PIXELS, check_pixels};

/// Longest side, as in libjpeg. Above it the decoder's 16-bit row and column
/// arithmetic could overflow.
const MAX_JPEG_SIDE: u16 = 65_500;
/// Most scans. Each may pass over the whole image whatever its length, so a
/// file of many empty ones would take days. Encoders write about ten.
const MAX_SCANS: u32 = 256;
/// Of CMYK, the widest format.
const MAX_PIXEL_BYTES: u64 = 4;

/// Decodes baseline and progressive JPEG of 8-bit gray, YCbCr, RGB, CMYK and
/// YCCK, and turns it upright.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, Failure> {
    let mut file = Scans { bytes, last: 0, scans: 0 };
    let result = decode_from(&mut file);
    match result {
        Err(_) if file.scans > MAX_SCANS => Err(AbsentReason::TooMuchWork.into()),
        result => result,
    }
}

fn decode_from(file: &mut Scans) -> Result<DynamicImage, Failure> {
    let mut decoder = Decoder::new(file);
    decoder.read_info()?;
    let info = decoder.info().ok_or(AbsentReason::Corrupt)?;
    let (width, height) = (info.width, info.height);
    // The lossless process is another format by the same name.
    if info.coding_process == CodingProcess::Lossless || width.max(height) > MAX_JPEG_SIDE {
        return Err(AbsentReason::Unsupported.into());
    }
    let _one_at_a_time = check_pixels(width.into(), height.into())?;
    let limit = usize::try_from(MAX_PIXELS.saturating_mul(MAX_PIXEL_BYTES));
    decoder.set_max_decoding_buffer_size(limit.unwrap_or(usize::MAX));

    let samples = decoder.decode()?;
    let size = (u32::from(width), u32::from(height));
    let image = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(size.0, size.1, samples).map(DynamicImage::from),
        PixelFormat::RGB24 => RgbImage::from_raw(size.0, size.1, samples).map(DynamicImage::from),
        PixelFormat::CMYK32 => {
            RgbImage::from_raw(size.0, size.1, cmyk_to_rgb(&samples)).map(DynamicImage::from)
        }
        // Of the lossless process alone.
        PixelFormat::L16 => return Err(AbsentReason::Unsupported.into()),
    };
    let mut image = image.ok_or(AbsentReason::Corrupt)?;
    // Unreadable metadata is no metadata.
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk);
    image.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    Ok(image)
}

/// Ink to light: each of red, green and blue is `(255 − ink)(255 − black) / 255`
/// to the nearest. Files hold the complement of the ink, as Adobe has it; the
/// decoder has turned it round.
fn cmyk_to_rgb(samples: &[u8]) -> Vec<u8> {
    let light = |ink: u8| u16::from(u8::MAX.wrapping_sub(ink));
    let pixels = samples.as_chunks::<4>().0.iter();
    pixels
        .flat_map(|&[c, m, y, k]| {
            // At most 255·255 + 127 < 2^16.
            [c, m, y].map(|ink| light(ink).saturating_mul(light(k)).saturating_add(127) / 255)
        })
        .map(|value| value as u8)
        .collect()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unsupported(_) => AbsentReason::Unsupported.into(),
            // Bytes in memory fail only by ending, or by `Scans`. What is left
            // is a thread that the system would not start: no fault of the file.
            Error::Io(error)
                if !matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::QuotaExceeded) =>
            {
                Self::Machine(error)
            }
            _ => AbsentReason::Corrupt.into(),
        }
    }
}

/// The bytes of a file, counting the scans that the decoder meets: it asks for
/// markers and entropy-coded data byte by byte, and for the contents of other
/// segments, such as a thumbnail with scans of its own, in one piece.
struct Scans<'a> {
    bytes: &'a [u8],
    last: u8,
    scans: u32,
}

impl Read for Scans<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read(buffer)?;
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
    fn inks_take_light_away() {
        let inks = [[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255], [100, 200, 255, 51]];
        let rgb = cmyk_to_rgb(inks.as_flattened());
        assert_eq!(rgb, [255, 255, 255, 0, 255, 255, 0, 0, 0, 124, 44, 0]);
    }

    #[test]
    fn scans_are_counted_outside_segments() {
        let mut file =
            Scans { bytes: &[0xff, 0xda, 0xff, 0xff, 0xda, 0xff, 0xda], last: 0, scans: 0 };
        let mut byte = [0];
        for _ in 0..5 {
            file.read_exact(&mut byte).unwrap();
        }
        assert_eq!(file.scans, 2);
        file.read_exact(&mut [0; 2]).unwrap();
        assert_eq!(file.scans, 2);
    }
}
