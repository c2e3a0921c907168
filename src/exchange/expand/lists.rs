//! The lists of a finished folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use candor_documents::{EXPANDER, ListHead, Name};

use super::dedupe::Dedupe;
use super::known::Known;
use super::ledger::{Dropped, Ledger, Noted, Sourced};
use super::ocr::{OcrCounts, Texts};
use super::summary::{DuplicateCounts, ExceptionTally, ExpandSummary, Tally};
use crate::corpus::items::LIST;
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::{guarded, private};
use crate::exchange::opening::row::advice;

const EXCEPTIONS: &str = "exceptions.csv";
const DUPLICATES: &str = "duplicates.csv";
const KNOWN: &str = "known.csv";
const SUMMARY: &str = "summary.json";

/// Writes all lists and gives the figures.
pub(super) fn write(
    whole: &Path,
    ledger: &Ledger,
    dedupe: Dedupe,
    files: u64,
    known: Option<&Known>,
    texts: Option<&mut Texts>,
) -> Result<ExpandSummary, ExchangeError> {
    let mut tally = Tally::default();
    let (mut items, mut containers, mut of_texts) = (0, 0, 0);
    let mut duplicates = DuplicateCounts::new(dedupe);
    // Whose families were dropped, by the number of the one that was kept.
    let mut others: BTreeMap<u64, Kept> = BTreeMap::new();
    for dropped in ledger.dropped.lines::<Dropped>()? {
        let dropped = dropped?;
        duplicates.add(&dropped);
        others.entry(dropped.kept).or_default().custodians.extend(dropped.custodian);
    }
    let mut all_texts = texts;
    for item in ledger.items()? {
        let item = item?;
        items += 1;
        containers += u64::from(item.ordinal == 0 && item.kind.is_container());
        if let Some(texts) = &mut all_texts {
            let record = &item.record;
            let on_disk = record.container.is_none() && record.parent.is_none();
            let text = texts.of_names(&record.path.0, &item.sha256, on_disk);
            of_texts += u64::from(text.is_some());
        }
        if let Some(kept) = others.get_mut(&item.item) {
            kept.path = item.record.path.clone();
            kept.custodians.extend(item.record.custodian.clone());
        }
        tally.add(&item);
    }
    let head = ListHead { format: ListHead::FORMAT.into(), expander: EXPANDER.into(), items };
    families(&whole.join(LIST), &head, ledger.listed.path())?;
    let exceptions = exceptions(&whole.join(EXCEPTIONS), ledger)?;
    if duplicates.families > 0 {
        list_duplicates(&whole.join(DUPLICATES), ledger, &others)?;
    }
    let mut summary = tally.finish(files, containers, exceptions.finish(), duplicates);
    summary.ocr = all_texts.map(|texts| OcrCounts { items: of_texts, unused: texts.unused() });
    if let Some(known) = known {
        let (figures, differences) = known.compare(ledger.sourced.lines::<Sourced>()?)?;
        let path = whole.join(KNOWN);
        let mut list = Csv::create(&path, ["path", "finding", "listed", "found"])?;
        differences.into_iter().try_for_each(|line| list.add(line))?;
        list.finish()?;
        summary.known = Some(figures);
    }
    let path = whole.join(SUMMARY);
    let text = serde_json::to_string_pretty(&summary).map_err(io::Error::other);
    let text = text.map_err(ExchangeError::io(&path))? + "\n";
    create(&path)?.write_all(text.as_bytes()).map_err(ExchangeError::io(&path))?;
    Ok(summary)
}

fn create(path: &Path) -> Result<File, ExchangeError> {
    let mut options = OpenOptions::new();
    let file = private(options.write(true).create(true).truncate(true), 0o600).open(path);
    file.map_err(ExchangeError::io(path))
}

/// The list of the items: its head, and the lines as they were logged.
fn families(path: &Path, head: &ListHead, log: &Path) -> Result<(), ExchangeError> {
    let head = serde_json::to_string(head).map_err(io::Error::other);
    let head = head.map_err(ExchangeError::io(path))? + "\n";
    let mut file = create(path)?;
    file.write_all(head.as_bytes()).map_err(ExchangeError::io(path))?;
    let mut lines = fs::File::open(log).map_err(ExchangeError::io(log))?;
    io::copy(&mut lines, &mut file).map_err(ExchangeError::io(path))?;
    Ok(())
}

fn exceptions(path: &Path, ledger: &Ledger) -> Result<ExceptionTally, ExchangeError> {
    let columns = ["item", "path", "reason", "detail", "what to do"];
    let mut list = Csv::create(path, columns)?;
    let mut tally = ExceptionTally::default();
    for noted in ledger.noted.lines::<Noted>()? {
        let noted = noted?;
        let Noted { item, path, reason, detail } = noted;
        tally.add(reason, &detail);
        let advice = advice(reason, &detail).to_owned();
        let item = item.map_or(String::new(), |item| item.to_string());
        list.add([item, path.to_string(), reason.name().to_owned(), detail, advice])?;
    }
    list.finish()?;
    Ok(tally)
}

/// A family of which others were dropped.
#[derive(Default)]
struct Kept {
    path: Name,
    custodians: BTreeSet<Name>,
}

fn list_duplicates(
    path: &Path,
    ledger: &Ledger,
    others: &BTreeMap<u64, Kept>,
) -> Result<(), ExchangeError> {
    let columns = [
        "path",
        "custodian",
        "items",
        "bytes",
        "sha256",
        "mih",
        "kept item",
        "kept path",
        "all custodians",
    ];
    let mut list = Csv::create(path, columns)?;
    for dropped in ledger.dropped.lines::<Dropped>()? {
        let dropped = dropped?;
        let kept = others.get(&dropped.kept);
        let custodians = kept.map(|kept| kept.custodians.iter().map(Name::to_string));
        let custodians = custodians.map(|all| all.collect::<Vec<_>>().join("; "));
        list.add([
            dropped.path.to_string(),
            dropped.custodian.map_or(String::new(), |name| name.to_string()),
            dropped.items.to_string(),
            dropped.bytes.to_string(),
            dropped.sha256,
            dropped.mih.unwrap_or_default(),
            dropped.kept.to_string(),
            kept.map_or(String::new(), |kept| kept.path.to_string()),
            custodians.unwrap_or_default(),
        ])?;
    }
    list.finish()
}

/// A list for spreadsheets that its owner alone can read.
struct Csv<'p, const N: usize> {
    path: &'p Path,
    writer: csv::Writer<BufWriter<File>>,
}

impl<'p, const N: usize> Csv<'p, N> {
    fn create(path: &'p Path, columns: [&str; N]) -> Result<Self, ExchangeError> {
        let mut list =
            Self { path, writer: csv::Writer::from_writer(BufWriter::new(create(path)?)) };
        list.add(columns.map(str::to_owned))?;
        Ok(list)
    }

    fn add(&mut self, line: [String; N]) -> Result<(), ExchangeError> {
        let line = line.map(guarded);
        self.writer
            .write_record(&line)
            .map_err(io::Error::other)
            .map_err(ExchangeError::io(self.path))
    }

    fn finish(mut self) -> Result<(), ExchangeError> {
        self.writer.flush().map_err(ExchangeError::io(self.path))
    }
}
