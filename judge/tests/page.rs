//! The page that the judge writes.

use std::fs;
use std::path::Path;

use candor_testing::{copy, golden, run, words};

fn judge(folder: &Path, more: &str) -> (i32, String, String) {
    let line = format!(
        "verify-bundle --commitment commitment.json --request request --bundle bundle {more}"
    );
    run(env!("CARGO_BIN_EXE_judge"), folder, words(&line))
}

#[test]
fn the_page_is_written_whole_and_says_what_the_report_says() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy(&golden(), folder);
    let time = "--time 2026-01-02T03:04:05Z";
    let (code, out, errors) = judge(folder, &format!("--report one.html {time}"));
    assert_eq!((code, errors.as_str()), (3, ""), "{out}");
    assert!(out.contains("VERIFIED BUT INCOMPLETE"), "the report is as without a page");
    assert_eq!(judge(folder, &format!("--report two.html {time} --json")).0, 3);
    let page = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(page("one.html"), page("two.html"));
    assert!(page("one.html").contains("Verified, but incomplete"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = folder.join("one.html").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // What takes no one's word says so, and how to repeat it.
    assert_eq!(judge(folder, &format!("--report strict.html {time} --strict")).0, 3);
    assert!(page("strict.html").contains("--strict \\\n"));

    // Nothing is overwritten, and nothing is verified before that is known.
    let (code, out, errors) = judge(folder, "--report one.html");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(errors.contains("one.html: already exists"), "{errors}");
    assert_eq!(judge(folder, "--time 2026-01-02T03:04:05Z").0, 2, "a time of no page");
    assert_eq!(judge(folder, "--report x.html --time yesterday").0, 2);

    // Where nothing could be decided, there is no page.
    fs::rename(folder.join("request"), folder.join("elsewhere")).unwrap();
    assert_eq!(judge(folder, "--report none.html").0, 2);
    assert!(!folder.join("none.html").exists());
    fs::rename(folder.join("elsewhere"), folder.join("request")).unwrap();

    // A check that fails leaves a page that says so.
    fs::remove_file(folder.join("bundle/bagit.txt")).unwrap();
    assert_eq!(judge(folder, &format!("--report failed.html {time}")).0, 1);
    let top = page("failed.html").split("<h2").next().unwrap().to_owned();
    assert!(top.contains("Does not verify") && !top.contains("Verified"), "{top}");
    assert!(!page("failed.html").contains("data/released"));
}
