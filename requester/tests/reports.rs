//! What the requester prints with `--json` is what `docs/formats.md` says.

mod common;

use std::fs;

use candor_testing::Case;
use candor_testing::documented::Documented;
use common::requester;

#[test]
fn reports_have_the_documented_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let samples = ["0004_label7.png", "0001_label8.png", "note.txt"];
    Case::new(folder).with_samples(&samples).commit();
    let run = |line: &str| {
        let (code, out, errors) = requester(folder, line);
        assert_eq!(code, 0, "{line}: {errors}");
        out
    };
    let documented = Documented::read();

    let issue = "issue-request --model SAMPLE/model.onnx --calibration SAMPLE/calibration \
                 --commitment commit --view image/gray-28x28 --match-class 7 --out request --json";
    documented.assert_describes("requester issue-request", &[&run(issue)]);

    let evaluate = "evaluate --request request --documents documents --json";
    let evaluated = run(evaluate);
    fs::write(folder.join("labels.csv"), "file,label\n0004_label7.png,7\n").unwrap();
    let labelled = run(&format!("{evaluate} --labels labels.csv"));
    documented.assert_describes("requester evaluate", &[&evaluated, &labelled]);

    let featurize = "featurize --view image/gray-28x28 documents --out X.npy --json";
    documented.assert_describes("requester featurize", &[&run(featurize)]);
}
