//! A look at documents before anything is fixed: what they are, what can be read of
//! them, what was not collected, and what comes next.
//!
//! * `tally`: counts items; `counts`: by what became of them
//! * `signs`: chats and links
//! * `page`: the report for people

mod counts;
mod page;
mod signs;
mod tally;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use candor_documents::{Kind, Name};
use serde::Serialize;

pub use counts::Counts;

use self::tally::{Reader, Tally};
use super::error::ExchangeError;
use super::expand::{DateCounts, ExceptionCounts, NameCounts, refuse_inside};
use super::folder::private;
use super::opening::walk::walk;
use super::opening::walker::{open_files, steps};
use super::progress::Progress;
use crate::field::Scalar;
use crate::hash::sponge::{CHUNK_BYTES, view_digest};

/// What `scan` found.
#[derive(Clone, Debug, Serialize)]
pub struct ScanReport {
    /// Files of the source.
    pub files: u64,
    /// Families.
    pub families: u64,
    /// All items.
    pub all: Counts,
    /// Items by kind.
    pub kinds: Vec<KindCounts>,
    /// Items by custodian.
    pub custodians: Vec<CustodianCounts>,
    /// Where dates come from.
    pub dates: DateCounts,
    /// What could not be opened or read.
    pub exceptions: ExceptionCounts,
    /// What is there more than once.
    pub duplicates: Repeated,
    /// Chats that were exported.
    pub chats: Vec<Chats>,
    /// The first of them.
    pub chat_files: Vec<Found>,
    /// Mails that link to files in a cloud.
    pub links: Links,
    /// Paths that other systems cannot hold.
    pub names: NameCounts,
    /// How many different words texts have.
    pub words: Words,
    /// Views to commit to.
    pub views: Vec<&'static str>,
    /// The next commands.
    pub next: Vec<String>,
    /// What these will take.
    pub predicted: Predicted,
    /// How long the scan took.
    pub seconds: f64,
}

/// Items of a kind.
#[derive(Clone, Debug, Serialize)]
pub struct KindCounts {
    /// The kind.
    pub kind: Kind,
    /// Its items.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Items of a custodian.
#[derive(Clone, Debug, Serialize)]
pub struct CustodianCounts {
    /// The custodian; `None` for what stands in no folder.
    pub custodian: Option<Name>,
    /// Their items.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What is there more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repeated {
    /// Items whose bytes another has.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Families that `--dedupe custodian` would drop.
    pub families_custodian: u64,
    /// Families that `--dedupe global` would drop.
    pub families_global: u64,
    /// Mails whose message id another has.
    pub same_message_id: u64,
}

/// Exports of a chat program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chats {
    /// The program.
    pub app: &'static str,
    /// Files.
    pub files: u64,
}

/// An item that a report names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Its path.
    pub path: Name,
}

/// Mails that link to files in a cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Links {
    /// Mails.
    pub mails: u64,
    /// Links by service.
    pub services: Vec<ServiceLinks>,
    /// The first of the mails.
    pub first: Vec<Found>,
}

/// Links to a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceLinks {
    /// The service.
    pub service: &'static str,
    /// Different links, summed over the mails.
    pub links: u64,
}

/// How many different words texts have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// The text with most.
    pub most: u64,
    /// Texts with more than 4,000.
    pub over: u64,
}

/// What the next commands will take.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Predicted {
    /// Seconds of `expand`.
    pub expand_seconds: f64,
    /// Bytes that it writes.
    pub expand_bytes: u64,
    /// Seconds of `commit-corpus`.
    pub commit_seconds: f64,
    /// Bytes that it writes.
    pub commit_bytes: u64,
}

/// Looks at every file of a source and all that stands in it, and writes the report for
/// people to `out`, if it is given.
///
/// # Errors
/// If a file cannot be read, or `out` exists or cannot be written.
pub fn scan(
    source: &Path,
    out: Option<&Path>,
    progress: &dyn Progress,
) -> Result<ScanReport, ExchangeError> {
    let start = Instant::now();
    if let Some(out) = out {
        refuse_inside(source, out)?;
        if out.symlink_metadata().is_ok() {
            let advice = "choose another name, or move the old one away";
            return Err(ExchangeError::file(out, "already exists", advice));
        }
    }
    let files = walk(source)?;
    let mut tally = Tally::default();
    progress.stage("scanning, in kB", files.iter().map(steps).sum());
    open_files(&files, 0, None, &Reader, &mut tally, progress)?;
    let views = views(&tally);
    let next = next(source, &views);
    let seconds = start.elapsed().as_secs_f64();
    let report = ScanReport {
        files: files.iter().filter(|found| found.odd.is_none()).count() as u64,
        families: tally.families,
        kinds: tally.kinds(),
        custodians: tally.custodians(),
        dates: tally.dates,
        exceptions: tally.exceptions(),
        duplicates: tally.repeated(),
        chats: tally.chats(),
        chat_files: tally.chat_files(),
        links: tally.links(),
        names: tally.names(),
        words: tally.words(),
        predicted: predicted(&tally.all, &views, seconds),
        all: tally.all,
        views,
        next,
        seconds,
    };
    if let Some(out) = out {
        let mut options = OpenOptions::new();
        let file = private(options.write(true).create_new(true), 0o600).open(out);
        let mut file = file.map_err(ExchangeError::io(out))?;
        file.write_all(page::page(&report).as_bytes()).map_err(ExchangeError::io(out))?;
        file.sync_all().map_err(ExchangeError::io(out))?;
    }
    Ok(report)
}

/// The views that suit what was found.
fn views(tally: &Tally) -> Vec<&'static str> {
    let Counts { readable, .. } = tally.all;
    // One text in a hundred is too full for the smaller filter.
    let full = tally.words().over.saturating_mul(100) > readable;
    let mut views = Vec::new();
    if readable > 0 {
        views.push(if full { "text/terms-264" } else { "text/terms-132" });
    }
    if tally.has_mail {
        views.push("mail/thread");
    }
    if tally.pictures {
        views.push("image/rgb-224x224");
    }
    views
}

/// What to type next.
fn next(source: &Path, views: &[&str]) -> Vec<String> {
    let source = source.display().to_string();
    let plain = |char: char| char.is_ascii_alphanumeric() || "/._-".contains(char);
    let source = match source.chars().all(plain) && !source.starts_with('-') {
        true => source,
        false => format!("'{}'", source.replace('\'', "'\\''")),
    };
    let views: Vec<String> = views.iter().map(|view| format!(" --view {view}")).collect();
    vec![
        format!("responder expand {source} --out items"),
        format!("responder commit-corpus items{} --out commit", views.concat()),
    ]
}

/// Digests that are timed.
const TIMED: u32 = 3;
/// Bytes of a line in the list of items, and of an entry in the opening store, about.
const LINE: u64 = 700;
const ENTRY: u64 = 500;
/// Bytes a second that a usual disk writes.
const DISK: f64 = 200e6;

fn predicted(all: &Counts, views: &[&str], seconds: f64) -> Predicted {
    // The first call makes the tables that all share.
    let digest = |chunks: usize| {
        view_digest("text/terms-132", Scalar::from(1), &vec![0; chunks * CHUNK_BYTES])
    };
    digest(1);
    let start = Instant::now();
    for _ in 0..TIMED {
        digest(132);
    }
    let chunk = start.elapsed().as_secs_f64() / f64::from(TIMED) / 132.0;
    let chunks: usize = views.iter().map(|view| chunks(view)).sum();
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let hashing = all.items as f64 * (chunks + 8) as f64 * chunk / cores;
    let bytes = all.bytes as f64;
    Predicted {
        expand_seconds: seconds + bytes / DISK,
        expand_bytes: all.bytes + all.items * LINE,
        // Every item is read, as it was here.
        commit_seconds: hashing + seconds,
        commit_bytes: all.items * (ENTRY + 40 * views.len() as u64),
    }
}

/// Chunks of a view.
fn chunks(view: &str) -> usize {
    match view {
        "text/terms-264" => 264,
        "text/terms-132" => 132,
        "mail/thread" => 1,
        _ => (3 * 224 * 224_usize).div_ceil(CHUNK_BYTES),
    }
}
