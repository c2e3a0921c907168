//! Archives and office files: what the data files hold is read, and no change of their
//! bytes breaks a reader.

mod archives;
mod data;
mod hostile;
mod made;
mod zip;

use candor_documents::{Budget, Child, Content, Reason, Text, children, kind_of, read};
use serde_json::Value;

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

fn read_file(name: &str) -> Content {
    let bytes = data(name);
    read(&bytes, kind_of(&bytes), &mut Budget::new()).unwrap()
}
