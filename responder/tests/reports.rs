//! What the responder prints with `--json` is what `docs/formats.md` says.

use std::fs;

use candor_testing::documented::Documented;
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
    let case = case.asking(model, view, 0);
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
    let shard = responder(&format!("prove --shard 1/1 --out shard {question}"));
    documents("prove", &[&shard]);
    let assembled = responder(&format!("assemble shard --out assembled {question}"));
    documents("assemble", &[&assembled]);
    documents("respond", &[&responder(&format!("respond --out bundle {question}"))]);

    let told = responder("text documents/note.txt --terms --json");
    documents("text", &[&told, &responder("text documents/note.txt --json")]);
    responder("init Matter --view image/gray-4x4");
    documents("status", &[&responder("status --json")]);
}
