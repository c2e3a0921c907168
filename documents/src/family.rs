//! All items inside an item, in one order.

use crate::{Budget, Child, Kind, Meta, Moment, Reason, children, kind_of, read};

/// A member of a family below its top item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its number within the family, from 1: the top item is 0. Members are numbered
    /// in pre-order.
    pub ordinal: u32,
    /// The number of the member that it stands in.
    pub parent: u32,
    /// Its name, as [`Child::name`].
    pub name: Vec<u8>,
    /// Its time in what it stands in, in seconds since 1970, if it has one.
    pub modified: Option<i64>,
    /// What it is.
    pub kind: Kind,
    /// What it inherits of the mail that it stands in, if it stands in one.
    pub inherited: Option<Inherited>,
    /// Whether its bytes were made: what it stands in holds none that could be copied.
    pub made: bool,
}

/// What an item inherits of the nearest mail that it stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inherited {
    /// Sender.
    pub from: Vec<String>,
    /// Recipients.
    pub to: Vec<String>,
    /// Copies.
    pub cc: Vec<String>,
    /// Subject.
    pub subject: Option<String>,
    /// When the mail was sent, if it says so.
    pub date: Option<Moment>,
}

impl Inherited {
    /// What the items in a mail inherit of it.
    #[must_use]
    pub fn of(mail: &Meta) -> Self {
        Self {
            from: mail.from.clone(),
            to: mail.to.clone(),
            cc: mail.cc.clone(),
            subject: mail.subject.clone(),
            date: mail.date.and_then(|date| Moment::from_seconds(date.seconds)),
        }
    }
}

/// Something inside a family that is no member: what could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The member that it stands in, or is.
    pub ordinal: u32,
    /// Its name within that member; empty if it is the member itself.
    pub name: Vec<u8>,
    /// Why it is not opened.
    pub reason: Reason,
    /// More about it.
    pub detail: String,
}

/// Gives every item inside `top`, in pre-order, to `member`, and everything that
/// could not be opened to `exception`. The order, the numbers and the bytes are
/// functions of the bytes of `top`.
///
/// # Errors
/// What `member` says; then the walk ends.
pub fn family<E>(
    top: &[u8],
    kind: Kind,
    member: &mut dyn FnMut(Member, Vec<u8>) -> Result<(), E>,
    exception: &mut dyn FnMut(Exception),
) -> Result<(), E> {
    let mut walk = Walk { next: 1, member, exception, stopped: None };
    walk.open(top, kind, Place { ordinal: 0, depth: 0, kind }, None, &mut Budget::family());
    walk.stopped.map_or(Ok(()), Err)
}

/// Most members of a family, the top item among them.
pub const MAX_MEMBERS: u32 = 1 << 16;

struct Walk<'a, E> {
    next: u32,
    member: &'a mut dyn FnMut(Member, Vec<u8>) -> Result<(), E>,
    exception: &'a mut dyn FnMut(Exception),
    stopped: Option<E>,
}

#[derive(Clone, Copy)]
struct Place {
    ordinal: u32,
    depth: usize,
    kind: Kind,
}

impl<E> Walk<'_, E> {
    /// Opens an item; no deeper than [`Budget::DEPTH`].
    fn open(
        &mut self,
        bytes: &[u8],
        kind: Kind,
        at: Place,
        inherited: Option<&Inherited>,
        budget: &mut Budget,
    ) {
        let own = matches!(kind, Kind::Mail | Kind::Msg)
            .then(|| read(bytes, kind, &mut Budget::new()))
            .and_then(Result::ok)
            .map(|content| Inherited::of(&content.meta));
        let inherited = own.as_ref().or(inherited);
        let opened = children(bytes, kind, budget, &mut |child, budget| {
            self.child(child, at, inherited, budget)
        });
        if let (Err(reason), None) = (opened, &self.stopped) {
            let ordinal = at.ordinal;
            let (name, detail) = (Vec::new(), String::new());
            (self.exception)(Exception { ordinal, name, reason, detail });
        }
    }

    fn child(
        &mut self,
        child: Child,
        parent: Place,
        inherited: Option<&Inherited>,
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        let Child { name, modified, bytes, detail } = child;
        let ordinal = self.next;
        let unopened = |reason, detail| Exception {
            ordinal: parent.ordinal,
            name: name.clone(),
            reason,
            detail,
        };
        let bytes = match bytes {
            Ok(_) if parent.depth >= Budget::DEPTH => Err(Reason::TooDeep),
            Ok(_) if ordinal >= MAX_MEMBERS => Err(Reason::TooLarge),
            bytes => bytes,
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(reason) => {
                (self.exception)(unopened(reason, detail));
                return Ok(());
            }
        };
        self.next += 1;
        let kind = kind_of(&bytes);
        let place = Place { ordinal, depth: parent.depth + 1, kind };
        let made = is_made(parent.kind, kind, &name);
        let member = Member {
            ordinal,
            parent: parent.ordinal,
            name,
            modified,
            kind,
            inherited: inherited.cloned(),
            made,
        };
        // The members below stand after this one, so it is handed on first: its bytes
        // are copied only if there is something below it to look for.
        let inner = opens(kind).then(|| bytes.clone());
        if let Err(stopped) = (self.member)(member, bytes) {
            self.stopped = Some(stopped);
            return Err(Reason::TooLarge);
        }
        if let Some(inner) = inner {
            self.open(&inner, kind, place, inherited, budget);
        }
        if self.stopped.is_some() { Err(Reason::TooLarge) } else { Ok(()) }
    }
}

/// Whether the bytes of an item are no stretch of what it stands in, packed or not: a
/// page of a TIFF and a message in an Outlook message become files of their own, and so
/// does the picture of a scanned page of a PDF, unless it stands there as JPEG.
fn is_made(parent: Kind, kind: Kind, name: &[u8]) -> bool {
    match (parent, kind) {
        (Kind::Tiff, Kind::Tiff) | (Kind::Msg, Kind::Msg) => true,
        (Kind::Pdf, Kind::Tiff | Kind::Png) => name.starts_with(b"page-"),
        _ => false,
    }
}

/// Whether items of this kind may hold items.
fn opens(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Empty | Kind::Text | Kind::Html | Kind::Bmp | Kind::SoundOrVideo | Kind::Unknown
    )
}
