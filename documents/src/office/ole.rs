//! Embedded objects: compound files around a file of any kind (MS-OLEDS).

use crate::compound::{Compound, SIGNATURE, carried};
use crate::{Budget, Reason};

/// The file inside an object, with its own name if it has one; the object itself if it
/// carries none, as with documents that are compound files themselves.
pub(crate) fn unwrap(
    name: Vec<u8>,
    object: Vec<u8>,
    budget: &mut Budget,
) -> (Vec<u8>, Result<Vec<u8>, Reason>) {
    if !object.starts_with(SIGNATURE) {
        return (name, Ok(object));
    }
    // What is no compound file after all is still the bytes that stand there.
    let Ok(compound) = Compound::open(&object, budget) else { return (name, Ok(object)) };
    match carried(&compound, Compound::ROOT, budget) {
        Ok(Some(file)) => {
            let own = file.name.rsplit(|byte| matches!(byte, b'/' | b'\\')).next();
            let own = own.filter(|own| !own.is_empty()).map(<[u8]>::to_vec);
            (own.unwrap_or(name), Ok(file.bytes))
        }
        Ok(None) => (name, Ok(object)),
        Err(reason) => (name, Err(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compound::Writer;

    fn object(stream: &str, bytes: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new([0; 16]);
        writer.stream(Writer::ROOT, stream.encode_utf16().collect(), bytes.to_vec());
        writer.finish(&mut Budget::new()).unwrap()
    }

    #[test]
    fn files_are_taken_out_of_objects() {
        let native =
            b"\x2a\0\0\0\x02\0x\\a.txt\0C:\\x\\a.txt\0\0\0\x03\0\x04\0\0\0tmp\0\x03\0\0\0abc";
        let unwrap =
            |object: Vec<u8>| super::unwrap(b"oleObject1.bin".to_vec(), object, &mut Budget::new());
        let own = b"oleObject1.bin".to_vec();
        let found = unwrap(object("\u{1}Ole10Native", native));
        assert_eq!(found, (b"a.txt".to_vec(), Ok(b"abc".to_vec())));
        assert_eq!(unwrap(object("Package", b"PK")), (own.clone(), Ok(b"PK".to_vec())));
        let old = object("WordDocument", b"..");
        assert_eq!(unwrap(old.clone()), (own.clone(), Ok(old)));
        assert_eq!(unwrap(b"plain".to_vec()), (own, Ok(b"plain".to_vec())));
    }
}
