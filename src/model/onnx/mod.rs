//! A strict reader of ONNX models.
//!
//! [`read()`] turns the bytes of a model file into a [`Graph`](super::graph::Graph) of a few float
//! operators with all shapes known. The bytes may be hostile: everything is
//! capped, and whatever is not understood completely is an error that names
//! the node, the operator and what could be done about it.
//!
//! Operator sets 9 to 25 of the default domain; weights as initializers,
//! Constant nodes, or computed from them, in the file itself, float32 or
//! float64, all finite; one input (batch dimension 1 or symbolic) and one
//! output. What the output does not depend on is dropped unread.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod attributes;
mod budget;
mod constant;
mod error;
mod metadata;
mod names;
mod nodes;
pub(crate) mod proto;
mod read;
mod scan;

pub use error::OnnxError;
pub use metadata::Metadata;
pub use read::{MAX_MODEL_BYTES, MAX_NODES, read};

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod writer;
