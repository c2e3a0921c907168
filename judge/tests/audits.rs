//! What the judge prints of audits and estimates with `--json` is what `docs/formats.md`
//! says, and how the programs end.

mod common;

use std::fs;

use candor::exchange::Silent;
use candor_lot::formats::{Filed, Opened};
use candor_lot::responder::{OpenOptions, open};
use candor_testing::documented::Documented;

use crate::common::{committed, sealed};

#[test]
fn reports_of_audits_have_the_documented_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let case = committed(folder);
    let run = |line: &str| common::judge(folder, line);
    let judge = |line: &str, expected: u8| {
        let (code, out, errors) = run(line);
        assert_eq!(code, i32::from(expected), "{line}: {errors}");
        out
    };
    judge("lot commit --commitment commit --stratum all=3 --out lot", 0);
    let digest = sealed(&case);
    judge(
        &format!("lot draw --commitment commit --lot lot --seal seal.json --seal-digest {digest}"),
        0,
    );
    let options = OpenOptions {
        drawing: &case.path("lot/drawing.json"),
        documents: &case.documents(),
        commitment: &case.commitment(),
        answer: None,
        missing: None,
        key: None,
        out: &case.path("opened"),
    };
    open(&options, &Silent).unwrap();

    let documented = Documented::read();
    let opened = Filed::<Opened>::own(&case.path("opened/opened.json")).unwrap().digest;
    let audit = "audit --lot lot --commitment commit";
    let line = format!("{audit} --opened opened --opened-digest {opened}");
    let clean = judge(&format!("{line} --sheet --out audit --json"), 0);
    // An honest package has no findings.
    let found = clean.replace("\"findings\":[]", "\"findings\":[{\"leaf\":1,\"check\":7}]");
    documented.assert_describes("judge audit", &[&clean, &found]);
    assert!(judge(&format!("{audit} --nothing-came --out nothing"), 1).contains("none came"));

    let sheet = fs::read_to_string(case.path("audit/coding/sheet.csv")).unwrap();
    fs::write(case.path("coded.csv"), sheet.replace(",,", ",no,")).unwrap();
    let estimate = "estimate --lot lot --audit audit --sheet coded.csv --coder Neutral";
    let counted = judge(&format!("{estimate} --false-at-most 0.9 --json"), 0);
    // A lot over the root withholds nothing.
    let withheld = counted
        .replace("\"withheld_responsive\":null", "\"withheld_responsive\":{\"low\":0,\"high\":1}");
    documented.assert_describes("judge estimate", &[&counted, &withheld]);
    let text = judge(&format!("{estimate} --false-at-most 0.1"), 1);
    assert!(text.contains("threshold  false leaves (closed ones) 0.1: not met"), "{text}");
    judge("estimate --lot lot --audit nothing", 3);

    for (line, message) in [
        (format!("{audit} --opened opened --out x"), "--responder: is missing"),
        (format!("{audit} --out x"), "--opened"),
        (format!("{audit} --opened opened --opened-digest {digest} --out x"), "--nothing-came"),
        (format!("{line} --out audit"), "already exists"),
        ("estimate --lot lot --audit audit --sheet coded.csv".to_owned(), "--coder"),
        (format!("{estimate} --look 2"), "looks 1 to 1"),
        (format!("{estimate} --recall-at-least 1.5"), "a number above 0 and below 1"),
    ] {
        let (code, _, errors) = run(&line);
        assert_eq!(code, 2, "{line}: {errors}");
        assert!(errors.contains(message), "{line}: {errors}");
    }
}
