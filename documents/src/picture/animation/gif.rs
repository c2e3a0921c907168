//! Frames of a GIF.

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, DisposalMethod, MemoryLimit};

use super::canvas::{Canvas, Place};
use super::{Frames, call};
use crate::{Budget, Reason};

pub(super) fn frames(bytes: &[u8], frames: &mut Frames<'_>) -> Result<(), Reason> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let limit = NonZeroU64::new(Budget::STREAM_BYTES as u64).unwrap_or(NonZeroU64::MIN);
    options.set_memory_limit(MemoryLimit::Bytes(limit));
    let Ok(mut decoder) = call(|| options.read_info(bytes)) else { return Ok(()) };
    let screen = (u32::from(decoder.width()), u32::from(decoder.height()));
    let mut canvas: Option<Canvas> = None;
    loop {
        // A picture whose first frame is damaged has none.
        let frame = match call(|| decoder.read_next_frame()) {
            Err(_) if canvas.is_none() => return Ok(()),
            frame => frame?,
        };
        let Some(frame) = frame else { return Ok(()) };
        let place = Place {
            left: frame.left.into(),
            top: frame.top.into(),
            width: frame.width.into(),
            height: frame.height.into(),
        };
        let canvas = match &mut canvas {
            Some(canvas) => canvas,
            // Some writers state a screen that is smaller than the first frame.
            none => {
                let width = screen.0.max(place.left.saturating_add(place.width));
                let height = screen.1.max(place.top.saturating_add(place.height));
                none.insert(Canvas::new(width, height)?)
            }
        };
        frames.charge(canvas)?;
        let before = (frame.dispose == DisposalMethod::Previous).then(|| canvas.clone());
        canvas.lay(place, &frame.buffer, true);
        frames.add(canvas)?;
        match (frame.dispose, before) {
            (DisposalMethod::Background, _) => canvas.clear(place),
            (_, Some(before)) => *canvas = before,
            _ => {}
        }
    }
}
