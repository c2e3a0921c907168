//! Runs the responder's commands and prints what they did.

use std::path::{Path, PathBuf};

use candor::argument::rows::PerKind;
use candor::corpus::commitment::MAX_VIEWS;
use candor::corpus::mails::holds_mail;
use candor::corpus::views::ViewId;
use candor::exchange::cost::Estimate;
use candor::exchange::expand::{self, Expanded, expand};
use candor::exchange::matter::{self, Record};
use candor::exchange::read_text::read_text;
use candor::exchange::respond::{
    Answer, Options, Part, Proving, Shard, ShardSummary, Summary, TemplateOptions, assemble,
    estimate, withhold_template,
};
use candor::exchange::scan::{ScanReport, scan};
use candor::exchange::{
    CommitOptions, ExchangeError, Matter, commit_unless_empty, commitment_files,
};
use candor::field::ScalarHex;
use candor::printable::count;
use candor::proof::Phase;
use candor_cli::{Bars, Defaults, Program, print, print_json, run_hits, show_steps, tell};
use rand_core::OsRng;

use crate::args::{Asked, Command, CommitArgs, ReleaseArgs};
use crate::check;
use crate::lot;
use crate::told;

/// Items were written, but of another source than the list made at collection says.
const DIFFERENT: u8 = 3;
/// What `text` ends with if there is nothing to read.
const NOTHING_READ: u8 = 3;

pub(crate) fn run(command: Option<Command>) -> Result<u8, ExchangeError> {
    let Some(command) = command else { return show_steps(Program::Responder) };
    let mut defaults = Defaults::find()?;
    match command {
        Command::Init { matter, documents, view, vocabulary } => {
            let record = Record::new(&matter, &documents, view);
            init(Record { vocabularies: vocabulary, ..record })?
        }
        Command::Status { json } => status(&defaults, json)?,
        Command::Scan { source, out, json } => {
            let bars = Bars::default();
            let report = scan(&source, out.as_deref(), &bars)?;
            drop(bars);
            if json { print_json(&report)? } else { print(&scan_text(&report))? }
        }
        Command::Text { file, terms, json } => {
            let read = read_text(&file, terms)?;
            let found = read.reason.is_none();
            if json {
                print_json(&read)?
            } else {
                print(&told::text(&read))?
            }
            tell(&told::unread_parts(&read));
            if !found {
                return Ok(NOTHING_READ);
            }
        }
        Command::Expand { source, out, custodian, dedupe, known, ocr_text, json } => {
            let options = expand::Options {
                source: &source,
                out: &out,
                custodian: custodian.as_deref(),
                dedupe,
                known: known.as_deref(),
                ocr_text: ocr_text.as_deref(),
            };
            let bars = Bars::default();
            let done = expand(&options, &bars)?;
            drop(bars);
            if json {
                print_json(&done)?
            } else {
                print(&expand_text(&done))?
            }
            tell(&told::expanded(&done.summary, &out));
            if done.summary.known.as_ref().is_some_and(|known| !known.agrees()) {
                return Ok(DIFFERENT);
            }
        }
        Command::Hits(args) => run_hits(*args, &defaults)?,
        Command::Check(args) => return check::run(*args, &defaults),
        Command::CommitCorpus { documents, args } => {
            let CommitArgs {
                view,
                vocabulary,
                acquisition,
                allow_empty_view,
                no_mail_thread,
                out,
                json,
            } = args;
            let documents =
                defaults.path(documents, "the folder of the documents", Matter::documents)?;
            let out = defaults.path(out, "--out", Matter::commitment)?;
            let mut view = views(view, &defaults)?;
            let vocabulary = vocabularies(vocabulary, &view, &defaults);
            let fits = !view.contains(&ViewId::Thread) && view.len() < MAX_VIEWS;
            let added = fits && !no_mail_thread && holds_mail(&documents)?;
            view.extend(added.then_some(ViewId::Thread));
            let bars = Bars::default();
            let options = CommitOptions {
                documents: &documents,
                views: &view,
                acquisition: &acquisition,
                vocabularies: &vocabulary,
                out: &out,
            };
            let may_be_empty = |view: &ViewId| allow_empty_view || added && *view == ViewId::Thread;
            let summary = commit_unless_empty(&options, may_be_empty, &bars, &mut OsRng)?;
            drop(bars);
            if let Some(matter) = defaults.matter_mut().filter(|matter| matter.commitment() == out)
            {
                let (root, documents) = (summary.root, summary.documents);
                matter.record_commitment(root, documents, &view, &vocabulary)?;
            }
            tell(&told::unreadable(&summary.unreadable_files));
            tell(&summary.unseen.to_string());
            if json { print_json(&summary)? } else { print(&summary.to_string())? }
        }
        Command::Respond { question, release, estimate: true, out: _, json } => {
            drop(release);
            tell_estimate(&question.resolve(&defaults)?, None, json)?;
        }
        Command::Respond { question, out, release, estimate: false, json } => {
            let question = question.resolve(&defaults)?;
            check_root(&defaults, &question)?;
            let out = defaults.path(out, "--out", Matter::bundle)?;
            let (options, bars) = (options(&question, &out, &release), Bars::default());
            let answer = Answer::open(&options, &bars)?;
            let foreseen = answer.foreseen();
            bars.say(&told::withheld_by_program(&foreseen.by_basis));
            bars.say(&told::release(&foreseen.told));
            bars.say(&estimate_text(&answer.estimate(&bars, &mut OsRng)?));
            let summary = answer.prove(&bars, &mut OsRng)?;
            drop(bars);
            tell(&told::unreadable(&summary.unreadable_files));
            if json { print_json(&summary)? } else { print(&respond_text(&summary))? }
        }
        Command::WithholdTemplate {
            question,
            out,
            release_unreadable,
            withhold_chance_matches,
            json,
        } => {
            let question = question.resolve(&defaults)?;
            check_root(&defaults, &question)?;
            let options = TemplateOptions {
                question: question.question(),
                out: &out,
                release_unreadable,
                withhold_chance_matches,
            };
            let bars = Bars::default();
            let summary = withhold_template(&options, &bars)?;
            drop(bars);
            if json { print_json(&summary)? } else { print(&summary.to_string())? }
        }
        Command::Prove { question, shard, estimate: true, out: _, json } => {
            tell_estimate(&question.resolve(&defaults)?, Some(shard), json)?;
        }
        Command::Prove { question, shard, out, estimate: false, json } => {
            let (out, bars) = (out.unwrap_or_default(), Bars::default());
            let question = question.resolve(&defaults)?;
            check_root(&defaults, &question)?;
            let part = Part::open(&question.question(), shard, &out, &bars)?;
            bars.say(&estimate_text(&part.estimate(&bars, &mut OsRng)?));
            let summary = part.prove(&bars, &mut OsRng)?;
            drop(bars);
            if json { print_json(&summary)? } else { print(&shard_text(&summary))? }
        }
        Command::Assemble { question, shards, out, release, json } => {
            let question = question.resolve(&defaults)?;
            check_root(&defaults, &question)?;
            let out = defaults.path(out, "--out", Matter::bundle)?;
            let bars = Bars::default();
            let summary = assemble(&options(&question, &out, &release), &shards, &bars)?;
            drop(bars);
            tell(&told::release(&summary.told));
            tell(&told::unreadable(&summary.unreadable_files));
            if json { print_json(&summary)? } else { print(&respond_text(&summary))? }
        }
        Command::Seal(args) => lot::run_seal(&args, &defaults)?,
        Command::Open(args) => lot::run_open(&args, &defaults)?,
    }
    Ok(0)
}

fn init(record: Record) -> Result<(), ExchangeError> {
    let matter = Matter::create(Path::new(""), record)?;
    print(&format!("written    {}\n{}", matter.file().display(), matter.status()?))
}

fn status(defaults: &Defaults, json: bool) -> Result<(), ExchangeError> {
    let matter = defaults.matter().ok_or_else(|| {
        let advice = "go to the folder of the matter, or begin one with responder init";
        ExchangeError::input(matter::FILE, "is not here, nor in a folder above", advice)
    })?;
    let status = matter.status()?;
    if json { print_json(&status) } else { print(&status.to_string()) }
}

/// The views given, or else those of the matter.
fn views(given: Vec<ViewId>, defaults: &Defaults) -> Result<Vec<ViewId>, ExchangeError> {
    let matter = || defaults.matter().map(|matter| matter.record.views.clone());
    let views = if given.is_empty() { matter().unwrap_or_default() } else { given };
    if views.is_empty() {
        let advice = "give one or more, such as image/rgb-64x64; the user guide says how to choose";
        return Err(ExchangeError::input("--view", "is missing", advice));
    }
    Ok(views)
}

/// The vocabularies given, or else those of the matter, if a view needs any.
fn vocabularies(given: Vec<PathBuf>, views: &[ViewId], defaults: &Defaults) -> Vec<PathBuf> {
    match defaults.matter() {
        Some(matter) if given.is_empty() && views.iter().any(|view| view.scheme().is_some()) => {
            matter.vocabularies()
        }
        _ => given,
    }
}

/// The commitment is the one that the matter records.
fn check_root(defaults: &Defaults, question: &Asked) -> Result<(), ExchangeError> {
    let Some(matter) = defaults.matter() else { return Ok(()) };
    let given = question.question().commitment;
    if matter.commitment() != given {
        return Ok(());
    }
    matter.check_root(ScalarHex(commitment_files::read(given)?.root))
}

fn options<'a>(question: &'a Asked, out: &'a Path, release: &'a ReleaseArgs) -> Options<'a> {
    Options {
        question: question.question(),
        out,
        withhold: release.withhold.as_deref(),
        redactions: release.redactions.as_deref(),
        release_unreadable: release.release_unreadable,
        withhold_chance_matches: release.withhold_chance_matches,
        judge_copy: release.judge_copy.as_deref(),
    }
}

fn tell_estimate(question: &Asked, shard: Option<Shard>, json: bool) -> Result<(), ExchangeError> {
    let bars = Bars::default();
    let found = estimate(&question.question(), shard, &bars, &mut OsRng)?;
    drop(bars);
    if json { print_json(&found) } else { print(&estimate_text(&found)) }
}

fn estimate_text(estimate: &Estimate) -> String {
    let time =
        estimate.proving_seconds.map_or("short: not measured beforehand".to_owned(), |seconds| {
            let warm_up = estimate.warm_up_seconds;
            format!(
                "{} of proving (measured on a small batch in {warm_up:.1} s)",
                duration_text(seconds)
            )
        });
    format!(
        "documents  {}, of which {} are to be proved\n\
         proofs     {}, each of up to {}\n\
         {}\
         time       {time}\n\
         memory     about {} MB\n\
         disk       about {} kB beyond the released files\n",
        estimate.documents,
        estimate.to_prove,
        estimate.proofs,
        count(estimate.documents_per_proof, "document", "documents"),
        rows_text(&estimate.rows_per_document),
        estimate.memory_bytes / 1_000_000,
        estimate.disk_bytes.div_ceil(1000),
    )
}

/// Seconds in the unit that suits them.
fn duration_text(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

fn rows_text(rows: &PerKind<usize>) -> String {
    format!("rows       {rows} rows per document\n")
}

fn proving_text(proving: &Proving) -> String {
    let peak = proving
        .peak_rss_bytes
        .map_or(String::new(), |bytes| format!(", at most {} MB of memory", bytes / 1_000_000));
    let mut text = format!(
        "proofs     {} ({} reused), {:.1} s of proving, {:.1} s in all{peak}\n",
        proving.proofs, proving.proofs_reused, proving.proving_seconds, proving.seconds
    );
    for phase in Phase::ALL.into_iter().filter(|_| proving.proofs > proving.proofs_reused) {
        let seconds = proving.phases[phase].as_secs_f64();
        text.push_str(&format!("  {:<22} {seconds:>8.2} s\n", phase.name()));
    }
    text
}

fn shard_text(summary: &ShardSummary) -> String {
    format!(
        "shard      {}: {} documents\n{}{}",
        summary.shard,
        summary.documents,
        rows_text(&summary.rows_per_document),
        proving_text(&summary.proving),
    )
}

fn scan_text(report: &ScanReport) -> String {
    let all = &report.all;
    let mut text = format!(
        "files       {}\nitems       {} in {}, {:.1} MB\nreadable    {}\n",
        report.files,
        all.items,
        count(report.families, "family", "families"),
        all.bytes as f64 / 1e6,
        all.readable,
    );
    for (name, number) in [
        ("scans", all.scans),
        ("pictures", all.pictures),
        ("encrypted", all.encrypted),
        ("damaged", all.damaged),
        ("too large", all.too_large),
        ("not opened", all.not_opened),
        ("exceptions", report.exceptions.rows),
        ("cloud links", report.links.mails),
    ] {
        text.push_str(&format!("{name:<11} {number}\n"));
    }
    let predicted = &report.predicted;
    text.push_str(&format!(
        "expand      about {}, {:.1} MB\ncommit      about {}, {:.1} MB\n",
        duration_text(predicted.expand_seconds),
        predicted.expand_bytes as f64 / 1e6,
        duration_text(predicted.commit_seconds),
        predicted.commit_bytes as f64 / 1e6,
    ));
    for command in &report.next {
        text.push_str(&format!("next        {command}\n"));
    }
    text
}

fn expand_text(done: &Expanded) -> String {
    let megabytes = done.summary.bytes as f64 / 1e6;
    let seconds = done.seconds.max(1e-3);
    format!(
        "{}time        {}, {:.0} MB a second\n",
        done.summary,
        duration_text(done.seconds),
        megabytes / seconds
    )
}

fn respond_text(summary: &Summary) -> String {
    format!(
        "documents  {}: {} match, {} released, {} withheld, {} unreadable, {} of kinds not read\n\
         {}{}{}{}\
         bundle     {} bytes beyond the released files\n",
        summary.documents,
        summary.matching,
        summary.released,
        summary.withheld,
        summary.unreadable,
        summary.outside,
        told::withheld_by_basis(summary),
        told::withheld_by_program(&summary.by_basis),
        rows_text(&summary.rows_per_document),
        proving_text(&summary.proving),
        summary.bundle_bytes_without_files,
    )
}
