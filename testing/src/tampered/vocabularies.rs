//! The vocabularies in a bundle of a corpus with views of tokens, all of them refused by
//! check 1. The honest case has one of each kind, and others than
//! [`crate::case::asked`] has.

use std::fs;

use super::Mutation;
use crate::attack::{Attack, append};

const WORDPIECE: &str = "data/wordpiece.vocabulary";
const BPE: &str = "data/bpe.vocabulary";

pub(super) const MUTATIONS: &[Mutation] = &[
    ("a vocabulary missing", 1, |a| fs::remove_file(a.file(WORDPIECE)).unwrap()),
    ("the vocabulary missing of a view that is not asked", 1, |a| {
        fs::remove_file(a.file(BPE)).unwrap();
    }),
    ("a vocabulary changed by a byte", 1, |a| {
        a.change_text(WORDPIECE, |text| text.replacen("\nfree\n", "\nfred\n", 1));
    }),
    ("a byte appended to a vocabulary", 1, |a| append(&a.file(BPE))),
    ("a vocabulary without its last line end", 1, |a| {
        a.change_text(WORDPIECE, |text| text.trim_end().to_owned());
    }),
    ("a vocabulary with a space too many", 1, |a| {
        a.change_text(WORDPIECE, |text| text.replacen("\":", "\": ", 1));
    }),
    ("nothing in the place of a vocabulary", 1, |a| fs::write(a.file(BPE), b"").unwrap()),
    ("the vocabularies exchanged", 1, exchange),
    ("a vocabulary longer than any", 1, |a| {
        fs::write(a.file(WORDPIECE), vec![b'\n'; (8 << 20) + 1]).unwrap();
    }),
    ("a vocabulary under a second name", 1, |a| {
        fs::copy(a.file(WORDPIECE), a.file("data/vocab.txt")).unwrap();
    }),
    ("a folder in the place of a vocabulary", 1, |a| {
        fs::remove_file(a.file(WORDPIECE)).unwrap();
        fs::create_dir(a.file(WORDPIECE)).unwrap();
    }),
    #[cfg(unix)]
    ("a vocabulary that is a link", 1, |a| {
        let target = a.case.path("elsewhere");
        fs::rename(a.file(WORDPIECE), &target).unwrap();
        std::os::unix::fs::symlink(target, a.file(WORDPIECE)).unwrap();
        a.reseal = false;
    }),
    ("a vocabulary that the manifest does not list", 1, |a| {
        let kept = fs::read(a.file(WORDPIECE)).unwrap();
        fs::remove_file(a.file(WORDPIECE)).unwrap();
        candor::exchange::formats::bag::seal(&a.bundle()).unwrap();
        fs::write(a.file(WORDPIECE), kept).unwrap();
        a.reseal = false;
    }),
];

fn exchange(attack: &mut Attack<'_>) {
    let [one, other] = [WORDPIECE, BPE].map(|name| attack.file(name));
    let bytes = fs::read(&one).unwrap();
    fs::rename(&other, &one).unwrap();
    fs::write(&other, bytes).unwrap();
}
