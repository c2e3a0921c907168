//! Documents with known right answers: what each must give and must not.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use candor_documents::{Budget, Kind, Member, Moment, Reason, family, kind_of, read};
use serde_json::Value;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// Everything that was found in one item.
struct Item {
    parent: Option<u32>,
    name: String,
    kind: Kind,
    sha256: String,
    text: Result<String, Reason>,
    from: Vec<String>,
    to: Vec<String>,
    cc: Vec<String>,
    date: Option<i64>,
    message_id: Option<String>,
    unread: Vec<(String, Reason)>,
}

fn item(parent: Option<u32>, name: &[u8], bytes: &[u8]) -> Item {
    let kind = kind_of(bytes);
    let content = read(bytes, kind, &mut Budget::new());
    let meta = content.as_ref().map(|content| content.meta.clone()).unwrap_or_default();
    let unread = content.as_ref().map(|content| content.unread.clone()).unwrap_or_default();
    Item {
        parent,
        name: String::from_utf8_lossy(name).into_owned(),
        kind,
        sha256: hex(&Sha256::digest(bytes)),
        text: content.map(|content| content.text.as_str().nfc().collect()),
        from: meta.from,
        to: meta.to,
        cc: meta.cc,
        date: meta.date.map(|date| date.seconds),
        message_id: meta.message_id,
        unread,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether `word` stands in `text` and touches no other letter or digit.
fn holds(text: &str, word: &str) -> bool {
    let word: String = word.nfc().collect();
    text.match_indices(&word).any(|(at, _)| {
        let joins = |char: char| char.is_alphanumeric() || char == '_';
        let marked = word.starts_with("zq");
        let before = text[..at].chars().next_back().is_some_and(joins);
        let after = text[at + word.len()..].chars().next().is_some_and(joins);
        !(marked && (before || after))
    })
}

fn strings<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// What is wrong with an item's own text and metadata.
fn compare(item: &Item, expected: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let text = item.text.as_deref().unwrap_or("");
    for word in strings(expected, "must").iter().chain(&strings(expected, "words")) {
        if !holds(text, word) {
            wrong.push(format!("misses {word}"));
        }
    }
    for word in strings(expected, "must_not") {
        if text.contains(word) {
            wrong.push(format!("holds {word}"));
        }
    }
    let places = strings(expected, "order").into_iter().map(|word| text.find(word));
    if !places.collect::<Vec<_>>().is_sorted() {
        wrong.push("has the words in another order".to_owned());
    }
    for pair in expected.get("pairs").and_then(Value::as_array).into_iter().flatten() {
        let pair: Vec<&str> = pair.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let between = |rest: &str| {
            let gap = rest.split(pair[1]).next().unwrap();
            rest.contains(pair[1])
                && gap.chars().all(|char| !char.is_alphanumeric() && char != '\u{2029}')
        };
        if !text.split(pair[0]).skip(1).any(between) {
            wrong.push(format!("does not have {} beside {}", pair[0], pair[1]));
        }
    }
    let meta = expected.get("meta").cloned().unwrap_or_default();
    for (key, found) in [("from", &item.from), ("to", &item.to), ("cc", &item.cc)] {
        let wanted = strings(&meta, key);
        if !wanted.is_empty() && wanted != *found {
            wrong.push(format!("{key} is {found:?}, not {wanted:?}"));
        }
    }
    if let Some(wanted) = meta.get("message_id").and_then(Value::as_str)
        && item.message_id.as_deref() != Some(wanted)
    {
        wrong.push(format!("message id is {:?}, not {wanted}", item.message_id));
    }
    if let Some(wanted) = meta.get("date") {
        let wanted = wanted.as_str().map(|text| text.parse::<Moment>().unwrap().seconds());
        if wanted != item.date {
            wrong.push(format!("date is {:?}, not {wanted:?}", item.date));
        }
    }
    wrong
}

/// Compares one file with what is expected of it.
fn check(name: &str, bytes: &[u8], expected: &Value) -> Vec<String> {
    let mut items = vec![item(None, name.as_bytes(), bytes)];
    let mut exceptions = Vec::new();
    let mut add = |member: Member, bytes: Vec<u8>| {
        // What is under gzip has the archive's name without its ending.
        let unnamed = member.name.is_empty() && member.parent == 0;
        let given = name.strip_suffix(".gz").filter(|_| unnamed).unwrap_or_default();
        let name = if unnamed { given.as_bytes() } else { &member.name };
        items.push(item(Some(member.parent), name, &bytes));
        Ok::<(), ()>(())
    };
    family(bytes, kind_of(bytes), &mut add, &mut |exception| exceptions.push(exception)).unwrap();
    let mut wrong = compare(&items[0], expected);
    if expected.get("container").and_then(Value::as_bool) == Some(true) {
        // A mere container has no text of its own.
        wrong.clear();
    }

    let reported = !exceptions.is_empty()
        || items.iter().any(|item| !item.unread.is_empty() || item.text.is_err());
    if let Some(reason) = expected.get("exception").and_then(Value::as_str) {
        let mut reasons: BTreeSet<&str> = exceptions.iter().map(|e| e.reason.name()).collect();
        reasons.extend(items[0].text.as_ref().err().map(|reason| reason.name()));
        let same = reasons.contains(reason)
            || reason == "bomb"
                && (reasons.contains("entries-overlap") || reasons.contains("too-large"));
        if !same {
            wrong.push(format!("is reported as {reasons:?}, not as {reason}"));
        }
    }
    let all: Vec<&str> = items.iter().filter_map(|item| item.text.as_deref().ok()).collect();
    for word in strings(expected, "loud") {
        if !all.iter().any(|text| holds(text, word)) && !reported {
            wrong.push(format!("says nothing of {word}"));
        }
    }

    let Some(family) = expected.get("family") else { return wrong };
    let listed = family["children"].as_array().unwrap();
    // The members that were recognised, by number in the list.
    let mut found: Vec<Option<usize>> = Vec::new();
    for child in listed {
        let must = child["level"] == "must";
        let position = (1..items.len()).find(|&position| {
            let item = &items[position];
            !found.contains(&Some(position))
                && match child["sha256"].as_str() {
                    Some(sha256) => item.sha256 == sha256,
                    None => {
                        let text = item.text.as_deref().unwrap_or("");
                        let right_kind = match child["kind"].as_str().unwrap_or("") {
                            "image" => item.kind.coarse() == candor_documents::CoarseKind::Picture,
                            _ => true,
                        };
                        right_kind && strings(child, "must").iter().all(|word| holds(text, word))
                    }
                }
        });
        found.push(position);
        let what = format!("child {} ({})", found.len() - 1, child["name"]);
        let Some(position) = position else {
            if must || !reported {
                wrong.push(format!("{what} is not there"));
            }
            continue;
        };
        wrong.extend(compare(&items[position], child).into_iter().map(|w| format!("{what} {w}")));
        let wanted = child["name"].as_str().unwrap_or("");
        let name: String = items[position].name.nfc().collect();
        if !name.ends_with(&wanted.nfc().collect::<String>()) {
            wrong.push(format!("{what} is named {name:?}"));
        }
        let parent = match child["parent"].as_u64() {
            None => Some(0),
            Some(number) => found[number as usize].map(|at| at as u32),
        };
        if items[position].parent != parent {
            wrong.push(format!(
                "{what} has the parent {:?}, not {parent:?}",
                items[position].parent
            ));
        }
    }
    let count = family["items"].as_u64();
    let open = expected["meta"]["items_level"] == "should";
    if count.is_some_and(|count| count != items.len() as u64) && !open {
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        wrong.push(format!("has {} items, not {count:?}: {names:?}", items.len()));
    }
    wrong
}

#[test]
fn every_document_gives_what_it_must() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let expected = fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let mut wrong = Vec::new();
    for (name, expected) in expected["files"].as_object().unwrap() {
        let bytes = fs::read(folder.join(name)).unwrap();
        wrong.extend(check(name, &bytes, expected).into_iter().map(|w| format!("{name}: {w}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
