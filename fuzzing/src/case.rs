//! A small honest case, made anew by every process.

use std::fs;
use std::path::Path;
use std::sync::{LazyLock, Mutex, MutexGuard};

use candor_testing::{Case, files, repository};

/// The case of this process; one target at a time may change its files.
///
/// Two equal images that match, of which one is withheld; one that does not match;
/// a picture that no view can read, and a note.
pub(crate) fn case() -> MutexGuard<'static, Case> {
    static CASE: LazyLock<Mutex<Case>> = LazyLock::new(|| Mutex::new(answered()));
    CASE.lock().expect("no target panicked before")
}

fn answered() -> Case {
    let view = "image/gray-4x4";
    let case = Case::temporary().with_views(&[view]).with_samples(&[
        "0000_label4.png",
        "0033_label3.gif",
        "note.txt",
    ]);
    let case = case.with_damaged();
    case.add("again.png", &fs::read(case.documents().join("0000_label4.png")).expect("a sample"));
    // Images that are brighter on the left.
    let model = repository().join("fuzzing/seeds/onnx/halves.onnx");
    let case = case.asking(model, view, 0).asked().withholding(&[("again.png", "privileged")]);
    let summary = case.respond();
    let kinds = [summary.released, summary.withheld, summary.unreadable, summary.outside];
    assert!(kinds.iter().all(|count| *count > 0), "{summary:?}");
    case
}

/// All files under a folder, with their bytes, by name.
pub(crate) fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let names = files::files(root).into_iter();
    let read = |name: &Path| fs::read(root.join(name)).expect("a file of the case");
    names.map(|name| (name.to_string_lossy().into_owned(), read(&name))).collect()
}
