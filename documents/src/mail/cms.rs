//! Messages of S/MIME in BER or DER (RFC 5652): what was signed stands in them in the
//! clear.

use crate::{Budget, Child, Reason};

/// An element: its tag, its content, and what follows it.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

/// How deep elements of indefinite length are followed to find where they end.
const DEPTH: usize = 64;

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const OCTETS_IN_PIECES: u8 = 0x24;
const EXPLICIT_0: u8 = 0xa0;

/// 1.2.840.113549.1.7: what PKCS #7 defines, by the next number.
const PKCS_7: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07";
/// 1.2.840.113549.1.9.16.1: what S/MIME defines beside it.
const SMIME: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01";

/// A tag, a length if it is definite, and what follows.
fn head(bytes: &[u8]) -> Option<(u8, Option<usize>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    // Tags of several bytes do not occur in what is looked at.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    match first {
        0..=0x7f => Some((tag, Some(first.into()), rest)),
        0x80 => Some((tag, None, rest)),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.len() > 8 {
                return None;
            }
            let length = digits.iter().fold(0u64, |length, &byte| length << 8 | u64::from(byte));
            Some((tag, Some(usize::try_from(length).ok()?), rest))
        }
    }
}

fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (tag, length, rest) = head(bytes)?;
    if let Some(length) = length {
        let (content, rest) = rest.split_at_checked(length)?;
        return Some(Element { tag, content, rest });
    }
    // Two zero bytes end an element of indefinite length; others may stand inside it.
    let (mut depth, mut at) = (1usize, rest);
    loop {
        if let Some(after) = at.strip_prefix(&[0, 0]) {
            depth -= 1;
            if depth == 0 {
                let content = rest.get(..rest.len().saturating_sub(at.len()))?;
                return Some(Element { tag, content, rest: after });
            }
            at = after;
            continue;
        }
        let (_, length, inside) = head(at)?;
        match length {
            Some(length) => at = inside.get(length..)?,
            None if depth < DEPTH => {
                depth += 1;
                at = inside;
            }
            None => return None,
        }
    }
}

/// An element of a tag, with which bytes begin.
fn tagged(bytes: &[u8], tag: u8) -> Option<Element<'_>> {
    element(bytes).filter(|element| element.tag == tag)
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Signed,
    Encrypted,
    Other,
}

fn type_of(id: &[u8]) -> Option<Type> {
    match (id.strip_prefix(PKCS_7), id.strip_prefix(SMIME)) {
        (Some([2]), _) => Some(Type::Signed),
        // Enveloped, signed and enveloped, encrypted; enveloped with authentication.
        (Some([3 | 4 | 6]), _) | (_, Some([23])) => Some(Type::Encrypted),
        (Some([_]), _) | (_, Some([_])) => Some(Type::Other),
        _ => None,
    }
}

/// The type that the first bytes tell; the rest may be missing.
fn start(bytes: &[u8]) -> Option<Type> {
    let (tag, _, rest) = head(bytes)?;
    let id = tagged(rest, OBJECT_ID).filter(|_| tag == SEQUENCE)?;
    type_of(id.content)
}

/// Whether bytes begin as a message of PKCS #7 or CMS does.
pub(crate) fn is_cms(bytes: &[u8]) -> bool {
    start(bytes).is_some()
}

/// Whether bytes are a signed message.
pub(crate) fn is_signed(bytes: &[u8]) -> bool {
    start(bytes) == Some(Type::Signed)
}

/// Why a message of S/MIME has no text of its own.
pub(crate) fn reason(bytes: &[u8]) -> Reason {
    match start(bytes) {
        Some(Type::Encrypted) => Reason::Encrypted,
        Some(Type::Signed) => Reason::NoText,
        _ => Reason::NotOpened,
    }
}

/// Gives what was signed, if it stands in the message.
pub(crate) fn children(
    bytes: &[u8],
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    match start(bytes) {
        Some(Type::Signed) => {}
        Some(Type::Encrypted) => return Err(Reason::Encrypted),
        _ => return Err(Reason::NotOpened),
    }
    let Some(content) = signed_content(bytes).ok_or(Reason::Damaged)? else { return Ok(()) };
    budget.take_entries(1)?;
    let mut joined = Vec::new();
    add_octets(content, &mut joined, budget)?;
    sink(
        Child { name: Vec::new(), modified: None, bytes: Ok(joined), detail: String::new() },
        budget,
    )
}

/// The content of a signed message, as an element; `None` inside if the signature
/// stands apart from it.
fn signed_content(bytes: &[u8]) -> Option<Option<&[u8]>> {
    let message = tagged(bytes, SEQUENCE)?.content;
    let signed = tagged(tagged(message, OBJECT_ID)?.rest, EXPLICIT_0)?.content;
    let signed = tagged(signed, SEQUENCE)?.content;
    // The version, the digests, the content.
    let rest = element(element(signed)?.rest)?.rest;
    let content = tagged(rest, SEQUENCE)?.content;
    let rest = tagged(content, OBJECT_ID)?.rest;
    if rest.is_empty() {
        return Some(None);
    }
    Some(Some(tagged(rest, EXPLICIT_0)?.content))
}

/// Joins the pieces of a string of bytes.
fn add_octets(bytes: &[u8], joined: &mut Vec<u8>, budget: &mut Budget) -> Result<(), Reason> {
    // Strings in pieces may hold strings in pieces: what remains to be read of each.
    let mut open = vec![bytes];
    while let Some(bytes) = open.pop() {
        if bytes.is_empty() {
            continue;
        }
        let piece = element(bytes).ok_or(Reason::Damaged)?;
        if open.len() >= 8 {
            return Err(Reason::TooDeep);
        }
        budget.take_work(1)?;
        open.push(piece.rest);
        match piece.tag {
            OCTETS => {
                budget.take_bytes(piece.content.len())?;
                joined.extend_from_slice(piece.content);
            }
            OCTETS_IN_PIECES => open.push(piece.content),
            // PKCS #7 of before CMS holds whatever it holds.
            _ => {
                budget.take_bytes(piece.content.len())?;
                joined.extend_from_slice(piece.content);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A signed message, with indefinite lengths and its content in pieces if asked.
    fn signed(content: &[&[u8]], indefinite: bool) -> Vec<u8> {
        let wrap = |tag: u8, inside: Vec<u8>| {
            let mut bytes = vec![tag];
            if indefinite && tag & 0x20 != 0 {
                bytes.push(0x80);
                bytes.extend(&inside);
                bytes.extend([0, 0]);
            } else {
                bytes.push(u8::try_from(inside.len()).unwrap());
                bytes.extend(&inside);
            }
            bytes
        };
        let id = |last: u8| wrap(OBJECT_ID, [PKCS_7, &[last]].concat());
        let pieces: Vec<u8> =
            content.iter().flat_map(|piece| wrap(OCTETS, piece.to_vec())).collect();
        let string = if indefinite { wrap(OCTETS_IN_PIECES, pieces) } else { pieces };
        let inner = wrap(SEQUENCE, [id(1), wrap(EXPLICIT_0, string)].concat());
        let body = [wrap(2, vec![1]), wrap(0x31, vec![]), inner].concat();
        wrap(SEQUENCE, [id(2), wrap(EXPLICIT_0, wrap(SEQUENCE, body))].concat())
    }

    fn content(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Reason> {
        let mut found = Vec::new();
        children(bytes, &mut Budget::new(), &mut |child, _| {
            found.push(child.bytes?);
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn what_was_signed() {
        assert_eq!(content(&signed(&[b"text"], false)).unwrap(), [b"text"]);
        assert_eq!(content(&signed(&[b"te", b"xt"], true)).unwrap(), [b"text"]);
        let mut cut = signed(&[b"text"], false);
        cut.truncate(cut.len() - 1);
        assert_eq!(content(&cut), Err(Reason::Damaged));
        assert!(is_cms(&cut) && is_signed(&cut));
        assert_eq!(
            content(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"),
            Err(Reason::Encrypted)
        );
        assert!(!is_cms(b"0\x82 text"));
    }
}
