//! The program of the README's first command, on the sample corpus.

use std::process::Command;

#[test]
fn it_commits_asks_answers_and_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("discovery");
    let run = Command::new(env!("CARGO_BIN_EXE_demonstration")).arg("--out").arg(&out).output();
    let run = run.unwrap();
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{printed}\n{}", String::from_utf8_lossy(&run.stderr));
    // One of the sample's files is no image.
    assert!(printed.contains("\n   VERIFIED BUT INCOMPLETE: "), "{printed}");
    assert!(printed.contains("\n   Verified: bundle/data/released/"), "{printed}");
    assert!(printed.contains("\n   Failed: tampered.png\n"), "{printed}");
}
