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

    let tried = |line: &str| {
        let (code, out, errors) = requester(folder, &format!("{line} --dry-run --json"));
        assert_eq!(errors, "", "{line}");
        (code, out)
    };
    let (code, agreeing) = tried(
        "issue-request --model SAMPLE/model.onnx --calibration SAMPLE/calibration \
         --view image/gray-28x28 --match-class 7",
    );
    assert_eq!(code, 0);
    // So many scores are so close that no program has the model's top class.
    fs::write(folder.join("close.onnx"), candor_testing::models::stacked(784, 2, 3000)).unwrap();
    let (code, differing) = tried(
        "issue-request --model close.onnx --calibration SAMPLE/calibration --agreement 1 \
         --view image/gray-28x28 --match-class 7 --documents 50000",
    );
    assert_eq!(code, 2);
    documented.assert_describes("requester issue-request --dry-run", &[&agreeing, &differing]);

    // Each kind of object is in one of these.
    let seeds = candor_testing::repository().join("fuzzing/seeds/onnx");
    for name in ["left_open", "beside", "refused"] {
        let name = format!("{name}.onnx");
        fs::copy(seeds.join(&name), folder.join(name)).unwrap();
    }
    fs::write(folder.join("weights"), [63; 96]).unwrap();
    let inspected = [
        run("inspect SAMPLE/model.onnx --calibration SAMPLE/calibration --match-class 7 --json"),
        run("inspect left_open.onnx --output scores --json"),
        run("inspect beside.onnx --json"),
        requester(folder, "inspect refused.onnx --json").1,
    ];
    documented.assert_describes("requester inspect", &inspected.each_ref().map(String::as_str));

    let evaluate = "evaluate --request request --documents documents --json";
    let evaluated = run(evaluate);
    fs::write(folder.join("labels.csv"), "file,label\n0004_label7.png,7\n").unwrap();
    let labelled = run(&format!("{evaluate} --labels labels.csv --sweep --scores-out s.csv"));
    documented.assert_describes("requester evaluate", &[&evaluated, &labelled]);

    let featurize = "featurize --view image/gray-28x28 documents --out X.npy --json";
    documented.assert_describes("requester featurize", &[&run(featurize)]);

    fs::write(folder.join("list.txt"), "# of the plaintiff\nmerg* AND fraud\n").unwrap();
    let explained = run("terms list.txt --json");
    documented.assert_describes("requester terms", &[&explained]);
    assert!(explained.contains(r#""line":2,"given":"merg* AND fraud""#), "{explained}");
    fs::write(folder.join("list.txt"), "merger fraud\n").unwrap();
    let (code, out, _) = requester(folder, "terms list.txt");
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("merger AND fraud or merger OR fraud"), "{out}");
    assert_eq!(requester(folder, "terms list.txt --dialect nuix").0, 0);
}

#[test]
fn a_search_needs_a_view_of_terms_and_one_reading() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let case = Case::new(folder).with_samples(&["note.txt"]);
    case.with_views(&["text/terms-33", "mail/thread"]).commit();
    let issue = |terms: &str, rest: &str| {
        let mut line = vec!["issue-request", "--terms", terms, "--commitment", "commit"];
        line.extend(rest.split_whitespace());
        candor_testing::run(env!("CARGO_BIN_EXE_requester"), folder, line)
    };
    let (code, out, _) = issue("merger OR fraud", "--view text/terms-33 --out request --json");
    assert_eq!(code, 0);
    Documented::read().assert_describes("requester issue-request --terms", &[&out]);
    let (code, out, _) = candor_testing::run(
        env!("CARGO_BIN_EXE_requester"),
        folder,
        ["issue-request", "--terms", "merger", "--view", "text/terms-33", "--dry-run", "--json"],
    );
    assert_eq!(code, 0);
    Documented::read().assert_describes("requester issue-request --terms with --dry-run", &[&out]);
    let (code, _, errors) = issue("merger", "--view mail/thread --out other");
    assert_eq!((code, errors.contains("holds no search terms")), (2, true), "{errors}");
    let (code, _, errors) = issue("merger fraud", "--view text/terms-33 --out other");
    assert_eq!((code, errors.contains("merger AND fraud")), (2, true), "{errors}");
    let (code, _, errors) = issue("a", "--view text/terms-33 --out other --model m.onnx");
    assert_eq!((code, errors.contains("cannot be used with")), (2, true), "{errors}");
    assert!(!folder.join("other").exists());
}
