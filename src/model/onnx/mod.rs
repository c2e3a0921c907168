//! A strict reader of ONNX models.
//!
//! [`read()`] turns the bytes of a model file into a [`Graph`](super::graph::Graph) of a few float
//! operators with all shapes known. The bytes may be hostile: everything is
//! capped, and whatever is not understood completely is an error that names
//! the node, the operator and what could be done about it.
//!
//! Operator sets 7 to 25 of the default domain, 1 to 5 of `ai.onnx.ml`; weights as
//! initializers, Constant nodes, or computed from them, in the file itself, all finite; one
//! input (batch dimension 1 or symbolic) and one output that counts. Functions
//! that the file defines, If and Loop are written out. What the output does not
//! depend on is dropped unread.
//!
//! `read` is the way from bytes to graph; `ends` are input and output, `outputs` says which
//! output has the scores and `ending` what may come last; `names` says what counts; `run` goes
//! through the nodes in the order of `order`, `control` through those inside others, and `held`
//! keeps large constants no longer than they are read; `nodes` are the operators. `refusals`
//! lists what is not supported, `tally` counts operators, and `described` tells what a file holds.
//! `external` takes weights in that lie beside a file.

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
mod control;
mod described;
mod ending;
mod ends;
mod error;
#[cfg(feature = "issue")]
pub(crate) mod external;
mod held;
mod metadata;
mod names;
mod nodes;
mod order;
mod outputs;
pub(crate) mod proto;
mod read;
mod refusals;
mod run;
mod scan;
mod tally;

pub use described::{Description, OperatorSet, Port, describe};
pub use ends::{Ends, Reading};
pub use error::OnnxError;
pub use metadata::Metadata;
pub use read::{
    MAX_MODEL_BYTES, MAX_NODES, Survey, ends_of, is_tflite, read, read_as, read_owned, survey,
};
pub use refusals::{Refusal, Refusals};
pub use tally::OperatorUse;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod writer;
