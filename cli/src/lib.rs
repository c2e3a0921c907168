//! What candor's three commands share: progress bars, errors, exit codes.
//!
//! Results go to standard output, everything else to standard error; bars are
//! drawn only on a terminal. Exit codes: 0 done or verified, 1 a check failed,
//! 2 could not decide (usage, input, I/O), 3 verified but incomplete.

mod bars;
mod defaults;
mod eta;
mod hits;
mod page;
mod searches;
mod steps;
mod stopped;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use candor::exchange::ExchangeError;
use candor::printable::escaped;
use serde::Serialize;

pub use crate::bars::Bars;
pub use crate::defaults::Defaults;
pub use crate::hits::{HitsArgs, run_hits};
pub use crate::searches::{Source, dialect, sources};
pub use crate::steps::{Program, show_steps};

/// A check failed.
pub const FAILED: u8 = 1;
/// The command could not decide.
pub const UNDECIDED: u8 = 2;

/// Runs a command and turns its error into a message and an exit code.
pub fn run(command: impl FnOnce() -> Result<u8, ExchangeError>) -> ExitCode {
    stopped::watch();
    match command() {
        Ok(code) => code.into(),
        Err(error) => {
            let lines: Vec<String> = error.lines().iter().map(|line| escaped(line)).collect();
            tell(&format!("error: {}\n", lines.join("\n  ")));
            let code = match error {
                ExchangeError::Refused(_) | ExchangeError::Mismatch { .. } => FAILED,
                _ => UNDECIDED,
            };
            code.into()
        }
    }
}

/// Writes lines to standard output, wrapped if it is a terminal.
///
/// # Errors
/// If it is closed.
pub fn print(text: &str) -> Result<(), ExchangeError> {
    let text = page::for_terminal(text, io::stdout().is_terminal());
    write(&text)
}

/// Writes lines to standard error, wrapped if it is a terminal.
pub fn tell(text: &str) {
    eprint!("{}", page::for_terminal(text, io::stderr().is_terminal()));
}

fn write(text: &str) -> Result<(), ExchangeError> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(ExchangeError::io("standard output"))
}

/// Writes a value as one line of JSON to standard output.
///
/// # Errors
/// If it is closed.
pub fn print_json(value: &impl Serialize) -> Result<(), ExchangeError> {
    let text = serde_json::to_string(value).map_err(io::Error::other);
    let mut text = text.map_err(ExchangeError::io("standard output"))?;
    text.push('\n');
    write(&text)
}
