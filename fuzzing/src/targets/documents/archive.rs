//! Containers, as they stand and with their checksums put right.

use candor_documents::Kind;

use super::opened;

/// A data file of Outlook.
pub(crate) fn pst(data: &[u8]) {
    opened(data, Kind::Pst);
}

/// A zip archive.
pub(crate) fn zip(data: &[u8]) {
    opened(data, Kind::Zip);
}

/// A tar archive.
pub(crate) fn tar(data: &[u8]) {
    opened(data, Kind::Tar);
}

/// A file under gzip.
pub(crate) fn gzip(data: &[u8]) {
    opened(data, Kind::Gzip);
}

/// A mailbox.
pub(crate) fn mbox(data: &[u8]) {
    opened(data, Kind::Mbox);
}

/// A 7z archive; then the same with the checksums of its headers put right, else no
/// change inside a header would be read.
pub(crate) fn seven_zip(data: &[u8]) {
    opened(data, Kind::SevenZip);
    if let Some(right) = with_checksums(data) {
        opened(&right, Kind::SevenZip);
    }
}

/// Bytes before the header's place, and of all that stands before the streams.
const PLACE: usize = 12;
const START: usize = 32;

fn with_checksums(data: &[u8]) -> Option<Vec<u8>> {
    let number = |at: usize| {
        let bytes: [u8; 8] = data.get(at..at + 8)?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(bytes)).ok()
    };
    let start = START.checked_add(number(PLACE)?)?;
    let header = data.get(start..start.checked_add(number(PLACE + 8)?)?)?;
    let mut right = data.to_vec();
    right.get_mut(28..START)?.copy_from_slice(&crc32fast::hash(header).to_le_bytes());
    let checksum = crc32fast::hash(right.get(PLACE..START)?);
    right.get_mut(8..PLACE)?.copy_from_slice(&checksum.to_le_bytes());
    Some(right)
}
