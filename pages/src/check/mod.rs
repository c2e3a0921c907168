//! What a responder looks at before a bundle is sent.

mod page;
mod screen;
mod seen;

use std::fmt;
use std::path::{Path, PathBuf};

use candor::exchange::index::ReleasedIndex;
use candor::exchange::term_list::TermList;
use candor::exchange::{All, Beside, Outcome, Report, Watch, verify_bundle_with};
use candor::printable::count;
use candor::{ExchangeError, OnRecord, Progress};
use serde::Serialize;

use self::screen::Screen;
use self::seen::{Before, Kept};
use crate::time::Stated;
use crate::write::{refuse_existing, write};

/// What a check before sending is given.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The responder's own commitment, or its root.
    pub on_record: OnRecord<'a>,
    /// The request's folder.
    pub request: &'a Path,
    /// The bundle: a folder, or an archive of it.
    pub bundle: &'a Path,
    /// What is opened to the judge alone, if anything is.
    pub judge_copy: Option<&'a Path>,
    /// Earlier bundles, in which documents are looked up that are withheld as produced.
    pub produced: &'a [PathBuf],
    /// Search terms that nothing released should hold, such as names of counsel.
    pub screen: Option<&'a TermList>,
    /// The page to write; must not exist.
    pub out: &'a Path,
    /// The list of released files to write, as CSV; must not exist.
    pub index: Option<&'a Path>,
    /// The time that the page states.
    pub stated: Stated,
}

/// What was found before sending. Names no document.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct BeforeSending {
    /// The outcome of the judge's own verification.
    pub outcome: Outcome,
    /// Whether something is to be looked at.
    pub look: bool,
    /// Released files.
    pub released: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Withheld documents.
    pub withheld: u64,
    /// Those of them that are kept back for what they carry alone.
    pub kept_back: u64,
    /// Redacted copies that are handed over in the place of withheld documents.
    pub redacted: u64,
    /// Families of which some members are released and some are not.
    pub broken_families: u64,
    /// Released files inside which a withheld one stands.
    pub carriers: u64,
    /// Released files that hold a line of the screen; `None` without a screen.
    pub screen_hits: Option<u64>,
    /// Released files that the screen could not read.
    pub not_screened: Option<u64>,
    /// Released files of kinds that have text, of which none is read.
    pub empty_texts: u64,
    /// Names that go public with characters that cannot be seen, or that are not UTF-8.
    pub odd_names: u64,
    /// The page.
    pub page: PathBuf,
    /// The list of released files, if it was written.
    pub index: Option<PathBuf>,
    /// The judge's report.
    #[serde(skip)]
    pub report: Box<Report>,
}

impl BeforeSending {
    fn of(report: Report, kept: &Kept, screen: Option<&Screen>, options: &Options<'_>) -> Self {
        let files = || kept.files.values();
        let number =
            |is: &dyn Fn(&seen::File) -> bool| files().filter(|file| is(file)).count() as u64;
        let verified = report.outcome != Outcome::Failed;
        let broken_families = kept.broken().len() as u64;
        let carriers = kept.carriers().len() as u64;
        let screen_hits = screen.map(|_| number(&|file| !file.hits.is_empty()));
        let not_screened = screen.map(|_| number(&|file| !file.screened));
        let empty_texts = number(&|file| file.blank);
        let odd_names = number(&|file| file.odd);
        let found = [broken_families, carriers, screen_hits.unwrap_or(0), empty_texts, odd_names];
        Self {
            outcome: report.outcome,
            look: !verified || found.iter().any(|number| *number > 0),
            released: kept.files.len() as u64,
            bytes: files().map(|file| file.bytes).fold(0, u64::saturating_add),
            withheld: kept.withheld,
            kept_back: kept.kept_back,
            redacted: kept.redacted,
            broken_families,
            carriers,
            screen_hits,
            not_screened,
            empty_texts,
            odd_names,
            page: options.out.to_owned(),
            index: options.index.filter(|_| verified).map(Path::to_owned),
            report: Box::new(report),
        }
    }

    /// The exit code of the command: 1 if the bundle does not verify, 3 if something is to
    /// be looked at.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match (self.outcome, self.look) {
            (Outcome::Failed, _) => 1,
            (_, true) => 3,
            (_, false) => 0,
        }
    }
}

/// Verifies a bundle as the judge will, looks at what it hands over, and writes a page of
/// it that names what is to be looked at. Nothing is changed.
///
/// # Errors
/// If the outcome cannot be decided, a line of the screen is not understood, or page or
/// list cannot be written.
pub fn check(
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<BeforeSending, ExchangeError> {
    refuse_existing(options.out)?;
    options.index.map_or(Ok(()), refuse_existing)?;
    let screen = options.screen.map(Screen::of).transpose()?;
    let (before, index) = (Before::new(screen.as_ref()), ReleasedIndex::default());
    let told = All::of([&before as &dyn Watch, &index]);
    let beside = Beside {
        judge_copy: options.judge_copy,
        produced: options.produced,
        watch: Some(&told),
        ..Beside::default()
    };
    let (request, bundle) = (options.request, options.bundle);
    let report = verify_bundle_with(options.on_record, request, bundle, beside, progress)?;
    drop(told);
    let mut kept = before.into_kept();
    if report.outcome == Outcome::Failed {
        // Nothing that was told counts.
        kept = Kept { asked: kept.asked, ..Kept::default() };
    } else if let Some(path) = options.index {
        index.write(path)?;
    }
    let found = BeforeSending::of(report, &kept, screen.as_ref(), options);
    let lines = screen.as_ref().map(Screen::lines).unwrap_or_default();
    write(options.out, &page::page(&found, &kept, lines, options.stated))?;
    Ok(found)
}

/// What the command prints.
impl fmt::Display for BeforeSending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(failure) = &self.report.failure {
            writeln!(f, "{failure}\n\nDOES NOT VERIFY: do not send this bundle")?;
            return writeln!(f, "page       {}", self.page.display());
        }
        writeln!(
            f,
            "released   {}, {:.1} MB",
            count(self.released, "file", "files"),
            self.bytes as f64 / 1e6
        )?;
        writeln!(
            f,
            "withheld   {}, of which {} for what they carry; {} with a redacted copy",
            self.withheld, self.kept_back, self.redacted
        )?;
        writeln!(f, "families   {} released in part", self.broken_families)?;
        writeln!(f, "carriers   {} released with a withheld document inside", self.carriers)?;
        if let (Some(hits), Some(not)) = (self.screen_hits, self.not_screened) {
            writeln!(
                f,
                "screen     {} of the released hold a line; {not} could not be read",
                hits
            )?;
        }
        writeln!(f, "texts      {} empty", self.empty_texts)?;
        writeln!(f, "names      {} with characters that cannot be seen", self.odd_names)?;
        writeln!(f, "page       {}", self.page.display())?;
        if let Some(index) = &self.index {
            writeln!(f, "index      {}", index.display())?;
        }
        match self.look {
            true => writeln!(f, "LOOK at the page before you send the bundle"),
            false => writeln!(f, "nothing stands out"),
        }
    }
}
