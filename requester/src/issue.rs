//! Issues a request, or tries one.

use std::path::Path;

use candor::Dialect;
use candor::corpus::views::ViewId;
use candor::exchange::formats::search::{Not, Undated};
use candor::exchange::issue::{
    Given, ModelQuestion, Options, Reading, SearchOptions, SearchQuestion, Settled, TermList,
    dry_run, dry_run_search, issue, issue_search, settle,
};
use candor::exchange::vocabularies::given_or_committed;
use candor::exchange::{ExchangeError, Matter, Release, commitment_files};
use candor::model::quantize::ChannelOrder;
use candor_cli::{Bars, Defaults, UNDECIDED, print, print_json, sources};

use crate::args::{self, Channels, IssueRequest, ModelArgs, USUAL_DOCUMENTS};

pub(crate) fn run(args: &IssueRequest, defaults: &Defaults) -> Result<u8, ExchangeError> {
    if args.dry_run {
        return try_it(args, defaults);
    }
    let commitment = defaults.path(args.commitment.clone(), "--commitment", Matter::commitment)?;
    let out = defaults.path(args.out.clone(), "--out", Matter::request)?;
    let accept_outside = &args.accept_outside;
    let release = release(args.release);
    if let Some(terms) = terms(args)? {
        let question = search(args, &terms, Some(&commitment))?;
        let options = SearchOptions::new(question, &commitment, &out);
        let issued = issue_search(&SearchOptions { release, accept_outside, ..options })?;
        if args.json {
            print_json(&issued)?
        } else {
            print(&issued.to_string())?
        }
        return Ok(0);
    }
    let settled = settled(args, Some(&commitment))?;
    let options = Options::new(question(args, &settled, None)?, &commitment, &out);
    let issued = issue(&Options { release, accept_outside, ..options }, &Bars::default())?;
    if args.json {
        print_json(&issued)?
    } else {
        print(&issued.to_string())?
    }
    Ok(0)
}

/// Does all but write.
fn try_it(args: &IssueRequest, defaults: &Defaults) -> Result<u8, ExchangeError> {
    let commitment = defaults.existing(args.commitment.clone(), Matter::commitment);
    let commitment = commitment.as_deref();
    let of_corpus = || match commitment {
        Some(path) => Ok(commitment_files::read(path)?.documents),
        None => Ok::<_, ExchangeError>(USUAL_DOCUMENTS),
    };
    let documents = args.documents.map_or_else(of_corpus, Ok)?;
    if let Some(terms) = terms(args)? {
        let found = dry_run_search(&search(args, &terms, commitment)?, documents)?;
        if args.json {
            print_json(&found)?
        } else {
            print(&found.to_string())?
        }
        return Ok(0);
    }
    let settled = settled(args, commitment)?;
    let found = dry_run(&question(args, &settled, commitment)?, documents, &Bars::default())?;
    if args.json {
        print_json(&found)?
    } else {
        print(&found.to_string())?
    }
    Ok(if found.refused.is_none() { 0 } else { UNDECIDED })
}

/// What is asked of the model.
fn question<'a>(
    args: &'a IssueRequest,
    settled: &'a Settled,
    commitment: Option<&Path>,
) -> Result<ModelQuestion<'a>, ExchangeError> {
    Ok(ModelQuestion {
        model: given(args.model.as_deref(), "--model")?,
        view: settled.view,
        vocabularies: given_or_committed(args.of_model.vocabulary.as_deref(), commitment)?,
        calibration: given(args.calibration.as_deref(), "--calibration")?,
        reading: reading(&args.of_model),
        input: settled.input.clone(),
        predicate: settled.predicate.clone(),
        settings: &settled.settings,
        agreement: share(args.agreement)?,
        accept_disagreement: args.accept_disagreement,
    })
}

fn settled(args: &IssueRequest, commitment: Option<&Path>) -> Result<Settled, ExchangeError> {
    let model = given(args.model.as_deref(), "--model")?;
    settle(model, commitment, &reading(&args.of_model), &wishes(&args.of_model, args.view))
}

/// What the options say of how a model is read.
pub(crate) fn reading(args: &ModelArgs) -> Reading {
    Reading {
        output: args.output.clone(),
        input_shape: args.input_shape.clone(),
        ..Reading::default()
    }
}

/// What is asked by search terms.
fn search<'a>(
    args: &IssueRequest,
    terms: &'a TermList,
    commitment: Option<&Path>,
) -> Result<SearchQuestion<'a>, ExchangeError> {
    Ok(SearchQuestion {
        terms,
        view: view(args.view, commitment)?,
        dates: sources(&args.dates),
        not: if args.not == args::Not::Filter { Not::Filter } else { Not::Settle },
        may_miss: Some(args.may_miss),
        settle: args.settle,
        undated: match args.undated {
            args::Undated::Release => Undated::Release,
            args::Undated::Exclude => Undated::Exclude,
        },
        family: args.scope == args::Scope::Family,
    })
}

fn release(given: args::Release) -> Release {
    match given {
        args::Release::Item => Release::Item,
        args::Release::Family => Release::Family,
    }
}

fn given<'a>(path: Option<&'a Path>, argument: &str) -> Result<&'a Path, ExchangeError> {
    path.ok_or_else(|| ExchangeError::input(argument, "is missing", "see --help for an example"))
}

/// The search terms that are given in place of a model.
fn terms(args: &IssueRequest) -> Result<Option<TermList>, ExchangeError> {
    let dialect = args.dialect.unwrap_or(Dialect::Candor);
    match (&args.terms, &args.terms_file) {
        (Some(line), _) => Ok(Some(TermList::line(line, dialect))),
        (None, Some(file)) => Ok(Some(TermList::read(file, dialect)?)),
        (None, None) => Ok(None),
    }
}

/// The view given, or else the only one of the commitment.
fn view(given: Option<ViewId>, commitment: Option<&Path>) -> Result<ViewId, ExchangeError> {
    if let Some(view) = given {
        return Ok(view);
    }
    let Some(commitment) = commitment else {
        let advice = "name a view of search terms, such as text/terms-33";
        return Err(ExchangeError::input("--view", "is missing", advice));
    };
    let views = commitment_files::read(commitment)?.header.views;
    match views.as_slice() {
        [view] => Ok(*view),
        _ => {
            let views: Vec<_> = views.iter().map(ToString::to_string).collect();
            let advice = format!("choose one of {}", views.join(", "));
            Err(ExchangeError::input("--view", "is missing", advice))
        }
    }
}

fn share(value: f64) -> Result<f64, ExchangeError> {
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    Err(ExchangeError::input("--agreement", format!("{value} is not a share"), "give 0 to 1"))
}

/// What the options say of the model; the rest is taken from the model.
pub(crate) fn wishes(args: &ModelArgs, view: Option<ViewId>) -> Given<'_> {
    let channels = args.channels.or(args.bgr.then_some(Channels::Bgr));
    Given {
        view,
        raw: args.raw,
        preset: args.preset,
        mean: &args.mean,
        std: &args.std,
        channels: channels.map(|channels| match channels {
            Channels::Rgb => ChannelOrder::Rgb,
            Channels::Bgr => ChannelOrder::Bgr,
        }),
        match_class: &args.match_class,
        match_score: args.match_score.as_deref(),
        above: args.above,
    }
}
