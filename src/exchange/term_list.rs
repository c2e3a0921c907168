//! Lists of search terms as parties write them.

use std::path::Path;

use candor_documents::query::{Dialect, Query};

use super::error::ExchangeError;
use crate::files::read_capped;

/// Longest list of search terms, in bytes.
const MAX_LIST_BYTES: u64 = 1 << 22;

/// Lines of search terms, with their numbers in the list that they come from.
#[derive(Clone, Debug)]
pub struct TermList {
    /// Where they come from, for messages.
    pub source: String,
    /// Whose syntax they are in.
    pub dialect: Dialect,
    /// Line numbers from 1, and lines.
    pub lines: Vec<(usize, String)>,
}

impl TermList {
    /// One line.
    #[must_use]
    pub fn line(text: &str, dialect: Dialect) -> Self {
        let lines = vec![(1, text.trim().to_owned())];
        Self { source: "--terms".to_owned(), dialect, lines }
    }

    /// The lines of a file, but for empty ones and those that begin with `#`.
    ///
    /// # Errors
    /// If it cannot be read, is no UTF-8 or holds no line.
    pub fn read(path: &Path, dialect: Dialect) -> Result<Self, ExchangeError> {
        let bytes = read_capped(path, MAX_LIST_BYTES)?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            ExchangeError::file(path, format!("is not UTF-8: {error}"), "save it as UTF-8 text")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = (1..).zip(text.lines()).map(|(number, line)| (number, line.trim().to_owned()));
        let lines: Vec<_> =
            lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect();
        if lines.is_empty() {
            let advice = "write one search on each line";
            return Err(ExchangeError::file(path, "holds no search terms", advice));
        }
        Ok(Self { source: path.display().to_string(), dialect, lines })
    }

    /// The lines as they are understood, in Candor's own syntax.
    ///
    /// # Errors
    /// If one has two readings or none.
    pub fn understood(&self) -> Result<Vec<String>, ExchangeError> {
        let understood = |(line, text): &(usize, String)| {
            let query = Query::parse(text, self.dialect);
            let problem = |error| self.problem(format!("line {line}: {error}"));
            query.map(|query| query.to_string()).map_err(problem)
        };
        self.lines.iter().map(understood).collect()
    }

    /// What is wrong with the list.
    pub(in crate::exchange) fn problem(&self, problem: String) -> ExchangeError {
        let advice = "`requester terms` shows how every line is understood";
        ExchangeError::input(&self.source, problem, advice)
    }
}
