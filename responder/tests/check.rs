//! What is looked at before a bundle is sent.

use std::fs;
use std::path::Path;

use candor::CoarseKind;
use candor_testing::documented::Documented;
use candor_testing::expanded::{mail, picture};
use candor_testing::{Case, models, run, words};
use serde_json::Value;

fn check(folder: &Path, more: &str) -> (i32, String, String) {
    let line = format!("check bundle --commitment commit --request request {more}");
    run(env!("CARGO_BIN_EXE_responder"), folder, words(&line))
}

/// A mail with a match, a member that is withheld, a text that counsel wrote and an empty
/// one; and a match whose name misleads.
fn answered(folder: &Path) -> Case {
    let attachments = [
        ("yes.bmp", picture(1, 255)),
        ("no.bmp", picture(255, 1)),
        ("n.txt", b"privileged advice of counsel <b>\xe2\x80\xae</b>".to_vec()),
        ("empty.txt", b" \n".to_vec()),
    ];
    let tops = [
        ("alice/a.eml", mail("a", &attachments)),
        ("bob/<script>\u{202e}pmb.exe", picture(5, 255)),
        ("bob/closed.bmp", picture(255, 5)),
    ];
    let case = Case::new(folder);
    let model = case.path("model.onnx");
    fs::write(&model, models::halves()).unwrap();
    case.with_views(&["image/gray-4x4"])
        .asking(model, "image/gray-4x4", 1)
        .accepting_outside(&[CoarseKind::Text])
        .with_items_of(&tops)
        .withholding(&[("alice/a.eml/no.bmp", "privileged")])
        .answered()
}

#[test]
fn what_is_to_be_looked_at_is_found_and_shown_and_nothing_of_what_is_withheld() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let case = answered(folder);
    fs::write(folder.join("screen.txt"), "# of counsel\nprivileg*\nadvic* w/2 counsel\nnowhere\n")
        .unwrap();
    let time = "--screen screen.txt --time 2026-01-02T03:04:05Z";
    let (code, out, errors) =
        check(folder, &format!("{time} --out check.html --index released.csv --json"));
    assert_eq!(code, 3, "{errors}");
    Documented::read().assert_describes("responder check", &[&out]);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["outcome"], "incomplete");
    assert_eq!(found["look"], true);
    for (key, number) in [
        ("released", 4),
        ("withheld", 2),
        ("kept_back", 1),
        ("redacted", 0),
        ("broken_families", 1),
        ("carriers", 0),
        ("screen_hits", 1),
        ("empty_texts", 1),
        ("odd_names", 1),
    ] {
        assert_eq!(found[key], number, "{key} in {out}");
    }
    assert!(!out.contains("alice") && !out.contains("bob"), "no name is told: {out}");

    let page = fs::read_to_string(folder.join("check.html")).unwrap();
    for said in [
        "To be looked at",
        "Content-Security-Policy",
        "bob/&lt;script&gt;<span class=\"mark\">\\u{202e}</span>pmb.exe",
        "privileged advice of counsel &lt;b&gt;<span class=\"mark\">\\u{202e}</span>",
        "line 1 (<code><bdi>privileg*</bdi></code>)",
        "Families released in part",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("<script") && !page.contains('\u{202e}'));
    // Of the withheld ones, and of the closed one, nothing but their numbers.
    for entry in &case.store().entries {
        let path = entry.record.path.to_string();
        let digest: String = entry.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        if ["no.bmp", "a.eml", "closed.bmp"].iter().any(|name| path.ends_with(name)) {
            assert!(!page.contains(&digest), "{path}");
            assert!(path.ends_with("a.eml") || !page.contains(&path), "{path}");
        }
    }
    let index = fs::read_to_string(folder.join("released.csv")).unwrap();
    assert_eq!(index.lines().count(), 5, "{index}");
    assert!(index.starts_with("number,leaf,name,sender,date,lines met,reason\n"), "{index}");
    assert!(!index.contains("no.bmp") && index.contains("alice/a.eml/yes.bmp"), "{index}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = folder.join("check.html").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let (code, ..) = check(folder, &format!("{time} --out again.html"));
    assert_eq!(code, 3);
    assert_eq!(fs::read_to_string(folder.join("again.html")).unwrap(), page);
    let (code, _, errors) = check(folder, "--out check.html");
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("already exists"), "{errors}");
    keep("check", &page);

    // A line with two readings stops it before any work.
    fs::write(folder.join("bad.txt"), "merger fraud\n").unwrap();
    let (code, _, errors) = check(folder, "--screen bad.txt --out bad.html");
    assert_eq!(code, 2, "{errors}");
    assert!(!folder.join("bad.html").exists());

    // What the judge would refuse is not looked at further.
    let list = folder.join("bundle/data/withheld.jsonl");
    fs::write(&list, "").unwrap();
    let (code, out, errors) = check(folder, "--screen screen.txt --out failed.html --index x.csv");
    assert_eq!(code, 1, "{errors}");
    assert!(out.contains("DOES NOT VERIFY: do not send this bundle"), "{out}");
    let page = fs::read_to_string(folder.join("failed.html")).unwrap();
    let top = page.split("<h2").next().unwrap();
    assert!(top.contains("Does not verify: do not send it"), "{top}");
    assert!(!page.contains("alice") && !page.contains("privileg"));
    assert!(!folder.join("x.csv").exists());
    keep("check-failed", &page);
}

/// For people to look at.
fn keep(name: &str, page: &str) {
    if let Some(folder) = std::env::var_os("CANDOR_KEEP_PAGES") {
        fs::create_dir_all(&folder).unwrap();
        fs::write(Path::new(&folder).join(format!("{name}.html")), page).unwrap();
    }
}
