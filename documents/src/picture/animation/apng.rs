//! Frames of an animated PNG.

use std::io::Cursor;

use png::{BitDepth, BlendOp, ColorType, Decoder, DisposeOp, Limits, Transformations};

use super::canvas::{Canvas, Place};
use super::{Frames, call};
use crate::{Budget, Reason};

pub(super) fn frames(bytes: &[u8], frames: &mut Frames<'_>) -> Result<(), Reason> {
    let limits = Limits { bytes: Budget::STREAM_BYTES };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    // Compressed metadata could unpack to gigabytes, and no one looks at them.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let all = Transformations::EXPAND | Transformations::STRIP_16 | Transformations::ALPHA;
    decoder.set_transformations(all);
    let Ok(mut reader) = call(|| decoder.read_info()) else { return Ok(()) };
    let Some(animation) = reader.info().animation_control().copied() else { return Ok(()) };
    let (width, height) = (reader.info().width, reader.info().height);
    let mut canvas = Canvas::new(width, height)?;
    let size = reader.output_buffer_size().filter(|&size| size <= Budget::STREAM_BYTES);
    let mut buffer = vec![0; size.ok_or(Reason::TooLarge)?];
    let mut left = animation.num_frames;
    while left > 0 {
        frames.charge(&canvas)?;
        let output = call(|| reader.next_frame(&mut buffer))?;
        // The picture for programs that know no animations may be no frame.
        let Some(control) = reader.info().frame_control().copied() else { continue };
        left -= 1;
        let place = Place {
            left: control.x_offset,
            top: control.y_offset,
            width: output.width,
            height: output.height,
        };
        let frame = buffer.get(..output.buffer_size()).ok_or(Reason::Damaged)?;
        let frame = rgba(frame, (output.color_type, output.bit_depth))?;
        let before = (control.dispose_op == DisposeOp::Previous).then(|| canvas.clone());
        canvas.lay(place, &frame, control.blend_op == BlendOp::Over);
        frames.add(&canvas)?;
        match (control.dispose_op, before) {
            (DisposeOp::Background, _) => canvas.clear(place),
            (_, Some(before)) => canvas = before,
            _ => {}
        }
    }
    Ok(())
}

/// Red, green, blue and opacity of what the decoder has expanded.
fn rgba(frame: &[u8], kind: (ColorType, BitDepth)) -> Result<Vec<u8>, Reason> {
    match kind {
        (ColorType::Rgba, BitDepth::Eight) => Ok(frame.to_vec()),
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => Ok(frame
            .as_chunks()
            .0
            .iter()
            .flat_map(|&[gray, alpha]| [gray, gray, gray, alpha])
            .collect()),
        _ => Err(Reason::Damaged),
    }
}
