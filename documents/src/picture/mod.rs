//! Pictures inside pictures: pages of a TIFF.

pub(crate) mod tiff;
