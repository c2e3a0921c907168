//! Gives families their numbers and writes them down.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use candor_documents::{Listed, Name, Record};

use super::dedupe::{Dedupe, Kept, Key};
use super::ledger::{Checkpoint, Dropped, Ledger, Noted, Sourced};
use super::ocr::Texts;
use super::place::{Waiting, make_folder};
use crate::corpus::items::{ITEMS, ITEMS_A_FOLDER, item_path};
use crate::exchange::error::ExchangeError;
use crate::exchange::opening::Keep;
use crate::exchange::opening::family::Family;
use crate::exchange::opening::item::{Hashing, Item};
use crate::exchange::opening::row::Row;

/// Time between checkpoints.
const PAUSE: Duration = Duration::from_secs(2);

/// Writes items under their numbers.
pub(super) struct Writer<'w> {
    pub(super) whole: &'w Path,
    /// Where a text waits for its number.
    waiting: PathBuf,
    pub(super) ledger: Ledger,
    pub(super) session: &'w str,
    pub(super) dedupe: Dedupe,
    pub(super) texts: Texts,
    /// The number of the next item.
    pub(super) next: u64,
    kept: Kept,
    /// Where the file begins that is being worked on.
    mark: Checkpoint,
    checked: Instant,
}

impl<'w> Writer<'w> {
    /// Goes on where a ledger ends: before the file with number `file`, with the item
    /// that has number `next`.
    pub(super) fn open(
        (whole, spool): (&'w Path, &Path),
        ledger: Ledger,
        session: &'w str,
        dedupe: Dedupe,
        texts: Texts,
        (file, next): (usize, u64),
    ) -> Result<Self, ExchangeError> {
        let mark = ledger.mark(session, file, next);
        let mut writer = Self {
            whole,
            waiting: spool.join("text"),
            ledger,
            session,
            dedupe,
            texts,
            next,
            kept: Kept::default(),
            mark,
            checked: Instant::now(),
        };
        if next > 0 && dedupe != Dedupe::None {
            writer.remember()?;
        }
        make_folder(&whole.join(ITEMS))?;
        Ok(writer)
    }

    /// Learns again which families were kept.
    fn remember(&mut self) -> Result<(), ExchangeError> {
        let mut lines = self.ledger.items()?;
        while let Some(top) = lines.next() {
            let mut family: Vec<Listed> = vec![top?];
            let count = family.first().map_or(1, |top| top.count);
            for _ in 1..count {
                family.extend(lines.next().transpose()?);
            }
            let mut texts = 0;
            for item in &family {
                let on_disk = is_on_disk(&item.record);
                let text = self.texts.of_names(&item.record.path.0, &item.sha256, on_disk);
                texts += usize::from(text.is_some());
            }
            // The texts that follow are no families that others repeat.
            for _ in 0..texts {
                lines.next().transpose()?;
            }
            if let Some(top) = family.first().filter(|top| !top.kind.is_container()) {
                let custodian = top.record.custodian.as_ref().map(|name| name.0.as_slice());
                let digests = family.iter().map(|item| item.sha256.as_str());
                let key = Key::of(self.dedupe, custodian, top.mih.as_deref(), digests);
                self.kept.add(key, top.item);
            }
        }
        Ok(())
    }

    /// All files before this one are done with.
    fn reach(&mut self, file: usize) -> Result<(), ExchangeError> {
        if file > self.mark.files {
            self.mark = self.ledger.mark(self.session, file, self.next);
            if self.checked.elapsed() >= PAUSE {
                self.check()?;
            }
        }
        Ok(())
    }

    /// Writes down which files are done with.
    pub(super) fn check(&mut self) -> Result<(), ExchangeError> {
        self.checked = Instant::now();
        self.ledger.check(&self.mark)
    }

    /// Moves an item to its place and lists it.
    fn place(&mut self, listed: &Listed, from: &Path) -> Result<(), ExchangeError> {
        let to = self.whole.join(item_path(listed.item));
        if listed.item.is_multiple_of(ITEMS_A_FOLDER)
            && let Some(folder) = to.parent()
        {
            make_folder(folder)?;
        }
        fs::rename(from, &to).map_err(ExchangeError::io(&to))?;
        self.ledger.listed.add(listed)
    }

    /// Lists the same family that was kept, if there is one, instead of this.
    fn drop_if_kept(
        &mut self,
        key: Key,
        lines: &[Listed],
        family: &Family<PathBuf>,
    ) -> Result<Option<u64>, ExchangeError> {
        let Some((kept, top)) = self.kept.find(key).zip(lines.first()) else { return Ok(None) };
        for (_, path) in &family.items {
            fs::remove_file(path).map_err(ExchangeError::io(path))?;
        }
        self.ledger.dropped.add(&Dropped {
            kept,
            path: top.record.path.clone(),
            custodian: top.record.custodian.clone(),
            items: lines.len() as u64,
            bytes: lines.iter().map(|line| line.bytes).sum(),
            sha256: top.sha256.clone(),
            mih: top.mih.clone(),
        })?;
        Ok(Some(kept))
    }

    /// Writes the text that an OCR engine made of an item, as a family of its own.
    fn text_of(&mut self, item: &Item) -> Result<(), ExchangeError> {
        let on_disk = is_on_disk(&item.record);
        let Some((path, location)) = self.texts.of(item, on_disk) else { return Ok(()) };
        let from = self.waiting.clone();
        let file = fs::File::open(location).map_err(ExchangeError::io(location))?;
        let mut hashing = Hashing::new(Waiting::create(from.clone())?);
        hashing.copy(file).map_err(ExchangeError::io(location))?;
        let (digests, _) = hashing.finish();
        let kind = match digests.bytes {
            0 => candor_documents::Kind::Empty,
            _ => candor_documents::Kind::Text,
        };
        let record = Record {
            custodian: item.record.custodian.clone(),
            date: item.record.date,
            date_from: item.record.date_from,
            ..Record::of_file(path)
        };
        let text = Item { record, ordinal: 0, kind, digests, mih: None };
        let number = self.next;
        self.next += 1;
        self.place(&text.listed(number, number, 1, None), &from)
    }

    fn note(&mut self, item: Option<u64>, row: Row) -> Result<(), ExchangeError> {
        let Row { path, reason, detail, .. } = row;
        self.ledger.noted.add(&Noted { item, path, reason, detail })
    }
}

/// Whether a record is of a file of the source.
fn is_on_disk(record: &Record) -> bool {
    record.container.is_none() && record.parent.is_none()
}

impl Keep<PathBuf> for Writer<'_> {
    fn family(
        &mut self,
        file: usize,
        container: Option<u64>,
        family: Family<PathBuf>,
    ) -> Result<u64, ExchangeError> {
        self.reach(file)?;
        let top = self.next;
        let count = u32::try_from(family.items.len())
            .map_err(|error| ExchangeError::internal("numbering a family", error))?;
        let mut lines = Vec::with_capacity(family.items.len());
        for (number, (item, _)) in (top..).zip(&family.items) {
            let container = container.filter(|_| item.ordinal == 0);
            lines.push(item.listed(number, top, count, container));
        }
        if let Some(first) = lines.first().filter(|first| is_on_disk(&first.record)) {
            self.ledger.sourced.add(&Sourced {
                path: first.record.path.clone(),
                bytes: first.bytes,
                sha256: first.sha256.clone(),
                md5: first.md5.clone(),
            })?;
        }
        if self.dedupe != Dedupe::None && !family.mere_container {
            let first = lines.first();
            let custodian = first.and_then(|first| first.record.custodian.as_ref());
            let custodian = custodian.map(|Name(name)| name.as_slice());
            let mih = first.and_then(|first| first.mih.as_deref());
            let digests = lines.iter().map(|line| line.sha256.as_str());
            let key = Key::of(self.dedupe, custodian, mih, digests);
            if let Some(kept) = self.drop_if_kept(key, &lines, &family)? {
                return Ok(kept);
            }
            self.kept.add(key, top);
        }
        for (line, (_, path)) in lines.iter().zip(&family.items) {
            self.place(line, path)?;
        }
        self.next += lines.len() as u64;
        for row in family.rows {
            self.note(Some(top + u64::from(row.ordinal)), row)?;
        }
        for (item, _) in &family.items {
            self.text_of(item)?;
        }
        Ok(top)
    }

    fn row(&mut self, file: usize, item: Option<u64>, row: Row) -> Result<(), ExchangeError> {
        self.reach(file)?;
        self.note(item, row)
    }
}
