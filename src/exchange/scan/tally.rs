//! Looks at items, counts them, and keeps none.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Sink};

use candor_documents::{CoarseKind, Content, Kind, Name, Reason};

use super::counts::{Counts, State};
use super::signs::{chat, links, services};
use super::{Chats, CustodianCounts, Found, KindCounts, Links, Repeated, ServiceLinks, Words};
use crate::exchange::error::ExchangeError;
use crate::exchange::expand::{DateCounts, Dedupe, ExceptionTally, Key};
use crate::exchange::opening::family::Family;
use crate::exchange::opening::item::Item;
use crate::exchange::opening::names::Names;
use crate::exchange::opening::row::Row;
use crate::exchange::opening::{Keep, Look};

/// Items that the report names of a sort.
const NAMED: usize = 20;
/// Different words of an item that a filter of 132 chunks holds with ease.
pub(super) const MANY_WORDS: u64 = 4_000;

/// Reads every item.
pub(super) struct Reader;

/// What was seen of an item.
pub(super) struct Seen {
    state: State,
    links: Vec<u64>,
    chat: Option<&'static str>,
    /// Different words.
    words: u64,
}

impl Look for Reader {
    type Sink = Sink;
    type Seen = Seen;

    fn sink(&self, _: u64, _: u32) -> Result<Sink, ExchangeError> {
        Ok(io::sink())
    }

    fn reads(&self, _: Kind) -> bool {
        true
    }

    fn look(
        &self,
        item: &Item,
        _: &[u8],
        read: Option<&Result<Content, Reason>>,
        _: Sink,
    ) -> Result<Seen, ExchangeError> {
        let state = State::of(item.kind, read);
        let text = match read {
            Some(Ok(content)) => content.text.as_str(),
            _ => "",
        };
        let mail = matches!(item.kind, Kind::Mail | Kind::Msg);
        let links = if mail { links(text).to_vec() } else { Vec::new() };
        Ok(Seen { state, links, chat: chat(item.kind, text), words: words(text) })
    }
}

/// How many different words a text has, about: runs of letters and digits.
fn words(text: &str) -> u64 {
    let words = text.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<HashSet<_>>().len() as u64
}

/// Counts what is found.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) families: u64,
    pub(super) all: Counts,
    kinds: BTreeMap<Kind, Counts>,
    custodians: BTreeMap<Option<Name>, Counts>,
    pub(super) dates: DateCounts,
    exceptions: ExceptionTally,
    pub(super) names: Names,
    contents: HashMap<[u8; 16], ()>,
    mails: HashMap<[u8; 16], u64>,
    own: HashSet<Key>,
    global: HashSet<Key>,
    repeated: Repeated,
    chats: BTreeMap<&'static str, u64>,
    chat_files: Vec<Found>,
    links: Vec<u64>,
    mails_with_links: u64,
    link_mails: Vec<Found>,
    words: Words,
    pub(super) pictures: bool,
    pub(super) has_mail: bool,
    next: u64,
}

impl Tally {
    fn item(&mut self, item: &Item, seen: &Seen) {
        let bytes = item.digests.bytes;
        self.all.add(seen.state, bytes);
        self.kinds.entry(item.kind).or_default().add(seen.state, bytes);
        self.custodians.entry(item.record.custodian.clone()).or_default().add(seen.state, bytes);
        self.dates.add(item.record.date_from);
        self.names.add(&item.record.path.0);
        let content = item.digests.sha256.first_chunk().copied().unwrap_or_default();
        if self.contents.insert(content, ()).is_some() {
            self.repeated.items += 1;
            self.repeated.bytes += bytes;
        }
        let found = || Found { path: item.record.path.clone() };
        if let Some(app) = seen.chat {
            *self.chats.entry(app).or_default() += 1;
            if self.chat_files.len() < NAMED {
                self.chat_files.push(found());
            }
        }
        if seen.links.iter().any(|links| *links > 0) {
            self.mails_with_links += 1;
            self.links.resize(seen.links.len(), 0);
            self.links.iter_mut().zip(&seen.links).for_each(|(all, links)| *all += links);
            if self.link_mails.len() < NAMED {
                self.link_mails.push(found());
            }
        }
        self.words.most = self.words.most.max(seen.words);
        self.words.over += u64::from(seen.words > MANY_WORDS);
        self.pictures |= item.kind.coarse() == CoarseKind::Picture || seen.state == State::Scan;
        self.has_mail |= matches!(item.kind, Kind::Mail | Kind::Msg);
    }

    fn repeats(&mut self, family: &Family<Seen>) {
        let Some((top, _)) = family.items.first() else { return };
        let mih = top.mih.map(hex::encode);
        let digests: Vec<String> =
            family.items.iter().map(|(item, _)| hex::encode(item.digests.sha256)).collect();
        let custodian = top.record.custodian.as_ref().map(|name| name.0.as_slice());
        let key =
            |dedupe| Key::of(dedupe, custodian, mih.as_deref(), digests.iter().map(String::as_str));
        self.repeated.families_custodian += u64::from(!self.own.insert(key(Dedupe::Custodian)));
        self.repeated.families_global += u64::from(!self.global.insert(key(Dedupe::Global)));
        if let Some(mih) = top.mih {
            *self.mails.entry(mih).or_default() += 1;
        }
    }

    pub(super) fn kinds(&self) -> Vec<KindCounts> {
        let kinds = self.kinds.iter();
        kinds.map(|(kind, counts)| KindCounts { kind: *kind, counts: counts.clone() }).collect()
    }

    pub(super) fn custodians(&self) -> Vec<CustodianCounts> {
        let all = self.custodians.iter();
        let row = |(name, counts): (&Option<Name>, &Counts)| CustodianCounts {
            custodian: name.clone(),
            counts: counts.clone(),
        };
        all.map(row).collect()
    }

    pub(super) fn exceptions(&mut self) -> crate::exchange::expand::ExceptionCounts {
        std::mem::take(&mut self.exceptions).finish()
    }

    pub(super) fn names(&mut self) -> crate::exchange::expand::NameCounts {
        std::mem::take(&mut self.names).counts()
    }

    pub(super) fn repeated(&self) -> Repeated {
        let mails = self.mails.values().filter(|count| **count > 1).sum();
        Repeated { same_message_id: mails, ..self.repeated }
    }

    pub(super) fn chats(&self) -> Vec<Chats> {
        self.chats.iter().map(|(app, files)| Chats { app, files: *files }).collect()
    }

    pub(super) fn chat_files(&self) -> Vec<Found> {
        self.chat_files.clone()
    }

    pub(super) fn links(&self) -> Links {
        let services = services().zip(&self.links);
        let services = services.filter(|(_, links)| **links > 0);
        Links {
            mails: self.mails_with_links,
            services: services
                .map(|(service, links)| ServiceLinks { service, links: *links })
                .collect(),
            first: self.link_mails.clone(),
        }
    }

    pub(super) fn words(&self) -> Words {
        self.words
    }
}

impl Keep<Seen> for Tally {
    fn family(
        &mut self,
        _: usize,
        _: Option<u64>,
        family: Family<Seen>,
    ) -> Result<u64, ExchangeError> {
        self.families += 1;
        for (item, seen) in &family.items {
            self.item(item, seen);
        }
        if !family.mere_container {
            self.repeats(&family);
        }
        for row in &family.rows {
            self.exceptions.add(row.reason, &row.detail);
        }
        self.next += family.items.len() as u64;
        Ok(self.next - family.items.len() as u64)
    }

    fn row(&mut self, _: usize, _: Option<u64>, row: Row) -> Result<(), ExchangeError> {
        self.exceptions.add(row.reason, &row.detail);
        Ok(())
    }
}
