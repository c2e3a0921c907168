//! Archives as fuzzers can change them: parts one after the other, unpacked, without
//! lengths and checksums. They are packed when a target reads them.

use std::collections::BTreeSet;

/// A part begins with this, its name, and a line end.
const MARK: &[u8] = b"\n\0part ";
/// Most parts that are packed.
const MOST: usize = 4096;

/// Parts, as a seed.
pub(crate) fn joined(parts: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let parts = parts.iter().map(|(name, bytes)| [MARK, name, b"\n", bytes].concat());
    parts.collect::<Vec<_>>().concat()
}

/// The parts of bytes: what stands before the first mark is none.
pub(crate) fn split(data: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut starts: Vec<usize> =
        data.windows(MARK.len()).enumerate().filter(|(_, at)| *at == MARK).map(|at| at.0).collect();
    starts.truncate(MOST);
    let ends = starts.iter().skip(1).copied().chain([data.len()]);
    let part = |(start, end): (&usize, usize)| {
        let part = data.get(start + MARK.len()..end)?;
        let line = part.iter().position(|&byte| byte == b'\n')?;
        Some((part.get(..line)?, part.get(line + 1..)?))
    };
    starts.iter().zip(ends).filter_map(part).collect()
}

/// A zip archive of the parts, none of them compressed; of two parts with one name the
/// first.
pub(crate) fn zipped(parts: &[(&[u8], &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    let mut names = BTreeSet::new();
    for (name, bytes) in parts {
        if name.len() > usize::from(u16::MAX) || !names.insert(*name) {
            continue;
        }
        let at = archive.len() as u32;
        let length = (bytes.len() as u32).to_le_bytes();
        // Version 2.0, names in UTF-8, stored, no time.
        let fields = [
            &b"\x14\0\0\x08\0\0\0\0\0\0"[..],
            &crc32fast::hash(bytes).to_le_bytes(),
            &length,
            &length,
            &(name.len() as u16).to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        archive.extend([b"PK\x03\x04", fields.as_slice(), name, bytes].concat());
        directory.extend([b"PK\x01\x02\x14\0", fields.as_slice(), &[0; 10]].concat());
        directory.extend(at.to_le_bytes());
        directory.extend_from_slice(name);
        count += 1;
    }
    let start = (archive.len() as u32).to_le_bytes();
    let length = (directory.len() as u32).to_le_bytes();
    let count = count.to_le_bytes();
    archive.extend(directory);
    archive.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &length, &start, &[0; 2]].concat());
    archive
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_documents::{Budget, Kind, children};

    #[test]
    fn parts_are_packed_and_found_again() {
        let parts = [(b"a/b.xml".to_vec(), b"one\ntwo".to_vec()), (b"c".to_vec(), Vec::new())];
        let seed = joined(&parts);
        let borrowed: Vec<_> = parts.iter().map(|(name, part)| (&name[..], &part[..])).collect();
        assert_eq!(split(&seed), borrowed);
        let mut found = Vec::new();
        children(&zipped(&split(&seed)), Kind::Zip, &mut Budget::new(), &mut |child, _| {
            found.push((child.name, child.bytes.unwrap()));
            Ok(())
        })
        .unwrap();
        assert_eq!(found, parts);
    }
}
