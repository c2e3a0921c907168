//! Opens documents into items, and writes these down under numbers.
//!
//! * `writer`: numbers, places and lines of items; `place`: where their bytes are
//! * `ledger`: what was done, so that the work can go on
//! * `dedupe`, `ocr`, `known`: families that repeat, texts of scans, lists made at
//!   collection
//! * `lists`: the lists of a finished folder; `summary`: its figures
//!
//! `docs/text/items.md` has the rules.

mod dedupe;
mod known;
mod ledger;
mod lists;
mod ocr;
mod place;
mod summary;
mod writer;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use candor_documents::{EXPANDER, Name};
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use dedupe::Dedupe;
pub(super) use dedupe::Key;
pub use known::KnownSummary;
pub use ocr::OcrCounts;
pub use summary::{
    DateCounts, DuplicateCounts, ExceptionCounts, ExpandSummary, FrequentRows, KindCount,
    ReasonRows,
};
pub(super) use summary::{ExceptionTally, name as kind_name};

use self::known::Known;
use self::ledger::Ledger;
use self::ocr::Texts;
use self::place::{Spool, remove_folder, remove_from};
use self::writer::Writer;
use super::error::ExchangeError;
use super::folder::{Partial, close_folder, refuse_existing};
use super::opening::walk::{Found, walk};
use super::opening::walker::{open_files, steps};
use super::progress::Progress;
use crate::corpus::items::{ITEMS, item_path};

pub use super::opening::names::NameCounts;

/// What `expand` is given.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// A folder, or a file.
    pub source: &'a Path,
    /// The folder to write.
    pub out: &'a Path,
    /// Whose documents these are, if they are one person's; else the first folder of
    /// each path says so.
    pub custodian: Option<&'a str>,
    /// Which repeated families are dropped.
    pub dedupe: Dedupe,
    /// A list made at collection, to compare the source with.
    pub known: Option<&'a Path>,
    /// A folder of texts that an OCR engine made.
    pub ocr_text: Option<&'a Path>,
}

/// What `expand` did, and how long it took.
#[derive(Clone, Debug, Serialize)]
pub struct Expanded {
    /// What it did.
    #[serde(flatten)]
    pub summary: ExpandSummary,
    /// How long this run took.
    pub seconds: f64,
}

/// Opens every file of a source, with all that stands in it, and writes the folder `out`.
///
/// What is done is kept beside `out` if the run is stopped, and the same call goes on.
///
/// # Errors
/// If a file cannot be read, or `out` exists or cannot be written.
pub fn expand(options: &Options<'_>, progress: &dyn Progress) -> Result<Expanded, ExchangeError> {
    let start = Instant::now();
    let Options { source, out, .. } = *options;
    refuse_existing(out)?;
    refuse_inside(source, out)?;
    let files = walk(source)?;
    let known = options.known.map(Known::read).transpose()?;
    let texts = options.ocr_text.map(Texts::read).transpose()?.unwrap_or_default();
    let session = session(options, &files, &texts);

    let partial = Partial::open(out)?;
    close_folder(partial.folder())?;
    let whole = partial.whole();
    close_folder(&whole)?;
    let (ledger, done, items) = resume(&partial, &session)?;
    let kept = format!(
        "what was expanded is kept in {}; run the same command again to go on",
        partial.folder().display()
    );
    progress.if_stopped(&kept);

    let spooled = partial.folder().join("spool");
    let spool = Spool::create(spooled.clone())?;
    let mut writer =
        Writer::open((&whole, &spooled), ledger, &session, options.dedupe, texts, (done, items))?;
    progress.stage("expanding, in kB", files.iter().map(steps).sum());
    progress.advance(files.iter().take(done).map(steps).sum());
    let custodian = options.custodian.map(|name| Name(name.as_bytes().to_vec()));
    let opened = open_files(&files, done, custodian.as_ref(), &spool, &mut writer, progress);
    if let Err(error) = opened {
        // The first error is the one to tell.
        let _ = writer.check();
        return Err(error);
    }

    let Writer { mut ledger, mut texts, .. } = writer;
    ledger.flush()?;
    progress.stage("writing the lists", 1);
    let regular = files.iter().filter(|found| found.odd.is_none()).count() as u64;
    let texts = options.ocr_text.map(|_| &mut texts);
    let summary = lists::write(&whole, &ledger, options.dedupe, regular, known.as_ref(), texts)?;
    remove_folder(&spooled)?;
    partial.finish(out)?;
    Ok(Expanded { summary, seconds: start.elapsed().as_secs_f64() })
}

/// The folder to write may not be a part of what is read.
pub(super) fn refuse_inside(source: &Path, out: &Path) -> Result<(), ExchangeError> {
    let source = fs::canonicalize(source).map_err(ExchangeError::io(source))?;
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let parent = fs::canonicalize(parent).map_err(ExchangeError::io(parent))?;
    if parent.starts_with(&source) {
        let advice = "choose a place outside the source";
        return Err(ExchangeError::file(out, "lies in the folder that is to be read", advice));
    }
    Ok(())
}

/// Tells whether it is the same work: source, options, rules.
fn session(options: &Options<'_>, files: &[Found], texts: &Texts) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    add(EXPANDER.as_bytes());
    add(options.custodian.map_or("", |name| name).as_bytes());
    add(options.dedupe.to_string().as_bytes());
    add(if options.ocr_text.is_some() { b"texts" } else { b"" });
    texts.describe(&mut add);
    for Found { path, length, modified, odd, .. } in files {
        add(path);
        add(format!("{length} {modified:?} {odd:?}").as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The ledger of earlier work, how many files are done with, and how many items there
/// are; all of it new where there is nothing to go on with.
fn resume(partial: &Partial, session: &str) -> Result<(Ledger, usize, u64), ExchangeError> {
    let (folder, whole) = (partial.folder(), partial.whole());
    let checkpoint = Ledger::checkpoint(folder);
    if let Some(checkpoint) = &checkpoint
        && checkpoint.session != session
    {
        let problem = "holds unfinished work on another source, or with other options";
        let advice = "give the same options and source as then, or remove that folder";
        return Err(ExchangeError::file(folder, problem, advice));
    }
    if let Some(checkpoint) = checkpoint {
        let ledger = Ledger::open(folder, Some(&checkpoint))?;
        // A machine that lost power may have lost items that were written.
        if all_there(&whole, &ledger)? {
            remove_from(&whole, checkpoint.items)?;
            return Ok((ledger, checkpoint.files, checkpoint.items));
        }
    }
    remove_folder(&whole.join(ITEMS))?;
    Ok((Ledger::open(folder, None)?, 0, 0))
}

fn all_there(whole: &Path, ledger: &Ledger) -> Result<bool, ExchangeError> {
    for item in ledger.items()? {
        let item = item?;
        let path: PathBuf = whole.join(item_path(item.item));
        if !fs::metadata(path).is_ok_and(|metadata| metadata.len() == item.bytes) {
            return Ok(false);
        }
    }
    Ok(true)
}
