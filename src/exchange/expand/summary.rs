//! What an expansion gave, in numbers that tell no name.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use candor_documents::{DateFrom, Kind, Listed, Reason};
use serde::Serialize;

use super::dedupe::Dedupe;
use super::known::KnownSummary;
use super::ledger::Dropped;
use super::ocr::OcrCounts;
use crate::exchange::opening::names::{NameCounts, Names};
use crate::exchange::opening::row::advice;
use crate::printable::count;

/// Exceptions that a report repeats.
const MOST: usize = 10;
/// Most characters of an exception in a report.
const CHARS: usize = 80;

/// What `expand` did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExpandSummary {
    /// Files of the source.
    pub files: u64,
    /// Items that are containers at the top: what they hold are items of their own.
    pub containers: u64,
    /// Items.
    pub items: u64,
    /// Families, containers among them.
    pub families: u64,
    /// Bytes of all items.
    pub bytes: u64,
    /// Items whose bytes were made.
    pub made: u64,
    /// Custodians.
    pub custodians: u64,
    /// Items and families by kind.
    pub kinds: Vec<KindCount>,
    /// Where items have their dates from.
    pub dates: DateCounts,
    /// What could not be opened or read.
    pub exceptions: ExceptionCounts,
    /// Families that are the same.
    pub duplicates: DuplicateCounts,
    /// How the source compares with the list made at collection.
    pub known: Option<KnownSummary>,
    /// Texts of an OCR engine.
    pub ocr: Option<OcrCounts>,
    /// Paths that other systems cannot hold.
    pub names: NameCounts,
}

/// Items of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindCount {
    /// The kind.
    pub kind: Kind,
    /// Items of it.
    pub items: u64,
    /// Those of them that are top items.
    pub families: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Items by where their dates come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DateCounts {
    /// The header of a mail.
    pub header: u64,
    /// A property of the document.
    pub property: u64,
    /// The file's time.
    pub file: u64,
    /// There is none.
    pub none: u64,
}

impl DateCounts {
    pub(in crate::exchange) fn add(&mut self, from: DateFrom) {
        match from {
            DateFrom::Header => self.header += 1,
            DateFrom::Property => self.property += 1,
            DateFrom::File => self.file += 1,
            DateFrom::None => self.none += 1,
        }
    }
}

/// What could not be opened or read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExceptionCounts {
    /// Rows of the list.
    pub rows: u64,
    /// How many for which reason.
    pub reasons: Vec<ReasonRows>,
    /// The most frequent.
    pub frequent: Vec<FrequentRows>,
}

/// Exceptions for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonRows {
    /// The reason.
    pub reason: Reason,
    /// Rows of the list.
    pub rows: u64,
}

/// Exceptions of a sort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FrequentRows {
    /// The reason.
    pub reason: Reason,
    /// More about it, without names and numbers.
    pub detail: String,
    /// Rows of the list.
    pub rows: u64,
    /// What can be done about it.
    pub advice: &'static str,
}

/// Families that are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DuplicateCounts {
    /// Which were dropped.
    pub dedupe: Dedupe,
    /// Families that were dropped.
    pub families: u64,
    /// Items in them.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Mails that were kept though another mail has the same message id.
    pub same_message_id: u64,
}

/// Counts items, one after the other.
#[derive(Default)]
pub(super) struct Tally {
    kinds: BTreeMap<Kind, KindCount>,
    dates: DateCounts,
    custodians: HashSet<Vec<u8>>,
    mails: HashMap<String, u64>,
    names: Names,
    made: u64,
}

impl Tally {
    pub(super) fn add(&mut self, item: &Listed) {
        let kind = item.kind;
        let none = KindCount { kind, items: 0, families: 0, bytes: 0 };
        let count = self.kinds.entry(kind).or_insert(none);
        count.items += 1;
        count.families += u64::from(item.ordinal == 0);
        count.bytes += item.bytes;
        self.dates.add(item.record.date_from);
        self.made += u64::from(item.record.made);
        self.names.add(&item.record.path.0);
        if let Some(custodian) = &item.record.custodian
            && !self.custodians.contains(&custodian.0)
        {
            self.custodians.insert(custodian.0.clone());
        }
        if let Some(mih) = item.mih.as_ref().filter(|_| item.ordinal == 0) {
            *self.mails.entry(mih.clone()).or_default() += 1;
        }
    }

    pub(super) fn finish(
        self,
        files: u64,
        containers: u64,
        exceptions: ExceptionCounts,
        duplicates: DuplicateCounts,
    ) -> ExpandSummary {
        let kinds: Vec<KindCount> = self.kinds.into_values().collect();
        let repeated = self.mails.values().filter(|count| **count > 1);
        ExpandSummary {
            files,
            containers,
            items: kinds.iter().map(|kind| kind.items).sum(),
            families: kinds.iter().map(|kind| kind.families).sum(),
            bytes: kinds.iter().map(|kind| kind.bytes).sum(),
            made: self.made,
            custodians: self.custodians.len() as u64,
            kinds,
            dates: self.dates,
            exceptions,
            duplicates: DuplicateCounts { same_message_id: repeated.sum(), ..duplicates },
            known: None,
            ocr: None,
            names: self.names.counts(),
        }
    }
}

impl DuplicateCounts {
    pub(super) fn new(dedupe: Dedupe) -> Self {
        Self { dedupe, families: 0, items: 0, bytes: 0, same_message_id: 0 }
    }

    pub(super) fn add(&mut self, dropped: &Dropped) {
        self.families += 1;
        self.items += dropped.items;
        self.bytes += dropped.bytes;
    }
}

/// Counts exceptions, one after the other.
#[derive(Default)]
pub(in crate::exchange) struct ExceptionTally(BTreeMap<(Reason, String), (u64, &'static str)>);

impl ExceptionTally {
    pub(in crate::exchange) fn add(&mut self, reason: Reason, detail: &str) {
        let key = (reason, sort(detail));
        let none = (0, advice(reason, detail));
        self.0.entry(key).or_insert(none).0 += 1;
    }

    pub(in crate::exchange) fn finish(self) -> ExceptionCounts {
        let mut reasons: BTreeMap<Reason, u64> = BTreeMap::new();
        for ((reason, _), (rows, _)) in &self.0 {
            *reasons.entry(*reason).or_default() += rows;
        }
        let rows = reasons.values().sum();
        let mut frequent: Vec<FrequentRows> = self
            .0
            .into_iter()
            .map(|((reason, detail), (rows, advice))| FrequentRows { reason, detail, rows, advice })
            .collect();
        frequent.sort_by_key(|row| std::cmp::Reverse(row.rows));
        frequent.truncate(MOST);
        let reasons = reasons.into_iter().map(|(reason, rows)| ReasonRows { reason, rows });
        ExceptionCounts { rows, reasons: reasons.collect(), frequent }
    }
}

/// What details of a sort have in common: no names, no numbers.
fn sort(detail: &str) -> String {
    let end = [": ", " to ", " \"", " `", " '"].iter().filter_map(|mark| detail.find(mark)).min();
    let mut sort = String::new();
    for char in detail.get(..end.unwrap_or(detail.len())).unwrap_or(detail).chars().take(CHARS) {
        match char {
            '0'..='9' if sort.ends_with('N') => {}
            '0'..='9' => sort.push('N'),
            char => sort.push(char),
        }
    }
    sort
}

impl fmt::Display for ExpandSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        writeln!(f, "files       {}", self.files)?;
        writeln!(
            f,
            "items       {} in {}, {}; {} made",
            self.items,
            count(self.families, "family", "families"),
            bytes(self.bytes),
            self.made,
        )?;
        writeln!(
            f,
            "containers  {}, of {}",
            self.containers,
            count(self.custodians, "custodian", "custodians")
        )?;
        for kind in &self.kinds {
            writeln!(
                f,
                "  {:<16} {:>9} items {:>9} families {:>12}",
                name(&kind.kind),
                kind.items,
                kind.families,
                bytes(kind.bytes)
            )?;
        }
        let DateCounts { header, property, file, none } = self.dates;
        writeln!(
            f,
            "dates       {header} of a mail's header, {property} of a document's property, {file} of a file's time, {none} none"
        )?;
        let duplicates = &self.duplicates;
        writeln!(
            f,
            "duplicates  {} dropped ({}), {}; {} kept whose message id another has",
            count(duplicates.families, "family", "families"),
            duplicates.dedupe,
            bytes(duplicates.bytes),
            count(duplicates.same_message_id, "mail", "mails"),
        )?;
        if let Some(OcrCounts { items, unused }) = &self.ocr {
            writeln!(f, "OCR texts   {items} became items, {unused} belong to no item")?;
        }
        if let Some(known) = &self.known {
            writeln!(
                f,
                "list        {} as listed, {} missing, {} not listed, {} differ",
                known.same, known.missing, known.not_listed, known.differing
            )?;
        }
        if self.names.any() {
            let NameCounts { collide, reserved, trailing, too_long, not_unicode, astray } =
                self.names;
            writeln!(
                f,
                "names       that other systems cannot hold: {collide} collide, {reserved} reserved, {trailing} end in a dot or space, {too_long} too long, {not_unicode} not UTF-8, {astray} lead astray"
            )?;
        }
        let reasons = self.exceptions.reasons.iter();
        let reasons: Vec<String> =
            reasons.map(|count| format!("{} {}", count.rows, count.reason.name())).collect();
        let reasons =
            if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
        writeln!(f, "exceptions  {}{reasons}", self.exceptions.rows)?;
        for row in &self.exceptions.frequent {
            let detail = crate::printable::printable(&row.detail);
            let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
            writeln!(f, "  {:>7} {}{detail}: {}", row.rows, row.reason.name(), row.advice)?;
        }
        Ok(())
    }
}

/// A kind as the lists have it.
pub(in crate::exchange) fn name(kind: &Kind) -> String {
    let name = serde_json::to_value(kind).ok();
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
