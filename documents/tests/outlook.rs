//! Outlook messages and pictures of several pages, against what is known of them.

use candor_documents::{Budget, Content, Kind, Member, Moment, Reason, family, kind_of, read};
use serde_json::Value;
use sha2::{Digest, Sha256};

const FILES: &[&str] =
    &["msg-embedded.msg", "msg-rtf-only.msg", "docx-encrypted.docx", "pages.tiff"];

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn expected(name: &str) -> Value {
    let all: Value = serde_json::from_slice(&file("expected.json")).unwrap();
    all["files"][name].clone()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|value| value.as_str().unwrap()).collect()
}

/// Whether a text holds a word between characters that are no letters of ASCII.
fn has_word(text: &str, word: &str) -> bool {
    let edge = |char: Option<char>| !char.is_some_and(|char| char.is_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next())
    })
}

/// Checks what was read of an item, and says what is wrong.
fn check(content: &Content, expected: &Value, name: &str) {
    let text = content.text.as_str();
    for word in strings(&expected["must"]).into_iter().chain(strings(&expected["words"])) {
        assert!(has_word(text, word), "{name}: {word} ({}) is missing", expected["labels"][word]);
    }
    for word in strings(&expected["must_not"]) {
        assert!(!text.contains(word), "{name}: {word} ({}) is there", expected["labels"][word]);
    }
    let (meta, found) = (&expected["meta"], &content.meta);
    for (field, found) in [("from", &found.from), ("to", &found.to), ("cc", &found.cc)] {
        if meta[field].is_array() {
            assert_eq!(*found, strings(&meta[field]), "{name}: {field}");
        }
    }
    if let Some(id) = meta["message_id"].as_str() {
        assert_eq!(found.message_id.as_deref(), Some(id), "{name}");
    }
    if let Some(date) = meta["date"].as_str() {
        let found = found.date.and_then(|date| Moment::from_seconds(date.seconds));
        assert_eq!(found.map(|moment| moment.to_string()).as_deref(), Some(date), "{name}");
    }
}

fn members(bytes: &[u8], kind: Kind) -> (Vec<(Member, Vec<u8>)>, Vec<candor_documents::Exception>) {
    let (mut members, mut exceptions) = (Vec::new(), Vec::new());
    let walked = family::<()>(
        bytes,
        kind,
        &mut |member, bytes| {
            members.push((member, bytes));
            Ok(())
        },
        &mut |exception| exceptions.push(exception),
    );
    walked.unwrap();
    (members, exceptions)
}

#[test]
fn files_hold_what_is_known_of_them() {
    for &name in FILES {
        let (bytes, expected) = (file(name), expected(name));
        let kind = kind_of(&bytes);
        let read = read(&bytes, kind, &mut Budget::new());
        if let Some(reason) = expected["exception"].as_str() {
            assert_eq!(read.unwrap_err().name(), reason, "{name}");
            continue;
        }
        match (kind, read) {
            (Kind::Tiff, read) => assert_eq!(read, Err(Reason::NoText)),
            (kind, read) => {
                assert_eq!(kind, Kind::Msg, "{name}");
                let content = read.unwrap();
                assert_eq!(content.unread, [], "{name}");
                check(&content, &expected, name);
            }
        }
    }
}

#[test]
fn families_are_whole() {
    for &name in FILES {
        let (bytes, expected) = (file(name), expected(name));
        let kind = kind_of(&bytes);
        let (members, exceptions) = members(&bytes, kind);
        assert_eq!(exceptions, [], "{name}");
        let children = expected["family"]["children"].as_array().cloned().unwrap_or_default();
        assert_eq!(members.len(), children.len(), "{name}");
        for ((member, bytes), child) in members.iter().zip(&children) {
            let parent = child["parent"].as_u64().map_or(0, |parent| parent + 1);
            assert_eq!(u64::from(member.parent), parent, "{name}");
            let child_name = child["name"].as_str().unwrap();
            assert!(child_name.is_empty() || member.name == child_name.as_bytes(), "{name}");
            if let Some(digest) = child["sha256"].as_str() {
                assert_eq!(format!("{:x}", Sha256::digest(bytes)), digest, "{name}: {child_name}");
            }
            match member.kind {
                Kind::Tiff => assert_eq!(child["kind"], "image"),
                Kind::Msg => {
                    let content = read(bytes, member.kind, &mut Budget::new()).unwrap();
                    check(&content, child, name);
                }
                _ => {}
            }
        }
    }
}

/// A generator of the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % end as u64).unwrap()
    }
}

#[test]
fn damaged_files_end_in_order() {
    let mut numbers = Numbers(1);
    for &name in FILES {
        let sound = file(name);
        let kind = kind_of(&sound);
        for _ in 0..300 {
            let mut damaged = sound.clone();
            for _ in 0..=numbers.below(8) {
                let at = numbers.below(damaged.len());
                // Bytes that are lengths, marks and links more often than others.
                let value = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, numbers.below(256) as u8];
                damaged[at] = value[numbers.below(value.len())];
            }
            if numbers.below(8) == 0 {
                damaged.truncate(numbers.below(damaged.len()));
            }
            let _ = kind_of(&damaged);
            let _ = read(&damaged, kind, &mut Budget::new());
            let (members, _) = members(&damaged, kind);
            let sum: usize = members.iter().map(|(_, bytes)| bytes.len()).sum();
            assert!(sum < 64 * sound.len(), "{name}: {sum}");
        }
    }
}
