//! One top item with all that stands in it.

use std::io::Write;

use candor_documents::{
    Budget, Content, Exception, Kind, Member, Name, Reason, Record, family, read,
};

use super::Look;
use super::item::{Digests, Hashing, Item, mih};
use super::row::{Row, of_kind};
use crate::corpus::members::{Members, dated, join};
use crate::exchange::error::ExchangeError;

/// Parts that one row names at most.
const PARTS: usize = 8;

/// A top item whose bytes are in memory.
pub(in crate::exchange) struct Top {
    pub(in crate::exchange) path: Vec<u8>,
    pub(in crate::exchange) custodian: Option<Name>,
    /// The path of the container that it was taken from.
    pub(in crate::exchange) container: Option<Name>,
    /// Whether its bytes were made.
    pub(in crate::exchange) made: bool,
    pub(in crate::exchange) modified: Option<i64>,
    pub(in crate::exchange) kind: Kind,
    pub(in crate::exchange) bytes: Vec<u8>,
}

/// A top item, its members in pre-order, and what could not be opened of them.
pub(in crate::exchange) struct Family<S> {
    pub(in crate::exchange) items: Vec<(Item, S)>,
    pub(in crate::exchange) rows: Vec<Row>,
    /// Whether the top item is a container at the top, which is never dropped.
    pub(in crate::exchange) mere_container: bool,
}

impl Top {
    fn record(&self) -> Record {
        Record {
            custodian: self.custodian.clone(),
            container: self.container.clone(),
            made: self.made,
            ..Record::of_file(self.path.clone())
        }
    }
}

/// A family of one: a container at the top, or a file too large to hold, whose bytes
/// went through `hashed`.
pub(super) fn alone<L: Look>(
    top: &Top,
    mere_container: bool,
    hashed: Hashing<L::Sink>,
    look: &L,
) -> Result<Family<L::Seen>, ExchangeError> {
    let (digests, sink) = hashed.finish();
    let item = item(top.record(), 0, top.kind, digests, None, top.modified);
    let seen = look.look(&item, &[], None, sink)?;
    Ok(Family { items: vec![(item, seen)], rows: Vec::new(), mere_container })
}

fn item(
    record: Record,
    ordinal: u32,
    kind: Kind,
    digests: Digests,
    read: Option<&Content>,
    modified: Option<i64>,
) -> Item {
    let record = dated(record, kind, read, modified);
    Item { record, ordinal, kind, digests, mih: mih(kind, read) }
}

/// Opens a top item with all that stands in it; `number` tells its family from others
/// that are on their way.
pub(super) fn open<L: Look>(
    top: &Top,
    number: u64,
    look: &L,
) -> Result<Family<L::Seen>, ExchangeError> {
    let record = top.record();
    let members = Members::of(&record, top.kind);
    let mut opening = Opening { number, look, items: Vec::new(), rows: Vec::new(), members };
    opening.add(record, 0, top.kind, top.modified, &top.bytes)?;
    let mut exceptions = Vec::new();
    let mut member = |member: Member, bytes: Vec<u8>| opening.member(&member, &bytes);
    family(&top.bytes, top.kind, &mut member, &mut |exception| exceptions.push(exception))?;
    opening.report(exceptions);
    Ok(Family { items: opening.items, rows: opening.rows, mere_container: false })
}

struct Opening<'l, L: Look> {
    number: u64,
    look: &'l L,
    items: Vec<(Item, L::Seen)>,
    rows: Vec<Row>,
    members: Members,
}

impl<L: Look> Opening<'_, L> {
    fn member(&mut self, member: &Member, bytes: &[u8]) -> Result<(), ExchangeError> {
        let record = self.members.next(member).ok_or_else(|| {
            ExchangeError::internal("expanding a family", "a member without a parent")
        })?;
        self.add(record, member.ordinal, member.kind, member.modified, bytes)
    }

    fn add(
        &mut self,
        record: Record,
        ordinal: u32,
        kind: Kind,
        modified: Option<i64>,
        bytes: &[u8],
    ) -> Result<(), ExchangeError> {
        let mut hashing = Hashing::new(self.look.sink(self.number, ordinal)?);
        hashing.write_all(bytes).map_err(ExchangeError::io("the folder of the items"))?;
        let (digests, sink) = hashing.finish();
        let mail = matches!(kind, Kind::Mail | Kind::Msg);
        let reads = mail || self.look.reads(kind);
        let read = reads.then(|| read(bytes, kind, &mut Budget::new()));
        self.read_rows(ordinal, kind, read.as_ref());
        let content = read.as_ref().and_then(|read| read.as_ref().ok());
        let item = item(record, ordinal, kind, digests, content, modified);
        let seen = self.look.look(&item, bytes, read.as_ref(), sink)?;
        self.items.push((item, seen));
        Ok(())
    }

    fn row(&mut self, ordinal: u32, name: &[u8], reason: Reason, detail: String) {
        let Some((path, kind)) = self.members.place(ordinal) else { return };
        let path = match name {
            b"" => path.to_vec(),
            name => join(path, kind, name, 0),
        };
        self.rows.push(Row { ordinal, path: Name(path), reason, detail });
    }

    /// What reading told that the user must know.
    fn read_rows(&mut self, ordinal: u32, kind: Kind, read: Option<&Result<Content, Reason>>) {
        if let Some((reason, what)) = of_kind(kind) {
            self.row(ordinal, b"", reason, what.to_owned());
            return;
        }
        match read {
            // That a picture has no text goes without saying.
            Some(Err(Reason::NoText)) if kind != Kind::Pdf => {}
            Some(Err(Reason::Unknown)) | None => {}
            Some(Err(reason)) => self.row(ordinal, b"", *reason, String::new()),
            Some(Ok(content)) => {
                for reason in Reason::ALL {
                    let parts = content.unread.iter().filter(|(_, why)| *why == reason);
                    let names: Vec<&str> = parts.map(|(name, _)| name.as_str()).collect();
                    if names.is_empty() {
                        continue;
                    }
                    let mut detail = format!(
                        "not read in it: {}",
                        names.iter().take(PARTS).copied().collect::<Vec<_>>().join(", ")
                    );
                    if names.len() > PARTS {
                        detail.push_str(&format!(" and {} more", names.len() - PARTS));
                    }
                    self.row(ordinal, b"", reason, detail);
                }
            }
        }
    }

    /// Adds what opening told, once: what reading told of an item already is left out.
    fn report(&mut self, exceptions: Vec<Exception>) {
        for Exception { ordinal, name, reason, detail } in exceptions {
            let same = |row: &Row| row.ordinal == ordinal && row.reason == reason;
            if name.is_empty() && detail.is_empty() && self.rows.iter().any(same) {
                continue;
            }
            self.row(ordinal, &name, reason, detail);
        }
        self.rows.sort_by_key(|row| row.ordinal);
    }
}
