//! What the responder is told of its documents: which of them a view cannot
//! read, why, and what to do; and what an operating system left among them.
//!
//! The list names files, so it is as secret as the opening store.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use candor_documents::CoarseKind;
use serde::Serialize;

use super::error::ExchangeError;
use super::folder::write_list;
use crate::corpus::junk::Junk;
use crate::corpus::missing::Missing;
use crate::corpus::store::Store;
use crate::corpus::views::{UnreadableReason, ViewId};
use crate::exchange::formats::text::Name;

/// The list beside the commitment.
pub const LIST: &str = "unreadable.csv";
/// Entries that a report repeats; the list has all.
const FIRST: usize = 5;

/// A document that a view cannot read.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path under the corpus.
    pub path: Name,
    /// The view.
    pub view: ViewId,
    /// Why.
    pub reason: UnreadableReason,
}

/// Without the path, which is secret.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("view", &self.view)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl Entry {
    /// What can be done about it before the commitment.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match Junk::of(&self.path.0) {
            Some(_) => "an operating system left it; remove it if it is not a document",
            None => advice(self.reason),
        }
    }
}

/// The number of documents for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// The reason.
    pub reason: UnreadableReason,
    /// Documents.
    pub documents: u64,
    /// What can be done about them before the commitment.
    pub advice: &'static str,
}

/// The number of files of one kind that an operating system leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JunkCount {
    /// `.DS_Store`, `._*`, `__MACOSX/`.
    pub kind: String,
    /// Files, readable or not.
    pub files: u64,
}

/// What views cannot read, and what is probably no document.
#[derive(Clone, Debug, Serialize)]
pub struct UnreadableFiles {
    /// Documents that at least one view cannot read.
    pub documents: u64,
    /// How many for which reason.
    pub reasons: Vec<ReasonCount>,
    /// What operating systems left among the documents.
    pub junk: Vec<JunkCount>,
    /// The command that finds them.
    pub find_junk: Option<String>,
    /// Where all are listed; secret. `None` if there are none.
    pub list: Option<PathBuf>,
    /// The first of them, each once. Secret, so not in a report that may be filed.
    #[serde(skip)]
    pub first: Vec<Entry>,
    #[serde(skip)]
    entries: Vec<Entry>,
}

impl UnreadableFiles {
    /// What a store says of some views of the files under `directory`, by path.
    pub(crate) fn of(store: &Store, views: &[ViewId], directory: &Path) -> Self {
        let mut entries = Vec::new();
        let mut reasons = BTreeMap::new();
        let mut junk: BTreeMap<usize, u64> = BTreeMap::new();
        let mut documents = 0;
        let asked: Vec<_> = store
            .header
            .views
            .iter()
            .enumerate()
            .filter(|(_, view)| views.contains(view))
            .collect();
        for document in &store.entries {
            if let Some(kind) = Junk::of(document.path()) {
                let position = Junk::all().position(|other| other == kind).unwrap_or_default();
                *junk.entry(position).or_default() += 1;
            }
            let unreadable = asked.iter().filter_map(|(position, view)| {
                let reason = document.views.get(*position)?.missing?.reason()?;
                Some(Entry { path: Name(document.path().to_vec()), view: **view, reason })
            });
            let before = entries.len();
            entries.extend(unreadable);
            if let Some(entry) = entries.get(before) {
                documents += 1;
                *reasons.entry(entry.reason.code()).or_default() += 1;
            }
        }
        entries.sort_by(|a, b| a.path.0.cmp(&b.path.0));
        let reasons = UnreadableReason::ALL.into_iter().filter_map(|reason| {
            let documents = *reasons.get(&reason.code())?;
            Some(ReasonCount { reason, documents, advice: advice(reason) })
        });
        let kinds: Vec<(Junk, u64)> =
            Junk::all().enumerate().filter_map(|(i, kind)| Some((kind, *junk.get(&i)?))).collect();
        Self {
            documents,
            reasons: reasons.collect(),
            find_junk: find(directory, kinds.iter().map(|(kind, _)| *kind)),
            junk: kinds
                .into_iter()
                .map(|(kind, files)| JunkCount { kind: kind.name(), files })
                .collect(),
            list: None,
            first: first_of(&entries),
            entries,
        }
    }

    /// Writes the list, readable by its owner alone, if there is anything to
    /// list. It is told of as standing at `known_as`.
    pub(crate) fn write(&mut self, path: &Path, known_as: &Path) -> Result<(), ExchangeError> {
        let columns = ["path", "view", "reason", "what to do"];
        let lines = self.entries.iter().map(|entry| {
            let (path, view) = (entry.path.to_string(), entry.view.to_string());
            [path, view, code(entry.reason).to_owned(), entry.advice().to_owned()]
        });
        if write_list(path, columns, lines)? {
            self.list = Some(known_as.to_owned());
        }
        Ok(())
    }
}

/// The reason as artefacts spell it.
#[must_use]
pub const fn code(reason: UnreadableReason) -> &'static str {
    match reason {
        UnreadableReason::NotAnImage => "not-an-image",
        UnreadableReason::Corrupt => "corrupt",
        UnreadableReason::TooManyBytes => "too-many-bytes",
        UnreadableReason::TooManyPixels => "too-many-pixels",
        UnreadableReason::Unsupported => "unsupported",
        UnreadableReason::TooMuchMemory => "too-much-memory",
        UnreadableReason::NotPortable => "not-portable",
        UnreadableReason::TooMuchWork => "too-much-work",
        UnreadableReason::Encrypted => "encrypted",
        UnreadableReason::Damaged => "damaged",
        UnreadableReason::TooDeep => "too-deep",
        UnreadableReason::TooLarge => "too-large",
        UnreadableReason::Bomb => "bomb",
        UnreadableReason::Unknown => "unknown",
        UnreadableReason::NoText => "no-text",
        UnreadableReason::NotOpened => "not-opened",
        UnreadableReason::EntriesOverlap => "entries-overlap",
    }
}

/// What `featurize` writes of a document without a view.
#[must_use]
pub const fn status(missing: Missing) -> &'static str {
    match missing {
        Missing::Unreadable(reason) => code(reason),
        Missing::Outside(CoarseKind::Text) => "outside-text",
        Missing::Outside(CoarseKind::Picture) => "outside-picture",
        Missing::Outside(CoarseKind::Sound) => "outside-sound",
        Missing::Outside(CoarseKind::Container) => "outside-container",
        Missing::Outside(CoarseKind::Other) => "outside-other",
    }
}

/// What can be done about a reason before the commitment.
#[must_use]
pub const fn advice(reason: UnreadableReason) -> &'static str {
    match reason {
        UnreadableReason::NotAnImage => {
            "convert each page to an image (PNG or TIFF), or remove the file if it is not a document"
        }
        UnreadableReason::Corrupt => "restore the file from the original, or scan the page again",
        UnreadableReason::TooManyBytes => "compress it, or split it into files of at most 64 MiB",
        UnreadableReason::TooManyPixels => {
            "scale it down, or split it into images of at most 64 Mi pixels"
        }
        UnreadableReason::Unsupported | UnreadableReason::NotPortable => {
            "open it in an image program and save it as PNG"
        }
        UnreadableReason::TooMuchMemory => "save it as PNG without metadata and colour profile",
        UnreadableReason::TooMuchWork => "save it as PNG, or as JPEG that is not progressive",
        UnreadableReason::Encrypted => "remove the password, and keep the file without it",
        UnreadableReason::Damaged => {
            "restore the document from the original, or open it in its program and save it again"
        }
        UnreadableReason::TooLarge => "split the document into smaller ones",
        UnreadableReason::NoText => {
            "have its pictures read by an OCR engine, and keep the text beside it"
        }
        UnreadableReason::NotOpened | UnreadableReason::Unknown => {
            "save it in a format that is read, for example PDF or Office Open XML"
        }
        UnreadableReason::TooDeep | UnreadableReason::Bomb | UnreadableReason::EntriesOverlap => {
            "unpack it, and keep what it holds beside it"
        }
    }
}

/// The first documents, each once.
fn first_of(entries: &[Entry]) -> Vec<Entry> {
    let mut first: Vec<Entry> = Vec::new();
    for entry in entries {
        if first.last().is_none_or(|last| last.path != entry.path) {
            first.push(entry.clone());
        }
        if first.len() == FIRST {
            break;
        }
    }
    first
}

/// The command that lists files of these kinds.
fn find(directory: &Path, kinds: impl Iterator<Item = Junk>) -> Option<String> {
    let tests: Vec<String> = kinds.map(Junk::find_test).collect();
    let quoted = directory.display().to_string().replace('\'', "'\\''");
    let tests = match tests.as_slice() {
        [] => return None,
        [one] => one.clone(),
        more => format!("\\( {} \\)", more.join(" -o ")),
    };
    Some(format!("find '{quoted}' -type f {tests}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_artefacts() {
        for reason in UnreadableReason::ALL {
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{}\"", code(reason)));
        }
    }

    #[test]
    fn the_command_names_what_there_is() {
        let kinds = |names: &[&str]| {
            let kinds: Vec<Junk> = names.iter().filter_map(|n| Junk::of(n.as_bytes())).collect();
            find(Path::new("it's here"), kinds.into_iter())
        };
        assert_eq!(kinds(&[]), None);
        let one = "find 'it'\\''s here' -type f -iname '.DS_Store'";
        assert_eq!(kinds(&[".DS_Store"]).as_deref(), Some(one));
        let two = "find 'it'\\''s here' -type f \\( -name '._*' -o -ipath '*/__MACOSX/*' \\)";
        assert_eq!(kinds(&["._x", "__MACOSX/x"]).as_deref(), Some(two));
    }
}
