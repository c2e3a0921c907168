//! Runs the requester's commands and prints what they found.

use std::fmt::Write;
use std::path::Path;

use candor::argument::rows::PerKind;
use candor::corpus::views::ViewId;
use candor::exchange::featurize::{self, Featurized};
use candor::exchange::formats::search::{Not, Settle, Undated};
use candor::exchange::issue::{
    Class, Cost, Evaluation, Explained, Issued, IssuedSearch, Labels, Options, Reading,
    SearchOptions, TermList, class_indices, evaluate, issue, issue_search,
};
use candor::exchange::{ExchangeError, Matter, Release, commitment_files};
use candor::model::float_bits::FiniteF64;
use candor::model::predicate::Predicate;
use candor::model::quality::{Margins, Quality};
use candor::model::quantize::{ChannelOrder, InputScaling, PixelValues};
use candor::printable::{count, printable};
use candor::{DateSource, Dialect};
use candor_cli::{Bars, Defaults, Program, print, print_json, run_hits, show_steps};

use crate::args::{self, Channels, Command, IssueRequest};

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
            let view = view(args.view, &commitment)?;
            let reading =
                Reading { output: args.output.clone(), input_shape: args.input_shape.clone() };
            let options = Options {
                model,
                view,
                commitment: &commitment,
                calibration: given(args.calibration.as_deref(), "--calibration")?,
                predicate: predicate(&args, model, &view, &reading)?,
                reading,
                input: scaling(&args)?,
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
        Command::Evaluate { request, documents, labels, scores, classes, json } => {
            let request = defaults.path(request, "--request", Matter::request)?;
            let labels = Labels { file: labels.as_deref(), classes: &classes };
            let (scores, bars) = (scores.as_deref(), Bars::default());
            let evaluation = evaluate(&request, &documents, &labels, scores, &bars)?;
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
    let sources = [
        (args::Source::Header, DateSource::Header),
        (args::Source::Property, DateSource::Property),
        (args::Source::File, DateSource::File),
    ];
    let dates = sources.into_iter().filter(|(given, _)| args.dates.contains(given));
    let options = SearchOptions {
        terms,
        view: view(args.view, commitment)?,
        commitment,
        dates: dates.map(|(_, source)| source).collect(),
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
    let _ = writeln!(text, "written    {}, {}", done.array.display(), done.list.display());
    text
}

fn exact(argument: &str, value: f64) -> Result<FiniteF64, ExchangeError> {
    FiniteF64::new(value)
        .map_err(|error| ExchangeError::input(argument, error, "give a finite number"))
}

fn scaling(args: &IssueRequest) -> Result<InputScaling, ExchangeError> {
    let channels = match args.channels {
        Channels::Rgb => ChannelOrder::Rgb,
        Channels::Bgr => ChannelOrder::Bgr,
    };
    let list = |argument: &str, values: &[f64]| {
        values.iter().map(|value| exact(argument, *value)).collect::<Result<Vec<_>, _>>()
    };
    let values = if args.raw {
        PixelValues::Raw
    } else if args.mean.is_empty() {
        PixelValues::Unit
    } else {
        let (mean, std) = (list("--mean", &args.mean)?, list("--std", &args.std)?);
        PixelValues::Standardised { mean, std }
    };
    Ok(InputScaling { values, channels })
}

fn predicate(
    args: &IssueRequest,
    model: &Path,
    view: &ViewId,
    reading: &Reading,
) -> Result<Predicate, ExchangeError> {
    match (args.match_score, args.above) {
        (Some(index), Some(above)) => {
            Ok(Predicate::MatchScore { index, above: exact("--above", above)? })
        }
        _ => {
            let classes = class_indices(model, view, reading, &args.match_class)?;
            Ok(Predicate::match_class(classes))
        }
    }
}

fn cost_text(cost: &Cost) -> String {
    let PerKind([table, sbox, product]) = cost.rows_per_document;
    format!(
        "cost       {table} table, {sbox} S-box, {product} product rows per document; \
         about {:.0} ms of proving each\n",
        cost.milliseconds_per_document
    )
}

fn issued_text(issued: &Issued) -> String {
    let quality = &issued.quality;
    let mut text = format!("request    {}\nroot       {}\n", issued.request, issued.root);
    if let Some(output) = &issued.output {
        let _ = writeln!(text, "output     {}", printable(output));
    }
    if let Some(shape) = &issued.input_shape {
        let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "input      {}", sizes.join("×"));
    }
    if issued.unreadable > 0 {
        let _ = writeln!(text, "skipped    {} that the view cannot read", files(issued.unreadable));
    }
    text += &classes_text(&issued.classes);
    text += &quality_text(quality);
    if issued.disagreement_accepted {
        text += "accepted   program and model disagree; the request says so\n";
    }
    text + &cost_text(&issued.cost)
}

/// Which class is which, where the model names them.
fn classes_text(classes: &[Class]) -> String {
    let mut text = String::new();
    for (matches, head) in [(true, "match"), (false, "no match")] {
        let own = classes.iter().filter(|class| class.matches == matches);
        let named = |class: &Class| {
            Some(format!("{} = {}", class.index, printable(class.name.as_deref()?)))
        };
        let mut own: Vec<String> = own.filter_map(named).collect();
        if own.len() > 20 {
            own.truncate(20);
            own.push("…".to_owned());
        }
        if !own.is_empty() {
            let _ = writeln!(text, "{head:<10} class {}", own.join(", "));
        }
    }
    text
}

fn files(number: u64) -> String {
    count(number, "calibration file", "calibration files")
}

/// How often program and model decide alike, and how clear the decisions are.
fn quality_text(quality: &Quality) -> String {
    let mut text = format!(
        "decisions  the same by program and model on {} of {} documents\n\
         matches    {} by both, {} by the model only, {} by the program only\n",
        quality.same_decision,
        quality.documents,
        quality.matched_by_both,
        quality.matched_by_model_only,
        quality.matched_by_program_only
    );
    if let Some(same) = quality.same_top_class {
        let _ = writeln!(text, "top class  the same on {same} of {}", quality.documents);
    }
    text += "margins    in percent of the range of scores: documents (decided otherwise)\n";
    let mut from = 0;
    for Margins { up_to_percent, documents, decided_otherwise } in &quality.margins {
        let _ = writeln!(
            text,
            "           {from:>3} to {up_to_percent:>3} %  {documents:>7} ({decided_otherwise})"
        );
        from = *up_to_percent;
    }
    if let Some(error) = quality.max_score_error {
        let _ = writeln!(text, "scores     differ by at most {error:.4}");
    }
    text
}

fn evaluation_text(evaluation: &Evaluation) -> String {
    let quality = &evaluation.quality;
    let mut text = format!(
        "request    {}\ndocuments  {} ({} more cannot be read by the view)\n",
        evaluation.request, quality.documents, evaluation.unreadable
    );
    if evaluation.disagreement_accepted {
        text += "accepted   the request was issued although program and model disagreed\n";
    }
    text += &quality_text(quality);
    if let (Some(program), Some(float)) = (quality.program_correct, quality.float_correct) {
        let of = quality.labelled;
        let _ = writeln!(text, "accuracy   program {program} of {of}, model {float} of {of}");
    }
    if let Some(found) = &evaluation.retrieval {
        let _ = writeln!(
            text,
            "retrieval  {} of {} relevant documents match; {} of {} matches are relevant",
            found.relevant_and_matching,
            found.relevant,
            found.relevant_and_matching,
            found.matching
        );
    }
    text + &cost_text(&evaluation.cost)
}
