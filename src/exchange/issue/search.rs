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
use crate::exchange::cost::{Cost, Prediction};
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::{refuse_existing, write_folder};
use crate::exchange::formats::request::{self, FORMAT, Question, Release, Request};
use crate::exchange::formats::search::{Not, Search, Settle, Undated};
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::term_list::TermList;
use crate::field::ScalarHex;
use crate::model::program::Program;
use crate::model::quantize::COMPILER_VERSION;

/// Documents that may be expected to be lost by NOT without the requester's saying so.
pub const MAY_MISS: f64 = 0.1;

/// What a search is asked with.
#[derive(Clone, Debug)]
pub struct SearchOptions<'a> {
    /// What is asked.
    pub question: SearchQuestion<'a>,
    /// The responder's `commitment.json`.
    pub commitment: &'a Path,
    /// What is to be handed over of a match.
    pub release: Release,
    /// Kinds of documents outside the view that are not asked about, in any order.
    pub accept_outside: &'a [CoarseKind],
    /// The folder to write; must not exist.
    pub out: &'a Path,
}

impl<'a> SearchOptions<'a> {
    /// A question put to a corpus; families of matches are asked for, and no kind of document
    /// is left aside.
    #[must_use]
    pub fn new(question: SearchQuestion<'a>, commitment: &'a Path, out: &'a Path) -> Self {
        Self { question, commitment, release: Release::Family, accept_outside: &[], out }
    }
}

/// What is asked by search terms, whoever is to answer.
#[derive(Clone, Debug)]
pub struct SearchQuestion<'a> {
    /// The lines and whose syntax they are in.
    pub terms: &'a TermList,
    /// The view that holds the terms.
    pub view: ViewId,
    /// The sources of dates that count.
    pub dates: Vec<DateSource>,
    /// What NOT over words means.
    pub not: Not,
    /// The most documents that may be expected to be lost where NOT is asked of the filter;
    /// `None` for [`MAY_MISS`].
    pub may_miss: Option<f64>,
    /// What is done with matches of the wide form of a line alone.
    pub settle: Settle,
    /// What is done with matches for want of a date alone.
    pub undated: Undated,
    /// Whether each family is asked by its top item; then the view is the one of that name
    /// and `-family`.
    pub family: bool,
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
    /// What is done with what it finds beyond them.
    pub settle: Settle,
    /// Where NOT is asked of the filter: how many documents are expected at most to be
    /// lost by it.
    pub expected_misses: Option<f64>,
    /// For each line, how many documents of the corpus at most are expected to match
    /// though they hold nothing that is asked for: chance matches.
    pub chance_matches: Vec<f64>,
    /// What answering will cost.
    pub cost: Cost,
}

/// What `issue-request --terms --dry-run` found.
#[derive(Clone, Debug, Serialize)]
pub struct DryRunSearch {
    /// The view that is asked.
    pub view: ViewId,
    /// As in [`IssuedSearch`].
    pub lines: Vec<String>,
    /// As in [`IssuedSearch`].
    pub wide: u64,
    /// As in [`IssuedSearch`].
    pub settle: Settle,
    /// As in [`IssuedSearch`], of so many documents as the time is predicted for.
    pub expected_misses: Option<f64>,
    /// As in [`IssuedSearch`], of as many.
    pub chance_matches: Vec<f64>,
    /// What answering will cost.
    pub cost: Cost,
    /// What it will take for so many documents.
    pub predicted: Prediction,
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

/// A search that is worked out.
struct Draft {
    view: ViewId,
    search: Search,
    program: Program,
    wide: u64,
    expected_misses: Option<f64>,
    chance_matches: Vec<f64>,
    cost: Cost,
}

impl Draft {
    /// Compiles a search over a view; `documents` are those of the corpus.
    fn of(
        question: &SearchQuestion<'_>,
        view: ViewId,
        documents: u64,
    ) -> Result<Self, ExchangeError> {
        let about = |problem: String| question.terms.problem(problem);
        let lines = question.terms.understood()?;
        let SearchQuestion { not, settle, undated, .. } = *question;
        let search = Search { lines, not, settle, undated, dates: question.dates.clone() };
        let program = search.compile(&view).map_err(|error| about(error.to_string()))?;
        let (layout, asked) = search.wide(&view).map_err(|error| about(error.to_string()))?;
        let expected = |line: &Wide| documents as f64 * line.chance_at_most(layout);
        let chance_matches = asked.iter().map(expected).collect();
        let wide = search.settled(&view).map_err(|error| about(error.to_string()))?;
        let expected_misses =
            search.expected_misses(&view, documents).map_err(|error| about(error.to_string()))?;
        check_misses(expected_misses, question.may_miss)?;
        let cost = Cost::of(&program)?;
        Ok(Self { view, search, program, wide, expected_misses, chance_matches, cost })
    }
}

impl<'a> SearchQuestion<'a> {
    /// A search by dates of all sources.
    #[must_use]
    pub fn new(terms: &'a TermList, view: ViewId) -> Self {
        Self {
            terms,
            view,
            dates: vec![DateSource::Header, DateSource::Property, DateSource::File],
            not: Not::default(),
            may_miss: None,
            settle: Settle::default(),
            undated: Undated::default(),
            family: false,
        }
    }

    /// The view that is asked.
    fn asked_view(&self) -> Result<ViewId, ExchangeError> {
        if self.family { family_view(&self.view) } else { Ok(self.view) }
    }
}

/// Does all that issuing a search does but to write it. No commitment is needed. Chance and
/// time are those of so many documents.
///
/// # Errors
/// If something given cannot be used, or a line has two readings or none.
pub fn dry_run_search(
    question: &SearchQuestion<'_>,
    documents: u64,
) -> Result<DryRunSearch, ExchangeError> {
    let draft = Draft::of(question, question.asked_view()?, documents)?;
    Ok(DryRunSearch {
        view: draft.view,
        lines: draft.search.lines,
        wide: draft.wide,
        settle: draft.search.settle,
        expected_misses: draft.expected_misses,
        chance_matches: draft.chance_matches,
        predicted: Prediction::of(&draft.program, documents)?,
        cost: draft.cost,
    })
}

/// Compiles search terms into a request.
///
/// # Errors
/// If something given cannot be used, a line has two readings or none, or the request
/// cannot be written.
pub fn issue_search(options: &SearchOptions<'_>) -> Result<IssuedSearch, ExchangeError> {
    refuse_existing(options.out)?;
    let question = &options.question;
    let view = question.asked_view()?;
    let commitment = committed_view(options.commitment, &view)?;
    let Draft { search, program, wide, expected_misses, chance_matches, cost, .. } =
        Draft::of(question, view, commitment.documents)?;
    let accepted: BTreeSet<CoarseKind> = options.accept_outside.iter().copied().collect();
    let request = Request {
        format: FORMAT.to_owned(),
        compiler: COMPILER_VERSION,
        root: ScalarHex(commitment.root),
        header: ScalarHex(commitment.header.digest()),
        view,
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
        settle: search.settle,
        expected_misses,
        chance_matches,
        cost,
    })
}

/// The view in which the top item of a family shows all of it.
fn family_view(view: &ViewId) -> Result<ViewId, ExchangeError> {
    let name = view.to_string();
    let name = name.strip_suffix("-family").unwrap_or(&name);
    format!("{name}-family").parse().map_err(|_| {
        let problem = format!("families are not asked in {view}, which holds no search terms");
        let advice = "ask a view of terms, such as text/terms-264";
        ExchangeError::input("--scope family", problem, advice)
    })
}

/// Refuses to lose more documents by NOT than the requester has accepted.
fn check_misses(expected: Option<f64>, accepted: Option<f64>) -> Result<(), ExchangeError> {
    let Some(expected) = expected else { return Ok(()) };
    if expected <= accepted.unwrap_or(MAY_MISS) {
        return Ok(());
    }
    let problem = format!(
        "up to {expected:.3} documents are expected to be lost, because the filter says by chance that they hold what NOT excludes"
    );
    let advice = format!(
        "use a larger view, leave NOT to the reading of the text (without --not filter), or accept it with --may-miss {}",
        (expected * 1000.0).ceil() / 1000.0
    );
    Err(ExchangeError::input("--not filter", problem, advice))
}
