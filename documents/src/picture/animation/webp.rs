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
    // Without a colour, the decoder does not dispose of frames.
    call(|| decoder.set_background_color([0; 4]))?;
    let (width, height) = decoder.dimensions();
    let mut canvas = Canvas::new(width, height)?;
    if !lossy_frames_fit(bytes, &canvas) {
        return Err(Reason::Damaged);
    }
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

/// Whether no lossy frame states more pixels than the canvas has. The decoder reserves
/// memory for what a frame states before it compares that with the animation. Wherever
/// it may look for a frame, these words stand before it.
fn lossy_frames_fit(bytes: &[u8], canvas: &Canvas) -> bool {
    let most = u64::from(canvas.width) * u64::from(canvas.height);
    bytes.windows(18).all(|window| match window {
        // The chunk, its length, three bytes of the frame, its start code, its sides of
        // fourteen bits each.
        &[b'V', b'P', b'8', b' ', _, _, _, _, _, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] => {
            let side = |bytes| u64::from(u16::from_le_bytes(bytes) & 0x3fff);
            side([w0, w1]) * side([h0, h1]) <= most
        }
        _ => true,
    })
}
