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
//! `platform_independent`, which leaves its SIMD code out, and JPEG inside TIFF
//! goes through the same one. TIFF is read by our own code over decompressors.
//! Floating-point samples are rounded from their bits. See
//! `docs/decisions/0010-jpeg-decoder.md` and `0014-tiff-reader.md`.
//!
//! # Memory
//! Pictures that are not small are decoded and rendered one at a time, whatever
//! the number of threads ([`MAX_DECODED_BYTES`] bounds what one holds), and
//! compressed metadata are not unpacked. This changes no result.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod id;
mod image;
mod unreadable;

pub use id::{Channels, MAX_SIDE, ViewId, ViewIdError};
pub use image::{MAX_DECODED_BYTES, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE_PIXELS, Unseen, unseen};
pub use unreadable::UnreadableReason;

/// Names everything that could change the bytes of a view: this module's own
/// version and the exact versions of the decoders.
pub const CANONICALISER_VERSION: &str = "candor-views/3 image/0.25.10 jpeg-decoder/0.3.2 png/0.18.1 \
     fdeflate/0.3.7 gif/0.14.2 weezl/0.1.12 image-webp/0.2.4 miniz_oxide/0.9.1";

/// The bytes of one view of a file, [`ViewId::byte_len`] of them, rows from the
/// top, channels interleaved.
///
/// # Errors
/// Why the file has no such view; the same for every view of the same file.
pub fn canonicalise_file(bytes: &[u8], view: &ViewId) -> Result<Vec<u8>, UnreadableReason> {
    let mut views = image::decode(bytes, std::slice::from_ref(view))?;
    Ok(views.pop().unwrap_or_default())
}

/// All `views` of a file, decoding it once.
///
/// # Errors
/// Why the file has none of them.
pub fn canonicalise_views(
    bytes: &[u8],
    views: &[ViewId],
) -> Result<Vec<Vec<u8>>, UnreadableReason> {
    image::decode(bytes, views)
}

/// For fuzzing: the same, but a panic of a decoder is not taken for an
/// unsupported variant.
///
/// # Panics
/// If a decoder does.
///
/// # Errors
/// Why the file has none of them.
#[doc(hidden)]
#[allow(clippy::panic, reason = "a fault of the machine is no answer")]
pub fn canonicalise_without_net(
    bytes: &[u8],
    views: &[ViewId],
) -> Result<Vec<Vec<u8>>, UnreadableReason> {
    image::decode_without_net(bytes, views).map_err(|failure| match failure {
        image::Failure::Unreadable(reason) => reason,
        image::Failure::Machine(error) => panic!("{error}"),
    })
}

#[cfg(test)]
mod tests;
