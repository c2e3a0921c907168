//! The command `check`.

use std::path::PathBuf;

use candor::Dialect;
use candor::exchange::term_list::TermList;
use candor::exchange::{ExchangeError, Matter, OnRecord};
use candor_cli::{Bars, Defaults, dialect, print, print_json};
use candor_pages::Stated;
use candor_pages::check::{Options, check};
use clap::Args;

/// What `check` takes.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The bundle: its folder, or a zip or tar archive of it.
    #[arg(value_name = "DIR|FILE")]
    bundle: Option<PathBuf>,
    /// The commitment, or the folder that commit-corpus wrote.
    #[arg(long, value_name = "FILE|DIR")]
    commitment: Option<PathBuf>,
    /// The request's folder.
    #[arg(long, value_name = "DIR")]
    request: Option<PathBuf>,
    /// What is opened to the judge alone, if anything is.
    #[arg(long, value_name = "DIR|FILE")]
    judge_copy: Option<PathBuf>,
    /// An earlier bundle, in which documents are looked up that are withheld as produced in
    /// it. May be repeated.
    #[arg(long, value_name = "DIR|FILE")]
    produced: Vec<PathBuf>,
    /// A list of searches, one on each line, that nothing released should hold: names and
    /// addresses of counsel, say.
    #[arg(long, value_name = "FILE")]
    screen: Option<PathBuf>,
    /// The program whose syntax the screen is in; without it, Candor's own.
    #[arg(long, value_name = "PROGRAM", value_parser = dialect(), requires = "screen")]
    dialect: Option<Dialect>,
    /// The page to write. It names documents: keep it secret.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The list of released files to write, as CSV: number, name, sender, date, lines met
    /// and why it is released.
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// The time that the page states, as 2026-01-31T12:00:00Z; without it, that of this
    /// machine.
    #[arg(long, value_name = "TIME")]
    time: Option<Stated>,
    /// Report as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: CheckArgs, defaults: &Defaults) -> Result<u8, ExchangeError> {
    let commitment = defaults.path(args.commitment, "--commitment", Matter::commitment)?;
    let request = defaults.path(args.request, "--request", Matter::request)?;
    let bundle = defaults.path(args.bundle, "the bundle", Matter::bundle)?;
    let dialect = args.dialect.unwrap_or(Dialect::Candor);
    let screen = args.screen.map(|list| TermList::read(&list, dialect)).transpose()?;
    let options = Options {
        on_record: OnRecord { commitment: Some(&commitment), root: None },
        request: &request,
        bundle: &bundle,
        judge_copy: args.judge_copy.as_deref(),
        produced: &args.produced,
        screen: screen.as_ref(),
        out: &args.out,
        index: args.index.as_deref(),
        stated: args.time.unwrap_or_else(Stated::now),
    };
    let bars = Bars::default();
    let found = check(&options, &bars)?;
    drop(bars);
    if args.json {
        print_json(&found)?
    } else {
        print(&found.to_string())?
    }
    Ok(found.exit_code())
}
