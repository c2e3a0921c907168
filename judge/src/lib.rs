//! The judge's commands. A library only so that man pages and completions can be
//! made from the arguments.

mod args;
mod audit;
mod commands;
mod log;
mod lot;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

/// Runs the command that the arguments of the process name.
pub fn main() -> ExitCode {
    let command = args::Args::parse().command;
    candor_cli::run(|| commands::run(command))
}

/// What the program accepts.
pub fn command() -> clap::Command {
    args::Args::command()
}
