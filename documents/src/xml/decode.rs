//! The characters of a document, by its mark or its declaration.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::Reason;

/// How far a declaration is looked for.
const DECLARATION: usize = 256;

/// Decodes a document: by a byte-order mark, else by the first character, which is `<`,
/// else by the encoding that it declares, else as UTF-8.
///
/// # Errors
/// [`Reason::Damaged`] if the encoding is not known or the bytes are not in it.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Reason> {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None if bytes.starts_with(b"<\0") => (UTF_16LE, bytes),
        None if bytes.starts_with(b"\0<") => (UTF_16BE, bytes),
        None => (declared(bytes)?, bytes),
    };
    let decoded = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    decoded.ok_or(Reason::Damaged)
}

fn declared(bytes: &[u8]) -> Result<&'static Encoding, Reason> {
    let start = bytes.get(..DECLARATION.min(bytes.len())).unwrap_or_default();
    let Some(label) = label(start) else { return Ok(UTF_8) };
    match Encoding::for_label(label) {
        // What can be read so far is no UTF-16, whatever it says.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) => Ok(encoding),
        None => Err(Reason::Damaged),
    }
}

/// The value of `encoding` in `<?xml version="1.0" encoding="…"?>`.
fn label(start: &[u8]) -> Option<&[u8]> {
    let rest = start.strip_prefix(b"<?xml")?;
    let end = rest.windows(2).position(|two| two == b"?>")?;
    let declaration = rest.get(..end)?;
    let name = b"encoding";
    let at = declaration.windows(name.len()).position(|window| window == name)?;
    let value = declaration.get(at.checked_add(name.len())?..)?.trim_ascii_start();
    let value = value.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    value.get(..end).filter(|_| matches!(quote, b'"' | b'\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_declarations_are_followed() {
        let utf16: Vec<u8> = "<ü/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&utf16).unwrap(), "<ü/>");
        assert_eq!(decode(b"\xef\xbb\xbf<a/>").unwrap(), "<a/>");
        let latin = b"<?xml version='1.0' encoding = 'ISO-8859-1'?><a>\xfc</a>";
        assert!(decode(latin).unwrap().ends_with("<a>ü</a>"));
        assert_eq!(decode(b"<a>\xfc</a>"), Err(Reason::Damaged));
        assert_eq!(decode(b"<?xml encoding='none'?><a/>"), Err(Reason::Damaged));
    }
}
