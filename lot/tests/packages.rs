//! Packages as hostile archives.

mod common;
mod repacked;

use std::fs;

use candor::exchange::Silent;
use candor::exchange::formats::bundle::Opening;
use candor_lot::audit::PackageState;
use candor_lot::audit::unpack::{Asked, Unpacked, unpack};
use candor_lot::judge::LotFolder;
use candor_testing::files::sha256;
use common::Court;
use repacked::{add, openings};

#[test]
fn hostile_archives_are_read_no_further_than_their_manifest_goes() {
    let (court, leaves) = Court::with_opened();
    let honest = court.package("lot", "opened");
    let report = |from: &str| {
        let _ = fs::remove_dir_all(court.path("audited"));
        court.audit("lot", Some(from), "audited").unwrap()
    };
    let unusable = |what: &str| {
        let report = report("repacked");
        let PackageState::Unusable { problem } = &report.audit.package else { panic!("{what}") };
        assert_eq!((report.exit_code(), report.counts.missing), (1, 5), "{what}: {problem}");
        problem.clone()
    };
    // Something after the end, another file, one too few, two in another order.
    court.pack("opened", "repacked", &honest, b"x");
    assert!(unusable("after").contains("follows its last file"));
    let mut more = honest.clone();
    more.push(("../escaped".to_owned(), b"x".to_vec()));
    court.pack("opened", "repacked", &more, &[]);
    assert!(unusable("more").contains("not in its manifest"));
    assert!(!court.path("escaped").exists());
    court.pack("opened", "repacked", &honest[..honest.len() - 1].to_vec(), &[]);
    assert!(unusable("fewer").contains("is not in it"));
    let mut swapped = honest.clone();
    swapped.swap(3, 4);
    court.pack("opened", "repacked", &swapped, &[]);
    assert!(unusable("swapped").contains("in that order"));
    // Longer or shorter than stated, or other bytes.
    for (change, problem) in [
        (&(|bytes: &mut Vec<u8>| bytes.push(0)) as &dyn Fn(&mut Vec<u8>), "longer"),
        (
            &|bytes| {
                bytes.pop();
            },
            "shorter",
        ),
        (&|bytes| bytes[0] ^= 1, "not the one in its manifest"),
    ] {
        let mut changed = honest.clone();
        change(&mut changed[3].1);
        court.pack("opened", "repacked", &changed, &[]);
        assert!(unusable(problem).contains(problem));
    }
    // Links, long names, folders.
    for kind in [
        tar::EntryType::Symlink,
        tar::EntryType::Link,
        tar::EntryType::Directory,
        tar::EntryType::GNULongName,
        tar::EntryType::XHeader,
        tar::EntryType::Fifo,
    ] {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in &honest[..3] {
            add(&mut tar, name, bytes);
        }
        let mut header = tar::Header::new_gnu();
        let name = format!("files/{:08}", leaves[0]);
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_cksum();
        tar.append(&header, &[][..]).unwrap();
        let archive = tar.into_inner().unwrap();
        court.encrypt("opened", "repacked", &honest[0].1, &archive);
        assert!(unusable("kind").contains("other than regular files"));
    }
    // Openings out of order, of a leaf that is not there, or of a place alone.
    for change in [
        &(|opening: &mut candor::exchange::formats::bundle::Opening| opening.leaf += 1000)
            as &dyn Fn(&mut Opening),
        &|opening: &mut Opening| opening.family = None,
        &|opening: &mut Opening| {
            (opening.file, opening.record, opening.view_salts) = (None, None, None);
        },
    ] {
        court.repack("opened", "repacked", |files| openings(files, |opening| change(opening)));
        unusable("openings");
    }
    court.repack("opened", "repacked", |files| files[0].1.insert(0, b' '));
    assert!(unusable("spelling").contains("not in order"));
    court.repack("opened", "repacked", |files| files[1].1 = b"{}\n".to_vec());
    assert!(unusable("missing").contains("missing.jsonl"));
}

#[test]
fn an_archive_with_a_changed_byte_is_refused_or_the_same() {
    let (court, _) = Court::with_opened();
    let honest = court.package("lot", "opened");
    let mut tar = tar::Builder::new(Vec::new());
    honest.iter().for_each(|(name, bytes)| add(&mut tar, name, bytes));
    let archive = tar.into_inner().unwrap();
    let identity = LotFolder::open(&court.path("lot")).unwrap().secret().unwrap().identity;
    let asked = Asked { manifest: sha256(&honest[0].1), documents: 7 };
    let unpacked = |archive: &[u8]| {
        let path = court.path("changed.age");
        fs::write(&path, age::encrypt(&identity.to_public(), archive).unwrap()).unwrap();
        let room = tempfile::tempdir().unwrap();
        match unpack(&path, &identity, asked, room.path(), &Silent) {
            Ok(Unpacked::Package(package)) => {
                let files = package
                    .openings
                    .iter()
                    .map(|opening| fs::read(package.path(opening.leaf)).unwrap());
                let files: Vec<Vec<u8>> = files.collect();
                Some((package.openings.clone(), package.missing.clone(), files))
            }
            Ok(Unpacked::Broken(_)) => None,
            Err(error) => {
                assert!(error.to_string().contains("not the package"), "{error}");
                None
            }
        }
    };
    let whole = unpacked(&archive).unwrap();
    let (mut refused, mut state) = (0, 1_u64);
    for _ in 0..400 {
        // Whatever is changed: headers, names, lengths, lists, bytes of documents.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = (state >> 33) as usize % archive.len();
        let mut changed = archive.clone();
        changed[at] ^= 1 << (state >> 61);
        match unpacked(&changed) {
            // What fills a block up is in no file.
            Some(found) => assert_eq!(found, whole, "byte {at}"),
            None => refused += 1,
        }
        let cut = &archive[..at];
        assert!(unpacked(cut).is_none_or(|found| found == whole), "cut at {at}");
    }
    assert!(refused > 100, "{refused}");
}
