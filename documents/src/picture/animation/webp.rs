//! Frames of an animated WebP. The decoder lays them out itself.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::canvas::Canvas;
use super::{Frames, call};
use crate::{Budget, Reason};

pub(super) fn frames(bytes: &[u8], frames: &mut Frames<'_>) -> Result<(), Reason> {
    let Ok(mut decoder) = call(|| WebPDecoder::new(Cursor::new(bytes))) else { return Ok(()) };
    if !decoder.is_animated() {
        return Ok(());
    }
    decoder.set_memory_limit(Budget::STREAM_BYTES);
    let (width, height) = decoder.dimensions();
    let mut canvas = Canvas::new(width, height)?;
    let opaque = !decoder.has_alpha();
    let size = decoder.output_buffer_size().filter(|&size| size <= Budget::STREAM_BYTES);
    let mut buffer = vec![0; size.ok_or(Reason::TooLarge)?];
    for _ in 0..decoder.num_frames() {
        frames.charge(&canvas)?;
        call(|| decoder.read_frame(&mut buffer))?;
        let pixels = canvas.pixels_mut().as_chunks_mut::<4>().0.iter_mut();
        if opaque {
            for (pixel, &[red, green, blue]) in pixels.zip(buffer.as_chunks().0) {
                *pixel = [red, green, blue, 255];
            }
        } else {
            pixels.zip(buffer.as_chunks().0).for_each(|(pixel, &color)| *pixel = color);
        }
        frames.add(&canvas)?;
    }
    Ok(())
}
