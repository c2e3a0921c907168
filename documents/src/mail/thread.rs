//! What ties mails together: message ids, references, signatures; and the view
//! `mail/thread`.
//!
//! ```text
//! 0      flags: more than one Message-ID · has Received · has List-Id · has DKIM-Signature
//!        · one of these covers In-Reply-To or References · pointers were cut
//!        · bytes made by expansion · reserved
//! 1      distinct pointers found (255: more)
//! 2-4    day of Date since 1970-01-01 in UTC, little-endian; ff ff ff: missing or before
//! 5-7    zero
//! 8      15 slots of 16 bytes, zero if empty: 14 bytes of SHA-256("candor mid\n" ‖ id),
//!        2 bytes of SHA-256("candor dom\n" ‖ lower-case domain)
//!        0 Message-ID · 1 body · 2 own Thread-Index · 3 its parent · 4 In-Reply-To
//!        · 5-14 References: the first, then the last nine, without slot 4
//! ```
//!
//! The first flag is the lowest bit. An id is what stands between `<` and `>`, without
//! folding and comments. Pointers are the ids of In-Reply-To and References; slot 4 is
//! the first of In-Reply-To, and those that no slot holds were cut. The body's slot is
//! 16 bytes of SHA-256 of the body in the relaxed form of RFC 6376, 3.4.4. The id of a
//! Thread-Index is its bytes, decoded; it has no domain, and so two zero bytes; its
//! parent is the same without the last five bytes, if more than 22 are there.

use sha2::{Digest, Sha256};

use super::header::{Header, take_line};
use super::part::Mail;
use super::signed::covers_pointers;
pub use super::signed::{SIGNATURES, Signatures, signatures};
use super::{date, transfer};
use crate::{Budget, Kind, outlook};

/// The flag of bytes that expansion made (from a PST or a `.msg`). [`thread`] cannot
/// tell: who expands sets it in byte 0.
pub const MADE: u8 = 1 << 6;

/// The length of the view.
pub const LENGTH: usize = 248;

/// The view `mail/thread` of an item: of a mail, or of an Outlook message by its headers.
/// All other kinds are outside of it; theirs is as of bytes that are no mail.
#[must_use]
pub fn of_item(bytes: &[u8], kind: Kind) -> [u8; LENGTH] {
    if kind == Kind::Msg { outlook::msg::thread(bytes) } else { thread(bytes) }
}

/// The signatures and pointers of an item, if it is a mail or an Outlook message.
#[must_use]
pub fn signatures_of(bytes: &[u8], kind: Kind) -> Option<Signatures> {
    match kind {
        Kind::Mail => Some(signatures(bytes)),
        Kind::Msg => Some(outlook::msg::signatures(bytes)),
        _ => None,
    }
}

/// The view `mail/thread` of a mail. Of bytes that are no mail, or one with more fields
/// than are read, all but the missing day is zero.
#[must_use]
pub fn thread(bytes: &[u8]) -> [u8; LENGTH] {
    let mut view = [0; LENGTH];
    let mail = Mail::read(bytes, &mut Budget::new()).ok();
    let written = mail.as_ref().map(written);
    let day = written.as_ref().and_then(|written| written.day).unwrap_or(MISSING);
    let [low, middle, high, _] = day.to_le_bytes();
    let (flags, pointers, slots) = written
        .map_or((0, 0, Vec::new()), |written| (written.flags, written.pointers, written.slots));
    let start = [flags, pointers, low, middle, high, 0, 0, 0];
    let all = start.into_iter().chain(slots.into_iter().flatten());
    view.iter_mut().zip(all).for_each(|(to, from)| *to = from);
    view
}

/// The day of a mail without a date.
const MISSING: u32 = 0xff_ffff;

type Slot = [u8; 16];

struct Written {
    flags: u8,
    pointers: u8,
    day: Option<u32>,
    slots: Vec<Slot>,
}

fn written(mail: &Mail<'_>) -> Written {
    let header = &mail.header;
    let own = message_id_bytes(header);
    let replies = bracketed(header, "in-reply-to");
    let reply = replies.first();
    let mut references: Vec<&Vec<u8>> = Vec::new();
    let all = bracketed(header, "references");
    let mut seen = std::collections::BTreeSet::new();
    for id in all.iter().filter(|id| Some(*id) != reply) {
        if seen.insert(id) {
            references.push(id);
        }
    }
    let mut pointers: std::collections::BTreeSet<&Vec<u8>> = replies.iter().chain(&all).collect();
    let found = pointers.len();

    // The first, then the last nine of the others.
    let (first, others) = references.split_at_checked(1).unwrap_or_default();
    let last = others.get(others.len().saturating_sub(9)..).unwrap_or_default();
    let kept: Vec<&Vec<u8>> = first.iter().chain(last).copied().collect();
    kept.iter().copied().chain(reply).for_each(|id| {
        pointers.remove(id);
    });

    let index = header
        .raw("thread-index")
        .next()
        .map(|value| transfer::decode_base64(value).0)
        .unwrap_or_default();
    let parent = index
        .len()
        .checked_sub(5)
        .filter(|&length| length >= 22)
        .and_then(|length| index.get(..length));
    let slot = |id: Option<&Vec<u8>>| id.map_or([0; 16], |id| id_slot(id));
    let mut slots = vec![
        slot(own.first()),
        body_slot(mail.body),
        index_slot(&index),
        index_slot(parent.unwrap_or_default()),
        slot(reply),
    ];
    slots.extend(kept.into_iter().map(|id| id_slot(id)));

    let flags = [
        own.len() > 1,
        header.has("received"),
        header.has("list-id"),
        header.has("dkim-signature"),
        header.all("dkim-signature").any(|field| covers_pointers(&field)),
        !pointers.is_empty(),
    ];
    let seconds = header.first("date").and_then(|field| date::read(&field));
    let day = seconds
        .and_then(|seconds| u32::try_from(seconds.div_euclid(86_400)).ok())
        .filter(|&day| day < MISSING);
    Written {
        flags: flags.iter().rev().fold(0, |bits, &flag| bits << 1 | u8::from(flag)),
        pointers: u8::try_from(found).unwrap_or(u8::MAX),
        day,
        slots,
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// A slot of the first bytes of two digests.
fn joined(id: [u8; 32], domain: [u8; 32]) -> Slot {
    let mut slot = [0; 16];
    let bytes = id.into_iter().take(14).chain(domain.into_iter().take(2));
    slot.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    slot
}

fn id_slot(id: &[u8]) -> Slot {
    let domain = id.rsplit(|&byte| byte == b'@').next().filter(|domain| domain.len() < id.len());
    let domain = domain.map(<[u8]>::to_ascii_lowercase);
    let domain = domain.map_or([0; 32], |domain| digest(&[b"candor dom\n", &domain]));
    joined(digest(&[b"candor mid\n", id]), domain)
}

fn index_slot(index: &[u8]) -> Slot {
    if index.is_empty() { [0; 16] } else { joined(digest(&[b"candor mid\n", index]), [0; 32]) }
}

/// The digest of a body in relaxed form: runs of white space are one space, none stands
/// at the end of a line, and no empty line at the end. Zero if nothing is left.
fn body_slot(body: &[u8]) -> Slot {
    let mut hash = Sha256::new();
    let mut rest = body;
    let (mut empty_lines, mut any) = (0u64, false);
    while !rest.is_empty() {
        let line = take_line(&mut rest);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut relaxed = Vec::with_capacity(line.len());
        for &byte in line {
            let space = matches!(byte, b' ' | b'\t');
            if !space {
                relaxed.push(byte);
            } else if relaxed.last() != Some(&b' ') {
                relaxed.push(b' ');
            }
        }
        let relaxed = relaxed.strip_suffix(b" ").unwrap_or(&relaxed);
        if relaxed.is_empty() {
            empty_lines += 1;
            continue;
        }
        (0..std::mem::take(&mut empty_lines)).for_each(|_| hash.update(b"\r\n"));
        hash.update(relaxed);
        hash.update(b"\r\n");
        any = true;
    }
    let mut slot = [0; 16];
    if any {
        let digest: [u8; 32] = hash.finalize().into();
        slot.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    }
    slot
}

/// The ids between `<` and `>` in all fields of a name; comments hold none.
pub(super) fn bracketed(header: &Header<'_>, name: &str) -> Vec<Vec<u8>> {
    let mut ids = Vec::new();
    for value in header.raw(name) {
        let (mut id, mut depth): (Option<Vec<u8>>, usize) = (None, 0);
        for &byte in value {
            match (&mut id, byte) {
                (Some(open), b'>') => {
                    if !open.is_empty() {
                        ids.push(std::mem::take(open));
                    }
                    id = None;
                }
                (Some(open), _) if !byte.is_ascii_whitespace() => open.push(byte),
                (None, b'(') => depth = depth.saturating_add(1),
                (None, b')') => depth = depth.saturating_sub(1),
                (None, b'<') if depth == 0 => id = Some(Vec::new()),
                _ => {}
            }
        }
    }
    ids
}

fn message_id_bytes(header: &Header<'_>) -> Vec<Vec<u8>> {
    let ids = bracketed(header, "message-id");
    if !ids.is_empty() {
        return ids;
    }
    // Some mailers forget the brackets.
    let bare = header.raw("message-id").map(<[u8]>::trim_ascii);
    let whole = |id: &&[u8]| {
        !id.is_empty() && !id.iter().any(|byte| byte.is_ascii_whitespace() || b"<>".contains(byte))
    };
    bare.filter(whole).map(<[u8]>::to_vec).collect()
}

pub(super) fn as_text(ids: Vec<Vec<u8>>) -> Vec<String> {
    ids.iter().map(|id| String::from_utf8_lossy(id).into_owned()).collect()
}

/// The message ids of a header, without their brackets.
pub(super) fn message_ids(header: &Header<'_>) -> Vec<String> {
    as_text(message_id_bytes(header))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "Received: x\r\nDKIM-Signature: v=1; d=Example.com; h=From:\r\n In-Reply-To; b=x\r\n\
        Message-ID: (c <no@x>) <a@\r\n Example.com>\r\nIn-Reply-To: <r@x>\r\n\
        References: <1@x> <2@x> <r@x> <2@x>\r\nDate: Thu, 1 Jan 1970 23:00:00 -0200\r\n\r\n a \t b \r\n\r\nc\r\n\r\n";

    #[test]
    fn the_view() {
        let view = thread(MAIL.as_bytes());
        assert_eq!(view[..8], [0b1_1010, 3, 1, 0, 0, 0, 0, 0]);
        let slot = |index: usize| &view[8 + 16 * index..24 + 16 * index];
        let id = digest(&[b"candor mid\na@Example.com"]);
        assert_eq!(slot(0)[..14], id[..14]);
        assert_eq!(slot(0)[14..], digest(&[b"candor dom\nexample.com"])[..2]);
        assert_eq!(slot(1), &digest(&[b" a b\r\n\r\nc\r\n"])[..16]);
        assert_eq!(slot(2), [0; 16]);
        assert_eq!(slot(4), id_slot(b"r@x"));
        assert_eq!(slot(5), id_slot(b"1@x"));
        assert_eq!(slot(6), id_slot(b"2@x"));
        assert_eq!(slot(7), [0; 16]);
        // Line ends of a mailbox give the same body.
        assert_eq!(thread(MAIL.replace('\r', "").as_bytes()), view);
    }

    #[test]
    fn pointers_are_cut() {
        let references: String = (0..300).map(|id| format!("<{id}@x> ")).collect();
        let view = thread(format!("References: {references}\nMessage-ID: bare@x\n\n").as_bytes());
        assert_eq!(view[..5], [1 << 5, 255, 0xff, 0xff, 0xff]);
        let slot = |index: usize| &view[8 + 16 * index..24 + 16 * index];
        assert_eq!((slot(0), slot(1)), (&id_slot(b"bare@x")[..], &[0; 16][..]));
        assert_eq!(
            (slot(5), slot(6), slot(14)),
            (&id_slot(b"0@x")[..], &id_slot(b"291@x")[..], &id_slot(b"299@x")[..])
        );
    }

    #[test]
    fn thread_index() {
        // 27 bytes: a conversation and one answer.
        let view = thread(b"Thread-Index: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka\n\nx");
        let bytes: Vec<u8> = (0..27).collect();
        assert_eq!(view[40..56], index_slot(&bytes));
        assert_eq!(view[56..72], index_slot(&bytes[..22]));
        assert_eq!(thread(b"")[..5], [0, 0, 0xff, 0xff, 0xff]);
    }
}
