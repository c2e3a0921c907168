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

/// The file that the storage of an OLE object carries: what the packager has put
/// there (`\u{1}Ole10Native`), a document in a stream of its own (`Package`,
/// `CONTENTS`), else the storage itself as a compound file, as Word and Excel have
/// it.
///
/// # Errors
/// [`Reason::Damaged`] or [`Reason::TooLarge`].
pub(crate) fn embedded(
    compound: &Compound<'_>,
    storage: EntryId,
    budget: &mut Budget,
) -> Result<Embedded, Reason> {
    if let Some(stream) = compound.find_stream(storage, "\u{1}Ole10Native", budget)? {
        return native(&stream, budget);
    }
    for name in ["Package", "CONTENTS"] {
        if let Some(bytes) = compound.find_stream(storage, name, budget)? {
            return Ok(Embedded { name: Vec::new(), bytes });
        }
    }
    let mut writer = Writer::new(compound.class(storage));
    writer.copy(compound, storage, Writer::ROOT, budget)?;
    Ok(Embedded { name: Vec::new(), bytes: writer.finish(budget)? })
}

/// What the packager writes: a length, a mark 2, the name, the path at its origin,
/// the path of a temporary file, and the file. Objects of other programs have
/// nothing but their own bytes after the length.
fn native(stream: &[u8], budget: &mut Budget) -> Result<Embedded, Reason> {
    let length = u32_at(stream, 0).and_then(|length| usize::try_from(length).ok());
    let body = stream.get(4..).ok_or(Reason::Damaged)?;
    let body = length.and_then(|length| body.get(..length)).unwrap_or(body);
    let (name, bytes) = packaged(body).unwrap_or((&[], body));
    budget.take_bytes(bytes.len())?;
    Ok(Embedded { name: name.to_vec(), bytes: bytes.to_vec() })
}

fn packaged(body: &[u8]) -> Option<(&[u8], &[u8])> {
    if u16_at(body, 0)? != 2 {
        return None;
    }
    let (name, rest) = string(body.get(2..)?)?;
    let (_, rest) = string(rest)?;
    // 0x00030000, then the length of the third string and the string.
    let length = usize::try_from(u32_at(rest, 4)?).ok()?;
    let rest = rest.get(8..)?.get(length..)?;
    let length = usize::try_from(u32_at(rest, 0)?).ok()?;
    Some((name, rest.get(4..)?.get(..length)?))
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

    fn carried(object: &[u8]) -> Embedded {
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
        let found = carried(&object("\u{1}Ole10Native", native));
        assert_eq!(found, Embedded { name: b"a.txt".to_vec(), bytes: b"hello".to_vec() });

        let found = carried(&object("\u{1}Ole10Native", b"\x02\0\0\0BM".to_vec()));
        assert_eq!(found.bytes, b"BM");
        assert_eq!(carried(&object("Package", b"PK".to_vec())).bytes, b"PK");
        let word = object("WordDocument", vec![1; 5000]);
        assert_eq!(carried(&word).bytes, word);
    }
}
