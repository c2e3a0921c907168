//! Reading the text of what matches a search: what the filter finds beyond the lines.
//!
//! The responder and the judge call the same functions, on the same bytes.

use candor_documents::filter::{Layout, Truth};
use candor_documents::query::{Options, Query, Reading, UndatedRule, Wide};
use candor_documents::{Reason, Record};
use serde::Serialize;

use super::formats::bundle::ByProgram;
use super::formats::request::{Question, Request};
use super::formats::search::{Search, SearchError, Settle, Undated};
use crate::corpus::document::Reading as File;
use crate::corpus::views::{UnreadableReason, ViewId};

/// A search, ready to be compared with the text of documents.
pub(super) struct Settling {
    settle: Settle,
    undated: Undated,
    layout: Layout,
    /// Whether a top item is read with its family.
    family: bool,
    /// What is asked, and the same where a missing date satisfies nothing.
    lenient: Options,
    strict: Options,
    lines: Vec<Line>,
}

/// A line, and what of it a filter can say by either rule.
struct Line {
    query: Query,
    lenient: Wide,
    strict: Wide,
}

/// How many documents the program withholds, by basis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BasisCounts {
    /// Documents of which the wide form of a line holds, and no line.
    pub settled: u64,
    /// Documents that match by coinciding bits alone.
    pub chance_matches: u64,
    /// Documents that match for want of a date alone.
    pub undated: u64,
}

impl BasisCounts {
    /// Counts one more.
    pub(super) fn add(&mut self, basis: ByProgram) {
        let count = match basis {
            ByProgram::Settled => &mut self.settled,
            ByProgram::ChanceMatch => &mut self.chance_matches,
            ByProgram::Undated => &mut self.undated,
        };
        *count = count.saturating_add(1);
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.settled.saturating_add(self.chance_matches).saturating_add(self.undated)
    }
}

/// Whether a request allows that the program withholds a document on a basis. Chance
/// matches may be withheld from any search.
pub(super) fn allows(request: &Request, basis: ByProgram) -> bool {
    let Question::Search(search) = &request.question else { return false };
    match basis {
        ByProgram::ChanceMatch => true,
        ByProgram::Settled => search.settle == Settle::Judge,
        ByProgram::Undated => search.undated == Undated::Exclude,
    }
}

impl Settling {
    /// # Errors
    /// As [`Search::wide`].
    pub(super) fn of(search: &Search, view: &ViewId) -> Result<Self, SearchError> {
        let (layout, wide) = search.wide(view)?;
        let family = view.is_of_families();
        let lenient = search.options(layout);
        let strict = Options { undated: UndatedRule::Neither, ..lenient.clone() };
        let lines = search.queries()?.into_iter().zip(wide);
        let lines = lines.map(|(query, lenient)| {
            let strict = query.widest(&strict);
            Line { query, lenient, strict }
        });
        let lines = lines.collect();
        let (settle, undated) = (search.settle, search.undated);
        Ok(Self { settle, undated, layout, family, lenient, strict, lines })
    }

    /// On which basis a document that matches the program can be withheld; `None` if it
    /// is to be released.
    ///
    /// It is a chance match if no line's wide form holds of its own tokens. Else, where
    /// the text settles what is released, it is settled if no line holds. Else, where
    /// undated documents are excluded, it is undated if nothing of this is left once a
    /// missing date satisfies neither a range nor its opposite: no line, where the text
    /// settles; no line's wide form, where all that match it are released.
    ///
    /// # Errors
    /// Why the document cannot be read. Then it has no view of terms, and does not match.
    pub(super) fn basis(
        &self,
        file: &File,
        record: &Record,
    ) -> Result<Option<ByProgram>, UnreadableReason> {
        let (content, facts) = file.searched(record, self.family)?;
        let truth = Truth::of(&content, &facts, self.layout.wanted())?;
        let read = || -> Result<_, Reason> { Reading::of(&content, &facts) };
        if !self.lines.iter().any(|line| line.lenient.is_true(&truth)) {
            return Ok(Some(ByProgram::ChanceMatch));
        }
        let excludes = self.undated == Undated::Exclude;
        let dated = match self.settle {
            Settle::Judge => {
                let read = read()?;
                let holds =
                    |options| self.lines.iter().any(|line| read.holds(&line.query, options));
                if !holds(&self.lenient) {
                    return Ok(Some(ByProgram::Settled));
                }
                !excludes || holds(&self.strict)
            }
            Settle::Release => {
                !excludes || self.lines.iter().any(|line| line.strict.is_true(&truth))
            }
        };
        Ok((!dated).then_some(ByProgram::Undated))
    }
}
