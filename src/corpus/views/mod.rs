//! Views: named, deterministic maps from file bytes to a tensor of bytes.
//!
//! An image view decodes, applies the EXIF orientation, reduces to 8 bits,
//! composites over white, takes gray or RGB and resamples the *whole* image by
//! exact area average. Everything after the decoder is integer arithmetic.
//!
//! A view may fail; the reason is then a function of the bytes alone: limits
//! count bytes, declared pixels and the decoder's own book-keeping of its
//! buffers, never time or free memory.
//!
//! # Why bytes do not depend on the machine
//! All decoders are portable integer code, chosen when this crate is built and
//! not by the processor it runs on: the JPEG decoder is built with
//! `platform_independent`, which leaves its SIMD code out. CMYK in TIFF goes
//! through IEEE single precision without fused operations, which is the same
//! everywhere. JPEG inside TIFF would be decoded by `zune-jpeg`, which picks its
//! inverse DCT at run time; such files are absent
//! ([`AbsentReason::NotPortable`]). See `docs/decisions/0010-jpeg-decoder.md`.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod absent;
mod decode;
mod id;
mod jpeg;
mod pixels;
mod quiet;
mod resample;
mod tiff;
mod unseen;

pub use absent::AbsentReason;
pub use decode::{MAX_FILE_BYTES, MAX_PIXELS};
pub use id::{Channels, MAX_SIDE, ViewId, ViewIdError};
pub use unseen::{Unseen, unseen};

/// Names everything that could change the bytes of a view: this module's own
/// version and the exact versions of the decoders.
pub const CANONICALISER_VERSION: &str = "candor-views/2 image/0.25.10 jpeg-decoder/0.3.2 png/0.18.1 \
     tiff/0.11.3 gif/0.14.2 image-webp/0.2.4";

/// The bytes of one view of a file, [`ViewId::byte_len`] of them, rows from the
/// top, channels interleaved.
///
/// # Errors
/// Why the file has no such view; the same for every view of the same file.
pub fn canonicalise_file(bytes: &[u8], view: &ViewId) -> Result<Vec<u8>, AbsentReason> {
    let image = decode::decode(bytes)?;
    Ok(render(&image, view))
}

/// All `views` of a file, decoding it once.
///
/// # Errors
/// Why the file has none of them.
pub fn canonicalise_views(bytes: &[u8], views: &[ViewId]) -> Result<Vec<Vec<u8>>, AbsentReason> {
    let image = decode::decode(bytes)?;
    Ok(views.iter().map(|view| render(&image, view)).collect())
}

fn render(image: &image::DynamicImage, view: &ViewId) -> Vec<u8> {
    let samples = pixels::flatten(image, view.channels());
    resample::area_average(
        &samples,
        (image.width() as usize, image.height() as usize),
        (view.width(), view.height()),
        view.channels().count(),
    )
}

#[cfg(test)]
mod tests;
