//! Archives as programs write them, and as no program does.

use std::io::Write;

use candor_documents::{Child, Kind, Reason, Source, entries};

use super::*;
use crate::zip::{Entry, end, write};

fn names(items: &[Child]) -> Vec<String> {
    items.iter().map(|item| String::from_utf8_lossy(&item.name).into_owned()).collect()
}

#[test]
fn a_file_on_disk_gives_what_its_bytes_give() {
    let folder = tempfile::tempdir().unwrap();
    for name in ARCHIVES {
        let bytes = data(name);
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let mut given = Vec::new();
        let budget = &mut Budget::of_container(bytes.len() as u64);
        entries(Source::File(&file), kind_of(&bytes), budget, &mut |child, _| {
            given.push(child);
            Ok(())
        })
        .unwrap();
        assert_eq!(given, items(&bytes).0, "{name}");
    }
}

#[test]
fn a_program_may_stand_before_a_zip_archive_and_anything_in_its_comment() {
    let archive = write(&[Entry::new("a", b"1"), Entry::new("b", b"2")]);
    for comment in [end(0, 0, 0, 0), end(1, 46, 7, 0), b"PK\x05\x06".to_vec()] {
        let mut archive = archive.clone();
        let length = archive.len();
        archive[length - 2..].copy_from_slice(&(comment.len() as u16).to_le_bytes());
        let whole = [b"MZ program", &archive[..], &comment].concat();
        assert_eq!(kind_of(&whole), Kind::Zip);
        let (items, result) = items(&whole);
        assert_eq!((names(&items), result), (vec!["a".to_owned(), "b".to_owned()], Ok(())));
    }
    assert_eq!(items(&archive[..archive.len() - 30]).1, Err(Reason::Damaged));
    assert_eq!(items(&end(0, 0, 0, 0)), (Vec::new(), Ok(())));
}

#[test]
fn a_mail_that_carries_an_archive_as_it_stands_is_a_mail() {
    let head = b"From: a@example.com\nTo: b@example.com\nSubject: x\n\n";
    let archive = write(&[Entry::new("a", b"1")]);
    assert_eq!(kind_of(&[head, &archive[..]].concat()), Kind::Mail);
    assert_eq!(kind_of(&[&head[..10], &archive[..]].concat()), Kind::Zip);
}

#[test]
fn each_entry_that_is_not_given_has_its_reason() {
    let link = Entry { mode: 0o120_777, ..Entry::new("link", b"../x") };
    let crypt = Entry { flags: 1, ..Entry::new("crypt", b"?") };
    let short = Entry { size: 9, ..Entry::new("short", b"?") };
    let broken = Entry { method: 8, ..Entry::new("broken", b"\xff\xff") };
    let bomb = Entry { method: 8, size: 1 << 29, ..Entry::new("bomb", b"\0") };
    let other = Entry { method: 98, ..Entry::new("other", b"?") };
    let folder = Entry { mode: 0o040_755, ..Entry::new("folder/", b"") };
    let (items, result) =
        items(&write(&[link, crypt, short, broken, bomb, other, folder, Entry::new("", b"+")]));
    let told: Vec<_> = items.iter().map(|item| (&item.bytes, item.detail.as_str())).collect();
    assert_eq!(result, Ok(()));
    assert_eq!(told[0], (&Err(Reason::NotOpened), "symbolic link to ../x"));
    assert_eq!(told[1].0, &Err(Reason::Encrypted));
    assert_eq!(told[2], (&Err(Reason::Damaged), "shorter than it states"));
    assert_eq!(told[3].0, &Err(Reason::Damaged));
    assert_eq!(told[4].0, &Err(Reason::Bomb));
    assert_eq!(told[5], (&Err(Reason::NotOpened), "packed by PPMd"));
    assert_eq!(told[6].0, &Ok(b"+".to_vec()));
}

#[test]
fn a_budget_is_for_all_entries() {
    let bytes = vec![0; 60 << 20];
    let entries: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| Entry::new(name, &bytes)).into();
    let (items, result) = items(&write(&entries));
    let given = items.iter().filter(|item| item.bytes.is_ok()).count();
    assert_eq!((given, items[4].bytes.clone(), result), (4, Err(Reason::TooLarge), Ok(())));
}

/// A tar header, with its checksum.
fn tar_header(name: &str, kind: u8, size: usize, magic: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[136..147].copy_from_slice(b"00000000012");
    block[148..156].fill(b' ');
    block[156] = kind;
    block[257..257 + magic.len()].copy_from_slice(magic);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

fn tar(name: &str, kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut entry = tar_header(name, kind, bytes.len(), b"");
    entry.extend_from_slice(bytes);
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

#[test]
fn tar_archives_go_on_after_their_end() {
    let end = vec![0; 1024];
    let joined = [tar("a", 0, b"1"), end.clone(), tar("b", b'0', b"2"), end.clone()].concat();
    assert_eq!(kind_of(&joined), Kind::Tar);
    let (given, result) = items(&joined);
    assert_eq!((names(&given), result), (vec!["a".to_owned(), "b".to_owned()], Ok(())));
    assert_eq!(given[0].modified, Some(10));

    let (given, result) = items(&[tar("a", 0, b"1"), end.clone(), b"rest".to_vec()].concat());
    assert_eq!((given.len(), &given[1].bytes, result), (2, &Err(Reason::Damaged), Ok(())));
    let (given, result) = items(&[tar("a", 0, b"1"), b"no header".to_vec()].concat());
    assert_eq!((given.len(), result), (1, Err(Reason::Damaged)));
    let cut = tar_header("a", b'0', 5000, b"ustar\0");
    assert_eq!(items(&cut).0[0].bytes, Err(Reason::Damaged));
}

#[test]
fn headers_of_tar_name_what_follows() {
    let long = "n".repeat(300);
    let record = format!("path={long}\n");
    let record = format!("{} {record}", record.len() + 4);
    let archive = [
        tar("pax", b'x', record.as_bytes()),
        tar("short", b'0', b"1"),
        tar("././@LongLink", b'L', long.as_bytes()),
        tar("short", b'0', b"2"),
        tar("plain", b'0', b"3"),
        tar("folder", b'5', b""),
        tar("pipe", b'6', b""),
    ];
    let (given, result) = items(&archive.concat());
    assert_eq!(result, Ok(()));
    assert_eq!(names(&given), [long.as_str(), &long, "plain", "pipe"]);
    assert_eq!(given[3].bytes, Err(Reason::NotOpened));
    let broken = tar("pax", b'x', b"99 path=x\n");
    assert_eq!(items(&broken).1, Err(Reason::Damaged));
}

/// A gzip member with a name, stored.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut member = b"\x1f\x8b\x08\x08\x0a\0\0\0\0\x03name\0\x01".to_vec();
    let length = bytes.len() as u16;
    member.write_all(&[length.to_le_bytes(), (!length).to_le_bytes()].concat()).unwrap();
    member.write_all(bytes).unwrap();
    member.write_all(&crc32fast::hash(bytes).to_le_bytes()).unwrap();
    member.write_all(&u32::from(length).to_le_bytes()).unwrap();
    member
}

#[test]
fn members_of_gzip_are_one_file() {
    let whole = [gzip(b"ab"), gzip(b"c"), vec![0; 100]].concat();
    let (given, result) = items(&whole);
    let child = Child {
        name: b"name".to_vec(),
        modified: Some(10),
        bytes: Ok(b"abc".to_vec()),
        detail: String::new(),
    };
    assert_eq!((given, result), (vec![child], Ok(())));
    let (given, _) = items(&[gzip(b"ab"), vec![0; 9], b"more".to_vec()].concat());
    assert_eq!((given.len(), given[1].detail.as_str()), (2, "4 bytes after the last member"));
    let mut wrong = gzip(b"ab");
    *wrong.last_mut().unwrap() ^= 1;
    assert_eq!(items(&wrong).0[0].bytes, Err(Reason::Damaged));
    assert_eq!(items(&gzip(b"ab")[..20]).0[0].bytes, Err(Reason::Damaged));
}
