//! What the responder prints of lots with `--json` is what `docs/formats.md` says, and what
//! its exit codes tell apart.

use std::fs;

use candor::exchange::Silent;
use candor_lot::formats::Families;
use candor_lot::judge::{CommitOptions, DrawOptions, LotFolder, commit, draw};
use candor_lot::signature::Authority;
use candor_testing::documented::Documented;
use candor_testing::{Case, run, words};

#[test]
fn reports_of_lots_have_the_documented_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let case = Case::new(folder).with_views(&["image/gray-28x28"]);
    for number in 0..9 {
        case.add(&format!("{number}.txt"), format!("text {number}").as_bytes());
    }
    case.commit();
    let responder = |line: &str, expected: i32| {
        let (code, out, errors) = run(env!("CARGO_BIN_EXE_responder"), folder, words(line));
        assert_eq!(code, expected, "{line}: {errors}");
        (out, errors)
    };
    let documented = Documented::read();
    commit(&CommitOptions {
        commitment: &case.commitment_file(),
        request: None,
        strata: &["all=3".parse().unwrap()],
        families: Families::Top,
        excuse: &[],
        error: "0.05".parse().unwrap(),
        after: None,
        key: None,
        out: &case.path("lot"),
    })
    .unwrap();
    let lot = LotFolder::open(&case.path("lot")).unwrap().lot.digest;
    let line =
        format!("seal --commitment commit --lot lot/lot.json --lot-digest {lot} --out seal.json");
    let (_, refused) = responder(&format!("{line} --at-most 2"), 2);
    assert!(refused.contains("3 documents would be drawn"), "{refused}");
    let (sealed, _) = responder(&format!("{line} --at-most 3 --json"), 0);
    // Who signed is in no report where the digest was given by hand.
    let signed = sealed.replace("\"judge\":null", "\"judge\":{\"by\":\"a\",\"key\":\"b\"}");
    documented.assert_describes("responder seal", &[&sealed, &signed]);
    let other = "0".repeat(64);
    responder(&(line.replace(&lot.to_string(), &other) + " --at-most 3"), 1);

    let seal =
        candor_lot::formats::Filed::<candor_lot::formats::Seal>::own(&case.path("seal.json"));
    draw(
        &DrawOptions {
            lot: &case.path("lot"),
            seal: &case.path("seal.json"),
            authority: Authority::Digest(seal.unwrap().digest),
            commitment: &case.commitment_file(),
            answer: None,
        },
        &Silent,
    )
    .unwrap();
    let open = "open --commitment commit --corpus documents --drawing lot/drawing.json";
    let (_, told) = responder(&format!("{open} --preview drawn.csv"), 0);
    assert!(told.contains("3 documents would be opened"), "{told}");
    let list = fs::read_to_string(case.path("drawn.csv")).unwrap();
    assert!(list.starts_with("leaf,basis,reason,(drawn from),(file)\n"), "{list}");
    // As it is, the list keeps nothing closed.
    let (opened, _) = responder(&format!("{open} --missing drawn.csv --out opened --json"), 0);
    documented.assert_describes("responder open", &[&opened]);
    assert!(opened.contains("\"drawn\":3,\"opened\":3,\"excused\":0,\"missing\":0"), "{opened}");
    // Any other drawing is the other party's fault.
    let path = case.path("lot/drawing.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"size\": 9", "\"size\": 8")).unwrap();
    let (_, refused) = responder(&format!("{open} --out again"), 1);
    assert!(refused.contains("another size of all"), "{refused}");
    assert!(!case.path("again").exists());
}
