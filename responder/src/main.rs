//! The responder's commands.

mod args;
mod commands;
mod told;

use clap::Parser;

fn main() -> std::process::ExitCode {
    let command = args::Args::parse().command;
    candor_cli::run(|| commands::run(command))
}
