//! The cross-reference: where the objects of the newest revision stand.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{File, find};
use super::lexer::{Lexer, Token};
use super::object::{Dict, Item, Object, Parser};
use crate::Reason;

/// Most objects of a file.
pub(crate) const OBJECTS: usize = 2 << 20;
/// The highest number of an object (ISO 32000-1, annex C).
pub(crate) const HIGHEST: u32 = 8_388_607;
/// Most sections of one file.
const SECTIONS: usize = 4096;

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// It is deleted.
    Free,
    At(usize),
    In {
        stream: u32,
        index: u32,
    },
}

/// Where all objects stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) entries: BTreeMap<u32, Entry>,
    pub(crate) trailer: Dict,
    /// Older revisions of the file.
    pub(crate) older: usize,
}

/// Reads the cross-reference from its newest section to its oldest. What cannot be
/// read ends it.
///
/// # Errors
/// Only if a limit is passed.
pub(crate) fn read(file: &File<'_, '_>) -> Result<Table, Reason> {
    let mut table = Table::default();
    let data = file.data();
    // Places in the file are counted from its header, which need not come first.
    let base = find(data.get(..1024).unwrap_or(data), b"%PDF-").unwrap_or(0);
    let mut seen = BTreeSet::new();
    let mut next = last_section(data);
    let mut sections = 0_usize;
    while let Some(at) = next.take() {
        if sections >= SECTIONS || !seen.insert(at) {
            break;
        }
        let mut own = Table::default();
        let Some(dict) = section(file, at, base, &mut own)? else { break };
        sections += 1;
        // A section that older readers do not see: what it has is not free, though the
        // section that they see says so.
        if let Some(hidden) = place(&dict, b"XRefStm")
            && seen.insert(hidden)
        {
            let free = own.entries.iter().filter(|(_, entry)| **entry == Entry::Free);
            let free: Vec<u32> = free.map(|(number, _)| *number).collect();
            own.entries.retain(|_, entry| *entry != Entry::Free);
            section(file, hidden, base, &mut own)?;
            for number in free {
                own.entries.entry(number).or_insert(Entry::Free);
            }
        }
        for (number, entry) in own.entries {
            table.entries.entry(number).or_insert(entry);
        }
        if table.entries.len() > OBJECTS {
            return Err(Reason::TooLarge);
        }
        next = place(&dict, b"Prev");
        for (key, value) in dict {
            table.trailer.entry(key).or_insert(value);
        }
    }
    // A linearized file has two sections that are one revision.
    let sections = sections - usize::from(sections > 1 && is_linearized(data));
    table.older = sections.saturating_sub(1);
    Ok(table)
}

fn place(dict: &Dict, key: &[u8]) -> Option<usize> {
    usize::try_from(dict.get(key)?.as_integer()?).ok()
}

/// Where the newest section begins.
fn last_section(data: &[u8]) -> Option<usize> {
    let word = b"startxref";
    let at = data.windows(word.len()).rposition(|window| window == word)?;
    match Lexer::new(data, at + word.len()).next() {
        Token::Integer(place) => usize::try_from(place).ok(),
        _ => None,
    }
}

fn is_linearized(data: &[u8]) -> bool {
    find(data.get(..2048).unwrap_or(data), b"/Linearized").is_some()
}

/// Reads one section, in either of its forms, and gives its trailer. Entries that
/// newer sections have are kept.
fn section(
    file: &File<'_, '_>,
    at: usize,
    base: usize,
    table: &mut Table,
) -> Result<Option<Dict>, Reason> {
    for at in [Some(at), at.checked_add(base).filter(|_| base > 0)].into_iter().flatten() {
        let mut lexer = Lexer::new(file.data(), at);
        let is_classic = lexer.next() == Token::Keyword(b"xref");
        let section = if is_classic { classic(file, &mut lexer, base, table)? } else { None };
        // Sections may share bytes of the file.
        file.work(lexer.position().saturating_sub(at) / 2)?;
        if is_classic {
            return Ok(section);
        }
        match file.object_at(at, None) {
            Ok(found) => {
                if let Object::Stream(stream) = &found.object {
                    let Ok(data) = file.unpack(stream) else {
                        file.stop_if_spent()?;
                        return Ok(None);
                    };
                    packed(file, &stream.dict, &data.bytes, base, table)?;
                    return Ok(Some(stream.dict.as_ref().clone()));
                }
            }
            Err(_) => file.stop_if_spent()?,
        }
    }
    Ok(None)
}

/// A section as text.
fn classic(
    file: &File<'_, '_>,
    lexer: &mut Lexer<'_>,
    base: usize,
    table: &mut Table,
) -> Result<Option<Dict>, Reason> {
    loop {
        let before = lexer.position();
        let (first, count) = match (lexer.next(), lexer.next()) {
            (Token::Integer(first), Token::Integer(count)) => (first, count),
            (Token::Keyword(b"trailer"), _) => {
                lexer.jump(before);
                break;
            }
            _ => return Ok(None),
        };
        let mut number = first;
        let mut entry_number = 0_i64;
        while entry_number < count {
            let before = lexer.position();
            let (Token::Integer(at), Token::Integer(generation)) = (lexer.next(), lexer.next())
            else {
                lexer.jump(before);
                break;
            };
            let entry = match lexer.next() {
                Token::Keyword(b"n") => {
                    usize::try_from(at).ok().map(|at| at_base(file.data(), at, base))
                }
                Token::Keyword(b"f") => Some(Entry::Free),
                _ => {
                    lexer.jump(before);
                    break;
                }
            };
            // Some writers count from one though the first entry is that of object 0.
            if entry_number == 0 && first == 1 && generation == 65535 && entry == Some(Entry::Free)
            {
                number = 0;
            }
            if let Some(entry) = entry {
                insert(file, table, number, entry)?;
            }
            number += 1;
            entry_number += 1;
        }
    }
    let mut parser = Parser::object(file.data(), lexer.position(), None);
    let begins = matches!(parser.next(), Ok(Item::Keyword(b"trailer")));
    let trailer = if begins { parser.next() } else { Ok(Item::End) };
    file.work(parser.take_work().steps)?;
    match trailer {
        Ok(Item::Value(Object::Dict(dict))) => Ok(Some(dict.as_ref().clone())),
        _ => Ok(None),
    }
}

/// A section as a stream.
fn packed(
    file: &File<'_, '_>,
    dict: &Dict,
    data: &[u8],
    base: usize,
    table: &mut Table,
) -> Result<(), Reason> {
    let widths: Vec<usize> = file
        .entry(dict, b"W")
        .as_array()
        .map(|widths| {
            widths
                .iter()
                .take(3)
                .filter_map(|width| usize::try_from(width.as_integer()?).ok())
                .collect()
        })
        .unwrap_or_default();
    let [kind_width @ 0..=8, second_width @ 0..=8, third_width @ 0..=8] = widths[..] else {
        return Ok(());
    };
    let width = kind_width + second_width + third_width;
    if width == 0 {
        return Ok(());
    }
    let index: Vec<i64> = match file.entry(dict, b"Index").as_array() {
        Some(index) => index.iter().filter_map(Object::as_integer).collect(),
        None => vec![0, file.entry(dict, b"Size").as_integer().unwrap_or(0)],
    };
    let mut rows = data.chunks_exact(width);
    for pair in index.chunks_exact(2) {
        let [first, count] = *pair else { break };
        for offset in 0..count {
            let Some(row) = rows.next() else { return Ok(()) };
            let (kind, rest) = row.split_at(kind_width);
            let (second, third) = rest.split_at(second_width);
            let kind = if kind_width == 0 { 1 } else { number(kind) };
            let second = number(second);
            let entry = match kind {
                0 => Some(Entry::Free),
                1 => usize::try_from(second).ok().map(|at| at_base(file.data(), at, base)),
                2 => u32::try_from(second).ok().map(|stream| Entry::In {
                    stream,
                    index: u32::try_from(number(third)).unwrap_or(u32::MAX),
                }),
                _ => None,
            };
            if let Some(entry) = entry {
                insert(file, table, first.saturating_add(offset), entry)?;
            }
        }
    }
    Ok(())
}

/// A place counted from the header, if no object begins at it as counted from the
/// start of the file.
fn at_base(data: &[u8], at: usize, base: usize) -> Entry {
    let begins = |at: usize| data.get(at).is_some_and(u8::is_ascii_digit);
    match at.checked_add(base) {
        Some(shifted) if base > 0 && (!begins(at) || begins(shifted)) => Entry::At(shifted),
        _ => Entry::At(at),
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn insert(file: &File<'_, '_>, table: &mut Table, number: i64, entry: Entry) -> Result<(), Reason> {
    file.work(1)?;
    let Some(number) = u32::try_from(number).ok().filter(|number| *number <= HIGHEST) else {
        return Ok(());
    };
    if table.entries.len() >= OBJECTS {
        return Err(Reason::TooLarge);
    }
    table.entries.entry(number).or_insert(entry);
    Ok(())
}
