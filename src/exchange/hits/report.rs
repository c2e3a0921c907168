//! What is said of a list of lines.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::corpus::views::ViewId;
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::write_list;
use crate::printable::printable;

/// How many items a list of lines finds.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct HitReport {
    /// The view that a proof would ask.
    pub view: ViewId,
    /// Items in all.
    pub items: u64,
    /// Items that the view reads.
    pub read: u64,
    /// Items that it cannot read: nobody knows what they hold.
    pub unreadable: u64,
    /// Items of kinds that it does not read.
    pub outside: u64,
    /// What each line finds, in the order of the list.
    pub lines: Vec<LineHits>,
    /// What they find together.
    pub all: AllHits,
}

/// How many items one line finds.
#[derive(Clone, Debug, Serialize)]
pub struct LineHits {
    /// Its number in the list, from 1.
    pub line: u64,
    /// The line as it is understood.
    pub search: String,
    /// Items whose text holds it.
    pub held: u64,
    /// All items of families in which one does.
    pub with_family: u64,
    /// Items whose text holds this line and no other.
    pub alone: u64,
    /// Items that a proof would find.
    pub wide: u64,
    /// Those of them whose text does not hold the line.
    pub settled_away: u64,
    /// Those of these that the filter finds by chance.
    pub by_chance: u64,
    /// `held` as a share of all items.
    pub share: f64,
}

/// How many items all lines find together, each counted once.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AllHits {
    /// Items whose text holds a line.
    pub held: u64,
    /// All items of families in which one does.
    pub with_family: u64,
    /// Items that a proof would find.
    pub wide: u64,
    /// Those of them whose text holds no line.
    pub settled_away: u64,
}

const COLUMNS: [&str; 8] =
    ["line", "search", "items", "with family", "alone", "wide", "settled away", "share"];

impl HitReport {
    /// Writes the report as CSV that its owner alone can read; the last line is of all
    /// lines together.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<(), ExchangeError> {
        let share = |share: f64| format!("{share:.6}");
        let line = |line: &LineHits| {
            [
                line.line.to_string(),
                line.search.clone(),
                line.held.to_string(),
                line.with_family.to_string(),
                line.alone.to_string(),
                line.wide.to_string(),
                line.settled_away.to_string(),
                share(line.share),
            ]
        };
        let AllHits { held, with_family, wide, settled_away } = self.all;
        let all = [
            "all".to_owned(),
            String::new(),
            held.to_string(),
            with_family.to_string(),
            String::new(),
            wide.to_string(),
            settled_away.to_string(),
            share(held as f64 / self.items.max(1) as f64),
        ];
        let rows: Vec<_> = self.lines.iter().map(line).chain([all]).collect();
        write_list(path, COLUMNS, rows.into_iter()).map(drop)
    }
}

/// The table that is printed.
impl fmt::Display for HitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "items       {}: {} read by {}, {} unreadable, {} of kinds that it does not read",
            self.items, self.read, self.view, self.unreadable, self.outside
        )?;
        table(f, self.lines.iter().map(|line| (line, None)), &self.all, self.items)
    }
}

/// A table of lines, each with how many documents are expected to match it by chance, if
/// that is known; then all lines together. `items` is what shares are of.
pub(in crate::exchange) fn table<'a>(
    f: &mut fmt::Formatter<'_>,
    lines: impl Iterator<Item = (&'a LineHits, Option<f64>)> + Clone,
    all: &AllHits,
    items: u64,
) -> fmt::Result {
    let is_expected = lines.clone().any(|(_, expected)| expected.is_some());
    let by_chance =
        if is_expected { format!(" {:>18}", "expected by chance") } else { String::new() };
    writeln!(
        f,
        "{:>5} {:>9} {:>11} {:>9} {:>9} {:>12}{by_chance} {:>7}  search",
        "line", "items", "with family", "alone", "wide", "settled away", "share"
    )?;
    for (line, expected) in lines {
        let by_chance = expected.map_or(String::new(), |expected| format!(" {expected:>18.3}"));
        writeln!(
            f,
            "{:>5} {:>9} {:>11} {:>9} {:>9} {:>12}{by_chance} {:>6.2}%  {}",
            line.line,
            line.held,
            line.with_family,
            line.alone,
            line.wide,
            line.settled_away,
            100.0 * line.share,
            printable(&line.search)
        )?;
    }
    let AllHits { held, with_family, wide, settled_away } = *all;
    let share = 100.0 * held as f64 / items.max(1) as f64;
    let by_chance = if is_expected { format!(" {:>18}", "") } else { String::new() };
    writeln!(
        f,
        "{:>5} {held:>9} {with_family:>11} {:>9} {wide:>9} {settled_away:>12}{by_chance} {share:>6.2}%",
        "all", ""
    )
}
