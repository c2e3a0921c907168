//! What opens a committed document, from the responder's secrets.

use candor::corpus::store::Store;
use candor::exchange::formats::bundle::{FileOpening, Opening, RecordOpening};
use candor::exchange::formats::text::Sha256Hex;
use candor::field::ScalarHex;

/// Opens a document's file, record and views truthfully, and not its family.
#[must_use]
pub fn opening(store: &Store, leaf: u64) -> Opening {
    let entry = &store.entries[leaf as usize];
    let siblings = store.tree().unwrap().prove(leaf).unwrap().siblings;
    Opening {
        leaf,
        file: Some(FileOpening {
            bytes: entry.byte_length,
            sha256: Sha256Hex(entry.sha256),
            salt: ScalarHex(entry.salt),
        }),
        record: Some(RecordOpening {
            line: entry.record.clone(),
            salt: ScalarHex(entry.record_salt),
        }),
        family: None,
        view_salts: Some(entry.views.iter().map(|view| ScalarHex(view.salt)).collect()),
        membership: siblings.into_iter().map(ScalarHex).collect(),
    }
}
