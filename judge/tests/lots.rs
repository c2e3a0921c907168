//! What the judge prints of lots with `--json` is what `docs/formats.md` says.

mod common;

use std::fs;

use candor_testing::documented::Documented;

use crate::common::{committed, sealed};

#[test]
fn reports_of_lots_have_the_documented_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let case = committed(folder);
    let judge = |line: &str| {
        let (code, out, errors) = common::judge(folder, line);
        assert_eq!(code, 0, "{line}: {errors}");
        out
    };
    let documented = Documented::read();
    let committed = judge("lot commit --commitment commit --stratum all=2,3 --out lot --json");
    documented.assert_describes("judge lot commit", &[&committed]);
    let digest = sealed(&case);
    let drawn = judge(&format!(
        "lot draw --commitment commit --lot lot --seal seal.json --seal-digest {digest} --json"
    ));
    // Who signed is in no report where the digest was given by hand.
    let signed = drawn.replace("\"sealed_by\":null", "\"sealed_by\":{\"by\":\"a\",\"key\":\"b\"}");
    documented.assert_describes("judge lot draw", &[&drawn, &signed]);
    judge("lot commit --commitment commit --stratum all=3 --after lot --out second");
    let void = judge("lot void --lot second --with-nonce --reason withdrawn --json");
    documented.assert_describes("judge lot void", &[&void]);
    let plan = judge("lot plan --width 0.2 --size 1000 --share 0.01 --json");
    documented.assert_describes("judge lot plan", &[&plan]);
    assert!(fs::read_to_string(case.path("second/void.json")).unwrap().contains("withdrawn"));

    // What was drawn is not drawn again, and a seal of another lot is the other party's
    // fault.
    let codes = [
        ("lot void --lot lot --reason late", 2, "is drawn already"),
        ("lot draw --commitment commit --lot lot --seal seal.json", 2, "--responder: is missing"),
        ("lot commit --commitment commit --stratum all=0 --out x", 2, "ascending sizes"),
        ("lot plan", 2, "is missing"),
    ];
    for (line, expected, message) in codes {
        let (code, _, errors) = common::judge(folder, line);
        assert_eq!(code, expected, "{line}: {errors}");
        assert!(errors.contains(message), "{line}: {errors}");
    }
    let other = "0".repeat(64);
    let line =
        format!("lot draw --commitment commit --lot lot --seal seal.json --seal-digest {other}");
    assert_eq!(common::judge(folder, &line).0, 1);
}
