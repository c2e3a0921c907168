//! Objects of a file whose cross-reference does not lead to them.

use std::collections::BTreeMap;

use super::file::{File, find, object_offsets};
use super::lexer::{is_regular, is_space};
use super::object::{Dict, Item, Object, Parser};
use super::xref::{Entry, HIGHEST, OBJECTS, Table};
use crate::Reason;

/// Where objects begin: the last of each number.
///
/// # Errors
/// Only if a limit is passed.
pub(crate) fn find_objects(file: &File<'_, '_>) -> Result<BTreeMap<u32, usize>, Reason> {
    let mut found = BTreeMap::new();
    scan(file, &mut |number, at| {
        found.insert(number, at);
        if found.len() > OBJECTS { Err(Reason::TooLarge) } else { Ok(()) }
    })?;
    Ok(found)
}

/// Goes over every `12 0 obj` of the file, in order.
fn scan(
    file: &File<'_, '_>,
    each: &mut dyn FnMut(u32, usize) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let data = file.data();
    file.work(data.len() / 4)?;
    let mut at = 0;
    while let Some(offset) = data.get(at..).and_then(|rest| find(rest, b"obj")) {
        let word = at + offset;
        at = word + 3;
        if let Some((number, start)) = head_before(data, word) {
            each(number, start)?;
        }
    }
    Ok(())
}

/// The number of the object whose `obj` stands at `word`, and where it begins.
fn head_before(data: &[u8], word: usize) -> Option<(u32, usize)> {
    let before = data.get(..word)?;
    let (before, _) = split_digits(trim(before))?;
    let trimmed = trim(before);
    if trimmed.len() == before.len() {
        return None;
    }
    let (rest, digits) = split_digits(trimmed)?;
    let number = std::str::from_utf8(digits).ok()?.parse::<u32>().ok()?;
    (number <= HIGHEST).then_some((number, rest.len()))
}

fn trim(mut data: &[u8]) -> &[u8] {
    // A hostile file must not make this walk far, again and again.
    for _ in 0..16 {
        match data {
            [rest @ .., last] if is_space(*last) => data = rest,
            _ => break,
        }
    }
    data
}

fn split_digits(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let count = data.iter().rev().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 { None } else { data.split_at_checked(data.len() - count) }
}

/// Builds a table from what is found in the file, object streams included.
///
/// # Errors
/// [`Reason::Encrypted`], or that a limit is passed.
pub(crate) fn rebuild(file: &mut File<'_, '_>) -> Result<Table, Reason> {
    let objects = find_objects(file)?;
    let mut table = Table::default();
    for (number, at) in &objects {
        table.entries.insert(*number, Entry::At(*at));
    }
    table.trailer = trailer(file, &objects)?;
    // Object streams can be read once their key is known.
    file.install(table.clone())?;
    let mut inside = BTreeMap::new();
    let mut catalog = None;
    for number in objects.keys() {
        let object = file.object(*number);
        file.stop_if_spent()?;
        match (&object, object.as_dict().map(|dict| file.entry(dict, b"Type"))) {
            (Object::Stream(stream), Some(Object::Name(kind))) if kind.as_ref() == b"ObjStm" => {
                let Ok(data) = file.unpack(stream) else {
                    file.stop_if_spent()?;
                    continue;
                };
                let offsets = object_offsets(&stream.dict, &data.bytes, file)?;
                for (index, (inner, _)) in (0_u32..).zip(offsets) {
                    inside.insert(inner, Entry::In { stream: *number, index });
                }
            }
            (_, Some(Object::Name(kind))) if kind.as_ref() == b"Catalog" => catalog = Some(*number),
            _ => {}
        }
        if inside.len() > OBJECTS {
            return Err(Reason::TooLarge);
        }
    }
    for (number, entry) in inside {
        table.entries.entry(number).or_insert(entry);
    }
    if !table.trailer.contains_key(b"Root".as_slice()) {
        if catalog.is_none() {
            file.install(table.clone())?;
            catalog = table.entries.keys().copied().find(|number| {
                let object = file.object(*number);
                object
                    .as_dict()
                    .is_some_and(|dict| file.entry(dict, b"Type").as_name() == Some(b"Catalog"))
            });
        }
        if let Some(number) = catalog {
            table.trailer.insert(b"Root".as_slice().into(), Object::Reference(number));
        }
    }
    Ok(table)
}

/// The entries of all trailers, the last first.
fn trailer(file: &File<'_, '_>, objects: &BTreeMap<u32, usize>) -> Result<Dict, Reason> {
    let data = file.data();
    let mut merged = Dict::new();
    let add = |merged: &mut Dict, dict: &Dict| {
        merged.extend(dict.iter().map(|(key, value)| (key.clone(), value.clone())));
    };
    let mut at = 0;
    while let Some(offset) = data.get(at..).and_then(|rest| find(rest, b"trailer")) {
        at += offset + b"trailer".len();
        // A word that goes on is another.
        if data.get(at).copied().is_some_and(is_regular) {
            continue;
        }
        let mut parser = Parser::object(data, at, None);
        let item = parser.next();
        file.work(parser.take_work().steps)?;
        if let Ok(Item::Value(Object::Dict(dict))) = item {
            // What stands in it are no trailers.
            at = parser.lexer.position();
            if dict.contains_key(b"Root".as_slice()) {
                add(&mut merged, &dict);
            }
        }
    }
    if merged.is_empty() {
        // Cross-reference streams are their own trailers.
        for at in objects.values() {
            let Ok(found) = file.object_at(*at, None) else {
                file.stop_if_spent()?;
                continue;
            };
            if let Object::Stream(stream) = &found.object
                && file.entry(&stream.dict, b"Type").as_name() == Some(b"XRef")
            {
                add(&mut merged, &stream.dict);
            }
        }
    }
    Ok(merged)
}
