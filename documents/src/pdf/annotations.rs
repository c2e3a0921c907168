//! What annotations and form fields show and say.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::content::Reader;
use super::file::File;
use super::object::{Dict, Object};
use super::strings::text_string;
use crate::{Reason, Text};

/// How far up the field of a widget is looked for.
const PARENTS: usize = 32;

/// Reads the annotations of a page, in order: what each shows, then what it says and
/// does not show.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn read(
    reader: &mut Reader<'_, '_, '_, '_, '_>,
    page: &Dict,
    resources: &Dict,
    seen: &mut BTreeSet<u32>,
) -> Result<(), Reason> {
    let file = reader.file;
    let annotations = file.entry(page, b"Annots");
    let Some(annotations) = annotations.as_array() else { return Ok(()) };
    for entry in annotations.iter() {
        file.work(8)?;
        let annotation = file.resolve(entry);
        let Some(dict) = annotation.as_dict() else { continue };
        let before = reader.text.as_str().len();
        if let Some(appearance) = appearance(file, dict) {
            reader.text.end_block();
            reader.read_form(&appearance, resources)?;
            reader.text.end_block();
        }
        let shown = reader.text.as_str().get(before..).unwrap_or_default();
        let shown = plain(shown);
        file.work(shown.len())?;
        let said = match file.entry(dict, b"Subtype").as_name() {
            Some(b"Widget") => field(file, number(entry), dict, seen),
            // The note that it belongs to says the same.
            Some(b"Popup") => Vec::new(),
            _ => notes(file, dict),
        };
        say(file, reader.text, &said, &shown)?;
    }
    Ok(())
}

fn number(entry: &Object) -> Option<u32> {
    match entry {
        Object::Reference(number) => Some(*number),
        _ => None,
    }
}

/// Adds what is not shown.
fn say(file: &File<'_, '_>, text: &mut Text, said: &[String], shown: &str) -> Result<(), Reason> {
    for said in said {
        let words = plain(said);
        if !words.is_empty() && !shown.contains(&words) {
            file.spend(|budget| text.push_block(said, budget))?;
        }
        file.work(shown.len() / 8)?;
    }
    Ok(())
}

/// Text without what is only for the eye.
fn plain(text: &str) -> String {
    text.chars().filter(|char| !matches!(char, ' ' | '\n' | '\u{a0}' | '\u{2029}')).collect()
}

/// The stream of the normal appearance, in the state that the annotation is in.
fn appearance(file: &File<'_, '_>, annotation: &Dict) -> Option<Object> {
    let appearances = file.entry(annotation, b"AP");
    let normal = file.entry(appearances.as_dict()?, b"N");
    match &normal {
        Object::Stream(_) => Some(normal),
        Object::Dict(states) => {
            let state = file.entry(annotation, b"AS");
            let stream = file.entry(states, state.as_name()?);
            stream.as_stream().is_some().then_some(stream)
        }
        _ => None,
    }
}

/// What an annotation other than a field says: author, subject, note, and where a link
/// leads.
fn notes(file: &File<'_, '_>, dict: &Dict) -> Vec<String> {
    let mut out = Vec::new();
    let contents = string(file, dict, b"Contents");
    if contents.as_ref().is_some_and(|contents| !contents.is_empty()) {
        out.extend(string(file, dict, b"T"));
        out.extend(string(file, dict, b"Subj"));
    }
    out.extend(contents);
    out.extend(string(file, dict, b"OverlayText"));
    let action = file.entry(dict, b"A");
    if let Some(action) = action.as_dict() {
        out.extend(string(file, action, b"URI"));
        let target = file.entry(action, b"F");
        match target.as_dict() {
            Some(target) => {
                out.extend(string(file, target, b"UF").or_else(|| string(file, target, b"F")))
            }
            None => out.extend(target.as_string().map(text_string)),
        }
    }
    out
}

/// A string or a stream of text.
fn string(file: &File<'_, '_>, dict: &Dict, key: &[u8]) -> Option<String> {
    text_of(file, &file.entry(dict, key))
}

fn text_of(file: &File<'_, '_>, value: &Object) -> Option<String> {
    match value {
        Object::String(string) => Some(text_string(string)),
        Object::Stream(stream) => Some(text_string(&file.unpack(stream).ok()?.bytes)),
        _ => None,
    }
}

/// What a field says, looked for from its widget upwards: its tooltip and its value.
/// Fields that were read before have nothing more to say.
fn field(
    file: &File<'_, '_>,
    widget_number: Option<u32>,
    widget: &Rc<Dict>,
    seen: &mut BTreeSet<u32>,
) -> Vec<String> {
    let mut chain = vec![(widget_number, widget.clone())];
    while let Some((_, last)) = chain.last()
        && chain.len() < PARENTS
        && let Some(entry) = last.get(b"Parent".as_slice())
        && let Some(parent) = file.resolve(entry).as_dict()
    {
        let link = (number(entry), parent.clone());
        chain.push(link);
    }
    let find = |key: &[u8]| {
        chain
            .iter()
            .map(|(_, dict)| file.entry(dict, key))
            .find(|value| !value.is_null())
            .unwrap_or_default()
    };
    let mut out = Vec::new();
    // Widgets of one field share its dictionary: the one that holds the value.
    let holder = chain.iter().find(|(_, dict)| dict.contains_key(b"V".as_slice()));
    if let Some(number) = holder.map_or(widget_number, |(number, _)| *number)
        && !seen.insert(number)
    {
        return out;
    }
    out.extend(text_of(file, &find(b"TU")));
    values(file, find(b"FT").as_name(), &find(b"V"), &find(b"Opt"), &mut out);
    out
}

/// The texts of a value, by the kind of the field.
fn values(
    file: &File<'_, '_>,
    kind: Option<&[u8]>,
    value: &Object,
    options: &Object,
    out: &mut Vec<String>,
) {
    match (kind, value) {
        // Names of states, not text.
        (Some(b"Btn"), _) | (_, Object::Name(_)) => {}
        (Some(b"Sig"), Object::Dict(signature)) => {
            for key in [b"Name".as_slice(), b"Reason", b"Location", b"ContactInfo"] {
                out.extend(string(file, signature, key));
            }
        }
        (_, Object::Array(chosen)) => {
            for value in chosen.iter().take(4096) {
                one_value(file, &file.resolve(value), options, out);
            }
        }
        (_, value) => one_value(file, value, options, out),
    }
}

fn one_value(file: &File<'_, '_>, value: &Object, options: &Object, out: &mut Vec<String>) {
    let Some(text) = text_of(file, value) else { return };
    // What is stored, and what the list shows for it.
    for option in options.as_array().map(|options| options.as_slice()).unwrap_or_default() {
        if file.work(1).is_err() {
            return;
        }
        let option = file.resolve(option);
        if let Some([stored, shown]) = option.as_array().map(|pair| pair.as_slice())
            && text_of(file, &file.resolve(stored)).as_ref() == Some(&text)
        {
            out.extend(text_of(file, &file.resolve(shown)).filter(|shown| *shown != text));
        }
    }
    out.push(text);
}

/// Reads the fields that no page shows.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn other_fields(
    file: &File<'_, '_>,
    text: &mut Text,
    seen: &mut BTreeSet<u32>,
) -> Result<(), Reason> {
    let Some(catalog) = file.catalog() else { return Ok(()) };
    let form = file.entry(&catalog, b"AcroForm");
    let Some(form) = form.as_dict() else { return Ok(()) };
    let mut visited = BTreeSet::new();
    let mut open: Vec<(Object, usize)> = vec![(file.entry(form, b"Fields"), 0)];
    while let Some((list, next)) = open.last_mut() {
        file.work(1)?;
        let Some(entry) = list.as_array().and_then(|list| list.get(*next)).cloned() else {
            open.pop();
            continue;
        };
        *next += 1;
        if let Object::Reference(number) = entry
            && !visited.insert(number)
        {
            continue;
        }
        let field_object = file.resolve(&entry);
        let Some(dict) = field_object.as_dict() else { continue };
        let kids = file.entry(dict, b"Kids");
        if kids.as_array().is_some() && open.len() < PARENTS {
            open.push((kids, 0));
        }
        if dict.contains_key(b"V".as_slice()) {
            let said = field(file, number(&entry), dict, seen);
            say(file, text, &said, "")?;
        }
    }
    Ok(())
}
