//! The page of an evaluation.

mod common;

use std::fs;

use candor_testing::Case;
use common::requester;

#[test]
fn the_page_of_an_evaluation_shows_what_is_near_the_border() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let case = Case::new(folder).with_all_samples();
    case.add("<b>\u{202e}_label7.txt", b"no picture");
    case.commit();
    let run = |line: &str| {
        let (code, out, errors) = requester(folder, line);
        assert_eq!(code, 0, "{line}: {errors}");
        out
    };
    run("issue-request --model SAMPLE/model.onnx --calibration SAMPLE/calibration \
         --commitment commit --view image/gray-28x28 --match-class 7 --out request");
    let evaluate = "evaluate --request request --documents documents --time 2026-01-02T03:04:05Z";
    let plain = run("evaluate --request request --documents documents");
    assert_eq!(run(&format!("{evaluate} --html page.html")), plain, "the page changes nothing");
    run(&format!("{evaluate} --html again.html"));
    let page = fs::read_to_string(folder.join("page.html")).unwrap();
    assert_eq!(page, fs::read_to_string(folder.join("again.html")).unwrap());
    for said in [
        "Content-Security-Policy",
        "Program and model agree",
        "Recall and precision against the threshold",
        "Labels against what the program says",
        "1. <bdi>0079_label7.png</bdi>",
        "0.61% of the range of scores",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert_eq!(page.matches("<article").count(), 20);
    assert_eq!(page.matches("<img src=\"data:image/png;base64,").count(), 20);
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    let (code, _, errors) = requester(folder, &format!("{evaluate} --html page.html"));
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("already exists"), "{errors}");
    if let Some(keep) = std::env::var_os("CANDOR_KEEP_PAGES") {
        fs::create_dir_all(&keep).unwrap();
        fs::write(std::path::Path::new(&keep).join("evaluate.html"), page).unwrap();
    }
}
