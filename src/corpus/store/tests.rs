//! Stores of three documents.

use candor_documents::CoarseKind;

use super::*;
use crate::corpus::views::UnreadableReason;

fn store() -> Store {
    let view: ViewId = "image/gray-2x2".parse().unwrap();
    let header = Header::new(&[view]).unwrap();
    let corrupt = Missing::Unreadable(UnreadableReason::Corrupt);
    let outside = Missing::Outside(CoarseKind::Container);
    let [damaged, archive] =
        [corrupt, outside].map(|missing| leaf::marker(&view, missing, Scalar::from(5)));
    let entry = |path: &[u8], digest, missing| Entry {
        item: None,
        sha256: [7; 32],
        byte_length: 9,
        salt: Scalar::from(3),
        record: Record::of_file(path.to_vec()),
        record_salt: Scalar::from(10),
        family: FamilyPlace { id: Scalar::from(11), ordinal: 0, count: 1 },
        family_salt: Scalar::from(12),
        views: vec![ViewEntry { salt: Scalar::from(5), digest, missing }],
    };
    // An item's path may be what no folder can hold.
    let item = Entry { item: Some(1), ..entry(b"a.zip/../x", archive, Some(outside)) };
    let header = Header { acquisition: vec![Sha256Hex([1; 32])], ..header };
    let mut store = Store {
        root: Scalar::from(0),
        entries: vec![
            entry(b"a/b", Scalar::from(8), None),
            entry(b"\xff", damaged, Some(corrupt)),
            item,
        ],
        header,
    };
    let top = store.tree().unwrap().merkle_root();
    store.root = tree::corpus_root(3, top, store.header.digest());
    store
}

fn commitment(store: &Store) -> Commitment {
    Commitment::new(store.header.clone(), store.entries.len() as u64, store.root)
}

#[test]
fn round_trips_and_opens_its_commitment() {
    let store = store();
    let read = Store::decode(&store.encode()).unwrap();
    assert!(read == store);
    read.check(&commitment(&store)).unwrap();
}

#[test]
fn is_for_the_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("opening.store");
    store().write(&path).unwrap();
    assert!(Store::read(&path).unwrap() == store());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn truncated_or_lengthened_bytes_are_refused() {
    let bytes = store().encode();
    for end in 0..bytes.len() {
        assert!(Store::decode(&bytes[..end]).is_err(), "{end}");
    }
    let mut long = bytes.clone();
    long.push(0);
    let error = Store::decode(&long).unwrap_err().to_string();
    assert!(error.contains("bytes after the end"), "{error}");
}

#[test]
fn every_accepted_byte_string_is_the_encoding_of_what_it_means() {
    let bytes = store().encode();
    for i in 0..bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut bytes = bytes.clone();
            bytes[i] ^= flip;
            if let Ok(store) = Store::decode(&bytes) {
                assert_eq!(store.encode(), bytes, "{i}");
            }
        }
    }
}

#[test]
fn values_out_of_range_are_refused() {
    let encoded = |change: fn(&mut Store)| {
        let mut store = store();
        change(&mut store);
        Store::decode(&store.encode())
    };
    assert!(encoded(|_| ()).is_ok());
    assert!(encoded(|store| store.entries[0].record.path.0 = b"../x".to_vec()).is_err());
    assert!(encoded(|store| store.entries[0].record.path.0 = b"\xff".to_vec()).is_err());
    assert!(encoded(|store| store.entries[0].item = Some(1)).is_err());
    assert!(encoded(|store| store.entries[0].family.ordinal = 1).is_err());
    assert!(encoded(|store| store.entries[0].family.count = 0).is_err());
    assert!(encoded(|store| store.entries[0].family.count = 65_537).is_err());
    assert!(encoded(|store| store.header.expander.clear()).is_err());
    assert!(encoded(|store| store.entries.clear()).is_err());
    assert!(encoded(|store| store.header.views.clear()).is_err());

    let mut bytes = store().encode();
    let last = bytes.len() - 1;
    bytes[last] = 99;
    assert!(Store::decode(&bytes).is_err());
    // The digest before it: all ones is above the modulus.
    let mut bytes = store().encode();
    bytes[last - 32..last].fill(0xff);
    assert!(Store::decode(&bytes).is_err());
    // A number of leaves far beyond what follows.
    let mut bytes = store().encode();
    let count = bytes.windows(8).position(|w| w == 3u64.to_le_bytes());
    bytes[count.unwrap() + 7] = 0xff;
    assert!(Store::decode(&bytes).is_err());
}

#[test]
fn another_commitment_or_a_changed_entry_is_noticed() {
    let store = store();
    let mut other = commitment(&store);
    other.documents = 4;
    assert!(matches!(store.check(&other), Err(StoreError::OtherCommitment)));
    let changes: [fn(&mut Entry); 8] = [
        |entry| entry.byte_length += 1,
        |entry| entry.salt += Scalar::from(1),
        |entry| entry.record.made = true,
        |entry| entry.record_salt += Scalar::from(1),
        |entry| entry.family.count += 1,
        |entry| entry.family_salt += Scalar::from(1),
        |entry| entry.views[0].missing = Some(Missing::Unreadable(UnreadableReason::NotAnImage)),
        |entry| entry.views[0].salt += Scalar::from(1),
    ];
    for change in changes {
        let mut changed = store.clone();
        change(&mut changed.entries[1]);
        assert!(matches!(changed.check(&commitment(&store)), Err(StoreError::WrongRoot)));
    }
}

#[test]
fn debug_tells_no_secret() {
    let store = store();
    let text = format!("{store:?} {:?} {:?}", store.entries, store.entries[0].views);
    assert!(!text.contains("salt") && !text.contains("path") && !text.contains("a/b"));
}
