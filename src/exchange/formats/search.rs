//! A search as a request holds it, and the program that it stands for.

use candor_documents::DateSource;
use candor_documents::filter::{Fact, Layout};
use candor_documents::query::{Dialect, NotRule, Options, Query, Refusal, UndatedRule, Wide};
use serde::{Deserialize, Serialize};

use crate::corpus::views::{TextView, ViewId};
use crate::model::formula::{self, Bit, Formula};
use crate::model::program::{Program, ProgramError};

/// Most lines of a search.
pub const MAX_LINES: usize = 1_000;
/// Most bytes of a line.
pub const MAX_LINE_BYTES: usize = 4_096;

/// Search terms: what a document has to hold one line of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// The lines as they are understood, in Candor's own syntax. A document matches if
    /// it matches one of them.
    pub lines: Vec<String>,
    /// What NOT over words means.
    pub not: Not,
    /// What is done with documents that match the wide form of a line and not the line.
    pub settle: Settle,
    /// What is done with documents that match for want of a date alone.
    pub undated: Undated,
    /// The sources of dates that count, each once, in this order.
    pub dates: Vec<DateSource>,
}

/// What is done with documents that match the wide form of a line, which is what is
/// proved, and not the line itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Settle {
    /// They are released like those that match the line.
    #[default]
    Release,
    /// They are withheld, and opened to the judge alone, who reads them again.
    Judge,
}

/// What is done with documents that match only because they have no date: one without
/// satisfies each range of dates, and its opposite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Undated {
    /// They are released like the others.
    #[default]
    Release,
    /// They are withheld, and opened to the judge alone, who reads them again.
    Exclude,
}

/// What NOT over words means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Not {
    /// It is left to the reading of the text: nothing is lost.
    #[default]
    Settle,
    /// It is asked of the filter: a chance match may lose an item.
    Filter,
}

/// A search that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The view holds no terms.
    #[error(
        "the view {0} holds no search terms; use text/terms-33, text/terms-132 or text/terms-264"
    )]
    View(ViewId),
    /// None or too many.
    #[error("a search has 1 to {MAX_LINES} lines, not {0}")]
    Lines(usize),
    /// A line that is not understood.
    #[error("line {line}: {refusal}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// Why.
        refusal: Refusal,
    },
    /// A line in another spelling than its own.
    #[error("line {line} is spelled `{expected}`")]
    Spelling {
        /// Its number, from 1.
        line: usize,
        /// How.
        expected: String,
    },
    /// Sources of dates out of order, repeated, or none.
    #[error("sources of dates are listed once each, in the order header, property, file")]
    Dates,
    /// The program is too large.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

impl Search {
    /// The lines, understood.
    ///
    /// # Errors
    /// If one is not in the one spelling of its meaning, or a list has another length
    /// or order than is allowed.
    pub fn queries(&self) -> Result<Vec<Query>, SearchError> {
        if !(1..=MAX_LINES).contains(&self.lines.len()) {
            return Err(SearchError::Lines(self.lines.len()));
        }
        if self.dates.is_empty() || !self.dates.is_sorted_by(|one, next| one < next) {
            return Err(SearchError::Dates);
        }
        let query = |(line, text): (usize, &String)| {
            let query = parse(line, text)?;
            let expected = query.to_string();
            if expected == *text {
                Ok(query)
            } else {
                Err(SearchError::Spelling { line, expected })
            }
        };
        (1..).zip(&self.lines).map(query).collect()
    }

    /// How many lines have a part that only the reading of the text settles.
    ///
    /// # Errors
    /// As [`Self::wide`].
    pub fn settled(&self, view: &ViewId) -> Result<u64, SearchError> {
        let layout = layout(view).ok_or(SearchError::View(*view))?;
        let options = self.options(layout);
        let queries = self.queries()?;
        let settled = |query: &&Query| {
            query.marks(&options).iter().any(|part| {
                part.mark.settled || part.mark.more_tokens && layout != Layout::TERMS_264
            })
        };
        Ok(queries.iter().filter(settled).count() as u64)
    }

    /// How the lines are asked of a filter.
    #[must_use]
    pub fn options(&self, layout: Layout) -> Options {
        let not = match self.not {
            Not::Settle => NotRule::Settle,
            Not::Filter => NotRule::Filter,
        };
        let (wanted, undated) = (layout.wanted(), UndatedRule::Both);
        Options { wanted, not, sources: self.dates.clone(), undated }
    }

    /// The wide form of each line: what a filter can say of it.
    ///
    /// # Errors
    /// If the view holds no terms, or nothing of a line can be asked of it.
    pub fn wide(&self, view: &ViewId) -> Result<(Layout, Vec<Wide>), SearchError> {
        let layout = layout(view).ok_or(SearchError::View(*view))?;
        let options = self.options(layout);
        let wide = |(line, query): (usize, Query)| {
            query.wide(&options).map_err(|refusal| SearchError::Line { line, refusal })
        };
        let lines = (1..).zip(self.queries()?).map(wide).collect::<Result<_, _>>()?;
        Ok((layout, lines))
    }

    /// How many of some documents are expected to be lost at most, because NOT is asked of
    /// a filter that says by chance that it holds what stands behind. `None` where NOT is
    /// not asked of the filter, so that nothing is lost.
    ///
    /// # Errors
    /// As [`Self::wide`].
    pub fn expected_misses(
        &self,
        view: &ViewId,
        documents: u64,
    ) -> Result<Option<f64>, SearchError> {
        let (layout, lines) = self.wide(view)?;
        let chance: f64 = lines.iter().map(|line| line.chance_of_miss_at_most(layout)).sum();
        Ok((self.not == Not::Filter).then_some(documents as f64 * chance.min(1.0)))
    }

    /// The program that decides whether a document matches one of the lines, as far as
    /// a filter can say.
    ///
    /// # Errors
    /// As [`Self::wide`], and if the search is larger than a program may be.
    pub fn compile(&self, view: &ViewId) -> Result<Program, SearchError> {
        let (layout, lines) = self.wide(view)?;
        let formula = Formula::Or(lines.iter().map(|line| formula(layout, line)).collect());
        Ok(formula::compile(&view.to_string(), layout.bytes(), &formula)?)
    }
}

fn parse(line: usize, text: &str) -> Result<Query, SearchError> {
    if text.len() > MAX_LINE_BYTES {
        let refusal = Refusal {
            at: MAX_LINE_BYTES..text.len(),
            what: format!("a line has at most {MAX_LINE_BYTES} bytes"),
            readings: Vec::new(),
        };
        return Err(SearchError::Line { line, refusal });
    }
    Query::parse(text, Dialect::Candor).map_err(|refusal| SearchError::Line { line, refusal })
}

/// How a view lays out terms, if it does.
#[must_use]
pub fn layout(view: &ViewId) -> Option<Layout> {
    match view {
        ViewId::Text(TextView::Terms { layout, .. }) => Some(*layout),
        _ => None,
    }
}

fn formula(layout: Layout, wide: &Wide) -> Formula {
    let all = |parts: &[Wide]| parts.iter().map(|part| formula(layout, part)).collect();
    match wide {
        Wide::And(parts) => Formula::And(all(parts)),
        Wide::Or(parts) => Formula::Or(all(parts)),
        Wide::Not(part) => Formula::Not(Box::new(formula(layout, part))),
        Wide::Token { kind, token } => {
            let bits = layout.places(*kind, token);
            let bit = |place: candor_documents::filter::Place| {
                Formula::Bit(Bit { byte: place.byte as u32, bit: place.bit })
            };
            Formula::And(bits.map(bit).collect())
        }
        Wide::FactIn { fact, first, last } => between(*fact, *first, *last),
    }
}

fn between(fact: Fact, low: u32, high: u32) -> Formula {
    let bytes = fact.bytes();
    Formula::Between {
        byte: bytes.start as u32,
        bytes: bytes.len() as u32,
        low: low.into(),
        high: high.into(),
    }
}

#[cfg(test)]
mod tests {
    use candor_documents::terms::ItemFacts;
    use candor_documents::{Budget, Content, Dated};

    use super::*;

    fn search(lines: &[&str]) -> Search {
        let dates = vec![DateSource::Header, DateSource::Property, DateSource::File];
        let lines = (1..).zip(lines).map(|(number, line)| parse(number, line).unwrap().to_string());
        Search {
            lines: lines.collect(),
            not: Not::Settle,
            settle: Settle::Release,
            undated: Undated::Release,
            dates,
        }
    }

    fn content(text: &str) -> Content {
        let mut content = Content::default();
        content.text.push(text, &mut Budget::new()).unwrap();
        content.meta.from.push("alice@example.com".into());
        content.meta.date = Some(Dated { seconds: 1_557_819_000, source: DateSource::Header });
        content
    }

    #[test]
    fn the_program_is_the_wide_form_of_one_of_the_lines() {
        let searches = [
            search(&["merger"]),
            search(&["from:alice@example.com AND (merger OR \"side letter\" OR acqui*)"]),
            search(&[
                "(bonus w/5 pay) AND date:2019-01-01..2020-12-31",
                "date:2021-01-01..2022-01-01",
            ]),
            search(&["privileged AND NOT draft"]),
        ];
        let texts = [
            "The merger closes soon.",
            "They acquire it; a side letter follows.",
            "A bonus beside the usual pay. Privileged draft.",
            "",
        ];
        for view in ["text/terms-33", "text/terms-132", "text/terms-264"] {
            let view: ViewId = view.parse().unwrap();
            for search in &searches {
                let Ok((layout, lines)) = search.wide(&view) else { continue };
                let program = search.compile(&view).unwrap();
                for text in texts {
                    let bytes = layout.view(&content(text), &ItemFacts::default()).unwrap();
                    let expected = lines.iter().any(|line| line.holds(layout, &bytes));
                    assert_eq!(program.matches(&bytes), expected, "{search:?} of {text:?}");
                }
            }
        }
    }

    #[test]
    fn another_spelling_or_order_is_refused() {
        let good = search(&["merger AND bonus"]);
        good.queries().unwrap();
        let other = |change: fn(&mut Search)| {
            let mut search = good.clone();
            change(&mut search);
            search.queries().unwrap_err().to_string()
        };
        assert!(other(|s| s.lines[0] = "Merger  AND bonus".into()).contains("is spelled"));
        assert!(other(|s| s.lines.clear()).contains("1 to 1000 lines"));
        assert!(other(|s| s.dates.reverse()).contains("sources of dates"));
        assert!(other(|s| s.dates.clear()).contains("sources of dates"));
        assert!(other(|s| s.lines[0] = "a b".into()).contains("line 1"));
        let image = "image/gray-28x28".parse().unwrap();
        assert!(good.compile(&image).unwrap_err().to_string().contains("holds no search terms"));
    }
}
