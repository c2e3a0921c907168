//! A matter in one folder: no paths, a status, and ^C.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use candor::exchange::Matter;
use candor_testing::Case;
use candor_testing::program::told;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_responder"));
    command.args(arguments).current_dir(folder);
    command
}

fn responder(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    told(command(folder, arguments).output().unwrap())
}

fn ask(folder: &Path) {
    let commitment = folder.join("commitment");
    Case::new(folder).ask_for(&commitment, 7, &folder.join("request"));
}

/// A matter with some digits, and what its status says comes next.
fn matter(folder: &Path) {
    let begin = ["init", "Smith v. Jones", "--view", "image/gray-28x28"];
    let (code, out, errors) = responder(folder, &begin);
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    assert!(out.contains("next       put the documents into the folder documents\n"), "{out}");
    assert_eq!(responder(folder, &begin).0, 2, "another matter is not overwritten");
    let names = ["0004_label7.png", "0001_label8.png", "0095_label7.jpg", "0033_label3.gif"];
    let _ = Case::new(folder).with_samples(&names);
}

fn next(folder: &Path) -> String {
    let (code, out, errors) = responder(folder, &["status", "--json"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let status: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(status["matter"], "Smith v. Jones");
    status["next"].as_str().unwrap().to_owned()
}

#[test]
fn inside_its_folder_a_matter_needs_no_paths() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (code, out, errors) = responder(folder, &["status"]);
    assert_eq!((code, out.as_str()), (2, ""), "{errors}");
    assert!(errors.contains("candor.toml"), "{errors}");
    let (code, _, errors) = responder(folder, &["commit-corpus"]);
    assert_eq!(code, 2);
    assert!(errors.contains("responder init"), "{errors}");

    matter(folder);
    assert_eq!(next(folder), "responder commit-corpus");
    let (code, out, errors) = responder(folder, &["commit-corpus"]);
    assert_eq!(code, 0, "{errors}");
    let record = Matter::read(folder).unwrap().record;
    assert!(out.contains(&record.root.unwrap().to_string()), "{out}");
    assert_eq!(record.committed, Some(4));
    assert!(next(folder).starts_with("put the folder that requester issue-request writes"));

    ask(folder);
    assert_eq!(next(folder), "responder respond");
    // From a folder below as well.
    let (code, _, errors) = responder(&folder.join("documents"), &["respond"]);
    assert_eq!(code, 0, "{errors}");
    assert!(folder.join("bundle/data/bundle.json").is_file());
    assert_eq!(next(folder), "judge verify-bundle");

    // A commitment that is not the one recorded.
    fs::rename(folder.join("commitment"), folder.join("old")).unwrap();
    assert!(next(folder).contains("see `commit` above"));
    let (code, _, errors) = responder(folder, &["commit-corpus", "--out", "commitment"]);
    assert_eq!(code, 0, "{errors}");
    let text = fs::read_to_string(folder.join("candor.toml")).unwrap();
    let root = record.root.unwrap().to_string();
    let now = Matter::read(folder).unwrap().record.root.unwrap().to_string();
    fs::write(folder.join("candor.toml"), text.replace(&now, &root)).unwrap();
    let (code, _, errors) = responder(folder, &["respond", "--out", "again"]);
    assert_eq!(code, 2);
    assert!(errors.contains("records root"), "{errors}");
}

#[test]
fn without_arguments_the_steps_are_shown_and_nothing_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, errors) = responder(folder.path(), &[]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(errors.contains("responder init \"Smith v. Jones\""), "{errors}");
    matter(folder.path());
    let (_, _, errors) = responder(folder.path(), &[]);
    assert!(errors.contains("Next here: responder commit-corpus"), "{errors}");
}

#[test]
fn the_store_is_found_from_the_public_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    matter(folder);
    assert_eq!(responder(folder, &["commit-corpus"]).0, 0);
    ask(folder);
    for commitment in ["commitment", "commitment/PUBLIC", "commitment/PUBLIC/commitment.json"] {
        let estimate = ["respond", "--estimate", "--commitment", commitment];
        let (code, _, errors) = responder(folder, &estimate);
        assert_eq!(code, 0, "{commitment}: {errors}");
    }
    fs::rename(folder.join("commitment/PUBLIC"), folder.join("handed-over")).unwrap();
    let (code, _, errors) = responder(folder, &["respond", "--commitment", "handed-over"]);
    assert_eq!(code, 2);
    assert!(errors.contains("SECRET/opening.store"), "{errors}");
}

#[cfg(unix)]
#[test]
fn on_interrupt_it_says_what_is_kept_and_the_same_command_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    matter(folder);
    assert_eq!(responder(folder, &["commit-corpus"]).0, 0);
    ask(folder);
    let child = command(folder, &["respond", "--batch", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let proof = folder.join("bundle.partial/whole/data/proofs/00000000.proof");
    let start = Instant::now();
    while !proof.exists() && start.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let (code, out, errors) = told(child.wait_with_output().unwrap());
    assert_eq!((code, out.as_str()), (130, ""), "{errors}");
    assert!(errors.contains("stopped: "), "{errors}");
    assert!(errors.contains("bundle.partial"), "{errors}");
    let (_, status, _) = responder(folder, &["status"]);
    assert!(status.contains("respond    unfinished  interrupted; "), "{status}");
    let (code, out, errors) = responder(folder, &["respond", "--batch", "1", "--json"]);
    assert_eq!(code, 0, "{errors}");
    let summary: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert!(summary["proofs_reused"].as_u64().unwrap() >= 1, "{summary}");
}
