//! The program of the README's first command, on the sample corpus.

use std::fs;
use std::process::Command;

#[test]
fn it_commits_asks_answers_and_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("discovery");
    let run = Command::new(env!("CARGO_BIN_EXE_demonstration")).arg("--out").arg(&out).output();
    let run = run.unwrap();
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{printed}\n{}", String::from_utf8_lossy(&run.stderr));
    let (before, terms) = printed.split_once("REQUEST A").unwrap();
    let (terms, advertising) = terms.split_once("REQUEST B").unwrap();
    let (advertising, sevens) = advertising.split_once("REQUEST C").unwrap();
    let (sevens, tokens) = sevens.split_once("REQUEST D").unwrap();
    let (tokens, rest) = tokens.split_once("ONE FILE").unwrap();
    assert!(before.contains("63 documents in 59 families"), "{printed}");

    // An attachment matches, so its mail and what else is attached go with it.
    let family = "compliance/2024-04-12 wording.eml\n        with wording.docx\n        \
                  with complaints.png\n";
    assert!(terms.contains(family), "{printed}");
    assert!(terms.contains("It withholds 1 "), "{printed}");
    assert!(!terms.contains("advice.eml"), "{printed}");
    assert!(terms.contains("\n    VERIFIED BUT INCOMPLETE: "), "{printed}");
    // Kinds that are not asked about are accepted beforehand.
    assert!(advertising.contains("\n    VERIFIED: "), "{printed}");
    for mail in ["#2", "#4"] {
        assert!(advertising.contains(&format!("marketing/ruth.mbox/{mail}\n")), "{printed}");
    }
    assert!(advertising.contains(": 2 match"), "{printed}");
    assert!(sevens.contains("\n    VERIFIED: "), "{printed}");
    assert!(sevens.contains("forms/0004_label7.png\n"), "{printed}");
    // One of the two by a transformer, in a mailbox that was committed to with its vocabulary.
    assert!(tokens.contains("\n    VERIFIED: "), "{printed}");
    assert!(tokens.contains("proves 6 decisions") && tokens.contains(": 1 match"), "{printed}");
    assert!(tokens.contains("ruth.mbox/#2\n"), "{printed}");
    let held = out.join("mailbox/bundle-D/data/wordpiece.vocabulary");
    let published = out.join("mailbox/commitment/PUBLIC/wordpiece.vocabulary");
    assert_eq!(fs::read(held).unwrap(), fs::read(published).unwrap());
    assert!(rest.contains("\n  Verified: bundle-A/data/released/"), "{printed}");
    assert!(rest.contains("\n  Failed: changed\n"), "{printed}");
    for drawn in [
        "6 of 10 of nonmatching, 6 clean\n",
        "6 of 44 of outside, 6 clean",
        "clean: every drawn leaf",
    ] {
        assert!(rest.contains(drawn), "{printed}");
    }
    for letter in ["A", "B", "C"] {
        let page = fs::read_to_string(out.join(format!("report-{letter}.html"))).unwrap();
        assert!(page.starts_with("<!DOCTYPE html>"), "{letter}");
    }
}
