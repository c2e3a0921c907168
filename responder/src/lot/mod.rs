//! The responder's commands about lots.

mod args;
mod commands;

pub(crate) use args::{OpenArgs, SealArgs};
pub(crate) use commands::{run_open, run_seal};
