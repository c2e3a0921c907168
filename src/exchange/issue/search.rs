//! Search terms as a request, and a list of them explained.

use std::collections::BTreeSet;
use std::path::Path;

use candor_documents::CoarseKind;
use candor_documents::DateSource;
use candor_documents::query::{Options, Query, Wide, stem_warnings};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::committed_view;
use crate::corpus::views::ViewId;
use crate::exchange::cost::Cost;
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::{refuse_existing, write_folder};
use crate::exchange::formats::request::{self, FORMAT, Question, Release, Request};
use crate::exchange::formats::search::{Not, Search, Settle};
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::term_list::TermList;
use crate::field::ScalarHex;
use crate::model::quantize::COMPILER_VERSION;

/// What a search is asked with.
#[derive(Clone, Debug)]
pub struct SearchOptions<'a> {
    /// The lines and whose syntax they are in.
    pub terms: &'a TermList,
    /// The view that holds the terms.
    pub view: ViewId,
    /// The responder's `commitment.json`.
    pub commitment: &'a Path,
    /// The sources of dates that count.
    pub dates: Vec<DateSource>,
    /// What is to be handed over of a match.
    pub release: Release,
    /// Kinds of documents outside the view that are not asked about, in any order.
    pub accept_outside: &'a [CoarseKind],
    /// The folder to write; must not exist.
    pub out: &'a Path,
}

/// What issuing a search did.
#[derive(Clone, Debug, Serialize)]
pub struct IssuedSearch {
    /// The request's digest.
    pub request: Sha256Hex,
    /// The root that it addresses.
    pub root: ScalarHex,
    /// The lines as they are understood.
    pub lines: Vec<String>,
    /// How many lines are proved as a wide form, which finds more than the line.
    pub wide: u64,
    /// For each line, how many documents of the corpus at most are expected to match
    /// though they hold nothing that is asked for: chance matches.
    pub chance_matches: Vec<f64>,
    /// What answering will cost.
    pub cost: Cost,
}

/// A list of search terms, explained.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// The lines, in their order.
    pub lines: Vec<ExplainedLine>,
    /// Lines that are refused.
    pub refused: u64,
    /// Terms, as orders on discovery count them.
    pub terms: u64,
}

/// A line, explained.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainedLine {
    /// Its number in the list, from 1.
    pub line: u64,
    /// What was given.
    pub given: String,
    /// How it is understood, in Candor's own syntax.
    pub understood: Option<String>,
    /// Its parts, each with `E` (exact in the filter), `T` (needs the tokens of
    /// `text/terms-264`), `S` (settled by reading the text) or `TS`.
    pub parts: Vec<ExplainedPart>,
    /// How many terms it is.
    pub terms: u64,
    /// Stems that find much.
    pub warnings: Vec<String>,
    /// Why it is refused.
    pub refused: Option<String>,
}

/// A part of a line.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainedPart {
    /// The part, as understood.
    pub part: String,
    /// Its mark.
    pub mark: &'static str,
}

impl TermList {
    /// How each line is understood, and what of it a filter can prove.
    #[must_use]
    pub fn explain(&self) -> Explained {
        let options = Options::default();
        let explain = |(line, given): &(usize, String)| {
            let line = *line as u64;
            let given = given.clone();
            let empty = ExplainedLine {
                line,
                given: given.clone(),
                understood: None,
                parts: Vec::new(),
                terms: 0,
                warnings: Vec::new(),
                refused: None,
            };
            let query = match Query::parse(&given, self.dialect) {
                Ok(query) => query,
                Err(refusal) => {
                    return ExplainedLine { refused: Some(refusal.to_string()), ..empty };
                }
            };
            let parts = query.marks(&options).into_iter();
            let warnings = stem_warnings(&query).into_iter().map(|warning| {
                format!(
                    "{}* finds {} of {} common words: {}",
                    warning.stem,
                    warning.count,
                    warning.of,
                    warning.examples.join(", ")
                )
            });
            ExplainedLine {
                understood: Some(query.to_string()),
                parts: parts
                    .map(|part| ExplainedPart { part: part.part, mark: part.mark.letters() })
                    .collect(),
                terms: query.count() as u64,
                warnings: warnings.collect(),
                ..empty
            }
        };
        let lines: Vec<ExplainedLine> = self.lines.iter().map(explain).collect();
        let refused = lines.iter().filter(|line| line.refused.is_some()).count() as u64;
        let terms = lines.iter().map(|line| line.terms).sum();
        Explained { lines, refused, terms }
    }
}

/// Compiles search terms into a request.
///
/// # Errors
/// If something given cannot be used, a line has two readings or none, or the request
/// cannot be written.
pub fn issue_search(options: &SearchOptions<'_>) -> Result<IssuedSearch, ExchangeError> {
    refuse_existing(options.out)?;
    let commitment = committed_view(options.commitment, &options.view)?;
    let about = |problem: String| options.terms.problem(problem);
    let lines = options.terms.understood()?;
    let search =
        Search { lines, not: Not::Settle, settle: Settle::Release, dates: options.dates.clone() };
    let program = search.compile(&options.view).map_err(|error| about(error.to_string()))?;
    let chances = search.wide(&options.view).map_err(|error| about(error.to_string()))?;
    let documents = commitment.documents as f64;
    let expected = |line: &Wide| documents * line.chance_at_most(chances.0);
    let chance_matches = chances.1.iter().map(expected).collect();
    let wide = search.settled(&options.view).map_err(|error| about(error.to_string()))?;
    let cost = Cost::of(&program)?;
    let accepted: BTreeSet<CoarseKind> = options.accept_outside.iter().copied().collect();
    let request = Request {
        format: FORMAT.to_owned(),
        compiler: COMPILER_VERSION,
        root: ScalarHex(commitment.root),
        header: ScalarHex(commitment.header.digest()),
        view: options.view,
        question: Question::Search(search.clone()),
        release: options.release,
        accept_outside: accepted.into_iter().collect(),
        program_sha256: Sha256Hex(Sha256::digest(program.encode()).into()),
    };
    write_folder(options.out, |folder| request::write(folder, &request, None, &program))?;
    Ok(IssuedSearch {
        request: Sha256Hex(request::digest(&request)),
        root: request.root,
        lines: search.lines,
        wide,
        chance_matches,
        cost,
    })
}
