//! What a document says beside its pages: its title, dates, bookmarks, and what it
//! says of its pictures and parts to those who cannot see them.

use std::collections::BTreeSet;

use super::file::File;
use super::object::{Dict, Object};
use super::strings::{date, iso_date, text_string};
use super::xml;
use crate::{DateSource, Dated, Meta, Moment, Reason, Text};

/// How deep trees of bookmarks and of tags are followed.
const DEPTH: usize = 256;

/// Reads the information dictionary, and what only XMP says.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn information(
    file: &File<'_, '_>,
    meta: &mut Meta,
    text: &mut Text,
) -> Result<(), Reason> {
    let info = file.entry(file.trailer(), b"Info");
    let empty = Dict::new();
    let info = info.as_dict().map_or(&empty, |info| info.as_ref());
    let string = |key: &[u8]| {
        file.entry(info, key)
            .as_string()
            .map(text_string)
            .filter(|text| !text.trim_matches([' ', '\n']).is_empty())
    };
    let moment = |key: &[u8]| file.entry(info, key).as_string().and_then(date);
    let xmp = metadata(file)?;
    let xmp = xmp.as_deref().unwrap_or_default();
    meta.subject = string(b"Title").or_else(|| xml::value(xmp, "dc:title"));
    let modified = moment(b"ModDate").or_else(|| xmp_date(xmp, "xmp:ModifyDate"));
    let created = || moment(b"CreationDate").or_else(|| xmp_date(xmp, "xmp:CreateDate"));
    meta.date = modified
        .or_else(created)
        .map(|moment| Dated { seconds: moment.seconds(), source: DateSource::Property });
    let said = [
        meta.subject.clone(),
        string(b"Subject").or_else(|| xml::value(xmp, "dc:description")),
        string(b"Author").or_else(|| xml::value(xmp, "dc:creator")),
        string(b"Keywords").or_else(|| xml::value(xmp, "pdf:Keywords")),
    ];
    for said in said.into_iter().flatten() {
        file.spend(|budget| text.push_block(&said, budget))?;
    }
    Ok(())
}

fn metadata(file: &File<'_, '_>) -> Result<Option<String>, Reason> {
    let Some(catalog) = file.catalog() else { return Ok(None) };
    let object = file.entry(&catalog, b"Metadata");
    let Some(stream) = object.as_stream() else { return Ok(None) };
    let Ok(data) = file.unpack(stream) else { return file.stop_if_spent().map(|()| None) };
    file.work(data.bytes.len())?;
    Ok(Some(String::from_utf8_lossy(&data.bytes).into_owned()))
}

fn xmp_date(xmp: &str, name: &str) -> Option<Moment> {
    iso_date(&xml::value(xmp, name)?)
}

/// Reads the titles of the bookmarks, in order.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn bookmarks(file: &File<'_, '_>, text: &mut Text) -> Result<(), Reason> {
    let Some(catalog) = file.catalog() else { return Ok(()) };
    let outlines = file.entry(&catalog, b"Outlines");
    let Some(outlines) = outlines.as_dict() else { return Ok(()) };
    let first = |dict: &Dict| dict.get(b"First".as_slice()).cloned();
    let mut seen = BTreeSet::new();
    let mut open: Vec<Object> = first(outlines).into_iter().collect();
    while let Some(next) = open.pop() {
        file.work(1)?;
        if let Object::Reference(number) = next
            && !seen.insert(number)
        {
            continue;
        }
        let bookmark = file.resolve(&next);
        let Some(bookmark) = bookmark.as_dict() else { continue };
        if let Some(title) = file.entry(bookmark, b"Title").as_string() {
            file.spend(|budget| text.push_block(&text_string(title), budget))?;
        }
        open.extend(bookmark.get(b"Next".as_slice()).cloned());
        if open.len() < DEPTH {
            open.extend(first(bookmark));
        }
    }
    Ok(())
}

/// Reads what the tags of a document say in place of pictures and abbreviations.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn tags(file: &File<'_, '_>, text: &mut Text) -> Result<(), Reason> {
    let Some(catalog) = file.catalog() else { return Ok(()) };
    let root = file.entry(&catalog, b"StructTreeRoot");
    let Some(root) = root.as_dict() else { return Ok(()) };
    let mut seen = BTreeSet::new();
    let mut open: Vec<(Object, usize)> = vec![(file.entry(root, b"K"), 0)];
    while let Some((kids, next)) = open.last_mut() {
        file.work(1)?;
        let kid = match kids {
            Object::Array(list) => list.get(*next).cloned(),
            single if *next == 0 => Some(single.clone()),
            _ => None,
        };
        let Some(kid) = kid else {
            open.pop();
            continue;
        };
        *next += 1;
        if let Object::Reference(number) = kid
            && !seen.insert(number)
        {
            continue;
        }
        let Object::Dict(tag) = file.resolve(&kid) else { continue };
        for key in [b"Alt".as_slice(), b"ActualText", b"E"] {
            if let Some(said) = file.entry(&tag, key).as_string() {
                file.spend(|budget| text.push_block(&text_string(said), budget))?;
            }
        }
        let kids = file.entry(&tag, b"K");
        if matches!(kids, Object::Array(_) | Object::Dict(_)) && open.len() < DEPTH {
            open.push((kids, 0));
        }
    }
    Ok(())
}

/// Reads a form of XFA: the words of its template and its data. The pages of such a
/// document may say no more than that another reader is needed.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn xfa(file: &File<'_, '_>, text: &mut Text) -> Result<(), Reason> {
    let Some(catalog) = file.catalog() else { return Ok(()) };
    let form = file.entry(&catalog, b"AcroForm");
    let xfa = form.as_dict().map_or(Object::Null, |form| file.entry(form, b"XFA"));
    let mut packets = Vec::new();
    match &xfa {
        Object::Stream(_) => packets.push(xfa.clone()),
        Object::Array(list) => {
            for pair in list.chunks_exact(2).take(64) {
                let [name, packet] = pair else { continue };
                if matches!(file.resolve(name).as_string(), Some(b"template" | b"datasets")) {
                    packets.push(file.resolve(packet));
                }
            }
        }
        _ => {}
    }
    for packet in packets {
        let Some(stream) = packet.as_stream() else { continue };
        let Ok(data) = file.unpack(stream) else {
            file.stop_if_spent()?;
            continue;
        };
        file.work(data.bytes.len())?;
        let source = String::from_utf8_lossy(&data.bytes);
        xml::texts(&source, &mut |block| file.spend(|budget| text.push_block(block, budget)))?;
    }
    Ok(())
}
