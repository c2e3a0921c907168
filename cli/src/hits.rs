//! The command `hits`, which both sides have.

use std::path::PathBuf;

use candor::exchange::hits::{Options, hits};
use candor::exchange::term_list::TermList;
use candor::exchange::{ExchangeError, Matter};
use candor::{DateSource, Dialect, ViewId};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args};

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
    #[arg(value_parser = source(), default_values = ["header", "property", "file"])]
    dates: Vec<DateSource>,
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

const SOURCES: [(&str, DateSource); 3] = [
    ("header", DateSource::Header),
    ("property", DateSource::Property),
    ("file", DateSource::File),
];

fn dialect() -> impl TypedValueParser<Value = Dialect> {
    let names = Dialect::NAMED.map(|(name, _)| name);
    PossibleValuesParser::new(names).map(|name| Dialect::of_name(&name).unwrap_or(Dialect::Candor))
}

fn source() -> impl TypedValueParser<Value = DateSource> {
    PossibleValuesParser::new(SOURCES.map(|(name, _)| name)).map(|given| {
        let found = SOURCES.into_iter().find(|(name, _)| *name == given);
        found.map_or(DateSource::File, |(_, source)| source)
    })
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
    let mut dates = args.dates;
    dates.sort_unstable();
    dates.dedup();
    let options = Options {
        documents: &documents,
        terms: &terms,
        view: args.view,
        dates,
        out: args.out.as_deref(),
    };
    let bars = Bars::default();
    let report = hits(&options, &bars)?;
    drop(bars);
    if args.json { print_json(&report) } else { print(&report.to_string()) }
}
