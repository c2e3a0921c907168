//! What becomes of items, counted.

use candor_documents::{CoarseKind, Content, Kind, Reason};
use serde::Serialize;

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Readable,
    Scan,
    Picture,
    Encrypted,
    Damaged,
    TooLarge,
    NotOpened,
    Container,
    Other,
}

impl State {
    /// The state of an item that reading gave this of.
    pub(super) fn of(kind: Kind, read: Option<&Result<Content, Reason>>) -> Self {
        match read {
            Some(Ok(content)) if !content.text.is_blank() => Self::Readable,
            Some(Ok(_)) if kind == Kind::Pdf => Self::Scan,
            Some(Ok(_)) => Self::Other,
            Some(Err(reason)) => match reason {
                Reason::Encrypted => Self::Encrypted,
                Reason::Damaged => Self::Damaged,
                Reason::TooDeep | Reason::TooLarge | Reason::Bomb | Reason::EntriesOverlap => {
                    Self::TooLarge
                }
                Reason::NotOpened => Self::NotOpened,
                Reason::Unknown => Self::Other,
                Reason::NoText => match kind.coarse() {
                    _ if kind == Kind::Pdf => Self::Scan,
                    _ if super::super::opening::row::of_kind(kind).is_some() => Self::NotOpened,
                    CoarseKind::Picture => Self::Picture,
                    CoarseKind::Container => Self::Container,
                    _ => Self::Other,
                },
            },
            None if kind.is_container() => Self::Container,
            None => Self::TooLarge,
        }
    }
}

/// Items by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Text was read.
    pub readable: u64,
    /// PDF without text: pictures of pages, as a rule.
    pub scans: u64,
    /// Pictures.
    pub pictures: u64,
    /// A password is needed.
    pub encrypted: u64,
    /// Bytes are missing or contradict each other.
    pub damaged: u64,
    /// Too large, too deep, or made to exhaust the reader.
    pub too_large: u64,
    /// A kind that is known, but not opened.
    pub not_opened: u64,
    /// Archives and mailboxes.
    pub containers: u64,
    /// Anything else: empty, sound, video, unknown.
    pub other: u64,
}

impl Counts {
    pub(super) fn add(&mut self, state: State, bytes: u64) {
        self.items += 1;
        self.bytes += bytes;
        *match state {
            State::Readable => &mut self.readable,
            State::Scan => &mut self.scans,
            State::Picture => &mut self.pictures,
            State::Encrypted => &mut self.encrypted,
            State::Damaged => &mut self.damaged,
            State::TooLarge => &mut self.too_large,
            State::NotOpened => &mut self.not_opened,
            State::Container => &mut self.containers,
            State::Other => &mut self.other,
        } += 1;
    }

    /// The columns of a table.
    pub(super) fn columns(&self) -> [(&'static str, u64); 10] {
        [
            ("items", self.items),
            ("readable", self.readable),
            ("scans without text", self.scans),
            ("pictures", self.pictures),
            ("encrypted", self.encrypted),
            ("damaged", self.damaged),
            ("too large", self.too_large),
            ("not opened", self.not_opened),
            ("containers", self.containers),
            ("other", self.other),
        ]
    }
}
