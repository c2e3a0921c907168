//! What a bundle says of documents that it does not release: nothing that is
//! not a digest or a decision.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use candor::corpus::store::Entry;
use candor::corpus::{ViewId, canonicalise_file};
use candor::exchange::Outcome;
use candor::exchange::formats::bundle::{Opening, OutsideLine, UnreadableLine};
use candor::field::{self, Scalar};
use candor_testing::Case;
use candor_testing::case::asked;
use candor_testing::files::{files, lines};
use sha2::{Digest, Sha256};

/// A shorter piece of a file or view may be there by chance.
const WINDOW: usize = 16;
/// Two views: a record is five elements and a status.
const RECORD: usize = 161;

/// The sample documents with a few added, some of them withheld.
fn answered(root: &Path) -> Case {
    let case = asked(root);
    let added = case.documents().join("counsel/letters");
    fs::create_dir_all(&added).unwrap();
    for (from, to) in [
        ("0004_label7.png", "to-the-client.png"),
        ("0004_label7.png", "from-the-client.png"),
        ("0001_label8.png", "draft of an opinion.png"),
        ("0001_label8.png", "copy of the opinion.png"),
        ("note.txt", "memorandum.txt"),
    ] {
        fs::copy(case.documents().join(from), added.join(to)).unwrap();
    }
    case.ask_anew();
    let withheld = [
        "0004_label7.png",
        "counsel/letters/to-the-client.png",
        "counsel/letters/from-the-client.png",
    ];
    let case = case.withholding(&withheld.map(|name| (name, "privileged")));
    let summary = case.respond();
    assert_eq!((summary.withheld, summary.unreadable, summary.outside), (3, 1, 2));
    case
}

/// Bytes that must not be there, and what they are.
#[derive(Default)]
struct Secrets {
    /// Every window of a longer secret.
    windows: HashMap<[u8; WINDOW], String>,
    /// Shorter ones, whole.
    whole: Vec<(Vec<u8>, String)>,
}

impl Secrets {
    /// Adds a secret as it is, backwards, and each in hexadecimal.
    fn add(&mut self, bytes: &[u8], what: &str) {
        let backwards: Vec<u8> = bytes.iter().rev().copied().collect();
        for (bytes, how) in [(bytes, ""), (&backwards, " backwards")] {
            let lower = hex::encode(bytes);
            self.add_as_it_is(bytes, &format!("{what}{how}"));
            self.add_as_it_is(lower.as_bytes(), &format!("{what}{how} in hexadecimal"));
            let upper = lower.to_ascii_uppercase();
            self.add_as_it_is(upper.as_bytes(), &format!("{what}{how} in hexadecimal"));
        }
    }

    fn add_as_it_is(&mut self, bytes: &[u8], what: &str) {
        if bytes.len() < WINDOW {
            self.whole.push((bytes.to_vec(), what.to_owned()));
        }
        for window in bytes.windows(WINDOW) {
            self.windows.entry(window.try_into().unwrap()).or_insert_with(|| what.to_owned());
        }
    }

    /// What of it is in these bytes.
    fn found_in(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let windows = bytes.windows(WINDOW).filter_map(|window| self.windows.get(window));
        let whole = self.whole.iter().filter(|(secret, _)| {
            !secret.is_empty() && bytes.windows(secret.len()).any(|window| window == secret)
        });
        windows.map(String::as_str).chain(whole.map(|(_, what)| what.as_str())).collect()
    }
}

/// All that is secret of a document that is not released.
fn add_document(secrets: &mut Secrets, case: &Case, entry: &Entry, scores: &[i64], asked: usize) {
    let name = String::from_utf8(entry.path().to_vec()).unwrap();
    let of = |what: &str| format!("{what} of {name}");
    secrets.add_as_it_is(name.as_bytes(), &of("the path"));
    for part in name.split('/') {
        secrets.whole.push((part.as_bytes().to_vec(), of("a part of the path")));
    }
    secrets.add(&Sha256::digest(entry.path()), &of("the digest of the path"));
    secrets.add(&Sha256::digest(entry.record.to_line()), &of("the digest of the record"));
    secrets.add(&field::encode(&entry.record_salt), &of("the salt of the record"));
    secrets.add(&entry.sha256, &of("the digest"));
    secrets.add(&field::encode(&entry.salt), &of("the salt"));
    for (index, view) in entry.views.iter().enumerate() {
        // That of an unreadable view that was asked for is opened, to prove unreadable.
        if view.missing.is_none() || index != asked {
            secrets.add(&field::encode(&view.salt), &of("a view's salt"));
        }
    }
    let file = fs::read(case.documents().join(&name)).unwrap();
    secrets.add(&file, &of("the bytes"));
    for view in ["image/gray-28x28", "image/rgb-8x8"] {
        let view: ViewId = view.parse().unwrap();
        if let Ok(bytes) = canonicalise_file(&file, &view) {
            secrets.add(&bytes, &of("a view"));
        }
    }
    for score in scores {
        secrets.whole.push((score.to_le_bytes().to_vec(), of("a score")));
        let element: Scalar = field::from_i64(*score);
        secrets.add(&field::encode(&element), &of("a score as a field element"));
    }
}

#[test]
fn nothing_of_documents_that_are_not_released_is_in_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let case = answered(folder.path());
    let bundle = case.bundle();
    let openings: Vec<Opening> = lines(&bundle.join("data/openings.jsonl"));
    let released = openings.iter().filter(|opening| opening.file.is_some());
    let released: BTreeSet<u64> = released.map(|opening| opening.leaf).collect();
    let store = case.store();
    let (_, compiled) = case.compiled();
    let node = compiled.scores.unwrap().node;
    let mut secrets = Secrets::default();
    for (leaf, entry) in (0..).zip(&store.entries) {
        if !released.contains(&leaf) {
            let path = case.documents().join(String::from_utf8(entry.path().to_vec()).unwrap());
            let view =
                canonicalise_file(&fs::read(path).unwrap(), &"image/gray-28x28".parse().unwrap());
            let scores = view.map(|bytes| compiled.program.evaluate(&bytes).swap_remove(node));
            add_document(&mut secrets, &case, entry, &scores.unwrap_or_default(), 0);
        }
    }
    assert!(secrets.windows.len() > 10_000);

    // Released files are exactly documents that match; the rest is searched.
    let mut all = Vec::new();
    for name in files(&bundle) {
        let bytes = fs::read(bundle.join(&name)).unwrap();
        if name.starts_with("data/released") {
            let opening = openings
                .iter()
                .find(|opening| opening.file_name().is_some_and(|file| Path::new(&file) == name));
            let record = opening.unwrap().record.clone().unwrap();
            let path = String::from_utf8(record.line.path.0).unwrap();
            assert!(bytes == fs::read(case.documents().join(path)).unwrap(), "{name:?}");
        } else {
            assert_eq!(secrets.found_in(&bytes), BTreeSet::new(), "{name:?}");
            all.extend(bytes);
        }
        all.extend(name.to_str().unwrap().as_bytes());
    }
    assert_eq!(secrets.found_in(&all), BTreeSet::new(), "the whole bundle");

    // What the programs say is made of these.
    let report = case.verify();
    assert_eq!(report.outcome, Outcome::Incomplete);
    let summary = case.respond_anew();
    for told in [
        serde_json::to_string(&report).unwrap(),
        serde_json::to_string(&summary).unwrap(),
        format!("{report:?} {summary:?}"),
    ] {
        assert_eq!(secrets.found_in(told.as_bytes()), BTreeSet::new(), "{told}");
    }
}

/// When each proof was finished would tell at which pace.
#[test]
fn everything_in_a_bundle_bears_one_time() {
    let folder = tempfile::tempdir().unwrap();
    let case = answered(folder.path());
    let mut folders = vec![case.bundle()];
    let mut seen = 0;
    let fixed = UNIX_EPOCH + Duration::from_secs(315_532_800);
    while let Some(folder) = folders.pop() {
        assert_eq!(folder.metadata().unwrap().modified().unwrap(), fixed, "{folder:?}");
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(path.metadata().unwrap().modified().unwrap(), fixed, "{path:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 10);
    assert_eq!(case.verify().outcome, Outcome::Incomplete);
}

/// The search finds what is there.
#[test]
fn a_leak_would_be_found() {
    let folder = tempfile::tempdir().unwrap();
    let case = answered(folder.path());
    let store = case.store();
    let entry = store.entries.iter().find(|entry| entry.path().starts_with(b"counsel")).unwrap();
    let mut secrets = Secrets::default();
    add_document(&mut secrets, &case, entry, &[-123_456], 0);
    let mut reversed = field::encode(&entry.salt);
    reversed.reverse();
    for leak in [
        hex::encode(reversed).into_bytes(),
        field::encode(&entry.salt)[..WINDOW].to_vec(),
        [b"in corpus/".as_slice(), entry.path()].concat(),
        (-123_456i64).to_le_bytes().to_vec(),
        hex::encode_upper(entry.sha256).into_bytes(),
        store.encode(),
    ] {
        let text = [b"before ", leak.as_slice(), b" after"].concat();
        assert!(!secrets.found_in(&text).is_empty(), "{leak:?}");
    }
}

#[test]
fn no_field_of_a_record_repeats_not_even_for_equal_files() {
    let folder = tempfile::tempdir().unwrap();
    let case = answered(folder.path());
    let store = case.store();
    let mut contents: Vec<_> = store.entries.iter().map(|entry| entry.sha256).collect();
    contents.sort_unstable();
    assert!(contents.windows(2).filter(|pair| pair[0] == pair[1]).count() >= 5, "equal files");

    let leaves = fs::read(case.bundle().join("data/leaves.bin")).unwrap();
    let fields = || leaves.chunks(RECORD).flat_map(|record| record[..RECORD - 1].chunks(32));
    assert_eq!(fields().count(), 5 * store.entries.len());
    assert_eq!(fields().collect::<BTreeSet<_>>().len(), fields().count());

    // Nor does a salt or a marker that is opened.
    let openings: Vec<Opening> = lines(&case.bundle().join("data/openings.jsonl"));
    let unreadable: Vec<UnreadableLine> = lines(&case.bundle().join("data/unreadable.jsonl"));
    let outside: Vec<OutsideLine> = lines(&case.bundle().join("data/outside.jsonl"));
    let salts = openings.iter().flat_map(|opening| {
        let others = [
            opening.file.as_ref().map(|file| file.salt),
            opening.record.as_ref().map(|record| record.salt),
            opening.family.as_ref().map(|family| family.salt),
            opening.family.as_ref().map(|family| family.id),
        ];
        opening.view_salts.iter().flatten().copied().chain(others.into_iter().flatten())
    });
    let salts = salts.chain(unreadable.iter().map(|line| line.salt));
    let salts = salts.chain(outside.iter().map(|line| line.salt));
    let salts: Vec<_> = salts.map(|salt| salt.to_string()).collect();
    assert_eq!(salts.iter().collect::<BTreeSet<_>>().len(), salts.len());
}

/// The points with which a proof begins: commitments to data, advice and
/// quotient, up to the first evaluation, which is no point.
fn points(case: &Case) -> Vec<[u8; 48]> {
    let folder = case.bundle().join("data/proofs");
    let mut points = Vec::new();
    for name in files(&folder) {
        let proof = fs::read(folder.join(name)).unwrap();
        let (chunks, _) = proof.as_chunks::<48>();
        points.extend(chunks.iter().take_while(|chunk| is_point(chunk)));
    }
    points
}

fn is_point(bytes: &[u8; 48]) -> bool {
    use group::GroupEncoding;
    let mut repr = <halo2curves::G1Projective as GroupEncoding>::Repr::default();
    repr.as_mut().copy_from_slice(bytes);
    halo2curves::G1Projective::from_bytes(&repr).is_some().into()
}

#[test]
fn two_answers_to_one_request_share_no_commitment() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    case.respond();
    let first = points(&case);
    case.respond_anew();
    let second = points(&case);
    let plan = case.plan();
    let data: usize =
        (0..plan.batches).map(|b| plan.batch(b).lanes as usize * plan.lane.columns()).sum();
    for points in [&first, &second] {
        assert!(points.len() > data, "{} points, {data} data columns", points.len());
    }
    let all: BTreeSet<_> = first.iter().chain(&second).collect();
    assert_eq!(all.len(), first.len() + second.len());
}

#[test]
fn matching_and_other_documents_give_proofs_of_equal_length() {
    let sizes = |names: [&str; 3], matched: u64| -> Vec<(PathBuf, u64)> {
        let folder = tempfile::tempdir().unwrap();
        let case = Case::new(folder.path()).with_samples(&names).in_batches_of(14).asked();
        let summary = case.respond();
        assert_eq!((summary.documents, summary.matching), (3, matched));
        let folder = case.bundle().join("data");
        let sized = |name: PathBuf| {
            let length = fs::metadata(folder.join(&name)).unwrap().len();
            (name, length)
        };
        let names = files(&folder).into_iter();
        let names = names.filter(|name| {
            !name.starts_with("released") && name.to_str() != Some("openings.jsonl")
        });
        names.map(sized).collect()
    };
    let matching = sizes(["0004_label7.png", "0038_label7.png", "0095_label7.jpg"], 3);
    let other = sizes(["0000_label4.png", "0001_label8.png", "0033_label3.gif"], 0);
    assert!(matching.iter().any(|(name, _)| name.starts_with("proofs")));
    assert_eq!(matching, other);
}

#[cfg(unix)]
#[test]
fn released_files_do_not_have_the_permissions_of_the_documents() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    for entry in fs::read_dir(case.documents()).unwrap() {
        let path = entry.unwrap().path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o500)).unwrap();
    }
    case.respond();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    let usual = mode(&case.bundle().join("data/bundle.json"));
    let released = case.bundle().join("data/released");
    for name in files(&released) {
        assert_eq!(mode(&released.join(&name)), usual, "{name:?}");
    }
}

#[test]
fn withheld_documents_are_proved_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let case = answered(folder.path());
    let lengths = |case: &Case| -> Vec<u64> {
        let proofs = case.bundle().join("data/proofs");
        files(&proofs).iter().map(|n| fs::metadata(proofs.join(n)).unwrap().len()).collect()
    };
    let withheld = lengths(&case);
    let case = case.withholding_nothing();
    case.respond_anew();
    assert_eq!(lengths(&case), withheld);
}
