//! Statement, trace layout and adjoint; knows nothing of a proof system.
//!
//! A document's *trace* holds every value that a non-linear step or the hash
//! touches. It satisfies a relation of three parts: look-ups ([`tables`]), row
//! gates (`v = u^5`, `z = x·y`) and one linear check of all wiring at once
//! ([`adjoint`]). `docs/argument.md` has the mathematics.
//!
//! * [`rows`]: the kinds of row
//! * [`shape`]: which rows a document's trace has
//! * [`tables`]: the entries that look-ups may hit
//! * [`trace`]: a document's rows, filled
//! * [`deferred`]: the rows of products of matrices and of embeddings, which follow from
//!   the challenge τ
//! * [`adjoint`]: the public coefficients of the linear check
//! * [`lane`]: how rows are laid over columns; [`plan`]: how documents are cut
//!   into batches; [`cost`]: what they cost
//! * [`check`]: the same relation in plain integers, the circuit's twin
//! * [`statement`]: what one proof says
//! * [`transcript`]: what is absorbed when, and the challenges τ and ρ drawn from it

pub mod adjoint;
pub mod check;
pub mod cost;
mod cotangent;
pub mod deferred;
pub mod lane;
pub mod permutations;
pub mod plan;
pub mod rows;
pub mod shape;
pub mod statement;
mod sums;
pub mod tables;
pub mod trace;
pub mod transcript;

#[cfg(test)]
pub(crate) mod testing;
