//! The judge's commands about lots.

mod args;
mod commands;

pub(crate) use args::{LotCommand, authority, digest};
pub(crate) use commands::run;
