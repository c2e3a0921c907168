//! The responder's commands on the sample corpus.

use std::path::Path;
use std::process::Command;

use candor::corpus::Store;
use candor::field::to_hex;
use candor_testing::{Case, run, sample};

fn responder(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    run(env!("CARGO_BIN_EXE_responder"), folder, arguments)
}

/// Nothing printed is of the opening store; names of documents least of all,
/// except on standard error those that no view reads.
fn assert_tells_nothing(printed: &str, store: &Path) {
    let store = Store::read(store).unwrap();
    for entry in &store.entries {
        let salts = entry.views.iter().map(|view| to_hex(&view.salt)).chain([to_hex(&entry.salt)]);
        let path = String::from_utf8(entry.path().to_vec()).unwrap();
        let digest = entry.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        for secret in salts.chain([path, digest]) {
            assert!(!printed.contains(&secret), "{secret} in {printed}");
        }
    }
}

fn assert_names_the_picture(errors: &str, list: &str) {
    assert!(errors.starts_with("note: 1 file cannot be read:\n"), "{errors}");
    assert!(errors.contains("\n  damaged.png (corrupt)\n"), "{errors}");
    assert!(errors.contains(&format!("listed in {list}. Keep it secret")), "{errors}");
    assert!(!errors.contains("operating systems"), "{errors}");
}

fn assert_lists_the_picture(list: &Path) {
    let text = std::fs::read_to_string(list).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("path,view,reason,what to do"));
    let line = lines.next().unwrap();
    assert!(line.starts_with("damaged.png,image/gray-28x28,corrupt,"), "{line}");
    assert_eq!(lines.next(), None);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(list.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn what_systems_leave_is_named_and_committed_to() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let documents = folder.join("documents");
    let junk =
        ["a/Thumbs.db", "a/.DS_Store", "a/._scan.png", "__MACOSX/a/._scan.png", "b/desktop.ini"];
    for name in junk.iter().chain(&["note.txt"]) {
        std::fs::create_dir_all(documents.join(name).parent().unwrap()).unwrap();
        // What begins as a picture and is none.
        std::fs::write(documents.join(name), b"\x89PNG\r\n\x1a\n").unwrap();
    }
    // One that a view reads is named all the same.
    std::fs::copy(sample().join("documents/0000_label4.png"), documents.join("a/._4.png")).unwrap();
    let commit = ["commit-corpus", "documents", "--view", "image/gray-8x8", "--out", "c", "--json"];
    let (code, out, errors) = responder(folder, &commit);
    assert_eq!(code, 0, "{errors}");
    let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
    let found = &summary["unreadable_files"];
    assert_eq!((&summary["documents"], &found["documents"]), (&7.into(), &6.into()), "{out}");
    assert_eq!(found["reasons"][0]["reason"], "corrupt");
    let kinds = found["junk"].as_array().unwrap();
    let files: u64 = kinds.iter().map(|kind| kind["files"].as_u64().unwrap()).sum();
    assert_eq!((kinds.len(), files), (5, 6), "{out}");
    // A report may be filed: it counts and names no file.
    assert_tells_nothing(&out, &folder.join("c/SECRET/opening.store"));
    assert!(errors.contains("operating systems left 6 files"), "{errors}");
    let list = std::fs::read_to_string(folder.join("c/SECRET/unreadable.csv")).unwrap();
    assert_eq!(list.lines().count(), 7, "{list}");
    #[cfg(unix)]
    {
        let command = errors.lines().last().unwrap().trim();
        let found = Command::new("sh").args(["-c", command]).current_dir(folder).output().unwrap();
        let found = String::from_utf8(found.stdout).unwrap();
        assert_eq!(found.lines().count(), 6, "{command}: {found}");
        assert!(!found.contains("note.txt"), "{found}");
    }
}

#[test]
fn commit_and_respond_report_what_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let case = Case::new(folder.join("case")).with_all_samples().with_damaged();
    let documents = case.documents();
    let documents = documents.to_str().unwrap();
    let commit = ["commit-corpus", documents, "--view", "image/gray-28x28", "--out", "commit"];
    let (code, out, errors) = responder(folder, &commit);
    assert_eq!(code, 0, "{errors}");
    assert!(out.contains("42 readable, 1 unreadable, 1 of other kinds"), "{out}");
    assert_names_the_picture(&errors, "commit/SECRET/unreadable.csv");
    assert_lists_the_picture(&folder.join("commit/SECRET/unreadable.csv"));
    let store = folder.join("commit/SECRET/opening.store");
    assert_tells_nothing(&out, &store);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let store = folder.join("commit/SECRET/opening.store").metadata().unwrap();
        assert_eq!(store.permissions().mode() & 0o777, 0o600);
    }
    // Never overwritten: the salts would be lost.
    let (code, _, errors) = responder(folder, &commit);
    assert_eq!(code, 2);
    assert!(errors.contains("already exists"), "{errors}");

    Case::new(folder).ask();
    let respond = ["respond", "--corpus", documents, "--commitment", "commit"];
    let respond = [&respond[..], &["--request", "request", "--out", "bundle", "--json"]].concat();
    let (code, out, errors) = responder(folder, &respond);
    // What it will take comes first, apart from the result.
    assert_eq!(code, 0, "{errors}");
    assert!(errors.starts_with("documents  44, of which 42 are to be proved\n"), "{errors}");
    let (estimate, note) = errors.split_at(errors.find("note: ").unwrap());
    assert_tells_nothing(estimate, &store);
    assert_names_the_picture(note, "bundle.unreadable.csv");
    assert_lists_the_picture(&folder.join("bundle.unreadable.csv"));
    let summary: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    for field in [
        "documents",
        "matching",
        "unreadable",
        "proofs",
        "proving_seconds",
        "microseconds_per_table_row",
        "bundle_bytes_without_files",
    ] {
        assert!(summary[field].as_f64().unwrap() > 0.0, "{field}: {summary}");
    }
    for kind in ["table", "sbox"] {
        assert!(summary["rows_per_document"][kind].as_u64().unwrap() > 0, "{kind}: {summary}");
    }
    assert!(summary.get("peak_rss_bytes").is_some());
    assert_tells_nothing(&out, &store);
    let respond = ["respond", "--corpus", documents, "--commitment", "commit"];
    let respond = [&respond[..], &["--request", "request", "--out", "in-words"]].concat();
    let (code, out, errors) = responder(folder, &respond);
    assert_eq!(code, 0, "{errors}");
    assert_tells_nothing(&out, &store);

    // A request for another corpus is a failed check, not an error of usage.
    let again = ["commit-corpus", documents, "--view", "image/gray-28x28", "--out", "other"];
    assert_eq!(responder(folder, &again).0, 0);
    let respond = ["respond", "--corpus", documents, "--commitment", "other"];
    let respond = [&respond[..], &["--request", "request", "--out", "second"]].concat();
    let (code, _, errors) = responder(folder, &respond);
    assert_eq!(code, 1);
    assert!(errors.contains("check 2 (request) failed"), "{errors}");

    for wrong in [
        &["commit-corpus", documents, "--view", "image/gray-0x28", "--out", "x"][..],
        &["commit-corpus", "nowhere", "--view", "image/gray-8x8", "--out", "x"],
        &["respond"],
    ] {
        let (code, _, errors) = responder(folder, wrong);
        assert_eq!(code, 2, "{errors}");
        assert!(errors.starts_with("error: "), "{errors}");
    }
    assert!(!folder.join("x").exists());
}

/// A TIFF of so many pages of 2×2 gray pixels.
fn tiff(pages: u32) -> Vec<u8> {
    let mut bytes = b"II*\0".to_vec();
    // A directory has nine fields of twelve bytes, and four bytes of pixels go
    // before it.
    let size = 4 + 2 + 9 * 12 + 4;
    bytes.extend((8 + 4u32).to_le_bytes());
    for page in 0..pages {
        let start = 8 + page * size;
        bytes.extend([page as u8, 50, 100, 150]);
        bytes.extend(9u16.to_le_bytes());
        let fields = [
            (256u16, 4u16, 2u32),
            (257, 4, 2),
            (258, 3, 8),
            (259, 3, 1),
            (262, 3, 1),
            (273, 4, start),
            (277, 3, 1),
            (278, 4, 2),
            (279, 4, 4),
        ];
        for (tag, kind, value) in fields {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(1u32.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        let next = if page + 1 < pages { start + size + 4 } else { 0 };
        bytes.extend(next.to_le_bytes());
    }
    bytes
}

#[test]
fn what_no_view_shows_is_counted_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let documents = folder.join("documents");
    std::fs::create_dir(&documents).unwrap();
    for (name, pages) in [("fax.tif", 3), ("letter.tif", 2), ("one.tif", 1)] {
        std::fs::write(documents.join(name), tiff(pages)).unwrap();
    }
    std::fs::copy(sample().join("documents/0000_label4.png"), documents.join("4.png")).unwrap();
    let commit = ["commit-corpus", "documents", "--view", "image/gray-2x2", "--out", "c", "--json"];
    let (code, out, errors) = responder(folder, &commit);
    assert_eq!(code, 0, "{errors}");
    let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(summary["views"][0]["readable"], 4, "{out}");
    let unseen = &summary["unseen"];
    for (field, count) in [("documents", 2), ("pages", 3), ("frames", 0), ("reduced_first", 0)] {
        assert_eq!(unseen[field], count, "{field}: {out}");
    }
    assert_tells_nothing(&out, &folder.join("c/SECRET/opening.store"));
    let told = "note: 2 files hold what no view shows: 3 pages after the first.\n  \
                fax.tif (2 pages after the first)\n  letter.tif (1 page after the first)\n  \
                All are listed in c/SECRET/unseen.csv.";
    assert!(errors.starts_with(told), "{errors}");
    let list = std::fs::read_to_string(folder.join("c/SECRET/unseen.csv")).unwrap();
    assert!(list.contains("\nfax.tif,2,0,no,0,0,save each page"), "{list}");
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(!folder.join("c/SECRET/unreadable.csv").exists());
}

#[test]
fn margins_that_a_view_leaves_out_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let documents = folder.join("documents");
    std::fs::create_dir(&documents).unwrap();
    std::fs::copy(sample().join("documents/0000_label4.png"), documents.join("4.png")).unwrap();
    let commit = |views: &[&str], out: &str| {
        let given = views.iter().flat_map(|view| ["--view", view]);
        let command: Vec<_> = ["commit-corpus", "documents", "--out", out, "--json"]
            .into_iter()
            .chain(given)
            .collect();
        let (code, out, errors) = responder(folder, &command);
        assert_eq!(code, 0, "{errors}");
        let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
        (summary["unseen"]["margins"].clone(), errors)
    };
    // Of 28 rows the middle 21.
    let (margins, errors) = commit(&["image/gray-4x4", "image/gray-8x6-crop"], "c");
    assert_eq!(margins, 1);
    assert!(errors.contains("4.png (1 picture without its margins)"), "{errors}");
    let list = std::fs::read_to_string(folder.join("c/SECRET/unseen.csv")).unwrap();
    assert!(list.contains("\n4.png,0,0,no,25,0,commit under a view without -crop"), "{list}");
    // All of a square is in a square, and the other views show all of everything.
    for (at, view) in ["image/gray-4x4-crop", "image/gray-8x6-fit"].into_iter().enumerate() {
        assert_eq!(commit(&[view], &format!("c{at}")).0, 0, "{view}");
    }
}
