//! What the data files hold is read.

use candor_documents::{Kind, Reason};
use sha2::{Digest, Sha256};

use super::*;

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
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

#[test]
fn an_encrypted_document_is_told() {
    let encrypted = data("docx-encrypted.docx");
    assert_ne!(kind_of(&encrypted), Kind::Docx);
}
