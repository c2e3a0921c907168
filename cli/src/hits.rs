//! The command `hits`, which both sides have.

use std::path::PathBuf;

use candor::exchange::hits::{Options, hits};
use candor::exchange::term_list::TermList;
use candor::exchange::{ExchangeError, Matter};
use candor::{Dialect, ViewId};
use clap::{ArgGroup, Args};

use crate::searches::{Source, dialect, sources};
use crate::{Bars, Defaults, print, print_json};

/// What `hits` takes.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("question").required(true).args(["terms", "terms_file"])))]
pub struct HitsArgs {
    /// A search.
    #[arg(long, value_name = "SEARCH")]
    terms: Option<String>,
    /// A list of searches, one on each line.
    #[arg(long, value_name = "FILE")]
    terms_file: Option<PathBuf>,
    /// The program whose syntax the searches are in; without it, Candor's own.
    #[arg(long, value_name = "PROGRAM", value_parser = dialect())]
    dialect: Option<Dialect>,
    /// The sources of dates that count: header, property, file.
    #[arg(long, value_name = "SOURCE,…", value_delimiter = ',')]
    #[arg(value_enum, default_values = ["header", "property", "file"])]
    dates: Vec<Source>,
    /// The view that a proof would ask.
    #[arg(long, value_name = "VIEW", default_value = "text/terms-132")]
    view: ViewId,
    /// The documents: a folder of items that expand wrote, or any other.
    #[arg(long, value_name = "ITEMS")]
    corpus: Option<PathBuf>,
    /// The CSV file to write.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Report as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Counts what each line finds, and prints the report.
///
/// # Errors
/// If a line or a document cannot be read, or the list cannot be written.
pub fn run_hits(args: HitsArgs, defaults: &Defaults) -> Result<(), ExchangeError> {
    let dialect = args.dialect.unwrap_or(Dialect::Candor);
    let terms = match (&args.terms, &args.terms_file) {
        (Some(line), _) => TermList::line(line, dialect),
        (None, Some(file)) => TermList::read(file, dialect)?,
        (None, None) => {
            let advice = "give a search, or a list of them with --terms-file";
            return Err(ExchangeError::input("--terms", "is missing", advice));
        }
    };
    let documents = defaults.path(args.corpus, "--corpus", Matter::documents)?;
    let options = Options {
        documents: &documents,
        terms: &terms,
        view: args.view,
        dates: sources(&args.dates),
        out: args.out.as_deref(),
    };
    let bars = Bars::default();
    let report = hits(&options, &bars)?;
    drop(bars);
    if args.json { print_json(&report) } else { print(&report.to_string()) }
}
