//! A bundle as it was sent: in a zip or tar archive, with what operating
//! systems add to it, and with the root on record in the judge's hand.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use candor::exchange::{
    ExchangeError, OnRecord, Outcome, Report, RootSource, Silent, verify_bundle, verify_document,
};
use candor::field::ScalarHex;
use candor_testing::golden;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn verify(bundle: &Path) -> Result<Report, ExchangeError> {
    verify_bundle(&golden().join("commitment.json"), &golden().join("request"), bundle, &Silent)
}

/// The files of the stored bundle, by name.
fn files() -> Vec<(String, Vec<u8>)> {
    let root = golden().join("bundle");
    let named = candor_testing::files::files(&root).into_iter();
    named
        .map(|name| (name.to_str().unwrap().to_owned(), fs::read(root.join(name)).unwrap()))
        .collect()
}

fn zipped(path: &Path, prefix: &str, method: CompressionMethod, files: &[(String, Vec<u8>)]) {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in files {
        archive.start_file(format!("{prefix}{name}"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

fn tarred(path: &Path, prefix: &str, files: &[(String, Vec<u8>)]) {
    let mut archive = tar::Builder::new(File::create(path).unwrap());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{prefix}{name}"), bytes.as_slice()).unwrap();
    }
    archive.finish().unwrap();
}

/// One path for each way to pack files.
fn packed(folder: &Path, files: &[(String, Vec<u8>)]) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for (i, prefix) in ["", "BUNDLE/", "./"].into_iter().enumerate() {
        for (j, method) in
            [CompressionMethod::Stored, CompressionMethod::Deflated].into_iter().enumerate()
        {
            let path = folder.join(format!("{i}{j}.zip"));
            zipped(&path, prefix, method, files);
            paths.push(path);
        }
        let path = folder.join(format!("{i}.tar"));
        tarred(&path, prefix, files);
        paths.push(path);
    }
    paths
}

#[test]
fn an_archive_verifies_like_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let expected = verify(&golden().join("bundle")).unwrap();
    assert_eq!(expected.outcome, Outcome::Incomplete);
    for path in packed(folder.path(), &files()) {
        let report = verify(&path).unwrap();
        assert_eq!(report.failure, None, "{}", path.display());
        assert_eq!(report.outcome, expected.outcome);
        assert_eq!(report.checks, expected.checks);
        let released = golden().join("bundle/data/released");
        let file = fs::read_dir(released).unwrap().next().unwrap().unwrap().path();
        let report = verify_document(&golden().join("commitment.json"), &path, &file).unwrap();
        assert_eq!(report.outcome, Outcome::Verified);
    }
}

#[test]
fn a_change_inside_an_archive_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for (change, check) in [("leaves.bin", 1), ("bundle.json", 1), ("00000000.proof", 1)] {
        let mut files = files();
        let (_, bytes) = files.iter_mut().find(|(name, _)| name.ends_with(change)).unwrap();
        let last = bytes.len() - 2;
        bytes[last] ^= 1;
        for path in packed(folder.path(), &files) {
            let failure = verify(&path).unwrap().failure.unwrap();
            assert_eq!(failure.check.id(), check, "{change} in {}: {failure}", path.display());
        }
    }
    // A file more, and a file less.
    let mut more = files();
    more.push(("data/extra.txt".to_owned(), b"x".to_vec()));
    for path in packed(folder.path(), &more) {
        let failure = verify(&path).unwrap().failure.unwrap();
        assert_eq!((failure.check.id(), failure.subject.as_str()), (1, "data/extra.txt"));
    }
    let less: Vec<_> = files().into_iter().filter(|(name, _)| name != "bagit.txt").collect();
    for path in packed(folder.path(), &less) {
        assert_eq!(verify(&path).unwrap().outcome, Outcome::Failed, "{}", path.display());
    }
}

#[test]
fn what_is_no_archive_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle");
    let problem = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        verify(&path).unwrap_err().to_string()
    };
    assert!(problem(b"just a note").contains("neither a folder nor a zip or tar archive"));
    assert!(problem(b"").contains("neither a folder nor a zip or tar archive"));
    assert!(problem(&[0x1f, 0x8b, 8, 0]).contains("compressed as a whole"));
    assert!(problem(b"PK\x03\x04 and no more").contains("unpack it"));
    // Two files of one name: which of them would be read?
    let mut twice = files();
    twice.push(twice[0].clone());
    tarred(&path, "", &twice);
    assert!(verify(&path).unwrap_err().to_string().contains("twice"));
    // A file whose stated length is not its own.
    zipped(&path, "", CompressionMethod::Deflated, &files());
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(37) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        if let Ok(report) = verify(&path) {
            let honest = report.failure.is_none();
            assert!(!honest || report.outcome == Outcome::Incomplete, "byte {at}");
        }
    }
}

#[test]
fn what_systems_add_is_named_and_left_aside() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    for (name, bytes) in files() {
        let path = bundle.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let junk =
        [".DS_Store", "data/._leaves.bin", "data/released/Thumbs.db", "data/proofs/.DS_Store"];
    for name in junk {
        fs::write(bundle.join(name), b"x").unwrap();
    }
    fs::create_dir(bundle.join("System Volume Information")).unwrap();
    let assert_named = |path: &Path, more: &str| {
        let report = verify(path).unwrap();
        assert_eq!((report.failure, report.outcome), (None, Outcome::Incomplete));
        for name in junk.iter().chain([&more]) {
            assert!(report.left_aside.iter().any(|found| found == name), "{name}");
        }
        assert_eq!(report.left_aside.len(), 5);
    };
    assert_named(&bundle, "System Volume Information");
    let mut packed_files = files();
    packed_files.extend(junk.map(|name| (name.to_owned(), b"x".to_vec())));
    let mut paths = packed(folder.path(), &packed_files);
    for path in &mut paths {
        let report = verify(path).unwrap();
        assert_eq!((report.failure, report.left_aside.len()), (None, 4), "{}", path.display());
    }
    // As a Macintosh packs a folder: its own files stand beside it.
    let mut mac: Vec<_> =
        files().into_iter().map(|(name, bytes)| (format!("BUNDLE/{name}"), bytes)).collect();
    mac.push(("__MACOSX/BUNDLE/._data".to_owned(), b"x".to_vec()));
    let path = folder.path().join("mac.zip");
    zipped(&path, "", CompressionMethod::Deflated, &mac);
    let report = verify(&path).unwrap();
    assert_eq!((report.failure, report.left_aside), (None, vec!["__MACOSX".to_owned()]));
    // A file that is not known stays one.
    fs::write(bundle.join("data/notes.txt"), b"x").unwrap();
    assert_eq!(verify(&bundle).unwrap().outcome, Outcome::Failed);
}

#[test]
fn the_report_says_where_the_root_is_from() {
    let (request, bundle) = (golden().join("request"), golden().join("bundle"));
    let verify = |on_record: OnRecord<'_>| verify_bundle(on_record, &request, &bundle, &Silent);
    let commitment = golden().join("commitment.json");
    let own = verify(OnRecord::from(&commitment)).unwrap();
    assert_eq!((own.root_source, own.outcome), (RootSource::Commitment, Outcome::Incomplete));
    let root = own.root;

    let copy = verify(OnRecord::default()).unwrap();
    assert_eq!((copy.root_source, copy.outcome), (RootSource::Bundle, Outcome::Incomplete));
    assert!(copy.to_string().contains("taken from the bundle's own copy"), "{copy}");

    let compared = verify(OnRecord { commitment: None, root: Some(root) }).unwrap();
    assert_eq!((compared.root_source, compared.root), (RootSource::Compared, root));
    assert!(!compared.to_string().contains("own copy"), "{compared}");

    let other: ScalarHex = "0".repeat(64).parse().unwrap();
    let refused = verify(OnRecord { commitment: None, root: Some(other) }).unwrap();
    let failure = refused.failure.unwrap();
    assert_eq!((failure.check.id(), failure.subject.as_str()), (3, "data/commitment.json"));
    let wrong = verify(OnRecord { commitment: Some(&commitment), root: Some(other) });
    assert!(matches!(wrong, Err(ExchangeError::Input { .. })), "the judge's own mistake");
}

#[test]
fn the_bundles_copy_is_the_commitment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.tar");
    let mut changed = files();
    let is_copy = |(name, _): &&mut (String, Vec<u8>)| name == "data/commitment.json";
    let (_, bytes) = changed.iter_mut().find(is_copy).unwrap();
    let text =
        String::from_utf8(bytes.clone()).unwrap().replace("\"documents\": 10", "\"documents\": 9");
    *bytes = text.into_bytes();
    tarred(&path, "", &changed);
    // With manifests left as they were, check 1; see `tampered` for the rest.
    assert_eq!(verify(&path).unwrap().failure.unwrap().check.id(), 1);
}
