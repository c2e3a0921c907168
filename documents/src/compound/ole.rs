//! Files inside the storage of an OLE object.

use super::{Compound, EntryId, Writer, u16_at, u32_at};
use crate::{Budget, Reason};

/// A file that an OLE object carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Embedded {
    /// Its name, if the object tells it.
    pub(crate) name: Vec<u8>,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// The file that the storage of an OLE object carries, else the storage itself as a
/// compound file, as Word and Excel have it.
///
/// # Errors
/// [`Reason::Damaged`] or [`Reason::TooLarge`].
pub(crate) fn embedded(
    compound: &Compound<'_>,
    storage: EntryId,
    budget: &mut Budget,
) -> Result<Embedded, Reason> {
    if let Some(embedded) = carried(compound, storage, budget)? {
        return Ok(embedded);
    }
    let mut writer = Writer::new(compound.class(storage));
    writer.copy(compound, storage, Writer::ROOT, budget)?;
    Ok(Embedded { name: Vec::new(), bytes: writer.finish(budget)? })
}

/// The file that the storage of an OLE object carries in a stream: what the packager has
/// put there (`\u{1}Ole10Native`), or a document in a stream of its own (`Package`,
/// `EmbeddedOdf`, `CONTENTS`); `None` without such a stream.
///
/// # Errors
/// [`Reason::Damaged`] or [`Reason::TooLarge`].
pub(crate) fn carried(
    compound: &Compound<'_>,
    storage: EntryId,
    budget: &mut Budget,
) -> Result<Option<Embedded>, Reason> {
    if let Some(stream) = compound.find_stream(storage, "\u{1}Ole10Native", budget)? {
        return native(&stream, budget).map(Some);
    }
    for name in ["Package", "EmbeddedOdf", "CONTENTS"] {
        if let Some(bytes) = compound.find_stream(storage, name, budget)? {
            return Ok(Some(Embedded { name: Vec::new(), bytes }));
        }
    }
    Ok(None)
}

/// What the packager writes: a length, a mark 2, the name, the path at its origin,
/// the path of a temporary file, and the file; then, of late, the three names again in
/// UTF-16. Objects of other programs have
/// nothing but their own bytes after the length.
fn native(stream: &[u8], budget: &mut Budget) -> Result<Embedded, Reason> {
    let length = u32_at(stream, 0).and_then(|length| usize::try_from(length).ok());
    let body = stream.get(4..).ok_or(Reason::Damaged)?;
    let body = length.and_then(|length| body.get(..length)).unwrap_or(body);
    let (name, bytes) = packaged(body).unwrap_or((Vec::new(), body));
    budget.take_bytes(bytes.len())?;
    Ok(Embedded { name, bytes: bytes.to_vec() })
}

fn packaged(body: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if u16_at(body, 0)? != 2 {
        return None;
    }
    let (name, rest) = string(body.get(2..)?)?;
    let (_, rest) = string(rest)?;
    // 0x00030000, then the length of the third string and the string.
    let length = usize::try_from(u32_at(rest, 4)?).ok()?;
    let rest = rest.get(8..)?.get(length..)?;
    let length = usize::try_from(u32_at(rest, 0)?).ok()?;
    let (bytes, rest) = rest.get(4..)?.split_at_checked(length)?;
    // The path of the temporary file, then the name.
    let wide = wide(rest).and_then(|(_, rest)| wide(rest)).map(|(name, _)| name.into_bytes());
    Some((wide.filter(|name| !name.is_empty()).unwrap_or_else(|| name.to_vec()), bytes))
}

/// A string in UTF-16 after its length, and what stands after it.
fn wide(bytes: &[u8]) -> Option<(String, &[u8])> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?.checked_mul(2)?;
    let (string, rest) = bytes.get(4..)?.split_at_checked(length)?;
    let units: Vec<u16> = string.chunks_exact(2).filter_map(|pair| u16_at(pair, 0)).collect();
    Some((String::from_utf16(&units).ok()?, rest))
}

/// What stands before the next NUL, and what stands after it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == 0)?;
    let (string, rest) = bytes.split_at(end);
    Some((string, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str, contents: Vec<u8>) -> Vec<u8> {
        let mut writer = Writer::new([0; 16]);
        writer.stream(Writer::ROOT, name.encode_utf16().collect(), contents);
        writer.finish(&mut Budget::new()).unwrap()
    }

    fn carries(object: &[u8]) -> Embedded {
        let budget = &mut Budget::new();
        let compound = Compound::open(object, budget).unwrap();
        embedded(&compound, Compound::ROOT, budget).unwrap()
    }

    #[test]
    fn files_in_objects() {
        let mut native =
            b"\x02\0a.txt\0C:\\a.txt\0\0\0\x03\0\x06\0\0\0C:\\t\\a\x05\0\0\0hello".to_vec();
        let length = native.len() as u32;
        native.splice(..0, length.to_le_bytes());
        let found = carries(&object("\u{1}Ole10Native", native.clone()));
        assert_eq!(found, Embedded { name: b"a.txt".to_vec(), bytes: b"hello".to_vec() });

        native.extend_from_slice(b"\x01\0\0\0t\0\x02\0\0\0\xe9\0b\0");
        let length = native.len() as u32 - 4;
        native.splice(..4, length.to_le_bytes());
        let found = carries(&object("\u{1}Ole10Native", native));
        assert_eq!(found, Embedded { name: "éb".into(), bytes: b"hello".to_vec() });

        let found = carries(&object("\u{1}Ole10Native", b"\x02\0\0\0BM".to_vec()));
        assert_eq!(found.bytes, b"BM");
        assert_eq!(carries(&object("Package", b"PK".to_vec())).bytes, b"PK");
        let word = object("WordDocument", vec![1; 5000]);
        assert_eq!(carries(&word).bytes, word);
    }
}
