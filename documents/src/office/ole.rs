//! Embedded objects: compound files around a file of any kind (MS-OLEDS).

use std::io::{Cursor, Read};

use crate::containers::{Fields, read_all};
use crate::{Budget, Reason};

/// A file that the packager wrapped, with its name.
const NATIVE: &str = "\u{1}Ole10Native";
/// Streams that hold a whole file: an Office package, an OpenDocument, a PDF.
const WHOLE: [&str; 3] = ["Package", "EmbeddedOdf", "CONTENTS"];

/// The file inside an object; the object itself if there is none that can be told apart,
/// as with documents that are compound files themselves.
pub(crate) fn unwrap(
    name: Vec<u8>,
    object: Vec<u8>,
    budget: &mut Budget,
) -> (Vec<u8>, Result<Vec<u8>, Reason>) {
    match inner(&object, budget) {
        Ok(Some((own_name, bytes))) => (own_name.unwrap_or(name), Ok(bytes)),
        Ok(None) => (name, Ok(object)),
        Err(reason) => (name, Err(reason)),
    }
}

type Inner = (Option<Vec<u8>>, Vec<u8>);

fn inner(object: &[u8], budget: &mut Budget) -> Result<Option<Inner>, Reason> {
    // A reader of its own for each form: the strict one refuses what other writers leave.
    let file = cfb::CompoundFile::open_strict(Cursor::new(object))
        .or_else(|_| cfb::CompoundFile::open(Cursor::new(object)));
    let Ok(mut file) = file else { return Ok(None) };
    let mut stream = |name: &str| -> Result<Option<Vec<u8>>, Reason> {
        if !file.is_stream(name) {
            return Ok(None);
        }
        let Ok(mut stream) = file.open_stream(name) else { return Ok(None) };
        // No stream is longer than its file, whatever it states.
        let read = read_all(&mut stream as &mut dyn Read, object.len() as u64);
        let Ok(Ok(bytes)) = read else { return Err(Reason::Damaged) };
        budget.take_bytes(bytes.len())?;
        Ok(Some(bytes))
    };
    if let Some(bytes) = stream(NATIVE)? {
        return native(&bytes).map(Some).ok_or(Reason::Damaged);
    }
    for name in WHOLE {
        if let Some(bytes) = stream(name)? {
            return Ok(Some((None, bytes)));
        }
    }
    Ok(None)
}

/// Name and bytes of a file that the packager wrapped.
fn native(stream: &[u8]) -> Option<Inner> {
    let mut fields = Fields(stream);
    fields.u32()?;
    if fields.u16()? != 2 {
        // Written by a program for itself: all of it is the file.
        return Some((None, stream.get(4..)?.to_vec()));
    }
    let label = text(&mut fields)?;
    let path = text(&mut fields)?;
    fields.u16()?;
    fields.u16()?;
    let length = usize::try_from(fields.u32()?).ok()?;
    fields.take(length)?;
    let length = usize::try_from(fields.u32()?).ok()?;
    let bytes = fields.take(length)?.to_vec();
    // The names again in UTF-16, by programs of today: path of the copy, label, path.
    let mut wide = || -> Option<String> {
        let length = usize::try_from(fields.u32()?).ok()?.checked_mul(2)?;
        let units = fields.take(length)?.chunks_exact(2);
        let units: Vec<u16> =
            units.filter_map(|pair| pair.try_into().ok().map(u16::from_le_bytes)).collect();
        String::from_utf16(&units).ok()
    };
    let wide = wide().and_then(|_| wide()).map(String::into_bytes);
    let name = wide.filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| if label.is_empty() { path } else { label }.to_vec());
    let last = name.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default();
    Some(((!last.is_empty()).then(|| last.to_vec()), bytes))
}

fn text<'a>(fields: &mut Fields<'a>) -> Option<&'a [u8]> {
    let length = fields.0.iter().position(|byte| *byte == 0)?;
    let text = fields.take(length)?;
    fields.take(1)?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn object(stream: &str, bytes: &[u8]) -> Vec<u8> {
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_stream(stream).unwrap().write_all(bytes).unwrap();
        file.into_inner().into_inner()
    }

    #[test]
    fn files_are_taken_out_of_objects() {
        let mut native = Vec::new();
        for piece in [
            &b"\0\0\0\0\x02\0a.txt\0C:\\x\\a.txt\0\0\0\x03\0"[..],
            b"\x04\0\0\0tmp\0",
            b"\x03\0\0\0abc",
        ] {
            native.extend_from_slice(piece);
        }
        let unwrap =
            |object: Vec<u8>| super::unwrap(b"oleObject1.bin".to_vec(), object, &mut Budget::new());
        let own = b"oleObject1.bin".to_vec();
        assert_eq!(unwrap(object(NATIVE, &native)), (b"a.txt".to_vec(), Ok(b"abc".to_vec())));
        assert_eq!(unwrap(object(NATIVE, b"\0")), (own.clone(), Err(Reason::Damaged)));
        assert_eq!(unwrap(object("Package", b"PK")), (own.clone(), Ok(b"PK".to_vec())));
        let old = object("WordDocument", b"..");
        assert_eq!(unwrap(old.clone()), (own.clone(), Ok(old)));
        assert_eq!(unwrap(b"plain".to_vec()), (own, Ok(b"plain".to_vec())));
    }

    #[test]
    fn no_change_of_an_object_breaks_the_reader() {
        let object = object(NATIVE, &[7; 5000]);
        let mut seed = 3_u64;
        let mut below = |end: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((seed >> 33) as usize) % end
        };
        for _ in 0..2000 {
            let mut changed = object.clone();
            for _ in 0..=below(3) {
                // The header and the tables at its end are what counts.
                let at = if below(2) == 0 { below(512) } else { below(changed.len()) };
                changed[at] = [0, 1, 0xff, 0xfe][below(4)];
            }
            let (_, bytes) = unwrap(Vec::new(), changed, &mut Budget::new());
            assert!(bytes.map_or(0, |bytes| bytes.len()) <= object.len());
        }
    }
}
