//! The vectors, and what is done with them.

mod additions;
mod base_field;
mod blocks;
mod scalars;
mod transform;
mod vector;

pub(in crate::proof) use transform::Direction;
pub(in crate::proof) use vector::Ifma;
