//! Animations: each frame as one sees it, as a PNG.
//!
//! A frame of an animation is seldom a picture by itself: it changes part of what
//! stands there. So frames are laid on the canvas as the formats have it, and the
//! canvas after each is the item. What is written is not compressed by a filter, so
//! that the bytes follow from the pixels and one pinned compressor alone.

mod apng;
mod canvas;
mod gif;
mod png_file;
mod webp;

use std::panic::{AssertUnwindSafe, catch_unwind};

use canvas::Canvas;

use crate::{Budget, Child, Kind, Reason};

/// Gives the frames of a GIF, PNG or WebP with more than one, in their order:
/// `frame-1.png` and so on. A picture that stands still has none, and one that cannot
/// be read at all is not reported here: its reader says so.
///
/// # Errors
/// [`Reason::Damaged`] if frames are missing, [`Reason::TooLarge`] if the budget does
/// not allow them: those before were given then; what `sink` says.
pub(crate) fn children(
    bytes: &[u8],
    kind: Kind,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let mut frames = Frames { given: 0, first: None, budget, sink };
    match kind {
        Kind::Gif => gif::frames(bytes, &mut frames),
        Kind::Png => apng::frames(bytes, &mut frames),
        Kind::WebP => webp::frames(bytes, &mut frames),
        _ => Ok(()),
    }
}

/// Where frames go.
struct Frames<'f> {
    given: usize,
    /// The first one, until there is a second.
    first: Option<Canvas>,
    budget: &'f mut Budget,
    sink: &'f mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
}

impl Frames<'_> {
    /// Spends what laying out and writing a frame of this canvas costs.
    fn charge(&mut self, canvas: &Canvas) -> Result<(), Reason> {
        self.budget.take_entries(1)?;
        self.budget.take_work(canvas.pixels().len() as u64)
    }

    /// The canvas after a frame.
    fn add(&mut self, canvas: &Canvas) -> Result<(), Reason> {
        if self.given == 0 && self.first.is_none() {
            self.first = Some(canvas.clone());
            return Ok(());
        }
        if let Some(first) = self.first.take() {
            self.give(&first)?;
        }
        self.give(canvas)
    }

    fn give(&mut self, canvas: &Canvas) -> Result<(), Reason> {
        self.given += 1;
        let bytes = png_file::write(canvas, self.budget)?;
        let name = format!("frame-{}.png", self.given).into_bytes();
        let child = Child { name, modified: None, bytes: Ok(bytes), detail: String::new() };
        (self.sink)(child, self.budget)
    }
}

/// Calls a decoder. They mean to return errors, but one that panics on a hostile file
/// must not end the program; whatever it was doing is not used any more.
fn call<T, E>(decode: impl FnOnce() -> Result<T, E>) -> Result<T, Reason> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) | Err(_) => Err(Reason::Damaged),
    }
}

#[cfg(test)]
mod tests;
