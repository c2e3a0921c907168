//! The judge's commands about lots.

mod args;
mod commands;

pub(crate) use args::LotCommand;
pub(crate) use commands::run;
