//! Embedded objects of OLE 1.0, as `\objdata` holds them ([MS-OLEDS] 2.2.5).

/// An embedded file and its name, of which some have none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Embedded {
    pub(super) name: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

/// Takes `count` bytes off the front.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let bytes: [u8; 4] = take(rest, 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

/// A string that its length precedes.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(rest)?;
    let bytes = take(rest, length)?;
    Some(bytes.strip_suffix(&[0]).unwrap_or(bytes))
}

/// A string that a zero ends.
fn terminated<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = rest.iter().position(|&byte| byte == 0)?;
    let bytes = take(rest, length)?;
    take(rest, 1)?;
    Some(bytes)
}

/// The file in an embedded object: what a package holds, else the object's own data.
pub(super) fn embedded(data: &[u8]) -> Option<Embedded> {
    let mut rest = data;
    let (_version, format) = (number(&mut rest)?, number(&mut rest)?);
    let class = string(&mut rest)?;
    let (_topic, _item) = (string(&mut rest)?, string(&mut rest)?);
    if format != 2 {
        return None;
    }
    let length = number(&mut rest)?;
    // Of data that breaks off, what is there.
    let native = rest.get(..length).unwrap_or(rest);
    if class.eq_ignore_ascii_case(b"package")
        && let Some(package) = packaged(native)
    {
        return Some(package);
    }
    Some(Embedded { name: Vec::new(), bytes: native.to_vec() })
}

/// The file in a package: a label, a path, a path for the time being, the bytes.
fn packaged(native: &[u8]) -> Option<Embedded> {
    let mut rest = native;
    take(&mut rest, 2)?;
    let label = terminated(&mut rest)?;
    terminated(&mut rest)?;
    take(&mut rest, 4)?;
    string(&mut rest)?;
    let length = number(&mut rest)?;
    let bytes = take(&mut rest, length)?;
    Some(Embedded { name: label.to_vec(), bytes: bytes.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &[u8]) -> Vec<u8> {
        [&(text.len() as u32).to_le_bytes()[..], text].concat()
    }

    #[test]
    fn objects() {
        let package = [
            b"\x02\0a.txt\0C:\\a.txt\0\0\0\x03\0".to_vec(),
            counted(b"C:\\t\\a.txt\0"),
            counted(b"text"),
            vec![0; 6],
        ]
        .concat();
        let object = |class: &[u8], native: &[u8]| {
            [
                &[1, 5, 0, 0, 2, 0, 0, 0][..],
                &counted(class),
                &counted(b""),
                &counted(b""),
                &counted(native),
            ]
            .concat()
        };
        let found = embedded(&object(b"Package\0", &package)).unwrap();
        assert_eq!((found.name.as_slice(), found.bytes.as_slice()), (&b"a.txt"[..], &b"text"[..]));
        assert_eq!(embedded(&object(b"Word.Document.8\0", b"data")).unwrap().bytes, b"data");
        assert_eq!(embedded(b"\x01\x05"), None);
    }
}
