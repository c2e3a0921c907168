//! Compound files, told apart by the names of their streams.

use super::Kind;
use crate::Budget;
use crate::compound::{Compound, SIGNATURE};

/// Names in the root, in the order in which they are looked for.
const NAMES: &[(&str, Kind)] = &[
    ("__properties_version1.0", Kind::Msg),
    ("EncryptedPackage", Kind::EncryptedOffice),
    ("WordDocument", Kind::OldOffice),
    ("Workbook", Kind::OldOffice),
    ("Book", Kind::OldOffice),
    ("PowerPoint Document", Kind::OldOffice),
    // PowerPoint 95.
    ("PP40", Kind::OldOffice),
];

/// The kind of a compound file; `None` if it is no compound file.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    bytes.starts_with(SIGNATURE).then(|| {
        let kind = match Compound::open(bytes, &mut Budget::new()) {
            Ok(compound) => of(|name| compound.find(Compound::ROOT, name).is_some()),
            // Cut or damaged: then reading it says so, if the kind can be guessed.
            Err(_) => of(|name| has_entry(bytes, name)),
        };
        kind.unwrap_or(Kind::Unknown)
    })
}

fn of(is_there: impl Fn(&str) -> bool) -> Option<Kind> {
    NAMES.iter().find(|(name, _)| is_there(name)).map(|&(_, kind)| kind)
}

/// Whether what looks like an entry of a directory has a name. Entries stand at
/// multiples of their size, and a name is followed by zeroes.
fn has_entry(bytes: &[u8], name: &str) -> bool {
    let mut field: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    field.resize(64, 0);
    bytes.as_chunks::<128>().0.iter().any(|entry| entry.starts_with(&field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compound::Writer;

    fn with(name: &str) -> Vec<u8> {
        let mut writer = Writer::new([0; 16]);
        writer.stream(Writer::ROOT, "other".encode_utf16().collect(), vec![0; 10_000]);
        writer.stream(Writer::ROOT, name.encode_utf16().collect(), Vec::new());
        writer.finish(&mut Budget::new()).unwrap()
    }

    #[test]
    fn names_tell_and_damage_does_not_hide_them() {
        for &(name, expected) in NAMES {
            let file = with(name);
            assert_eq!(kind(&file), Some(expected), "{name}");
            // Without its table, the last sector.
            assert_eq!(kind(&file[..file.len() - 512]), Some(expected), "{name}, cut");
            let mut damaged = file;
            damaged[30] = 0;
            assert!(Compound::open(&damaged, &mut Budget::new()).is_err());
            assert_eq!(kind(&damaged), Some(expected), "{name}, damaged");
        }
        assert_eq!(kind(&with("VisioDocument")), Some(Kind::Unknown));
        assert_eq!(kind(b"PK\x03\x04"), None);
    }
}
