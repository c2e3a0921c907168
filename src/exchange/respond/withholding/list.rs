//! The list of documents to withhold.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use super::find::{Finder, Wrong};
use super::{Said, Withholding};
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bundle::{
    Bases, Basis, BasisError, CARRIES, Claim, LogEntry, MAX_OTHER_CHARS, OTHER, PRODUCED,
    Segregable,
};
use crate::exchange::formats::csv::{Row, Table};
use crate::exchange::formats::words;
use crate::exchange::held::OpenCorpus;

/// The columns that a typed list may have, in the order of the template.
pub(in crate::exchange::respond) const HEADINGS: [&str; 11] = [
    "leaf",
    "path",
    "basis",
    "description",
    "harm",
    "segregable",
    "kind",
    "date",
    "author",
    "recipients",
    "cc",
];
/// Another name for `path`, which lists of two columns have.
const FILE: &str = "file";
/// The second column of a list of two columns: free text.
const REASON: &str = "reason";

impl Withholding {
    /// Reads the list of documents to withhold. A line without a basis, and without
    /// anything else that would be said, is of a document to be released.
    pub(super) fn read_list(
        &mut self,
        corpus: &OpenCorpus,
        list: &Path,
    ) -> Result<(), ExchangeError> {
        let known: Vec<&str> = HEADINGS.into_iter().chain([FILE, REASON]).collect();
        let table = Table::read(list, &["leaf", "path", FILE], &known)?;
        let path = if table.has(FILE) { FILE } else { "path" };
        let (typed, plain) = (table.has("basis"), table.has(REASON));
        if typed == plain || table.has(FILE) && table.has("path") {
            let problem = "the first line does not name the columns of a list to withhold";
            let advice = "give it the columns file and reason, or path and basis with any of \
                          description, harm, segregable, kind, date, author, recipients, cc";
            return Err(ExchangeError::file(list, problem, advice));
        }
        let finder = Finder::new(corpus);
        for row in &table.rows {
            let wrong = |(problem, advice): Wrong| {
                let about = [row.bytes(path), row.bytes("leaf")].map(String::from_utf8_lossy);
                let about = if about[0].is_empty() { &about[1] } else { &about[0] };
                let problem = format!("line {} ({about}): {problem}", row.line);
                ExchangeError::file(list, problem, advice)
            };
            let said = if plain { Some(free_text(row)) } else { typed_line(row) };
            let Some(said) = said.transpose().map_err(wrong)? else { continue };
            let program = matches!(said.bases.first(), Basis::Program(_) | Basis::Carries(_));
            let into = if program { &mut self.foretold } else { &mut self.own };
            for leaf in finder.find(row, path).map_err(wrong)? {
                put(into, leaf, &said).map_err(wrong)?;
            }
        }
        let both = self.foretold.keys().find(|leaf| self.own.contains_key(leaf));
        both.map_or(Ok(()), |leaf| {
            let problem = format!("leaf {leaf} is listed twice");
            Err(ExchangeError::file(list, problem, "remove one of the lines"))
        })
    }
}

fn put(into: &mut BTreeMap<u64, Said>, leaf: u64, said: &Said) -> Result<(), Wrong> {
    match into.entry(leaf) {
        Entry::Vacant(free) => {
            free.insert(said.clone());
            Ok(())
        }
        Entry::Occupied(_) => Err(("is listed twice".to_owned(), "remove one of the lines")),
    }
}

/// A line of a list of two columns.
fn free_text(row: &Row) -> Result<Said, Wrong> {
    let reason = row.text(REASON)?.unwrap_or_default();
    let lower = reason.to_ascii_lowercase();
    // Nobody shall take it for what it is not.
    let named = |prefix: &str| lower.starts_with(prefix);
    let typed = lower.parse::<Basis>().is_ok_and(|basis| !matches!(basis, Basis::Other(_)));
    if typed || [CARRIES, PRODUCED, OTHER, "privilege/", "foia/", "gdpr/"].into_iter().any(named) {
        let problem = format!("a reason must not be `{reason}`, which has a meaning as a basis");
        return Err((problem, "name the column basis, or give a reason in other words"));
    }
    let advice = "correct the reason; the judge will read it";
    words::check(&reason, MAX_OTHER_CHARS).map_err(|what| (what.to_owned(), advice))?;
    Ok(Said::of(Basis::Other(reason)))
}

/// A line of a typed list; nothing if it releases its document.
fn typed_line(row: &Row) -> Option<Result<Said, Wrong>> {
    let said = || -> Result<Option<Said>, Wrong> {
        let log = log_entry(row)?;
        let Some(basis) = row.text("basis")? else {
            return match log {
                None => Ok(None),
                Some(_) => Err((
                    "says something of a document, but no basis".to_owned(),
                    "give a basis to withhold it, or empty the cells to release it",
                )),
            };
        };
        let bases = bases(&basis)?;
        if matches!(bases.first(), Basis::Program(_)) && log.is_some() {
            return Err((
                format!("the program withholds it as {basis}, so nothing is said of it"),
                "empty the other cells of the line",
            ));
        }
        Ok(Some(Said { bases, log }))
    };
    said().transpose()
}

fn log_entry(row: &Row) -> Result<Option<LogEntry>, Wrong> {
    let segregable = match row.text("segregable")?.map(|word| word.to_ascii_lowercase()) {
        None => None,
        Some(word) if word == Segregable::None.name() => Some(Segregable::None),
        Some(word) if word == Segregable::Released.name() => Some(Segregable::Released),
        Some(word) => {
            let advice = "write none, or released where a redacted copy is given with \
                          --redactions, or nothing";
            return Err((format!("segregable cannot be `{word}`"), advice));
        }
    };
    let log = LogEntry {
        kind: row.text("kind")?,
        date: row.text("date")?,
        author: row.text("author")?,
        recipients: row.text("recipients")?,
        cc: row.text("cc")?,
        description: row.text("description")?,
        harm: row.text("harm")?,
        segregable,
    };
    for (column, text, most) in log.texts() {
        let Some(text) = text else { continue };
        words::check(text, most).map_err(|what| {
            let advice = "correct it; it is public, and the judge will read it";
            (format!("{column}: {what}"), advice)
        })?;
    }
    Ok((!log.is_empty()).then_some(log))
}

/// The bases in a cell, with `;` between them. What begins with `other/` reaches to the
/// end of the cell.
pub(super) fn bases(cell: &str) -> Result<Bases, Wrong> {
    let mut bases = Vec::new();
    let mut rest = cell.trim();
    while !rest.is_empty() {
        let (one, more) = match rest.split_once(';') {
            Some((one, more)) if !rest.starts_with(OTHER) => (one.trim(), more.trim()),
            _ => (rest, ""),
        };
        rest = more;
        if !one.is_empty() {
            bases.push(basis(one)?);
        }
    }
    Bases::new(bases).map_err(|error| {
        let advice = "give each basis once, at most eight, and none beside settled, \
                      chance-match, undated, carries/… and produced/…";
        (format!("`{cell}` has {error}"), advice)
    })
}

fn basis(text: &str) -> Result<Basis, Wrong> {
    // Spreadsheets capitalise what begins a cell.
    let spelled = text.parse().or_else(|error| match error {
        BasisError::Unknown => text.to_ascii_lowercase().parse(),
        error => Err(error),
    });
    spelled.map_err(|error| match error {
        BasisError::Unknown => {
            let claims: Vec<&str> = Claim::ALL.iter().map(|claim| claim.name()).collect();
            let problem = format!(
                "`{text}` is no known basis; known are {}, {PRODUCED}DIGEST",
                claims.join(", ")
            );
            (problem, "write one of these, or free text after other/")
        }
        error => (format!("`{text}` is {error}"), "correct it; the judge will read it"),
    })
}

#[cfg(test)]
mod tests;
