//! Searches: how lines are read, and what of them a filter can prove.
//!
//! [`Query::parse`] reads a line of a list and refuses what has two readings.
//! [`Query::wide`] is what a proof computes over a view of terms; [`Reading::holds`] reads
//! the text and settles the rest. Every item that holds a search holds its wide form.
//! `docs/text/search.md` gives the grammar.

mod ast;
mod day;
mod exact;
mod field;
mod kinds;
mod lex;
mod mark;
mod meant;
mod parse;
mod pattern;
mod reduce;
mod refusal;
mod rules;
mod stems;
#[cfg(test)]
mod tests;
mod tokens;
mod wide;

pub use ast::{Field, KindAsked, Near, Nearness, Operand, Pattern, Query, Value};
pub use exact::Reading;
pub use mark::{Mark, MarkedPart};
pub use refusal::Refusal;
pub use rules::Dialect;
pub use stems::{StemWarning, stem_warnings};
pub use wide::{NotRule, Options, Wide};
