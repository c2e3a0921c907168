//! Writes tampered bundles with what a judge must say of each:
//! `cargo run -p candor-testing --example tamper-vectors -- OUT`, or `-- OUT some`
//! for those that are stored in `tests/vectors/bundles`.

use std::fs;
use std::path::Path;

use candor_testing::tampered::{Mutation, mutations};
use candor_testing::vectors;

/// A few for each check.
const SOME: [&str; 54] = [
    "a digest that is not below the modulus",
    "a status byte of 4",
    "a document withheld without a reason",
    "a document withheld on a basis that is misspelled",
    "a withheld document listed twice",
    "a redacted copy with another digest",
    "a redacted copy where none is listed",
    "a proof missing",
    "a proof too many",
    "a released file missing",
    "an unknown file",
    "openings out of order",
    "an opening with a space too many",
    "a key twice",
    "another format",
    "a manifest that is not that of the files",
    "a manifest with an absolute path",
    "a count with a leading zero",
    "keys in another order",
    "no final newline",
    "a path that climbs out of the corpus",
    "the copy of the commitment missing",
    "a byte appended to the program",
    "the class changed",
    "the request addressed to another root",
    "the copy of another commitment",
    "the whole bundle of another request",
    "two unmatched leaves swapped",
    "a leaf left out",
    "a file commitment replaced",
    "a record commitment replaced",
    "a family commitment replaced",
    "a document outside the view said to be of another kind",
    "leaves of two batches exchanged",
    "decision of a matching document flipped, its release hidden",
    "decision of another document flipped, and the file released",
    "a document claimed to be unreadable",
    "an unreadable opened with another salt",
    "a proof cut by a byte",
    "the last byte of a proof flipped",
    "the proofs of another request",
    "a data commitment out of the subgroup",
    "the last point shifted by a point of the cofactor",
    "an evaluation that is not reduced",
    "a released file changed by a byte",
    "a matching document not released",
    "a released document's path changed",
    "a membership proof changed",
    "a document withheld that does not match",
    "a document released that does not match",
    "a document withheld on a basis that the request does not allow",
    "a redacted copy of a released document",
    "a redacted copy that is only promised",
    "an unreadable document released with another file",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (out, all) = match &arguments[..] {
        [out] => (Path::new(out), true),
        [out, which] if which == "some" => (Path::new(out), false),
        _ => panic!("give a folder to write, and `some` for a few of the cases"),
    };
    let mut chosen: Vec<Mutation> = mutations();
    if !all {
        chosen.retain(|(name, ..)| SOME.contains(name));
        assert_eq!(chosen.len(), SOME.len(), "each is a mutation");
    }
    fs::create_dir_all(out).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (honest, others) = vectors::small(folder.path());
    let left_out = vectors::write(out, (&honest, &others), &chosen);
    println!("{} cases, {left_out} left out that no file can hold", chosen.len() - left_out + 1);
}
