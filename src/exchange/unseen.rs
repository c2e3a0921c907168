//! What the responder is told of documents that hold more than their views
//! show: pages after the first, frames, a smaller version before the page that
//! is seen, margins, tokens.
//!
//! The list names files, so it is as secret as the opening store.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::ExchangeError;
use super::folder::write_list;
use crate::corpus::views::Unseen;
use crate::exchange::formats::text::Name;
use crate::printable::{count, printable};

/// The list beside the commitment.
pub const LIST: &str = "unseen.csv";
/// Entries that a report repeats; the list has all.
const FIRST: usize = 5;

/// A document that holds more than its views show.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path under the corpus.
    pub path: Name,
    /// What is not seen.
    pub unseen: Unseen,
}

/// Without the path, which is secret.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("unseen", &self.unseen).finish_non_exhaustive()
    }
}

impl Entry {
    /// What can be done about it before the commitment.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self.unseen {
            Unseen { pages: 1.., .. } => "save each page as a file of its own",
            Unseen { frames: 1.., .. } => "save each frame that matters as a file of its own",
            Unseen { margins: 1.., .. } => {
                "commit under a view without -crop too if the margins matter"
            }
            Unseen { tokens: 1.., .. } => {
                "commit under a view of more tokens, or one that ends in -ends, too if the rest matters"
            }
            _ => "the larger version is seen; remove the smaller one if they differ",
        }
    }
}

/// What no view shows of the documents that views can read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UnseenSummary {
    /// Documents that hold more than their views show.
    pub documents: u64,
    /// Pages after the first, of all documents.
    pub pages: u64,
    /// Frames other than the one seen, of all documents.
    pub frames: u64,
    /// Documents in which a smaller version comes before the page that is seen.
    pub reduced_first: u64,
    /// Documents whose margins a `-crop` view leaves out.
    pub margins: u64,
    /// Documents of which views of tokens leave out a part.
    pub cut: u64,
    /// Tokens that they leave out, of all documents.
    pub tokens: u64,
    /// Where all are listed; secret. `None` if there are none.
    pub list: Option<PathBuf>,
    /// The first of them. Secret, so not in a report that may be filed.
    #[serde(skip)]
    pub first: Vec<Entry>,
    #[serde(skip)]
    entries: Vec<Entry>,
}

impl UnseenSummary {
    /// Counts what was found, in any order.
    pub(crate) fn of(mut entries: Vec<Entry>) -> Self {
        entries.retain(|entry| entry.unseen != Unseen::default());
        entries.sort_by(|a, b| a.path.0.cmp(&b.path.0));
        let mut summary = Self { documents: entries.len() as u64, list: None, ..Self::default() };
        for Entry { unseen, .. } in &entries {
            summary.pages += u64::from(unseen.pages);
            summary.frames += u64::from(unseen.frames);
            summary.reduced_first += u64::from(unseen.reduced_first);
            summary.margins += u64::from(unseen.margins > 0);
            summary.cut += u64::from(unseen.tokens > 0);
            summary.tokens = summary.tokens.saturating_add(unseen.tokens);
        }
        summary.first = entries.iter().take(FIRST).cloned().collect();
        Self { entries, ..summary }
    }

    /// Writes the list, readable by its owner alone, if there is anything to
    /// list. It is told of as standing at `known_as`.
    pub(crate) fn write(&mut self, path: &Path, known_as: &Path) -> Result<(), ExchangeError> {
        let columns = [
            "path",
            "pages",
            "frames",
            "smaller version first",
            "percent at the margins",
            "tokens left out",
            "what to do",
        ];
        let lines = self.entries.iter().map(|entry| {
            let Unseen { pages, frames, reduced_first, margins, tokens } = entry.unseen;
            let reduced = if reduced_first { "yes" } else { "no" };
            [
                entry.path.to_string(),
                pages.to_string(),
                frames.to_string(),
                reduced.to_owned(),
                margins.to_string(),
                tokens.to_string(),
                entry.advice().to_owned(),
            ]
        });
        if write_list(path, columns, lines)? {
            self.list = Some(known_as.to_owned());
        }
        Ok(())
    }
}

/// The documents that hold more than their views show, and the first of them by name;
/// nothing if there are none.
impl fmt::Display for UnseenSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.documents == 0 {
            return Ok(());
        }
        let all = parts(self.pages, self.frames, self.reduced_first, self.margins, self.tokens);
        let holds = if self.documents == 1 { "holds" } else { "hold" };
        let files = count(self.documents, "file", "files");
        writeln!(f, "note: {files} {holds} what no view shows: {all}.")?;
        for entry in &self.first {
            let path = printable(&entry.path.to_string());
            let Unseen { pages, frames, reduced_first, margins, tokens } = entry.unseen;
            let margins = u64::from(margins > 0);
            let all = parts(pages.into(), frames.into(), reduced_first.into(), margins, tokens);
            writeln!(f, "  {path} ({all})")?;
        }
        if let Some(list) = &self.list {
            let list = printable(&list.display().to_string());
            writeln!(f, "  All are listed in {list}. Keep it secret: it names files.")?;
        }
        Ok(())
    }
}

fn parts(pages: u64, frames: u64, reduced_first: u64, margins: u64, tokens: u64) -> String {
    let some = |number, one: &str, many: &str| (number > 0).then(|| count(number, one, many));
    let parts = [
        some(pages, "page after the first", "pages after the first"),
        some(frames, "more frame", "more frames"),
        some(
            reduced_first,
            "smaller version before the page seen",
            "smaller versions before the page seen",
        ),
        some(margins, "picture without its margins", "pictures without their margins"),
        some(tokens, "token left out", "tokens left out"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
