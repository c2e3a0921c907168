//! The bundle's own copy of the commitment.

use std::fs;

use super::Mutation;
use crate::attack::append;

const COPY: &str = "data/commitment.json";

pub(super) const MUTATIONS: &[Mutation] = &[
    ("the copy of the commitment with another number of documents", 2, |a| {
        a.change_text(COPY, |text| text.replacen("\"documents\": ", "\"documents\": 1", 1));
    }),
    ("the copy of the commitment with another root", 2, |a| {
        a.change_text(COPY, |text| {
            let (before, rest) = text.split_once("\"root\": \"").unwrap();
            format!("{before}\"root\": \"{}{}", "0".repeat(64), &rest[64..])
        });
    }),
    ("the copy of another commitment", 2, |a| {
        fs::copy(a.others().root.commitment_file(), a.file(COPY)).unwrap();
    }),
    ("the copy of the commitment missing", 1, |a| fs::remove_file(a.file(COPY)).unwrap()),
    ("the copy of the commitment with a newline too many", 2, |a| append(&a.file(COPY))),
    ("the copy of the commitment in one line", 2, |a| {
        a.change_text(COPY, |text| text.replace("\n  ", ""));
    }),
    ("nothing in the place of the copy of the commitment", 2, |a| {
        fs::write(a.file(COPY), b"").unwrap();
    }),
    ("a copy of the commitment of a megabyte", 1, |a| {
        fs::write(a.file(COPY), " ".repeat(1 << 20)).unwrap();
    }),
];
