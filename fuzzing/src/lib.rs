//! Hostile bytes and what must hold of them.
//!
//! Each target is a function of bytes that panics if a promise is broken. The
//! crate in `fuzz/` gives them to libFuzzer, `tests/smoke.rs` feeds them seeds
//! and some mutations of these. `docs/fuzzing.md` tells how to run both.

mod case;
pub mod mutate;
mod seeds;
mod targets;

pub use seeds::seeds;
pub use targets::bundle::bundle;
pub use targets::exif::exif;
pub use targets::onnx::onnx;
pub use targets::proof::proof;
pub use targets::request::request;
pub use targets::tiff::tiff;
pub use targets::views::views;

/// A target: its name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 7] = [
    ("onnx", onnx),
    ("request", request),
    ("bundle", bundle),
    ("views", views),
    ("tiff", tiff),
    ("exif", exif),
    ("proof", proof),
];
