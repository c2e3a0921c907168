//! The hit report on a folder, without a commitment.

use std::path::{Path, PathBuf};

use candor_documents::{DateSource, Listed};
use rayon::prelude::*;

use super::lines::{Lines, Met};
use super::report::HitReport;
use super::tally::Tally;
use crate::corpus::document::read_document;
use crate::corpus::error::CorpusError;
use crate::corpus::items;
use crate::corpus::missing::Missing;
use crate::corpus::scan::scan;
use crate::corpus::sha256::Sha256Hex;
use crate::corpus::views::{ViewId, Vocabularies};
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::search::{Not, Search, Settle, Undated};
use crate::exchange::progress::Progress;
use crate::exchange::term_list::TermList;
use crate::exchange::vocabularies;
use crate::readers;

/// Items that are read at a time.
const ITEMS_AT_A_TIME: usize = 64;

/// What a hit report is made of.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The documents: a plain folder, or one of expanded items with their list.
    pub documents: &'a Path,
    /// The lines and whose syntax they are in.
    pub terms: &'a TermList,
    /// The view that a proof would ask.
    pub view: ViewId,
    /// The sources of dates that count.
    pub dates: Vec<DateSource>,
    /// The CSV file to write, if one is wanted; must not exist.
    pub out: Option<&'a Path>,
}

/// An item that is to be read.
enum Source {
    /// A file of a plain folder, with its path under it.
    File(PathBuf, Vec<u8>),
    /// An item of a list.
    Item(PathBuf, Box<Listed>),
}

/// Reads every document under a folder and counts what each line finds. Nothing but the
/// counts and, of each family, the lines that it holds is kept.
///
/// # Errors
/// If a line has two readings or none, a file cannot be read, or the list cannot be
/// written.
pub fn hits(options: &Options<'_>, progress: &dyn Progress) -> Result<HitReport, ExchangeError> {
    if let Some(out) = options.out.filter(|out| out.symlink_metadata().is_ok()) {
        let advice = "choose another name, or move the old one away";
        return Err(ExchangeError::file(out, "already exists", advice));
    }
    let search = Search {
        lines: options.terms.understood()?,
        not: Not::Settle,
        settle: Settle::Release,
        undated: Undated::Release,
        dates: options.dates.clone(),
    };
    let lines = Lines::of(&search, &options.view)
        .map_err(|error| options.terms.problem(error.to_string()))?;
    let sources = sources(options.documents)?;
    if sources.is_empty() {
        return Err(CorpusError::Empty(options.documents.to_owned()).into());
    }
    progress.stage("reading documents", sources.len() as u64);
    let (mut read, mut unreadable, mut outside) = (0, 0, 0);
    let mut tally = Tally::new(lines.len());
    for sources in sources.chunks(ITEMS_AT_A_TIME) {
        let look = |source: &Source| {
            let looked = source.look(&lines, &options.view);
            progress.advance(1);
            looked
        };
        let met: Vec<Result<Met, Missing>> = readers::in_parallel(|| {
            sources.par_iter().map(look).collect::<Result<_, ExchangeError>>()
        })?;
        for (source, met) in sources.iter().zip(met) {
            match &met {
                Ok(_) => read += 1,
                Err(Missing::Unreadable(_)) => unreadable += 1,
                Err(Missing::Outside(_)) => outside += 1,
            }
            tally.add(source.family(), met.as_ref().ok());
        }
    }
    let numbers = options.terms.lines.iter().map(|(number, _)| *number as u64);
    let (of_lines, all) = tally.finish(numbers.zip(search.lines.iter().map(String::as_str)));
    let items = sources.len() as u64;
    let report =
        HitReport { view: options.view, items, read, unreadable, outside, lines: of_lines, all };
    if let Some(out) = options.out {
        report.write(out)?;
    }
    Ok(report)
}

fn sources(directory: &Path) -> Result<Vec<Source>, ExchangeError> {
    if let Some(listed) = items::list(directory).map_err(CorpusError::from)? {
        let item =
            |item: Listed| Source::Item(directory.join(items::item_path(item.item)), item.into());
        return Ok(listed.into_iter().map(item).collect());
    }
    let found = scan(directory).map_err(CorpusError::from)?;
    Ok(found.into_iter().map(|found| Source::File(found.location, found.path)).collect())
}

impl Source {
    /// The number of the family's top item, if it has other members.
    fn family(&self) -> Option<u64> {
        match self {
            Self::Item(_, item) if item.count > 1 => Some(item.top),
            Self::Item(..) | Self::File(..) => None,
        }
    }

    /// Which lines the item meets, or why nothing is read.
    fn look(&self, lines: &Lines, view: &ViewId) -> Result<Result<Met, Missing>, ExchangeError> {
        let (reading, record) = match self {
            Self::File(location, path) => {
                let reading = read_document(location)?;
                let record = reading.record(path.clone());
                (reading, record)
            }
            Self::Item(location, item) => {
                let reading = read_document(location)?;
                if Sha256Hex(reading.sha256).to_string() != item.sha256 {
                    return Err(CorpusError::OtherItem(location.clone()).into());
                }
                (reading, item.record.clone())
            }
        };
        let view = vocabularies::view(*view, &Vocabularies::default())?;
        let shown = reading.canonicalise_one(&record, &view);
        Ok(shown.map(|shown| lines.met(&reading, &record, &shown)))
    }
}
