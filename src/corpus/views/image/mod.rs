//! The views of a picture.

mod bmp;
mod canvas;
mod catch_panic;
mod chunks;
mod decode;
mod failure;
mod gif;
mod jpeg;
mod memory;
mod orientation;
mod pixels;
mod png;
mod resample;
mod tiff;
mod unseen;

pub(super) use catch_panic::catch;
pub use decode::MAX_FILE_BYTES;
pub(super) use decode::{decode, decode_without_net};
pub(super) use failure::Failure;
pub use memory::{MAX_DECODED_BYTES, MAX_PIXELS, MAX_SIDE_PIXELS};
pub use unseen::{Unseen, unseen};

use super::{Channels, ImageView, Placing, UnreadableReason};
