//! Pictures inside pictures: pages of a TIFF, frames of an animation.

pub(crate) mod animation;
pub(crate) mod tiff;
