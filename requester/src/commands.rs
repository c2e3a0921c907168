//! Runs the requester's commands and prints what they found.

use std::fmt::Write;
use std::path::Path;

use candor::Dialect;
use candor::corpus::views::ViewId;
use candor::exchange::featurize::{self, Featurized};
use candor::exchange::formats::search::{Not, Settle, Undated};
use candor::exchange::issue::{
    EvaluateOptions, Explained, Given, IssuedSearch, Labels, Options, Reading, SearchOptions,
    TermList, evaluate, issue, issue_search, settle,
};
use candor::exchange::{ExchangeError, Matter, Release, commitment_files};
use candor::model::quantize::ChannelOrder;
use candor::printable::count;
use candor_cli::{Bars, Defaults, Program, print, print_json, run_hits, show_steps, sources};

use crate::args::{self, Channels, Command, IssueRequest};
use crate::texts::{cost_text, evaluation_text, issued_text};

pub(crate) fn run(command: Option<Command>) -> Result<u8, ExchangeError> {
    let Some(command) = command else { return show_steps(Program::Requester) };
    let defaults = Defaults::find()?;
    match command {
        Command::IssueRequest(args) => {
            let commitment = args.commitment.clone();
            let commitment = defaults.path(commitment, "--commitment", Matter::commitment)?;
            let out = defaults.path(args.out.clone(), "--out", Matter::request)?;
            if let Some(terms) = terms(&args)? {
                return issue_terms(&args, &terms, &commitment, &out);
            }
            let model = given(args.model.as_deref(), "--model")?;
            let reading =
                Reading { output: args.output.clone(), input_shape: args.input_shape.clone() };
            let settled = settle(model, &commitment, &reading, &wishes(&args))?;
            let options = Options {
                model,
                view: settled.view,
                commitment: &commitment,
                calibration: given(args.calibration.as_deref(), "--calibration")?,
                reading,
                input: settled.input,
                predicate: settled.predicate,
                settings: &settled.settings,
                release: release(args.release),
                accept_outside: &args.accept_outside,
                agreement: share(args.agreement)?,
                accept_disagreement: args.accept_disagreement,
                out: &out,
            };
            let issued = issue(&options, &Bars::default())?;
            if args.json { print_json(&issued)? } else { print(&issued_text(&issued))? }
        }
        Command::Terms { list, dialect, json } => {
            let explained = TermList::read(&list, dialect.unwrap_or(Dialect::Candor))?.explain();
            if json {
                print_json(&explained)?
            } else {
                print(&explained_text(&explained))?
            }
            return Ok(if explained.refused == 0 { 0 } else { 2 });
        }
        Command::Hits(args) => run_hits(*args, &defaults)?,
        Command::Featurize { documents, view, out, json } => {
            let options = featurize::Options { documents: &documents, view, out: &out };
            let done = featurize::featurize(&options, &Bars::default())?;
            if json { print_json(&done)? } else { print(&featurized_text(&done))? }
        }
        Command::Evaluate {
            request,
            documents,
            labels,
            scores,
            classes,
            scores_out,
            sweep,
            json,
        } => {
            let request = defaults.path(request, "--request", Matter::request)?;
            let options = EvaluateOptions {
                request: &request,
                documents: &documents,
                labels: Labels { file: labels.as_deref(), classes: &classes },
                scores: scores.as_deref(),
                scores_out: scores_out.as_deref(),
                sweep,
            };
            let evaluation = evaluate(&options, &Bars::default())?;
            if json { print_json(&evaluation)? } else { print(&evaluation_text(&evaluation))? }
        }
    }
    Ok(0)
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

fn issue_terms(
    args: &IssueRequest,
    terms: &TermList,
    commitment: &Path,
    out: &Path,
) -> Result<u8, ExchangeError> {
    let options = SearchOptions {
        terms,
        view: view(args.view, commitment)?,
        commitment,
        dates: sources(&args.dates),
        not: if args.not == args::Not::Filter { Not::Filter } else { Not::Settle },
        may_miss: Some(args.may_miss),
        settle: args.settle,
        undated: match args.undated {
            args::Undated::Release => Undated::Release,
            args::Undated::Exclude => Undated::Exclude,
        },
        family: args.scope == args::Scope::Family,
        release: release(args.release),
        accept_outside: &args.accept_outside,
        out,
    };
    let issued = issue_search(&options)?;
    if args.json {
        print_json(&issued)?
    } else {
        print(&issued_search_text(&issued))?
    }
    Ok(0)
}

fn issued_search_text(issued: &IssuedSearch) -> String {
    let mut text = format!("request    {}\nroot       {}\n", issued.request, issued.root);
    for (line, chance) in issued.lines.iter().zip(&issued.chance_matches) {
        let _ = writeln!(text, "search     {line}");
        let _ = writeln!(text, "           at most {chance:.3} chance matches expected");
    }
    if issued.wide > 0 {
        let lines = count(issued.wide, "line is", "lines are");
        let settled = match issued.settle {
            Settle::Release => "all that match it are released",
            Settle::Judge => "the judge alone reads again what matches it and not the line",
        };
        let _ = writeln!(text, "wide       {lines} proved as something wider; {settled}");
    }
    if let Some(misses) = issued.expected_misses {
        let _ = writeln!(
            text,
            "NOT        asked of the filter: at most {misses:.3} documents are expected to be lost"
        );
    }
    text + &cost_text(&issued.cost)
}

fn explained_text(explained: &Explained) -> String {
    let mut text = String::new();
    for line in &explained.lines {
        let _ = writeln!(text, "{:>5}  {}", line.line, line.given);
        if let Some(refused) = &line.refused {
            let _ = writeln!(text, "       refused: {refused}");
            continue;
        }
        if let Some(understood) = line.understood.as_ref().filter(|form| **form != line.given) {
            let _ = writeln!(text, "       read as: {understood}");
        }
        for part in &line.parts {
            let _ = writeln!(text, "       {:<2} {}", part.mark, part.part);
        }
        for warning in &line.warnings {
            let _ = writeln!(text, "       warning: {warning}");
        }
    }
    let lines = count(explained.lines.len() as u64, "line", "lines");
    let terms = count(explained.terms, "term", "terms");
    let _ = writeln!(text, "\n{lines}, {terms}, {} refused", explained.refused);
    text.push_str(
        "E exact in the proof   T needs text/terms-264   S proved as something wider, settled by reading\n",
    );
    text
}

/// The view given, or else the only one of the commitment.
fn view(given: Option<ViewId>, commitment: &Path) -> Result<ViewId, ExchangeError> {
    if let Some(view) = given {
        return Ok(view);
    }
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

fn featurized_text(done: &Featurized) -> String {
    let mut text = format!(
        "view       {}\ndocuments  {}\nrows       {} of {} bytes\n",
        done.view, done.documents, done.rows, done.row_bytes
    );
    for (reason, count) in &done.unreadable {
        let _ = writeln!(text, "no row     {count} {reason}");
    }
    let _ = writeln!(
        text,
        "written    {}, {}, {}",
        done.array.display(),
        done.list.display(),
        done.said.display()
    );
    text
}

/// What the options say of the model; the rest is taken from the model.
fn wishes(args: &IssueRequest) -> Given<'_> {
    let channels = args.channels.or(args.bgr.then_some(Channels::Bgr));
    Given {
        view: args.view,
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
