//! Mails and pictures made by hand, and folders of items as expansion writes them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use candor::corpus::dates::dates_itself;
use candor::corpus::items::{LIST, item_path};
use candor::corpus::members::{Members, dated};
use candor_documents::{Budget, EXPANDER, Kind, ListHead, Listed, Record, family, kind_of, read};
use sha2::{Digest, Sha256};

/// A bitmap of two pixels, one above the other, each of one shade.
#[must_use]
pub fn picture(top: u8, bottom: u8) -> Vec<u8> {
    let mut bytes =
        b"BM\x3e\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\x18\0".to_vec();
    bytes.extend([0; 24]);
    // Rows from the bottom, each filled up to four bytes.
    bytes.extend([bottom, bottom, bottom, 0, top, top, top, 0]);
    bytes
}

/// A mail with attachments: name and bytes. One whose name ends in `.eml` is attached as
/// a mail.
#[must_use]
pub fn mail(subject: &str, attachments: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let boundary = format!("=={}", hex::encode(&Sha256::digest(subject)[..8]));
    let mut text = format!(
        "From: alice@example.com\r\nTo: bob@example.com\r\nSubject: {subject}\r\n\
         Date: Tue, 14 May 2019 07:30:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n\
         --{boundary}\r\nContent-Type: text/plain\r\n\r\nsee below\r\n"
    );
    for (name, bytes) in attachments {
        let _ = write!(text, "--{boundary}\r\n");
        if name.ends_with(".eml") {
            let _ = write!(text, "Content-Type: message/rfc822\r\n\r\n");
            text += str::from_utf8(bytes).unwrap();
        } else {
            let _ = write!(
                text,
                "Content-Type: application/octet-stream\r\n\
                 Content-Disposition: attachment; filename=\"{name}\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
                base64(bytes)
            );
        }
    }
    let _ = write!(text, "--{boundary}--\r\n");
    text.into_bytes()
}

/// Bytes as base64, in one line.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let digit = |at: u32| char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]);
        (0..4).map(|at| if at as usize <= chunk.len() { digit(at) } else { '=' }).collect()
    };
    let groups: Vec<String> = bytes.chunks(3).map(group).collect();
    groups.concat()
}

/// Writes the items of loose files and mails, each by its path, as expansion does; the
/// folder must not be there.
pub fn expand(tops: &[(&str, Vec<u8>)], out: &Path) {
    let mut lines = Vec::new();
    for (path, bytes) in tops {
        let top = lines.len() as u64;
        let kind = kind_of(bytes);
        let top_record = record_of(Record::of_file(path.as_bytes().to_vec()), kind, bytes, None);
        let mut places = Members::of(&top_record, kind);
        let mut members: Vec<(Record, Vec<u8>)> = vec![(top_record, bytes.clone())];
        let opened = if kind.is_container() { Kind::Unknown } else { kind };
        let taken: Result<(), ()> = family(
            bytes,
            opened,
            &mut |member, bytes| {
                let record = places.next(&member).unwrap();
                members.push((record_of(record, member.kind, &bytes, member.modified), bytes));
                Ok(())
            },
            &mut |exception| panic!("{exception:?}"),
        );
        taken.unwrap();
        let count = members.len() as u32;
        for ((record, bytes), ordinal) in members.into_iter().zip(0..) {
            let item = lines.len() as u64;
            let place = out.join(item_path(item));
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, &bytes).unwrap();
            lines.push(Listed {
                item,
                top,
                ordinal,
                count,
                container: None,
                record,
                kind: kind_of(&bytes),
                bytes: bytes.len() as u64,
                sha256: hex::encode(Sha256::digest(&bytes)),
                md5: String::new(),
                mih: None,
            });
        }
    }
    let head = ListHead {
        format: ListHead::FORMAT.to_owned(),
        expander: EXPANDER.to_owned(),
        items: lines.len() as u64,
    };
    let mut text = serde_json::to_string(&head).unwrap() + "\n";
    for line in lines {
        text += &(serde_json::to_string(&line).unwrap() + "\n");
    }
    fs::write(out.join(LIST), text).unwrap();
}

fn record_of(record: Record, kind: Kind, bytes: &[u8], modified: Option<i64>) -> Record {
    let read = dates_itself(kind).then(|| read(bytes, kind, &mut Budget::new()));
    dated(record, kind, read.and_then(Result::ok).as_ref(), modified)
}
