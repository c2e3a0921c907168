//! Commits to a folder, and writes what is public and what is secret of it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use candor_documents::Kind;
use rand_core::CryptoRngCore;
use serde::Serialize;

use super::commitment_files::{COMMITMENT, SECRET, STORE, create_folders};
use super::error::ExchangeError;
use super::folder::{refuse_existing, write_folder};
use super::progress::Progress;
use super::unreadable::{self, UnreadableFiles};
use super::unseen::{self, UnseenSummary};
use super::vocabularies::Given;
use crate::corpus::commit::commit_and_look;
use crate::corpus::commitment::Header;
use crate::corpus::document::Reading;
use crate::corpus::error::CorpusError;
use crate::corpus::missing::{Missing, covers};
use crate::corpus::store::Entry;
use crate::corpus::views::{Unseen, View, ViewId, unseen};
use crate::exchange::formats::bag;
use crate::exchange::formats::text::{Name, Sha256Hex};
use crate::field::ScalarHex;
use crate::files::write_atomically;

/// What `commit-corpus` did.
#[derive(Clone, Debug, Serialize)]
pub struct CommitSummary {
    /// The root, to be published.
    pub root: ScalarHex,
    /// Number of documents.
    pub documents: u64,
    /// What became of each view.
    pub views: Vec<ViewSummary>,
    /// What the views cannot read.
    pub unreadable_files: UnreadableFiles,
    /// What they do not show of what they read.
    pub unseen: UnseenSummary,
}

impl fmt::Display for CommitSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "root       {}\ndocuments  {}", self.root, self.documents)?;
        for ViewSummary { view, readable, unreadable, outside } in &self.views {
            let view = view.to_string();
            writeln!(
                f,
                "{view:<22} {readable} readable, {unreadable} unreadable, {outside} of other kinds"
            )?;
        }
        writeln!(
            f,
            "Hand over PUBLIC. Keep SECRET to yourself, and back it up: no request can be answered without it."
        )
    }
}

/// How many documents have a view.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ViewSummary {
    /// The view.
    pub view: ViewId,
    /// Documents that have it.
    pub readable: u64,
    /// Documents of the kinds that it reads which it cannot read.
    pub unreadable: u64,
    /// Documents of other kinds.
    pub outside: u64,
}

/// What `commit-corpus` is given.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The documents: a plain folder, or one of expanded items with their list.
    pub documents: &'a Path,
    /// The views, distinct, 1 to 16.
    pub views: &'a [ViewId],
    /// Lists that were made when the documents were collected, at most 16; the
    /// commitment holds their digests.
    pub acquisition: &'a [PathBuf],
    /// Vocabularies of views of tokens, one for each scheme of them; they are published
    /// with the commitment.
    pub vocabularies: &'a [PathBuf],
    /// The folder to write; must not exist.
    pub out: &'a Path,
}

/// Commits to every file under a directory and writes the folder `out`.
///
/// # Errors
/// If a file cannot be read, or `out` exists or cannot be written.
pub fn commit(
    options: &Options<'_>,
    progress: &dyn Progress,
    rng: &mut dyn CryptoRngCore,
) -> Result<CommitSummary, ExchangeError> {
    commit_unless_empty(options, |_| true, progress, rng)
}

/// As [`commit`], but nothing is written if a view reads no document at all, unless
/// `may_be_empty` says that it need not.
///
/// # Errors
/// As [`commit`], and if there is such a view.
pub fn commit_unless_empty(
    options: &Options<'_>,
    may_be_empty: impl Fn(&ViewId) -> bool,
    progress: &dyn Progress,
    rng: &mut dyn CryptoRngCore,
) -> Result<CommitSummary, ExchangeError> {
    let Options { documents: directory, views, acquisition, vocabularies, out } = *options;
    refuse_existing(out)?;
    let given = Given::read(vocabularies)?;
    let mut header =
        Header::with(views, given.vocabularies.digests()).map_err(CorpusError::from)?;
    let full = View::all(views, &given.vocabularies).map_err(CorpusError::from)?;
    for list in acquisition {
        let file = File::open(list).map_err(ExchangeError::io(list))?;
        let (digest, _) = bag::hash(file).map_err(ExchangeError::io(list))?;
        header.acquisition.push(Sha256Hex(digest));
    }
    let tell = |done: u64, total: u64| match done {
        0 => progress.stage("committing", total),
        _ => progress.advance(1),
    };
    let beyond = Mutex::new(Vec::new());
    let kinds: Mutex<BTreeMap<Kind, u64>> = Mutex::default();
    let look = |entry: &Entry, reading: &Reading| {
        *kinds.lock().unwrap_or_else(PoisonError::into_inner).entry(reading.kind).or_default() += 1;
        let Some(bytes) = &reading.bytes else { return };
        // What cannot be read is told apart.
        if entry.views.iter().any(|view| view.missing.is_none()) {
            let path = Name(entry.path().to_vec());
            let beside = Unseen {
                margins: reading.margins(views),
                tokens: reading.tokens_beyond(&full),
                ..unseen(bytes)
            };
            let found = unseen::Entry { path, unseen: beside };
            if found.unseen != Unseen::default() {
                beyond.lock().unwrap_or_else(PoisonError::into_inner).push(found);
            }
        }
    };
    let (commitment, store) =
        commit_and_look(directory, header, &given.vocabularies, rng, &tell, &look)?;
    let kinds = kinds.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (position, view) in views.iter().enumerate() {
        let reads =
            |entry: &Entry| entry.views.get(position).is_some_and(|view| view.missing.is_none());
        if !may_be_empty(view) && !store.entries.iter().any(reads) {
            return Err(reads_nothing(view, &kinds));
        }
    }
    let mut beyond = UnseenSummary::of(beyond.into_inner().unwrap_or_else(PoisonError::into_inner));
    let mut unreadable_files = UnreadableFiles::of(&store, views, directory);
    write_folder(out, |folder| {
        let (public, secret) = create_folders(folder)?;
        let place = out.join(SECRET);
        store.write(&secret.join(STORE))?;
        unreadable_files.write(&secret.join(unreadable::LIST), &place.join(unreadable::LIST))?;
        beyond.write(&secret.join(unseen::LIST), &place.join(unseen::LIST))?;
        given.write(&public)?;
        write_atomically(&public.join(COMMITMENT), 0o666, commitment.to_json().as_bytes())?;
        Ok(())
    })?;
    let count = |position: usize, counted: fn(Option<Missing>) -> bool| {
        let found = store.entries.iter().filter_map(|entry| entry.views.get(position));
        found.filter(|view| counted(view.missing)).count() as u64
    };
    let views = views.iter().enumerate();
    let views = views.map(|(position, view)| ViewSummary {
        view: *view,
        readable: count(position, |missing| missing.is_none()),
        unreadable: count(position, |missing| matches!(missing, Some(Missing::Unreadable(_)))),
        outside: count(position, |missing| matches!(missing, Some(Missing::Outside(_)))),
    });
    Ok(CommitSummary {
        root: ScalarHex(commitment.root),
        documents: commitment.documents,
        views: views.collect(),
        unreadable_files,
        unseen: beyond,
    })
}

/// A view reads none of the documents: what there is, and what would read it.
fn reads_nothing(view: &ViewId, kinds: &BTreeMap<Kind, u64>) -> ExchangeError {
    let suggested = ["text/terms-132", "image/rgb-64x64"];
    let suggested: Vec<ViewId> =
        suggested.into_iter().filter_map(|name| name.parse().ok()).collect();
    let of_kind = |(kind, documents): (&Kind, &u64)| {
        let reader = suggested.iter().find(|view| covers(view, *kind));
        let reader = reader.map_or("no view".to_owned(), ViewId::to_string);
        format!(
            "{documents} {} ({reader} reads them)",
            serde_json::to_string(kind).unwrap_or_default().replace('"', "")
        )
    };
    let held: Vec<String> = kinds.iter().map(of_kind).collect();
    ExchangeError::input(
        "--view",
        format!("{view} reads none of the documents, which are: {}", held.join(", ")),
        "choose a view that reads them, or give --allow-empty-view; nothing was written",
    )
}
