//! No change of bytes breaks a reader.

use super::*;

/// A generator with a seed: the same changes on every machine.
struct Changes(u64);

impl Changes {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

#[test]
fn no_change_of_bytes_breaks_a_reader() {
    let mut changes = Changes(1);
    for name in OFFICE.iter().chain(&ARCHIVES) {
        let bytes = data(name);
        let kind = kind_of(&bytes);
        for _ in 0..150 {
            let mut changed = bytes.clone();
            for _ in 0..=changes.below(4) {
                let at = changes.below(changed.len());
                match changes.below(4) {
                    0 => changed[at] = [0, 0xff, 0x7f, 1][changes.below(4)],
                    1 => changed[at] ^= 1 << changes.below(8),
                    2 => changed.truncate(at.max(1)),
                    _ => drop(changed.splice(at..at, [0; 3])),
                }
            }
            for kind in [kind, kind_of(&changed)] {
                let _ = read(&changed, kind, &mut Budget::new());
                let mut given = 0;
                let _ =
                    children(&changed, kind_of(&changed), &mut Budget::new(), &mut |child, _| {
                        given += child.bytes.map_or(0, |bytes| bytes.len());
                        Ok(())
                    });
                assert!(given as u64 <= Budget::BYTES);
            }
        }
    }
}

/// A few bytes changed; in text, bytes that mean something there.
fn change(bytes: &mut Vec<u8>, changes: &mut Changes) {
    const PIECES: [&[u8]; 8] =
        [b"<", b">", b"</", b"&#x1;", b"'", b"<!DOCTYPE x [", b"99999999999", b"_xD800_"];
    for _ in 0..=changes.below(4) {
        let at = changes.below(bytes.len().max(1));
        let piece = PIECES[changes.below(PIECES.len())];
        let end = (at + changes.below(20)).min(bytes.len());
        drop(bytes.splice(at.min(end)..end, piece.iter().copied()));
    }
}

#[test]
fn no_change_of_parts_breaks_a_reader() {
    let mut changes = Changes(2);
    for name in OFFICE {
        let bytes = data(name);
        let kind = kind_of(&bytes);
        let mut parts = Vec::new();
        children(&bytes, candor_documents::Kind::Zip, &mut Budget::new(), &mut |child, _| {
            parts.push((String::from_utf8(child.name).unwrap(), child.bytes.unwrap()));
            Ok(())
        })
        .unwrap();
        for _ in 0..200 {
            let mut parts = parts.clone();
            let which = changes.below(parts.len());
            change(&mut parts[which].1, &mut changes);
            let parts: Vec<_> = parts.iter().map(|(name, part)| (name.as_str(), part)).collect();
            let changed = crate::zip::package(&parts);
            if let Ok(content) = read(&changed, kind, &mut Budget::new()) {
                assert!(content.text.as_str().len() < 1 << 20);
            }
            let _ = children(&changed, kind_of(&changed), &mut Budget::new(), &mut |_, _| Ok(()));
        }
    }
}
