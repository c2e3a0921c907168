//! Runs the requester's commands and prints what they found.

use std::fmt::Write;

use candor::Dialect;
use candor::exchange::featurize::{self, Featurized};
use candor::exchange::issue::{
    EvaluateOptions, Explained, InspectOptions, Labels, TermList, evaluate, inspect,
};
use candor::exchange::vocabularies::given_or_committed;
use candor::exchange::{ExchangeError, Matter};
use candor::printable::count;
use candor_cli::{Bars, Defaults, Program, UNDECIDED, print, print_json, run_hits, show_steps};
use candor_pages::evaluate::{NEAREST, page};
use candor_pages::{Stated, refuse_existing, write};

use crate::args::Command;
use crate::issue::{self, reading, wishes};

pub(crate) fn run(command: Option<Command>) -> Result<u8, ExchangeError> {
    let Some(command) = command else { return show_steps(Program::Requester) };
    let defaults = Defaults::find()?;
    match command {
        Command::IssueRequest(args) => return issue::run(&args, &defaults),
        Command::Inspect(args) => {
            let options = InspectOptions {
                model: &args.model,
                reading: reading(&args.of_model),
                given: wishes(&args.of_model, args.view),
                calibration: args.calibration.as_deref(),
                vocabularies: given_or_committed(args.of_model.vocabulary.as_deref(), None)?,
                documents: args.documents,
            };
            let found = inspect(&options, &Bars::default())?;
            if args.json {
                print_json(&found)?
            } else {
                print(&found.to_string())?
            }
            return Ok(if found.compiles { 0 } else { UNDECIDED });
        }
        Command::Terms { list, dialect, json } => {
            let explained = TermList::read(&list, dialect.unwrap_or(Dialect::Candor))?.explain();
            if json {
                print_json(&explained)?
            } else {
                print(&explained_text(&explained))?
            }
            return Ok(if explained.refused == 0 { 0 } else { UNDECIDED });
        }
        Command::Hits(args) => run_hits(*args, &defaults)?,
        Command::Featurize { documents, view, vocabulary, out, json } => {
            let options = featurize::Options {
                documents: &documents,
                view,
                vocabularies: &given_or_committed(vocabulary.as_deref(), None)?,
                out: &out,
            };
            let done = featurize::featurize(&options, &Bars::default())?;
            if json { print_json(&done)? } else { print(&featurized_text(&done))? }
        }
        Command::Evaluate {
            request,
            documents,
            vocabulary,
            labels,
            scores,
            classes,
            scores_out,
            sweep,
            html,
            time,
            json,
        } => {
            if let Some(html) = &html {
                refuse_existing(html)?;
            }
            let request = defaults.path(request, "--request", Matter::request)?;
            let options = EvaluateOptions {
                request: &request,
                documents: &documents,
                vocabularies: &given_or_committed(vocabulary.as_deref(), None)?,
                labels: Labels { file: labels.as_deref(), classes: &classes },
                scores: scores.as_deref(),
                scores_out: scores_out.as_deref(),
                sweep,
                nearest: if html.is_some() { NEAREST } else { 0 },
            };
            let evaluation = evaluate(&options, &Bars::default())?;
            if let Some(html) = &html {
                let stated = time.unwrap_or_else(Stated::now);
                write(html, &page(&evaluation, stated))?;
            }
            if json { print_json(&evaluation)? } else { print(&evaluation.to_string())? }
        }
    }
    Ok(0)
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

fn featurized_text(done: &Featurized) -> String {
    let mut text = format!(
        "view       {}\ndocuments  {}\nrows       {} of {} bytes\n",
        done.view, done.documents, done.rows, done.row_bytes
    );
    if done.cut > 0 {
        let (tokens, cut) = (count(done.tokens, "token", "tokens"), done.cut);
        let _ = writeln!(text, "left out   {tokens} of {}", count(cut, "document", "documents"));
    }
    for (reason, count) in &done.unreadable {
        let _ = writeln!(text, "no row     {count} {reason}");
    }
    let _ = writeln!(
        text,
        "written    {}, {}, {}{}",
        done.array.display(),
        done.list.display(),
        done.said.display(),
        done.mask.as_ref().map_or(String::new(), |mask| format!(", {}", mask.display()))
    );
    text
}
