//! Archives and office files: what the data files hold is read, and no change of their
//! bytes breaks a reader.

use candor_documents::{Budget, Child, Content, Kind, Reason, Text, children, kind_of, read};
use serde_json::Value;
use sha2::{Digest, Sha256};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
const OFFICE: [&str; 8] = [
    "docx-tracked.docx",
    "docx-utf16.docx",
    "docx-odd-package.docx",
    "xlsx-strings.xlsx",
    "xlsx-far-cell.xlsx",
    "pptx-notes.pptx",
    "odt-tracked.odt",
    "ods-repeat.ods",
];
const ARCHIVES: [&str; 7] = [
    "zip-names.zip",
    "zip-nested.zip",
    "zip-encrypted.zip",
    "zip-odd.zip",
    "tar-longnames.tar",
    "gz-multi-member.txt.gz",
    "archive.7z",
];

fn data(name: &str) -> Vec<u8> {
    std::fs::read(format!("{DATA}/{name}")).unwrap()
}

fn expected(name: &str) -> Value {
    let all: Value = serde_json::from_slice(&data("expected.json")).unwrap();
    all["files"][name].clone()
}

fn list(of: &Value, field: &str) -> Vec<String> {
    let list = of[field].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

fn words(text: &Text) -> Vec<&str> {
    text.as_str()
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect()
}

fn items(bytes: &[u8]) -> (Vec<Child>, Result<(), Reason>) {
    let mut items = Vec::new();
    let result = children(bytes, kind_of(bytes), &mut Budget::new(), &mut |child, _| {
        items.push(child);
        Ok(())
    });
    (items, result)
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_file(name: &str) -> Content {
    let bytes = data(name);
    read(&bytes, kind_of(&bytes), &mut Budget::new()).unwrap()
}

#[test]
fn kinds_are_told_by_bytes() {
    for name in OFFICE.iter().chain(&ARCHIVES) {
        let kind = serde_json::to_value(kind_of(&data(name))).unwrap();
        let expected = expected(name)["kind"].as_str().unwrap().to_owned();
        let expected = match expected.as_str() {
            "7z" => "seven-zip",
            "gz" => "gzip",
            other => other,
        };
        assert_eq!(kind, expected, "{name}");
    }
}

#[test]
fn office_files_hold_their_words() {
    for name in OFFICE {
        let content = read_file(name);
        let words = words(&content.text);
        let expected = expected(name);
        let has = |word: &String| words.contains(&word.as_str());
        let wanted = ["must", "words", "should", "should_words"];
        for word in wanted.iter().flat_map(|field| list(&expected, field)) {
            assert!(has(&word), "{name} lacks {word} {}", expected["labels"][&word]);
        }
        for word in ["must_not", "should_not"].iter().flat_map(|field| list(&expected, field)) {
            assert!(!content.text.as_str().contains(&word), "{name} has {word}");
        }
        let order = list(&expected, "order");
        let places: Vec<_> =
            order.iter().map(|word| words.iter().position(|other| other == word)).collect();
        assert!(places.is_sorted(), "{name}: {places:?}");
        let pairs = expected["pairs"].as_array().map(Vec::as_slice).unwrap_or_default();
        for pair in pairs {
            let blocks = content.text.as_str().split(Text::BLOCK).any(|block| {
                let words: Vec<_> = block.split_whitespace().collect();
                words.windows(2).any(|two| two[0] == pair[0] && two[1] == pair[1])
            });
            assert!(blocks, "{name}: {pair}");
        }
    }
}

#[test]
fn each_word_stands_once() {
    for name in OFFICE {
        let content = read_file(name);
        for word in list(&expected(name), "must") {
            let count = content.text.as_str().matches(word.as_str()).count();
            assert!(count == 1, "{name}: {word} stands {count} times");
        }
    }
}

#[test]
fn what_is_not_read_is_told() {
    let unread = |name| read_file(name).unread;
    assert_eq!(unread("docx-tracked.docx"), []);
    let decoy = ("word/document.xml".to_owned(), Reason::NotOpened);
    assert_eq!(unread("docx-odd-package.docx"), [decoy]);
    let [(name, reason)] = &unread("xlsx-far-cell.xlsx")[..] else { panic!("one row") };
    assert!(name.contains("1 cells") && *reason == Reason::Damaged, "{name}");
}

#[test]
fn dates_and_titles_are_metadata() {
    let meta = read_file("docx-tracked.docx").meta;
    assert_eq!(meta.date.map(|date| date.seconds), Some(1_557_819_000));
    assert_eq!(meta.subject.as_deref(), Some("zqffjtmlpl"));
}

#[test]
fn items_of_containers_are_given() {
    for name in ARCHIVES.iter().chain(&["docx-tracked.docx"]) {
        let (items, result) = items(&data(name));
        assert_eq!(result, Ok(()), "{name}");
        let expected = expected(name);
        for child in expected["family"]["children"].as_array().unwrap() {
            if !child["parent"].is_null() && child["parent"] != 0 {
                continue;
            }
            let wanted = child["name"].as_str().unwrap();
            let named = |item: &&Child| {
                let own = String::from_utf8_lossy(&item.name);
                own.ends_with(wanted) || own.is_empty()
            };
            if let Some(sum) = child["sha256"].as_str() {
                let same =
                    |item: &&Child| item.bytes.as_ref().is_ok_and(|bytes| digest(bytes) == sum);
                let found = items.iter().find(same);
                if found.is_none() && child["level"] == "loud" {
                    let told = items.iter().filter(named).any(|item| item.bytes.is_err());
                    assert!(told, "{name}: {wanted} is passed over");
                    continue;
                }
                let found = found.unwrap_or_else(|| panic!("{name} lacks {wanted}"));
                assert!(named(&found), "{name}: {wanted} is {:?}", found.name);
            } else if child["exception"] == "encrypted" {
                let found = items.iter().find(named).unwrap();
                assert_eq!(found.bytes, Err(Reason::Encrypted), "{name}: {wanted}");
            }
        }
        if let Some(count) = expected["family"]["items"].as_u64() {
            let given = items.iter().filter(|item| item.bytes.is_ok()).count() as u64;
            let nested = name.contains("nested");
            assert!(nested || given + 1 == count, "{name} gives {given}");
        }
    }
}

#[test]
fn links_are_told_and_not_followed() {
    for (name, links) in [("zip-names.zip", 1), ("tar-longnames.tar", 3)] {
        let (items, _) = items(&data(name));
        let told: Vec<_> =
            items.iter().filter(|item| item.bytes == Err(Reason::NotOpened)).collect();
        assert_eq!(told.len(), links, "{name}: {told:?}");
        assert!(told.iter().all(|item| !item.detail.is_empty()));
    }
}

#[test]
fn shared_bytes_refuse_the_container() {
    let (items, result) = items(&data("zip-overlap-bomb.zip"));
    assert_eq!((items.len(), result), (0, Err(Reason::EntriesOverlap)));
}

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
                let _ = children(&changed, kind, &mut Budget::new(), &mut |child, _| {
                    given += child.bytes.map_or(0, |bytes| bytes.len());
                    Ok(())
                });
                assert!(given as u64 <= Budget::BYTES);
            }
        }
    }
}

#[test]
fn an_encrypted_document_is_told() {
    let encrypted = data("docx-encrypted.docx");
    assert_ne!(kind_of(&encrypted), Kind::Docx);
}
