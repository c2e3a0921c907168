//! What the responder prints with `--json` is what `docs/formats.md` says.

use std::fs;
use std::path::Path;

use candor_testing::documented::Documented;
use candor_testing::files::{copy, repository};
use candor_testing::{Case, models, run, words};

#[test]
fn reports_have_the_documented_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let view = "image/gray-4x4";
    let model = folder.join("model.onnx");
    fs::write(&model, models::halves()).unwrap();
    let samples = ["0000_label4.png", "0033_label3.gif", "note.txt"];
    let case = Case::new(folder).with_samples(&samples).with_damaged().with_views(&[view]);
    let case = case.asking(model, view, 1);
    // What a Macintosh leaves.
    case.add(".DS_Store", b"x");
    let responder = |line: &str| {
        let (code, out, errors) = run(env!("CARGO_BIN_EXE_responder"), folder, words(line));
        assert_eq!(code, 0, "{line}: {errors}");
        out.lines().last().unwrap().to_owned()
    };
    let documented = Documented::read();
    let documents = |command: &str, printed: &[&str]| {
        documented.assert_describes(&format!("responder {command}"), printed);
    };

    let committed = responder("commit-corpus documents --view image/gray-4x4 --out commit --json");
    documents("commit-corpus", &[&committed]);
    case.ask();
    let question = "--corpus documents --commitment commit --request request --json";
    let whole = responder(&format!("respond --estimate {question}"));
    let shard = responder(&format!("prove --shard 1/2 --estimate {question}"));
    documents("respond and responder prove with --estimate", &[&whole, &shard]);
    let template = responder(&format!("withhold-template --out template.csv {question}"));
    documents("withhold-template", &[&template]);
    let shard = responder(&format!("prove --shard 1/1 --out shard {question}"));
    documents("prove", &[&shard]);
    let list = "path,basis\n0000_label4.png,foia/b6\n0033_label3.gif,foia/b5\n";
    fs::write(folder.join("withhold.csv"), list).unwrap();
    let question = &format!("{question} --withhold withhold.csv");
    let assembled = responder(&format!("assemble shard --out assembled {question}"));
    documents("assemble", &[&assembled]);
    documents("respond", &[&responder(&format!("respond --out bundle {question}"))]);

    let told = responder("text documents/note.txt --terms --json");
    documents("text", &[&told, &responder("text documents/note.txt --json")]);
    responder_items(folder, &documented);

    responder("init Matter --view image/gray-4x4");
    documents("status", &[&responder("status --json")]);
}

/// What `expand` and `scan` print of documents that fill every part of a report.
fn responder_items(folder: &Path, documented: &Documented) {
    let source = folder.join("collected");
    copy(&repository().join("documents/tests/data"), &source.join("alice"));
    let mail = "From: a@example.com\nTo: b@example.com\nSubject: s\nMessage-ID: <1@x>\n\n\
                See https://x.sharepoint.com/a\n";
    fs::write(source.join("alice/link.eml"), mail).unwrap();
    let chat = "[14.05.19, 09:30:00] Alice: a\n".repeat(3);
    fs::write(source.join("chat.txt"), chat).unwrap();
    let known = format!("%%%% HASHDEEP-1.0\n%%%% md5,filename\n{},gone\n", "0".repeat(32));
    fs::write(folder.join("known"), known).unwrap();
    fs::create_dir(folder.join("texts")).unwrap();
    let run = |line: &str, expected: i32| {
        let (code, out, errors) = run(env!("CARGO_BIN_EXE_responder"), folder, words(line));
        assert_eq!(code, expected, "{line}: {errors}");
        (out, errors)
    };
    let (scanned, _) = run("scan collected --out scan.html --json", 0);
    documented.assert_describes("responder scan", &[&scanned]);
    let page = fs::read_to_string(folder.join("scan.html")).unwrap();
    assert!(page.contains("Content-Security-Policy") && !page.contains("<script"));
    assert!(page.contains("SharePoint") && page.contains("WhatsApp"));
    run("scan collected --out scan.html", 2);

    // The source is not what the list says: done, but not 0.
    let line = "expand collected --out items --known known --ocr-text texts --json";
    let (expanded, errors) = run(line, 3);
    documented.assert_describes("responder expand", &[&expanded]);
    assert!(errors.contains("WARNING: the source is not what the list says: 1 file missing"));
    let summary = fs::read_to_string(folder.join("items/summary.json")).unwrap();
    assert!(!summary.contains("alice") && !expanded.contains("alice"), "no name is told");
}
