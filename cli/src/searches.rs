//! What commands take that read searches.

use candor::{DateSource, Dialect};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Reads the name of a program whose search syntax is understood.
pub fn dialect() -> impl TypedValueParser<Value = Dialect> {
    let names = Dialect::NAMED.map(|(name, _)| name);
    PossibleValuesParser::new(names).map(|name| Dialect::of_name(&name).unwrap_or(Dialect::Candor))
}

/// Sources of dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the help would show it")]
pub enum Source {
    Header,
    Property,
    File,
}

/// The sources that are given, each once, in the order of searches.
#[must_use]
pub fn sources(given: &[Source]) -> Vec<DateSource> {
    let all = [
        (Source::Header, DateSource::Header),
        (Source::Property, DateSource::Property),
        (Source::File, DateSource::File),
    ];
    all.into_iter().filter(|(source, _)| given.contains(source)).map(|(_, date)| date).collect()
}
