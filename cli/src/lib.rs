//! What candor's three commands share: progress bars, errors, exit codes.
//!
//! Results go to standard output, everything else to standard error; bars are
//! drawn only on a terminal. Exit codes: 0 done or verified, 1 a check failed,
//! 2 could not decide (usage, input, I/O), 3 verified but incomplete.

mod eta;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use candor::exchange::{ExchangeError, Progress};
use candor::printable::escaped;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::eta::Eta;

/// A check failed.
pub const FAILED: u8 = 1;
/// The command could not decide.
pub const UNDECIDED: u8 = 2;

/// Runs a command and turns its error into a message and an exit code.
pub fn run(command: impl FnOnce() -> Result<u8, ExchangeError>) -> ExitCode {
    match command() {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("error: {}", escaped(&error.to_string()));
            let code = match error {
                ExchangeError::Refused(_) => FAILED,
                _ => UNDECIDED,
            };
            code.into()
        }
    }
}

/// Writes lines to standard output.
///
/// # Errors
/// If it is closed.
pub fn print(text: &str) -> Result<(), ExchangeError> {
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
    print(&text)
}

/// One progress bar after the other, on standard error, if it is a terminal.
#[derive(Default)]
pub struct Bars(Mutex<Option<(ProgressBar, Eta)>>);

impl Bars {
    /// Writes a message to standard error, above the bar if there is one.
    pub fn say(&self, text: &str) {
        self.with(|bar| match bar {
            Some((bar, _)) => bar.suspend(|| eprint!("{text}")),
            None => eprint!("{text}"),
        });
    }

    fn with(&self, act: impl FnOnce(&mut Option<(ProgressBar, Eta)>)) {
        if let Ok(mut bar) = self.0.lock() {
            act(&mut bar);
        }
    }
}

impl Progress for Bars {
    fn stage(&self, name: &str, total: u64) {
        self.with(|bar| {
            if let Some((bar, _)) = bar.take() {
                bar.finish_and_clear();
            }
            // Draws on standard error, and only if that is a terminal.
            let style =
                ProgressStyle::with_template("{msg:32} {wide_bar} {pos}/{len} {prefix:>14}");
            let new = ProgressBar::new(total).with_message(name.to_owned());
            let new = match style {
                Ok(style) => new.with_style(style),
                Err(_) => new,
            };
            *bar = Some((new, Eta::new(Instant::now(), total)));
        });
    }

    fn note(&self, text: &str) {
        self.with(|bar| {
            if let Some((bar, _)) = bar {
                bar.set_message(text.to_owned());
            }
        });
    }

    fn advance(&self, units: u64) {
        self.with(|bar| {
            if let Some((bar, eta)) = bar {
                if let Some(rest) = eta.advance(Instant::now(), units) {
                    bar.set_prefix(format!("{:#} left", HumanDuration(rest)));
                }
                bar.inc(units);
            }
        });
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.with(|bar| {
            if let Some((bar, _)) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}
