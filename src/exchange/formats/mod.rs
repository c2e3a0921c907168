//! What the parties hand each other, byte for byte.
//!
//! * [`request`]: what is asked, and whether it is well formed
//! * [`search`]: search terms as a question, and the program that they stand for
//! * [`bundle`], [`leaves`], [`bag`]: what the responder hands over
//! * [`judge_copy`]: what is opened to the judge alone
//! * [`text`]: values as text, each with one spelling
//!
//! All of it is read from files that another party wrote.
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

pub mod bag;
mod basis;
pub mod bundle;
pub(super) mod content;
pub mod csv;
mod entry;
pub mod json;
pub mod judge_copy;
pub mod leaves;
pub mod request;
pub(super) mod sealed;
pub mod search;
pub mod text;
mod withheld;
pub(super) mod words;
