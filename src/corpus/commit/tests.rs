//! Committing to small directories.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;

use candor_documents::{CoarseKind, DateFrom, EXPANDER, Kind, ListHead, Moment};
use rand_core::{CryptoRng, OsRng, RngCore};

use sha2::{Digest, Sha256};

use super::*;
use crate::corpus::missing::Missing;
use crate::corpus::views::{
    MAX_FILE_BYTES, UnreadableReason, View, Vocabularies, VocabularyDigests, canonicalise_file,
};

fn views() -> Vec<ViewId> {
    ["image/gray-4x4", "image/rgb-2x3"].map(|name| name.parse().unwrap()).to_vec()
}

fn ready() -> Vec<View> {
    View::all(&views(), &Vocabularies::default()).unwrap()
}

/// Nine small images and a note.
fn corpus() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for i in 0..9u8 {
        let image = image::GrayImage::from_fn(8, 8, |x, y| image::Luma([i * (x + y) as u8]));
        image.save(directory.path().join(format!("{i}.png"))).unwrap();
    }
    fs::write(directory.path().join("note.txt"), "no image").unwrap();
    directory
}

fn commit(directory: &Path) -> Result<(Commitment, Store), CorpusError> {
    commit_corpus(directory, &views(), &mut OsRng, &|_, _| ())
}

#[test]
fn the_store_opens_the_commitment() {
    let directory = corpus();
    let most = AtomicU64::new(0);
    let progress = |done: u64, total: u64| {
        assert_eq!(total, 10);
        most.fetch_max(done, Ordering::Relaxed);
    };
    let (commitment, store) =
        commit_corpus(directory.path(), &views(), &mut OsRng, &progress).unwrap();
    assert_eq!(most.into_inner(), 10);
    assert_eq!(commitment.documents, 10);
    store.check(&commitment).unwrap();

    let tree = store.tree().unwrap();
    for (index, entry) in (0..).zip(&store.entries) {
        let proof = tree.prove(index).unwrap();
        commitment.check_membership(entry.leaf(), &proof).unwrap();

        let file = directory.path().join(scan::to_path(entry.path()).unwrap());
        let bytes = fs::read(file).unwrap();
        for (view, opened) in commitment.header.views.iter().zip(&entry.views) {
            if entry.path() == b"note.txt" {
                assert_eq!(opened.missing, Some(Missing::Outside(CoarseKind::Text)));
                continue;
            }
            let bytes = canonicalise_file(&bytes, view).unwrap();
            let digest = sponge::view_digest(&view.to_string(), opened.salt, &bytes);
            assert_eq!((opened.digest, opened.missing), (digest, None));
        }
    }
}

#[test]
fn nothing_repeats_between_two_commitments() {
    let directory = corpus();
    let (first, first_store) = commit(directory.path()).unwrap();
    let (second, second_store) = commit(directory.path()).unwrap();
    assert_ne!(first.root, second.root);
    let salts: BTreeSet<[u8; 32]> = [&first_store, &second_store]
        .into_iter()
        .flat_map(|store| &store.entries)
        .flat_map(|entry| {
            let others = [entry.salt, entry.record_salt, entry.family_salt, entry.family.id];
            entry.views.iter().map(|view| view.salt).chain(others)
        })
        .map(|salt| field::encode(&salt))
        .collect();
    assert_eq!(salts.len(), 2 * 10 * 6);
}

#[test]
fn shuffling_reaches_every_order_evenly() {
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..6000 {
        let mut items = [0, 1, 2];
        shuffle(&mut items, &mut OsRng);
        *seen.entry(items).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 6);
    // Nine standard deviations of a binomial with n = 6000, p = 1/6.
    assert!(seen.values().all(|&n: &i32| (n - 1000).abs() < 260), "{seen:?}");
}

#[test]
fn the_text_has_one_spelling() {
    let (commitment, _) = commit(corpus().path()).unwrap();
    let text = commitment.to_json();
    assert_eq!(Commitment::from_json(text.as_bytes()).unwrap(), commitment);
    let changed = [
        format!("{text}\n"),
        format!(" {text}"),
        text.trim_end().to_owned(),
        text.replace("  ", " "),
        text.replace("\"documents\": 10", "\"documents\": 0"),
        text.replace("\"documents\": 10", "\"documents\": 10.0"),
        text.replace("\"documents\": 10", "\"documents\": 10, \"documents\": 10"),
        text.replace("\"documents\": 10", "\"documents\": 10, \"more\": 1"),
        text.replace("\"format_version\": 2", "\"format_version\": 1"),
        text.replace("\"acquisition\": []", "\"acquisition\": null"),
        text.replace("\"acquisition\": []", "\"acquisition\": [\"00\"]"),
        text.replace("image/rgb-2x3", "image/gray-4x4"),
        text.replace("image/rgb-2x3", "image/rgb-02x3"),
        text.replace("\"root\": \"", "\"root\": \"f"),
        text.replace(&field::to_hex(&commitment.root), &"f".repeat(64)),
        text.replace('{', "[{"),
        " ".repeat(1 << 17),
    ];
    for text in changed {
        assert!(Commitment::from_json(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn header_digest_binds_every_field() {
    let header = Header::new(&views()).unwrap();
    let mut reversed = header.clone();
    reversed.views.reverse();
    let mut fewer = header.clone();
    fewer.views.pop();
    let mut older = header.clone();
    older.canonicaliser.push('0');
    let mut version = header.clone();
    version.format_version = 3;
    let expander = Header { expander: "candor-expander/0".to_owned(), ..header.clone() };
    let acquisition = Header { acquisition: vec![Sha256Hex([0; 32])], ..header.clone() };
    for other in [reversed, fewer, older, version, expander, acquisition] {
        assert_ne!(header.digest(), other.digest());
    }
    let digest = |byte| Some(Sha256Hex([byte; 32]));
    let views = ["text/wordpiece-8", "text/bpe-8"].map(|view| view.parse().unwrap());
    let with = |wordpiece, bpe| Header::with(&views, VocabularyDigests { wordpiece, bpe });
    let header = with(digest(1), digest(2)).unwrap();
    let mut last = [1; 32];
    last[31] = 2;
    let last = with(Some(Sha256Hex(last)), digest(2));
    for other in [with(digest(2), digest(1)), with(digest(1), digest(3)), last] {
        assert_ne!(header.digest(), other.unwrap().digest());
    }
    let commitment = Commitment::new(header, 1, field::from_wide(&[0; 64]));
    let text = commitment.to_json();
    assert_eq!(Commitment::from_json(text.as_bytes()).unwrap(), commitment);
    assert!(commitment.views().is_err(), "before the vocabularies are read");
    let null = text.replacen(&format!("\"{}\"", digest(2).unwrap()), "null", 1);
    assert!(Commitment::from_json(null.as_bytes()).is_err());
    assert!(with(digest(1), None).is_err() && with(None, None).is_err());
    assert!(
        Header::with(&views[..1], VocabularyDigests { wordpiece: digest(1), bpe: digest(2) })
            .is_err()
    );
}

#[test]
fn views_must_be_some_and_distinct() {
    let directory = corpus();
    let one = views()[0];
    for views in [vec![], vec![one, one]] {
        assert!(matches!(
            commit_corpus(directory.path(), &views, &mut OsRng, &|_, _| ()),
            Err(CorpusError::Views(_))
        ));
    }
}

#[test]
fn an_empty_directory_is_no_corpus() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(commit(directory.path()), Err(CorpusError::Empty(_))));
}

#[test]
fn a_long_file_is_hashed_whole_and_unreadable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("long");
    let file = File::create(&path).unwrap();
    file.set_len(MAX_FILE_BYTES + 3).unwrap();
    let reading = read_document(&path).unwrap();
    assert_eq!(reading.byte_length, MAX_FILE_BYTES + 3);
    assert_eq!(reading.sha256, <[u8; 32]>::from(Sha256::digest(fs::read(&path).unwrap())));
    assert_eq!(reading.kind, Kind::Unknown);
    assert_eq!(
        reading.canonicalise(&Record::of_file(Vec::new()), &ready()),
        vec![Err(Missing::Outside(CoarseKind::Other)); 2]
    );
    fs::OpenOptions::new().write(true).open(&path).unwrap().write_all(b"GIF89a").unwrap();
    let reading = read_document(&path).unwrap();
    let missing = Missing::Unreadable(UnreadableReason::TooManyBytes);
    assert_eq!(reading.canonicalise(&Record::of_file(Vec::new()), &ready()), vec![Err(missing); 2]);
}

#[test]
fn a_missing_document_is_named() {
    let error = read_document(Path::new("/nowhere/gone.png")).err().unwrap();
    assert!(error.to_string().contains("/nowhere/gone.png"));
}

/// A generator that repeats itself is caught before anything is written.
#[test]
fn repeated_digests_are_refused() {
    struct Stuck;
    impl RngCore for Stuck {
        fn next_u32(&mut self) -> u32 {
            1
        }
        fn next_u64(&mut self) -> u64 {
            1
        }
        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            bytes.fill(1);
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
            bytes.fill(1);
            Ok(())
        }
    }
    impl CryptoRng for Stuck {}
    let directory = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::write(directory.path().join(name), "same").unwrap();
    }
    assert!(matches!(
        commit_corpus(directory.path(), &views(), &mut Stuck, &|_, _| ()),
        Err(CorpusError::RepeatedDigest)
    ));
}

/// All formats of the sample corpus are read; only the note is outside the view.
#[test]
fn the_sample_corpus_is_read() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_corpus/documents");
    let view = ["image/gray-28x28".parse().unwrap()];
    let (commitment, store) = commit_corpus(&directory, &view, &mut OsRng, &|_, _| ()).unwrap();
    assert_eq!(commitment.documents, 43);
    store.check(&commitment).unwrap();
    for entry in &store.entries {
        let outside = Missing::Outside(CoarseKind::Text);
        assert_eq!(entry.views[0].missing, (entry.path() == b"note.txt").then_some(outside));
    }
}

/// Two families of items: one of three members, and a picture alone.
fn expanded() -> (tempfile::TempDir, Vec<Listed>) {
    let folder = tempfile::tempdir().unwrap();
    let listed = |item: u64, top: u64, ordinal: u32, count: u32, parent: Option<u32>| {
        let bytes = format!("item {item}");
        let path = folder.path().join(items::item_path(item));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &bytes).unwrap();
        Listed {
            item,
            top,
            ordinal,
            count,
            container: None,
            record: Record { parent, ..Record::of_file(b"../\xff".to_vec()) },
            kind: Kind::Text,
            bytes: bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(bytes)),
            md5: String::new(),
            mih: None,
        }
    };
    let all = vec![
        listed(0, 0, 0, 3, None),
        listed(1, 0, 1, 3, Some(0)),
        listed(2, 0, 2, 3, Some(1)),
        listed(5, 5, 0, 1, None),
    ];
    let items = all.len() as u64;
    let head = ListHead { format: ListHead::FORMAT.into(), expander: EXPANDER.into(), items };
    let lines = all.iter().map(|item| serde_json::to_string(item).unwrap() + "\n");
    let text = serde_json::to_string(&head).unwrap() + "\n" + &lines.collect::<String>();
    fs::write(folder.path().join(items::LIST), text).unwrap();
    (folder, all)
}

#[test]
fn items_are_committed_to_as_they_are_listed() {
    let (folder, listed) = expanded();
    let (commitment, store) = commit(folder.path()).unwrap();
    store.check(&commitment).unwrap();
    assert_eq!((commitment.documents, commitment.header.is_expanded()), (4, true));
    let of = |number: u64| store.entries.iter().find(|entry| entry.item == Some(number)).unwrap();
    for item in &listed {
        let entry = of(item.item);
        assert_eq!(entry.record, item.record);
        assert_eq!((entry.family.ordinal, entry.family.count), (item.ordinal, item.count));
        assert!(entry.family.id == of(item.top).family.id);
    }
    assert!(of(0).family.id != of(5).family.id);
}

#[test]
fn an_item_that_is_not_the_one_listed_is_refused() {
    let (folder, _) = expanded();
    for bytes in ["item 1 and more", "item 9"] {
        fs::write(folder.path().join(items::item_path(1)), bytes).unwrap();
        assert!(matches!(commit(folder.path()), Err(CorpusError::OtherItem(_))), "{bytes}");
    }
}

/// A plain folder: each file is a family of its own and has the time that it has on
/// disk.
#[test]
fn a_file_is_recorded_with_its_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("alice/a.txt");
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, "x").unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_557_819_000);
    fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
    let (_, store) = commit(directory.path()).unwrap();
    let entry = &store.entries[0];
    assert_eq!((entry.family.ordinal, entry.family.count), (0, 1));
    let expected = Record {
        date: Moment::from_seconds(1_557_819_000),
        date_from: DateFrom::File,
        ..Record::of_file(b"alice/a.txt".to_vec())
    };
    assert_eq!(entry.record, expected);
}
