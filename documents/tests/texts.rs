//! Plain text, HTML, RTF, mails and mailboxes in `tests/data`, against what
//! `expected.json` says of them.

use std::collections::BTreeSet;

use candor_documents::{Budget, Child, Content, Kind, Reason, children, kind_of, read};
use serde_json::Value;
use sha2::{Digest, Sha256};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/");

/// Files of the kinds that are tested here.
fn files() -> Vec<(String, Value, Vec<u8>)> {
    let expected = std::fs::read_to_string(format!("{DATA}expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let kinds = ["mail", "mbox", "html", "rtf", "text"];
    let files = expected["files"].as_object().unwrap().clone();
    let of_kinds = files
        .into_iter()
        .filter(|(_, file)| kinds.contains(&file["kind"].as_str().unwrap_or_default()));
    of_kinds
        .map(|(name, file)| (name.clone(), file, std::fs::read(format!("{DATA}{name}")).unwrap()))
        .collect()
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// An item of a family: its kind, its name, its parent, its content.
struct Item {
    name: String,
    parent: Option<usize>,
    bytes: Result<Vec<u8>, Reason>,
    kind: Kind,
    content: Result<Content, Reason>,
}

fn expand(bytes: Vec<u8>) -> Vec<Item> {
    let mut items = Vec::new();
    add(
        Child { name: Vec::new(), modified: None, bytes: Ok(bytes), detail: String::new() },
        None,
        0,
        &mut items,
    );
    items
}

fn add(child: Child, parent: Option<usize>, depth: usize, items: &mut Vec<Item>) {
    let kind = child.bytes.as_ref().map_or(Kind::Unknown, |bytes| kind_of(bytes));
    let content = child
        .bytes
        .as_ref()
        .map_err(|&reason| reason)
        .and_then(|bytes| read(bytes, kind, &mut Budget::new()));
    let own = items.len();
    let mut inside = Vec::new();
    if depth < Budget::DEPTH
        && let Ok(bytes) = &child.bytes
    {
        let mut sink = |child: Child, _: &mut Budget| {
            inside.push(child);
            Ok(())
        };
        let _ = children(bytes, kind, &mut Budget::new(), &mut sink);
    }
    let name = String::from_utf8_lossy(&child.name).into_owned();
    items.push(Item { name, parent, bytes: child.bytes, kind, content });
    for child in inside {
        add(child, Some(own), depth + 1, items);
    }
}

impl Item {
    fn text(&self) -> &str {
        self.content.as_ref().map_or("", |content| content.text.as_str())
    }

    fn words(&self) -> BTreeSet<&str> {
        self.text().split(|char: char| !char.is_alphanumeric()).collect()
    }

    fn check(&self, file: &str, expected: &Value, complaints: &mut Vec<String>) {
        let words = self.words();
        for word in strings(&expected["must"]) {
            if !words.contains(word) {
                complaints.push(format!("{file}: must {word}: {}", expected_label(expected, word)));
            }
        }
        for word in strings(&expected["words"]) {
            if !self.text().contains(word) {
                complaints.push(format!("{file}: word {word}"));
            }
        }
        for word in strings(&expected["must_not"]) {
            if self.text().contains(word) {
                complaints
                    .push(format!("{file}: must not {word}: {}", expected_label(expected, word)));
            }
        }
        let meta = self.content.as_ref().map(|content| content.meta.clone()).unwrap_or_default();
        let wanted = &expected["meta"];
        for (field, found) in [("from", &meta.from), ("to", &meta.to), ("cc", &meta.cc)] {
            if !wanted[field].is_null()
                && !strings(&wanted[field]).eq(found.iter().map(String::as_str))
            {
                complaints.push(format!("{file}: {field} {found:?}"));
            }
        }
        if let Some(id) = wanted["message_id"].as_str()
            && meta.message_id.as_deref() != Some(id)
        {
            complaints.push(format!("{file}: message id {:?}", meta.message_id));
        }
        if let Some(date) = wanted.get("date") {
            let found = meta.date.map(|dated| dated.seconds);
            if date.as_str().map(seconds) != found {
                complaints.push(format!("{file}: date {found:?}, not {date}"));
            }
        }
    }
}

fn expected_label(expected: &Value, word: &str) -> String {
    expected["labels"][word].as_str().unwrap_or("a child's").to_owned()
}

/// `2019-05-14T07:30:00Z` in seconds, day by day.
fn seconds(date: &str) -> i64 {
    let number = |range: std::ops::Range<usize>| date[range].parse::<i64>().unwrap();
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut days: i64 = (1970..number(0..4)).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let lengths =
        [31, if leap(number(0..4)) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += lengths[..number(5..7) as usize - 1].iter().sum::<i64>() + number(8..10) - 1;
    days * 86_400 + number(11..13) * 3600 + number(14..16) * 60 + number(17..19)
}

#[test]
fn the_right_answers() {
    let mut complaints = Vec::new();
    let mut open = Vec::new();
    for (file, expected, bytes) in files() {
        let items = expand(bytes);
        let Some(top) = items.first() else { continue };
        top.check(&file, &expected, &mut complaints);
        if let Some(reason) = expected["exception"].as_str()
            && top.content.as_ref().err().map(|reason| reason.name()) != Some(reason)
        {
            complaints.push(format!("{file}: no exception {reason}"));
        }
        for pair in expected["pairs"].as_array().into_iter().flatten() {
            let pair: Vec<&str> = strings(pair).collect();
            if ![" ", "\n"].iter().any(|between| top.text().contains(&pair.join(between))) {
                complaints.push(format!("{file}: pair {pair:?}"));
            }
        }
        // The term view drops soft hyphens; of a mailbox, the messages are read.
        let everywhere = items.iter().map(Item::text).collect::<String>().replace('\u{ad}', "");
        for word in strings(&expected["should"]).chain(strings(&expected["should_words"])) {
            if !everywhere.contains(word) {
                open.push(format!("{file}: should {word}: {}", expected_label(&expected, word)));
            }
        }
        for word in strings(&expected["should_not"]) {
            if top.text().contains(word) {
                open.push(format!(
                    "{file}: should not {word}: {}",
                    expected_label(&expected, word)
                ));
            }
        }
        for word in strings(&expected["loud"]) {
            if !everywhere.contains(word) {
                complaints.push(format!("{file}: silent about {word}"));
            }
        }
        let family = &expected["family"];
        if let Some(count) = family["items"].as_u64()
            && count != items.len() as u64
        {
            complaints.push(format!("{file}: {} items, not {count}", items.len()));
        }
        for (child, item) in
            family["children"].as_array().into_iter().flatten().zip(items.iter().skip(1))
        {
            item.check(&format!("{file}/{}", item.name), child, &mut complaints);
            if child["name"].as_str() != Some(&item.name) {
                complaints.push(format!("{file}: name {}, not {}", item.name, child["name"]));
            }
            let parent = child["parent"].as_u64().map_or(0, |parent| parent as usize + 1);
            if item.parent != Some(parent) {
                complaints.push(format!("{file}/{}: parent {:?}", item.name, item.parent));
            }
            let sha256 =
                item.bytes.as_ref().map(|bytes| hex(&Sha256::digest(bytes))).unwrap_or_default();
            if child["sha256"].as_str().is_some_and(|wanted| wanted != sha256) {
                complaints.push(format!("{file}/{}: sha256 {sha256}", item.name));
            }
            let kind = serde_json::to_value(item.kind).unwrap();
            if child["kind"] != kind && child["kind"] != "image" {
                complaints.push(format!("{file}/{}: kind {kind}", item.name));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}\n{open:#?}");
    assert!(open.is_empty(), "{open:#?}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A generator of numbers that are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

#[test]
fn mutants_do_no_harm() {
    let mut numbers = Numbers(1);
    for (_, _, bytes) in files() {
        let kind = kind_of(&bytes);
        for _ in 0..150 {
            let mut mutant = bytes.clone();
            for _ in 0..=numbers.next(8) {
                let at = numbers.next(mutant.len());
                match numbers.next(4) {
                    0 => mutant.truncate(at),
                    1 if at < mutant.len() => mutant[at] = numbers.next(256) as u8,
                    2 if at < mutant.len() => mutant[at] ^= 1 << numbers.next(8),
                    _ => {
                        let from = numbers.next(mutant.len());
                        let piece: Vec<u8> =
                            mutant.iter().skip(from).take(numbers.next(80)).copied().collect();
                        mutant.splice(at..at, piece);
                    }
                }
            }
            // As what it was, and as what it seems.
            let _ = read(&mutant, kind, &mut Budget::new());
            let items = expand(mutant.clone());
            assert!(items.iter().all(|item| item.text().len() <= 64 * bytes.len() + 4096));
            let _ = candor_documents::thread::thread(&mutant);
            let _ = candor_documents::thread::signatures(&mutant);
        }
    }
}
