//! What decoding may take, so that peak memory is that of one large picture
//! whatever the number of threads.
#![deny(clippy::arithmetic_side_effects)]

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::UnreadableReason;

/// Most pixels that an image may declare.
pub const MAX_PIXELS: u64 = 1 << 29;
/// Longest side, in pixels. It bounds what one row takes.
pub const MAX_SIDE_PIXELS: u64 = 1 << 26;
/// Most bytes that have to be held at once to decode an image: all its samples,
/// or those of a strip or row of tiles where these are decoded one by one.
pub const MAX_DECODED_BYTES: u64 = 1 << 30;

/// What may be held without the lock, beside [`SMALL_PIXEL_BYTES`] for each
/// pixel of a picture that is not [large](LARGE_PIXELS).
const SMALL_BYTES: u64 = 64 << 20;
const SMALL_PIXEL_BYTES: u64 = 16;
/// Pictures above this size are decoded and rendered one at a time.
const LARGE_PIXELS: u64 = 4 << 20;

static LARGE: Mutex<()> = Mutex::new(());

/// The right to hold a large picture. It is kept until the views are made. It
/// does not change any result.
pub(super) struct Turn(Option<MutexGuard<'static, ()>>);

impl Turn {
    /// Whether this is more than every thread may take.
    pub(super) fn is_large(&self) -> bool {
        self.0.is_some()
    }

    /// Waits for the right to hold as much as any picture takes.
    pub(super) fn large() -> Self {
        Self(Some(LARGE.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Waits, unless this many pixels and bytes beside the result are
    /// few.
    pub(super) fn for_picture(pixels: u64, bytes: u64) -> Self {
        if pixels > LARGE_PIXELS || bytes > small_bytes(pixels) {
            Self::large()
        } else {
            Self(None)
        }
    }
}

/// What a decoder of `pixels` pixels may take without a turn.
pub(super) fn small_bytes(pixels: u64) -> u64 {
    SMALL_BYTES.saturating_add(SMALL_PIXEL_BYTES.saturating_mul(pixels.min(LARGE_PIXELS)))
}

/// Holds the size to the limits and gives the number of pixels.
pub(super) fn check_pixels(width: u32, height: u32) -> Result<u64, UnreadableReason> {
    let (width, height) = (u64::from(width), u64::from(height));
    // Cannot overflow: two 32-bit factors.
    let pixels = width.saturating_mul(height);
    if pixels == 0 {
        return Err(UnreadableReason::Corrupt);
    }
    if pixels > MAX_PIXELS || width.max(height) > MAX_SIDE_PIXELS {
        return Err(UnreadableReason::TooManyPixels);
    }
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_small_goes_without_a_turn() {
        let small = |pixels, bytes| !Turn::for_picture(pixels, bytes).is_large();
        assert!(small(784, 0) && small(784, 64 << 20));
        // Metadata or tiles larger than their picture.
        assert!(!small(784, 65 << 20));
        assert!(small(4 << 20, 128 << 20));
        assert!(!small((4 << 20) + 1, 0));
        assert!(!small(4 << 20, (128 << 20) + 1));
    }

    #[test]
    fn sizes_are_held_to_the_limits() {
        assert_eq!(check_pixels(20_000, 20_000), Ok(400_000_000));
        assert_eq!(check_pixels(7016, 9921), Ok(69_605_736));
        assert_eq!(check_pixels(1 << 15, 1 << 14), Ok(1 << 29));
        for (width, height) in [(1 << 15, (1 << 14) + 1), ((1 << 26) + 1, 1), (1, u32::MAX)] {
            assert_eq!(check_pixels(width, height), Err(UnreadableReason::TooManyPixels));
        }
        assert_eq!(check_pixels(0, 5), Err(UnreadableReason::Corrupt));
    }
}
