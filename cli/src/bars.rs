//! Progress bars.

use std::sync::Mutex;
use std::time::Instant;

use candor::exchange::Progress;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::eta::Eta;
use crate::{page, stopped, tell};

/// On a terminal with room for a bar, and on a narrow one.
const WIDE: &str = "{msg:32!} {wide_bar} {pos}/{len} {prefix:>14}";
const NARROW: &str = "{wide_msg} {percent:>3}% {prefix}";
/// Columns that a bar needs beside its texts.
const ROOM: usize = 76;

/// One progress bar after the other, on standard error, if it is a terminal.
/// Colours are the terminal's own, so they suit a dark and a light one.
#[derive(Default)]
pub struct Bars(Mutex<Option<(ProgressBar, Eta)>>);

impl Bars {
    /// Writes a message to standard error, above the bar if there is one.
    pub fn say(&self, text: &str) {
        self.with(|bar| match bar {
            Some((bar, _)) => bar.suspend(|| tell(text)),
            None => tell(text),
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
            let template = if page::width() < ROOM { NARROW } else { WIDE };
            let new = ProgressBar::new(total).with_message(name.to_owned());
            let new = match ProgressStyle::with_template(template) {
                Ok(style) => new.with_style(style),
                Err(_) => new,
            };
            // At once, and not only when the first unit is done.
            new.tick();
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

    fn if_stopped(&self, text: &str) {
        stopped::keep(text);
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
