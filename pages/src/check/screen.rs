//! A screen of search terms over what is released.

use candor::ExchangeError;
use candor::corpus::document::Reading as File;
use candor::exchange::term_list::TermList;
use candor_documents::filter::Layout;
use candor_documents::query::{Dialect, NotRule, Options, Query, Reading, UndatedRule};
use candor_documents::{DateSource, Record};

/// Lines of search terms, read exactly: no filter, and so no chance matches.
#[derive(Debug)]
pub(super) struct Screen {
    lines: Vec<String>,
    queries: Vec<Query>,
    options: Options,
}

impl Screen {
    /// The lines of a list.
    ///
    /// # Errors
    /// If one has two readings or none.
    pub(super) fn of(list: &TermList) -> Result<Self, ExchangeError> {
        let lines = list.understood()?;
        let parse = |line: &String| {
            Query::parse(line, Dialect::Candor)
                .map_err(|refusal| ExchangeError::input(&list.source, refusal, "correct the line"))
        };
        let queries = lines.iter().map(parse).collect::<Result<_, _>>()?;
        let options = Options {
            wanted: Layout::TERMS_264.wanted(),
            not: NotRule::Settle,
            sources: vec![DateSource::Header, DateSource::Property, DateSource::File],
            // Nothing that may be privileged is passed over for want of a date.
            undated: UndatedRule::Both,
        };
        Ok(Self { lines, queries, options })
    }

    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The lines that a document holds, from 0; `None` if no text of it can be read.
    pub(super) fn held(&self, file: &File, record: &Record) -> Option<Vec<usize>> {
        let (content, facts) = file.searched(record, false).ok()?;
        let reading = Reading::of(&content, &facts).ok()?;
        let holds = |(_, query): &(usize, &Query)| reading.holds(query, &self.options);
        let held = self.queries.iter().enumerate().filter(holds);
        Some(held.map(|(number, _)| number).collect())
    }
}
