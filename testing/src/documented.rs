//! The reports that `docs/formats.md` describes, held against those that the
//! programs print.
//!
//! Its section "Reports" has a table of keys for each command. A key's row says
//! what its value is; keys inside a value stand in backticks after "object …:" or
//! "objects:", or, in the tables of parts, in parentheses after the key.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::files::repository;
use crate::json::Json;

/// What the documents say of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// Neither an object nor a list of them.
    Plain,
    /// An object whose keys depend on the documents.
    Open,
    /// An object, or a list of objects, with these keys in this order.
    Keys(Vec<(String, Shape)>),
}

/// The tables.
#[derive(Debug)]
pub struct Documented {
    /// For each heading the keys of its table.
    reports: BTreeMap<String, Vec<(String, Shape)>>,
    /// For each check the keys of its finding.
    findings: Vec<Vec<(String, Shape)>>,
}

impl Documented {
    /// Reads `docs/formats.md`.
    #[must_use]
    pub fn read() -> Self {
        let text = fs::read_to_string(repository().join("docs/formats.md")).unwrap();
        let (_, text) = text.split_once("\n## Reports\n").expect("a section on reports");
        let text = text.split("\n## ").next().unwrap();
        let sections = text.split("\n### ").skip(1).map(|section| {
            let (heading, body) = section.split_once('\n').unwrap();
            (heading.replace('`', ""), body)
        });
        let sections: BTreeMap<String, &str> = sections.collect();
        // What is described once: parts, and keys that later tables call "as above".
        let parts = rows(sections["Parts of reports"]);
        let mut known: BTreeMap<String, Shape> = parts
            .map(|(name, keys)| (name.trim_matches('`').to_owned(), Shape::Keys(keys_of(keys))))
            .collect();
        for body in sections.values() {
            for (key, shape) in table(body, &BTreeMap::new()) {
                if matches!(shape, Shape::Keys(_)) {
                    known.entry(key).or_insert(shape);
                }
            }
        }
        let verify = sections["judge verify-bundle"];
        let (_, findings) = verify.split_once("A `finding` has").expect("the findings");
        Self {
            findings: rows(findings).map(|(_, keys)| keys_of(keys)).collect(),
            reports: sections
                .iter()
                .map(|(heading, body)| {
                    let body = body.split("A `finding` has").next().unwrap();
                    (heading.clone(), resolved(table(body, &known), &known))
                })
                .collect(),
        }
    }

    /// Reports of a command, as it printed them, have the keys that its table
    /// lists, in that order; and each object that the table describes is in one of
    /// them at least.
    pub fn assert_describes(&self, command: &str, printed: &[&str]) {
        let (_, keys) = self
            .reports
            .iter()
            .find(|(heading, _)| {
                // "A and B" are described together; what comes with an option is not A.
                let mut alone = heading.split(" and ").filter(|_| !heading.contains(" with "));
                heading.as_str() == command || alone.any(|name| name == command)
            })
            .unwrap_or_else(|| panic!("no table for {command}"));
        let shape = Shape::Keys(keys.clone());
        let mut seen = BTreeSet::new();
        for text in printed {
            compare(command, &Json::parse(text), &shape, &mut seen);
        }
        let mut described = BTreeSet::new();
        objects(command, &shape, &mut described);
        let unseen: Vec<_> = described.difference(&seen).collect();
        assert!(unseen.is_empty(), "described, but in no report: {unseen:?}");
    }

    /// The findings of a report of `judge verify-bundle` have the keys that the
    /// table lists for each check; the report is of a bundle that passes them all.
    pub fn assert_describes_findings(&self, printed: &str) {
        let report = Json::parse(printed);
        let Json::List(checks) = report.get("checks") else { panic!("checks in {printed}") };
        assert_eq!(checks.len(), self.findings.len());
        for (id, (check, keys)) in (1..).zip(checks.iter().zip(&self.findings)) {
            let name = format!("the finding of check {id}");
            let mut seen = BTreeSet::new();
            compare(&name, check.get("finding"), &Shape::Keys(keys.clone()), &mut seen);
            assert!(seen.contains(&name), "{name} is missing");
        }
    }
}

/// The rows of the tables in a text: first and last cell, without headings.
fn rows(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().filter(|line| line.starts_with('|'));
    let cells = lines.filter_map(|line| {
        line.trim_matches('|').split_once('|').map(|(key, value)| (key.trim(), value.trim()))
    });
    cells.filter(|(key, _)| !key.starts_with("---") && !["key", "check", "object"].contains(key))
}

/// The keys of a table and what their values are.
fn table(text: &str, known: &BTreeMap<String, Shape>) -> Vec<(String, Shape)> {
    let rows = rows(text).filter(|(key, _)| key.starts_with('`'));
    let mut keys = Vec::new();
    for (names, value) in rows {
        for name in names.split('`').skip(1).step_by(2) {
            keys.push((name.to_owned(), shape(name, value, known)));
        }
    }
    keys
}

fn shape(name: &str, value: &str, known: &BTreeMap<String, Shape>) -> Shape {
    let described = value.split_once(':').filter(|(before, _)| before.contains("object"));
    match described {
        Some((_, rest)) if rest.contains("for each") => Shape::Open,
        Some((_, rest)) => Shape::Keys(keys_of(rest)),
        None if value.contains("above") || value.contains("below") => {
            known.get(name).cloned().unwrap_or(Shape::Plain)
        }
        None => Shape::Plain,
    }
}

/// The keys that a cell lists in backticks; those in parentheses after a key are of
/// the object that is its value.
fn keys_of(cell: &str) -> Vec<(String, Shape)> {
    let mut keys: Vec<(String, Shape)> = Vec::new();
    let mut depth = 0;
    for (index, piece) in cell.split('`').enumerate() {
        if index % 2 == 0 {
            depth += piece.matches('(').count();
            depth -= piece.matches(')').count();
            continue;
        }
        let is_key = piece.chars().all(|c| c.is_ascii_lowercase() || c == '_') && piece != "null";
        match (is_key, depth) {
            (false, _) => {}
            (true, 0) => keys.push((piece.to_owned(), Shape::Plain)),
            (true, _) => match &mut keys.last_mut().expect("a key before it").1 {
                Shape::Keys(inner) => inner.push((piece.to_owned(), Shape::Plain)),
                outer => *outer = Shape::Keys(vec![(piece.to_owned(), Shape::Plain)]),
            },
        }
    }
    keys
}

/// Puts known objects where a part only names them.
fn resolved(keys: Vec<(String, Shape)>, known: &BTreeMap<String, Shape>) -> Vec<(String, Shape)> {
    let resolve = |(name, shape): (String, Shape)| match shape {
        Shape::Keys(inner) => (name, Shape::Keys(resolved(inner, known))),
        Shape::Plain if name == "rows_per_document" => (name.clone(), known[&name].clone()),
        shape => (name, shape),
    };
    keys.into_iter().map(resolve).collect()
}

/// Asserts that a value has a shape; the objects that were there go into `seen`.
fn compare(name: &str, value: &Json, shape: &Shape, seen: &mut BTreeSet<String>) {
    match (value, shape) {
        (Json::Null | Json::Plain, _) => {}
        (Json::List(items), shape) => {
            items.iter().for_each(|item| compare(name, item, shape, seen));
        }
        (Json::Object(entries), Shape::Keys(keys)) => {
            let found: Vec<_> = entries.iter().map(|(key, _)| key).collect();
            let described: Vec<_> = keys.iter().map(|(key, _)| key).collect();
            assert_eq!(found, described, "printed and described keys of {name}");
            seen.insert(name.to_owned());
            for ((key, value), (_, shape)) in entries.iter().zip(keys) {
                compare(&format!("{name}: {key}"), value, shape, seen);
            }
        }
        // Findings have a table of their own.
        (Json::Object(_), Shape::Plain) if name.ends_with("checks: finding") => {}
        (Json::Object(_), Shape::Plain) => panic!("{name} is an object, which is not described"),
        (Json::Object(_), Shape::Open) => {}
    }
}

/// The names of all objects that a shape describes.
fn objects(name: &str, shape: &Shape, found: &mut BTreeSet<String>) {
    if let Shape::Keys(keys) = shape {
        found.insert(name.to_owned());
        for (key, shape) in keys {
            objects(&format!("{name}: {key}"), shape, found);
        }
    }
}
