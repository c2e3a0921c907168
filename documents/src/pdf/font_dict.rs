//! A font of the file, written anew as a small PDF that nothing can be wrong with.

use super::file::File;
use super::object::{Dict, Object};
use super::writer::{Writer, write_name, write_number};
use crate::Reason;

/// Most bytes of one character map.
const CMAP: usize = 4 << 20;
/// Memory that a character map takes for each of its bytes, at most.
const CMAP_GROWTH: usize = 12;
/// Memory that a predefined character map takes, at most.
const PREDEFINED: usize = 2 << 20;
/// Most bytes of a font program.
const PROGRAM: usize = 4 << 20;
/// Most widths of a composite font: two for each character that it can have.
const WIDTHS: usize = 1 << 17;
/// Most names of an encoding.
const NAMES: usize = 4096;

/// A small PDF with a font.
pub(crate) struct Small {
    pub(crate) bytes: Vec<u8>,
    /// The number of the font's object.
    pub(crate) font: usize,
    /// What reading it may take in memory.
    pub(crate) memory: usize,
}

/// The font that stands for one that is missing.
pub(crate) fn helvetica() -> Dict {
    let name = |name: &[u8]| Object::Name(name.into());
    [
        (b"Subtype".as_slice(), name(b"Type1")),
        (b"BaseFont", name(b"Helvetica")),
        (b"Encoding", name(b"WinAnsiEncoding")),
    ]
    .into_iter()
    .map(|(key, value)| (key.into(), value))
    .collect()
}

/// The small PDFs whose fonts are asked one after the other what a code stands for.
///
/// # Errors
/// Only if a limit is passed.
pub(crate) fn plan(file: &File<'_, '_>, dict: &Dict) -> Result<Vec<Small>, Reason> {
    let unicode = file.entry(dict, b"ToUnicode");
    let mut plan = Vec::new();
    if file.entry(dict, b"Subtype").as_name() == Some(b"Type0") {
        if !unicode.is_null() {
            plan.extend(composite(file, dict, Some(&unicode))?);
        }
        // Without `ToUnicode`, characters come from the collection of the font.
        plan.extend(composite(file, dict, None)?);
    } else {
        plan.extend(simple(file, dict, &unicode)?);
    }
    Ok(plan)
}

struct Body {
    writer: Writer,
    out: Vec<u8>,
    memory: usize,
}

impl Body {
    fn new() -> Self {
        Self { writer: Writer::new(), out: b"<</Type/Font".to_vec(), memory: 4096 }
    }

    fn name(&mut self, key: &[u8], value: &Object) {
        if let Some(value) = value.as_name() {
            let value = value.get(..127.min(value.len())).unwrap_or_default();
            write_name(&mut self.out, key);
            write_name(&mut self.out, value);
        }
    }

    fn number(&mut self, key: &[u8], value: &Object) {
        if let Some(value) = value.as_number() {
            write_name(&mut self.out, key);
            write_number(&mut self.out, value);
        }
    }

    /// Writes a character map: a name, or a stream.
    fn cmap(&mut self, file: &File<'_, '_>, key: &[u8], value: &Object) -> Result<(), Reason> {
        match value {
            Object::Name(_) => {
                self.memory += PREDEFINED;
                self.name(key, value);
            }
            Object::Stream(stream) => {
                let Ok(data) = file.unpack(stream) else { return file.stop_if_spent() };
                if data.bytes.len() > CMAP {
                    return file.spend(|_| Err(Reason::TooLarge));
                }
                // It may lead to a predefined one.
                self.memory += data.bytes.len() * CMAP_GROWTH + PREDEFINED / 8;
                let number = self.writer.add_stream(&data.bytes);
                write_name(&mut self.out, key);
                self.out.extend_from_slice(format!(" {number} 0 R").as_bytes());
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Small {
        self.out.extend_from_slice(b">>");
        let font = self.writer.add(&self.out);
        let bytes = self.writer.finish();
        Small { memory: self.memory + bytes.len(), bytes, font }
    }
}

fn simple(file: &File<'_, '_>, dict: &Dict, unicode: &Object) -> Result<Option<Small>, Reason> {
    let mut body = Body::new();
    let subtype = file.entry(dict, b"Subtype");
    let kind = match subtype.as_name() {
        Some(kind @ (b"Type1" | b"MMType1" | b"TrueType" | b"Type3")) => kind,
        _ => b"Type1",
    };
    write_name(&mut body.out, b"Subtype");
    write_name(&mut body.out, kind);
    body.name(b"BaseFont", &file.entry(dict, b"BaseFont"));
    widths(file, dict, &mut body)?;
    if kind == b"Type3" {
        body.out.extend_from_slice(b"/FontMatrix[");
        let matrix = numbers(file, &file.entry(dict, b"FontMatrix"), 6);
        let matrix =
            if matrix.len() == 6 { matrix } else { vec![0.001, 0.0, 0.0, 0.001, 0.0, 0.0] };
        for number in matrix {
            write_number(&mut body.out, number);
        }
        body.out.push(b']');
    }
    let own_encoding = encoding(file, dict, &mut body)?;
    body.cmap(file, b"ToUnicode", unicode)?;
    let descriptor = file.entry(dict, b"FontDescriptor");
    if let Some(descriptor) = descriptor.as_dict() {
        body.out.extend_from_slice(b"/FontDescriptor<<");
        for key in [b"Flags".as_slice(), b"MissingWidth", b"FontWeight", b"ItalicAngle"] {
            if key == b"Flags" {
                if let Some(flags) = file.entry(descriptor, key).as_integer() {
                    body.out.extend_from_slice(format!("/Flags {}", flags as u32).as_bytes());
                }
            } else {
                body.number(key, &file.entry(descriptor, key));
            }
        }
        if own_encoding && unicode.is_null() && kind != b"TrueType" && kind != b"Type3" {
            program(file, descriptor, &mut body)?;
        }
        body.out.extend_from_slice(b">>");
    }
    Ok(Some(body.finish()))
}

/// A Type 1 program whose own encoding is asked for.
fn program(file: &File<'_, '_>, descriptor: &Dict, body: &mut Body) -> Result<(), Reason> {
    for key in [b"FontFile".as_slice(), b"FontFile3"] {
        let object = file.entry(descriptor, key);
        let Some(stream) = object.as_stream() else { continue };
        let Ok(data) = file.unpack(stream) else { return file.stop_if_spent() };
        if data.left.is_some() || data.bytes.len() > PROGRAM {
            continue;
        }
        body.memory += data.bytes.len() * 8;
        let number = body.writer.add_stream(&data.bytes);
        write_name(&mut body.out, key);
        body.out.extend_from_slice(format!(" {number} 0 R").as_bytes());
        return Ok(());
    }
    Ok(())
}

fn widths(file: &File<'_, '_>, dict: &Dict, body: &mut Body) -> Result<(), Reason> {
    let widths = numbers(file, &file.entry(dict, b"Widths"), 256);
    let first = file.entry(dict, b"FirstChar").as_integer().unwrap_or(0);
    let Some(first) = usize::try_from(first).ok().filter(|first| *first < 256) else {
        return Ok(());
    };
    let widths = widths.get(..widths.len().min(256 - first)).unwrap_or_default();
    if widths.is_empty() {
        return Ok(());
    }
    let last = first + widths.len() - 1;
    body.out.extend_from_slice(format!("/FirstChar {first}/LastChar {last}/Widths[").as_bytes());
    for width in widths {
        write_number(&mut body.out, *width);
    }
    body.out.push(b']');
    file.work(widths.len())
}

/// Writes the encoding. Says whether codes may stand for what the program says.
fn encoding(file: &File<'_, '_>, dict: &Dict, body: &mut Body) -> Result<bool, Reason> {
    let encoding = file.entry(dict, b"Encoding");
    let Some(entries) = encoding.as_dict() else {
        body.name(b"Encoding", &encoding);
        return Ok(!matches!(
            encoding.as_name(),
            Some(
                b"WinAnsiEncoding"
                    | b"MacRomanEncoding"
                    | b"MacExpertEncoding"
                    | b"StandardEncoding"
            )
        ));
    };
    body.out.extend_from_slice(b"/Encoding<<");
    let base = file.entry(entries, b"BaseEncoding");
    body.name(b"BaseEncoding", &base);
    let differences = file.entry(entries, b"Differences");
    if let Some(differences) = differences.as_array() {
        body.out.extend_from_slice(b"/Differences[");
        for item in differences.iter().take(NAMES) {
            file.work(1)?;
            match file.resolve(item) {
                Object::Name(name) => {
                    write_name(&mut body.out, name.get(..127.min(name.len())).unwrap_or_default());
                }
                number => {
                    if let Some(code) = number.as_integer().filter(|code| (0..256).contains(code)) {
                        body.out.extend_from_slice(format!(" {code}").as_bytes());
                    }
                }
            }
        }
        body.out.push(b']');
    }
    body.out.extend_from_slice(b">>");
    Ok(base.is_null())
}

fn composite(
    file: &File<'_, '_>,
    dict: &Dict,
    unicode: Option<&Object>,
) -> Result<Option<Small>, Reason> {
    let descendants = file.entry(dict, b"DescendantFonts");
    let descendant = match &descendants {
        Object::Array(array) => array.first().map_or(Object::Null, |first| file.resolve(first)),
        other => other.clone(),
    };
    let empty = Dict::new();
    let descendant = descendant.as_dict().map_or(&empty, |dict| dict.as_ref());
    let mut body = Body::new();
    body.out.extend_from_slice(b"/Subtype/Type0");
    body.name(b"BaseFont", &file.entry(dict, b"BaseFont"));
    let encoding = file.entry(dict, b"Encoding");
    match &encoding {
        Object::Name(name)
            if !matches!(
                hayro_cmap::CMapName::from_bytes(name),
                hayro_cmap::CMapName::Custom(_)
            ) =>
        {
            body.cmap(file, b"Encoding", &encoding)?;
        }
        Object::Stream(_) => body.cmap(file, b"Encoding", &encoding)?,
        // What cannot be known is taken for what is usual.
        _ => body.out.extend_from_slice(b"/Encoding/Identity-H"),
    }
    if let Some(unicode) = unicode {
        body.cmap(file, b"ToUnicode", unicode)?;
    }
    body.out.extend_from_slice(b"/DescendantFonts[<</Type/Font/Subtype/CIDFontType0");
    let info = file.entry(descendant, b"CIDSystemInfo");
    if let Some(info) = info.as_dict() {
        let ordering = file.entry(info, b"Ordering");
        let ordering = match ordering.as_string() {
            Some(b"Japan1") => "Japan1",
            Some(b"GB1") => "GB1",
            Some(b"CNS1") => "CNS1",
            Some(b"Korea1" | b"KR") => "Korea1",
            _ => "Identity",
        };
        if ordering != "Identity" {
            body.memory += PREDEFINED;
        }
        body.out.extend_from_slice(
            format!("/CIDSystemInfo<</Registry(Adobe)/Ordering({ordering})/Supplement 0>>")
                .as_bytes(),
        );
    }
    body.number(b"DW", &file.entry(descendant, b"DW"));
    let vertical = numbers(file, &file.entry(descendant, b"DW2"), 2);
    if let [position, advance] = vertical[..] {
        body.out.extend_from_slice(b"/DW2[");
        write_number(&mut body.out, position);
        write_number(&mut body.out, advance);
        body.out.push(b']');
    }
    for (key, values) in [(b"W".as_slice(), 1), (b"W2", 3)] {
        let array = file.entry(descendant, key);
        if let Some(array) = array.as_array() {
            composite_widths(file, array, key, values, &mut body)?;
        }
    }
    body.out.extend_from_slice(b">>]");
    Ok(Some(body.finish()))
}

/// Writes widths by character, with `values` numbers each: `first [a b c]` and
/// `first last a`.
fn composite_widths(
    file: &File<'_, '_>,
    array: &[Object],
    key: &[u8],
    values: usize,
    body: &mut Body,
) -> Result<(), Reason> {
    write_name(&mut body.out, key);
    body.out.push(b'[');
    let mut left = WIDTHS;
    let mut at = 0;
    let mut next = || {
        let value = array.get(at).map(|value| file.resolve(value));
        at += 1;
        value
    };
    let id = |value: &Object| value.as_integer().filter(|id| (0..65536).contains(id));
    while let Some(first) = next() {
        file.work(1)?;
        let (Some(second), first) = (next(), id(&first)) else { break };
        match second {
            Object::Array(list) => {
                let Some(first) = first else { continue };
                let list = numbers(
                    file,
                    &Object::Array(list),
                    left.min((65536 - first as usize) * values),
                );
                left -= list.len();
                body.out.extend_from_slice(format!(" {first}[").as_bytes());
                for number in list.chunks_exact(values).flatten() {
                    write_number(&mut body.out, *number);
                }
                body.out.push(b']');
            }
            second => {
                let last = second.as_integer().map(|last| last.min(65535));
                let numbers: Vec<f64> = (0..values).filter_map(|_| next()?.as_number()).collect();
                let (Some(first), Some(last)) = (first, last) else { continue };
                let count = usize::try_from(last - first + 1).unwrap_or(0);
                if numbers.len() != values || count == 0 || count > left {
                    continue;
                }
                left -= count;
                body.out.extend_from_slice(format!(" {first} {last}").as_bytes());
                for number in numbers {
                    write_number(&mut body.out, number);
                }
            }
        }
    }
    body.out.push(b']');
    body.memory += (WIDTHS - left) * 40;
    file.work(WIDTHS - left)
}

/// The numbers of an array, at most so many.
fn numbers(file: &File<'_, '_>, array: &Object, most: usize) -> Vec<f64> {
    let Some(array) = array.as_array() else { return Vec::new() };
    array.iter().take(most).map(|value| file.resolve(value).as_number().unwrap_or(0.0)).collect()
}
