//! Views: named, deterministic maps from file bytes to a tensor of bytes.
//!
//! An image view decodes, applies the EXIF orientation, reduces to 8 bits,
//! composites over white, takes gray or RGB and resamples the *whole* image by
//! exact area average, unless the view's name says that it shows the middle. Everything after the decoder is integer arithmetic.
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
mod text;
mod unreadable;
mod vocabularies;

use std::sync::OnceLock;

use candor_documents::terms::ItemFacts;
use candor_documents::{Content, Kind, Record, kind_of};

use crate::readers;

pub use id::{
    Channels, ImageView, MAX_SIDE, MAX_TEXT_BYTES, Placing, TextView, ViewId, ViewIdError,
};
pub use image::{MAX_DECODED_BYTES, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE_PIXELS, Unseen, unseen};
pub use text::ReadItem;
pub use unreadable::UnreadableReason;
pub use vocabularies::{NoVocabulary, View, Vocabularies, VocabularyDigests};

/// Names everything that could change the bytes of a view: the version of this module
/// and of the readers in `documents/`, and the exact versions of what they decode with.
pub const CANONICALISER_VERSION: &str = "candor-views/4 image/0.25.10 jpeg-decoder/0.3.2 png/0.18.1 \
     fdeflate/0.3.7 gif/0.14.2 weezl/0.1.12 image-webp/0.2.4 miniz_oxide/0.9.1 chardetng/1.0.0 \
     encoding_rs/0.8.44 hayro-font/0.5.0 hayro-cmap/0.1.1 quick-xml/0.42.0 \
     unicode-normalization/0.1.24";

/// What a view shows of a file: [`ViewId::byte_len`] bytes, rows from the top,
/// channels interleaved; or why it cannot read the file.
pub type Shown = Result<Vec<u8>, UnreadableReason>;

/// What one view shows of a file. Views of tokens need a vocabulary:
/// [`Reading::canonicalise`](crate::corpus::document::Reading::canonicalise).
///
/// ```
/// use candor::corpus::views::{UnreadableReason, ViewId, canonicalise_file};
///
/// let view: ViewId = "image/gray-2x1".parse()?;
/// // A picture of one red pixel, as BMP.
/// let mut bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
/// bmp.extend([0; 24]);
/// bmp.extend([0, 0, 255, 0]);
/// assert_eq!(canonicalise_file(&bmp, &view), Ok(vec![76, 76]));
/// assert_eq!(canonicalise_file(b"a note", &view), Err(UnreadableReason::NotAnImage));
/// # Ok::<(), candor::corpus::views::ViewIdError>(())
/// ```
///
/// # Errors
/// Why the view cannot read the file.
///
/// # Panics
/// If it is a view of tokens.
pub fn canonicalise_file(bytes: &[u8], view: &ViewId) -> Shown {
    let mut shown = canonicalise_views(bytes, std::slice::from_ref(view));
    shown.pop().unwrap_or(Err(UnreadableReason::Unsupported))
}

/// What each of `views` shows of a file without a record, in their order, decoding it
/// once.
///
/// Each view has an outcome of its own: one may read a file that another cannot.
///
/// # Panics
/// If one of them is a view of tokens.
#[must_use]
#[allow(clippy::panic, reason = "no answer would be true, and the caller chose the views")]
pub fn canonicalise_views(bytes: &[u8], views: &[ViewId]) -> Vec<Shown> {
    let record = Record::of_file(Vec::new());
    match View::all(views, &Vocabularies::default()) {
        Ok(views) => canonicalise_item(bytes, kind_of(bytes), &Found::default(), &record, &views),
        Err(error) => panic!("{error}"),
    }
}

/// What is found out about an item when it is first asked for.
#[derive(Default)]
pub(super) struct Found {
    /// Its text.
    pub(super) text: OnceLock<ReadItem>,
    /// Columns and rows of its picture, upright, once a view shows it.
    pub(super) size: OnceLock<(usize, usize)>,
}

/// The text of an item of a kind. As with pictures, a panic of a reader is as
/// deterministic as an error.
pub(super) fn read_item(bytes: &[u8], kind: Kind) -> ReadItem {
    readers::on_large_stack(|| image::catch(|| text::content(bytes, kind)))
        .map_or(Err(UnreadableReason::Unsupported), |read| read.map_err(UnreadableReason::from))
}

/// What the views of terms read of an item of a kind: its content, or, of a top item with
/// `family`, that of its family; and the facts beside it. As deterministic as the views.
pub(super) fn searched(
    bytes: &[u8],
    kind: Kind,
    text: &OnceLock<ReadItem>,
    record: &Record,
    family: bool,
) -> Result<(Content, ItemFacts), UnreadableReason> {
    readers::on_large_stack(|| image::catch(|| text::searched(bytes, kind, text, record, family)))
        .unwrap_or(Err(UnreadableReason::Unsupported))
}

/// What each of `views` shows of an item of a kind, in their order, decoding it once for
/// all views of pictures and reading it once for all views of text, unless its text has
/// been found before.
pub(super) fn canonicalise_item(
    bytes: &[u8],
    kind: Kind,
    found: &Found,
    record: &Record,
    views: &[View],
) -> Vec<Shown> {
    let pictures = pictures(views.iter().map(View::id));
    let decoded =
        if pictures.is_empty() { Ok(Vec::new()) } else { decode(bytes, &pictures, &found.size) };
    let others: Vec<View> =
        views.iter().filter(|view| !matches!(view.id(), ViewId::Image(_))).cloned().collect();
    let read = if others.is_empty() {
        Vec::new()
    } else {
        // As with pictures: a panic of a reader is as deterministic as an error.
        readers::on_large_stack(|| {
            image::catch(|| text::show(bytes, kind, &found.text, record, &others))
        })
        .unwrap_or_else(|| vec![Err(UnreadableReason::Unsupported); others.len()])
    };
    let (mut pictures, mut texts) =
        (by_view(decoded, pictures.len()).into_iter(), read.into_iter());
    let next = |view: &View| match view.id() {
        ViewId::Image(_) => pictures.next(),
        ViewId::Text(_) | ViewId::Thread => texts.next(),
    };
    let shown = views.iter().map(next);
    shown.map(|shown| shown.unwrap_or(Err(UnreadableReason::Unsupported))).collect()
}

fn decode(
    bytes: &[u8],
    pictures: &[ImageView],
    size: &OnceLock<(usize, usize)>,
) -> Result<Vec<Vec<u8>>, UnreadableReason> {
    let decoded = image::decode(bytes, pictures)?;
    size.get_or_init(|| decoded.size);
    Ok(decoded.shown)
}

fn pictures(views: impl Iterator<Item = ViewId>) -> Vec<ImageView> {
    let picture = |view| match view {
        ViewId::Image(view) => Some(view),
        ViewId::Text(_) | ViewId::Thread => None,
    };
    views.filter_map(picture).collect()
}

/// For fuzzing: the views of pictures, but a panic of a decoder is not taken for an
/// unsupported variant.
///
/// # Panics
/// If a decoder does.
#[doc(hidden)]
#[must_use]
#[allow(clippy::panic, reason = "a fault of the machine is no answer")]
pub fn canonicalise_without_net(bytes: &[u8], views: &[ViewId]) -> Vec<Shown> {
    let pictures = pictures(views.iter().copied());
    let decoded = image::decode_without_net(bytes, &pictures).map_err(|failure| match failure {
        image::Failure::Unreadable(reason) => reason,
        image::Failure::Machine(error) => panic!("{error}"),
    });
    by_view(decoded.map(|views| views.shown), pictures.len())
}

/// How much of a picture of a size a view does not show, in percent of its area, rounded
/// up; 0 for a view that shows all.
pub(super) fn margins(view: &ViewId, (width, height): (usize, usize)) -> u32 {
    let ViewId::Image(view) = view else { return 0 };
    if view.placing() != Placing::Crop {
        return 0;
    }
    // Sides below 2^27, of the view below 2^11.
    let across = (width as u64).saturating_mul(view.height() as u64);
    let down = (height as u64).saturating_mul(view.width() as u64);
    let (seen, of) = (across.min(down), across.max(down));
    // What is seen of the longer side is the whole picture's share.
    let percent = (of - seen).saturating_mul(100).div_ceil(of.max(1));
    u32::try_from(percent).unwrap_or(100)
}

/// A picture is decoded once for all of its views, so they share what it fails by.
fn by_view(decoded: Result<Vec<Vec<u8>>, UnreadableReason>, views: usize) -> Vec<Shown> {
    match decoded {
        Ok(all) => all.into_iter().map(Ok).collect(),
        Err(reason) => vec![Err(reason); views],
    }
}

#[cfg(test)]
mod tests;
