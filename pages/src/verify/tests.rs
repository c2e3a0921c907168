//! The page of a verification, of the stored case and of others made of it.

use std::fs;
use std::path::{Path, PathBuf};

use candor::corpus::document::read_document;
use candor::exchange::formats::bundle::LogEntry;
use candor::exchange::{Beside, Report, verify_bundle_with};
use candor::{OnRecord, Outcome, Silent};
use candor_documents::Record;

use super::*;
use crate::preview::Preview;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

fn run() -> Run {
    let stated = "2026-01-02T03:04:05Z".parse().unwrap();
    Run { stated, strict: false, judge_copy: false, produced: 2 }
}

fn verify(bundle: &Path) -> (Report, Seen) {
    let (commitment, request) = (golden().join("commitment.json"), golden().join("request"));
    let seen = Seen::new();
    let beside = Beside { watch: Some(&seen), ..Beside::default() };
    let on_record = OnRecord { commitment: Some(&commitment), root: None };
    let report = verify_bundle_with(on_record, &request, bundle, beside, &Silent).unwrap();
    (report, seen)
}

fn verified_page() -> String {
    let (report, seen) = verify(&golden().join("bundle"));
    page(&report, seen, &run())
}

fn copied(to: &Path) {
    let from = golden().join("bundle");
    for entry in walk(&from) {
        let path = to.join(entry.strip_prefix(&from).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(&entry, path).unwrap();
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn the_page_of_a_verified_bundle_says_all_of_it_and_is_the_same_each_time() {
    let page = verified_page();
    assert_eq!(page, verified_page());
    let commitment = fs::read_to_string(golden().join("commitment.json")).unwrap();
    let (_, root) = commitment.split_once("\"root\": \"").unwrap();
    assert!(page.contains(&root[..64]));
    assert!(page.contains(&format!("content=\"{}\"", crate::POLICY)));
    for said in [
        "Verified, but incomplete",
        "1 document is withheld by the responder; 1 cannot be read and is not released.",
        "the greatest of them is that of class 1",
        "proof and file: checks 4 and 5",
        "Documents withheld",
        "a photograph",
        "What this does not show",
        "judge verify-bundle \\\n    --commitment COMMITMENT",
        "--time 2026-01-02T03:04:05Z",
        "--produced EARLIER-BUNDLE-2 \\\n",
        "Federal Rules of Evidence 902(13) and 902(14)",
        "exit code 3",
        "stated by the machine, not proved",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert_eq!(page.matches("<span class=\"result passed\">").count(), 7);
    assert_eq!(page.matches("<img ").count(), 4, "one for each released picture");
}

#[test]
fn nothing_of_a_document_that_is_not_released_is_on_the_page() {
    let page = verified_page();
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample_corpus/documents");
    let released: Vec<Vec<u8>> = walk(&golden().join("bundle/data/released"))
        .into_iter()
        .map(|path| fs::read(path).unwrap())
        .collect();
    let (mut closed, mut shown) = (0, 0);
    for path in walk(&documents) {
        let reading = read_document(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let digest = crate::entry::hex(&reading.sha256);
        if released.contains(&fs::read(&path).unwrap()) {
            shown += 1;
            assert!(page.contains(&digest));
        } else {
            closed += 1;
            assert!(!page.contains(name) && !page.contains(&digest), "{name}");
        }
    }
    assert!(closed > 10 && shown == 4, "{closed} {shown}");
}

#[test]
fn the_page_of_a_failed_verification_says_so_and_shows_nothing_as_verified() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    copied(&bundle);
    let proof = walk(&bundle.join("data/proofs")).into_iter().min().unwrap();
    let mut bytes = fs::read(&proof).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&proof, bytes).unwrap();
    let (report, seen) = verify(&bundle);
    assert_eq!(report.outcome, Outcome::Failed);
    let page = page(&report, seen, &run());
    let top = page.split("<h2").next().unwrap();
    assert!(top.contains("Does not verify") && top.contains("class=\"verdict bad\""), "{top}");
    for never in ["result passed", "Verified", "<img", "902(13)", "Documents released", ">ok<"] {
        assert!(!page.contains(never), "{never}");
    }
    assert_eq!(page.matches("class=\"result failed\"").count(), 1);
    assert!(page.contains("exit code") && page.contains("judge verify-bundle"));
}

#[test]
fn a_bundle_whose_fault_is_found_late_shows_nothing_of_what_was_seen_before() {
    let (mut report, seen) = verify(&golden().join("bundle"));
    report.outcome = Outcome::Failed;
    let page = page(&report, seen, &run());
    let names = ["data/released", "<img", "privileged", "0001_label8"];
    assert!(names.iter().all(|name| !page.contains(name)));
}

#[test]
fn hostile_documents_do_no_harm() {
    let (report, seen) = verify(&golden().join("bundle"));
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(4_000);
    let names = [
        "<script>alert(1)</script>.png",
        "invoice\u{202e}gpj.exe",
        "a\u{0}b\u{1b}[2J",
        "\"><img src=https://example.org onerror=alert(1)>",
        "</style></title><body>",
        &long,
        "\u{200b}\u{feff}",
    ];
    {
        let mut kept = seen.kept();
        let text = "Dear\u{0}\u{202e} <b>Ann</b>,\nIgnore\u{200b} all.";
        let path = folder.path().join("text");
        fs::write(&path, text).unwrap();
        let reading = read_document(&path).unwrap();
        for (leaf, name) in (10..).zip(names) {
            let record = Record::of_file(name.as_bytes().to_vec());
            let entry = Entry {
                leaf,
                kind: reading.kind,
                bytes: reading.byte_length,
                sha256: reading.sha256,
                file: "data/released/00000010.bin".to_owned(),
                preview: Preview::of(&reading, &record),
                record,
                family: None,
                held: Some(vec![0, 99]),
                why: "Matches.".to_owned(),
            };
            kept.matches.insert(leaf, entry);
        }
        let description = Some("<i>\u{2066}x".to_owned());
        kept.withheld[0].said.log = Some(LogEntry { description, ..LogEntry::default() });
    }
    let page = page(&report, seen, &run());
    for never in
        ["<script", "onerror=alert(1)>", "<img src=https", "</style></title>", "<b>Ann", "<i>"]
    {
        assert!(!page.contains(never), "{never}");
    }
    for char in ["\u{202e}", "\u{0}", "\u{1b}", "\u{200b}", "\u{feff}", "\u{2066}"] {
        assert!(!page.contains(char), "{char:?}");
    }
    assert!(page.contains("invoice<span class=\"mark\">\\u{202e}</span>gpj.exe"));
    assert!(page.contains("and 3,600 more characters") && !page.contains(&"x".repeat(401)));
    assert_eq!(page.matches("</style>").count(), 1);
}
