//! Documents that somebody made to crash, fool or exhaust the programs.

use std::fs;
use std::path::Path;
use std::process::Command;

use candor::CoarseKind;
use candor::corpus::document::read_document;
use candor::corpus::scan;
use candor::corpus::{
    Commitment, CorpusError, Missing, Store, UnreadableReason, ViewId, canonicalise_file,
    commit_corpus, leaf,
};
use rand_core::OsRng;

const SAMPLES: [&str; 9] = [
    "sample_corpus/documents/0000_label4.png",
    "sample_corpus/documents/0095_label7.jpg",
    "sample_corpus/documents/0104_label7.bmp",
    "sample_corpus/documents/0033_label3.gif",
    "sample_corpus/documents/0034_label1.tiff",
    "sample_corpus/documents/0035_label2.webp",
    "tests/vectors/images/progressive-444-wide.jpg",
    "tests/vectors/images/adobe-cmyk.jpg",
    "tests/vectors/images/jpeg-inside.tiff",
];

fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn view() -> ViewId {
    "image/gray-28x28".parse().unwrap()
}

fn commit(directory: &Path) -> Result<(Commitment, Store), CorpusError> {
    commit_corpus(directory, &[view()], &mut OsRng, &|_, _| ())
}

fn error_text(directory: &Path) -> String {
    commit(directory).unwrap_err().to_string()
}

mod bombs {
    //! Small files that declare huge images.

    use super::*;

    fn patched(name: &str, changes: &[(usize, &[u8])]) -> Vec<u8> {
        let mut bytes = sample(name);
        for (offset, change) in changes {
            bytes[*offset..offset + change.len()].copy_from_slice(change);
        }
        bytes
    }

    /// The checksum of a PNG chunk.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
        })
    }

    fn png(side: u32) -> Vec<u8> {
        let side = side.to_be_bytes();
        let mut bytes = patched(SAMPLES[0], &[(16, &side), (20, &side)]);
        let crc = crc32(&bytes[12..29]).to_be_bytes();
        bytes[29..33].copy_from_slice(&crc);
        bytes
    }

    fn jpeg(name: &str, marker: u8, side: u16) -> Vec<u8> {
        let bytes = sample(name);
        let frame = bytes.windows(2).position(|pair| pair == [0xff, marker]).unwrap();
        let side = side.to_be_bytes();
        patched(name, &[(frame + 5, &side), (frame + 7, &side)])
    }

    fn bmp(side: u32) -> Vec<u8> {
        let side = side.to_le_bytes();
        patched(SAMPLES[2], &[(18, &side), (22, &side)])
    }

    /// The canvas and, if asked, the frame.
    fn gif(side: u16, frame: bool) -> Vec<u8> {
        let bytes = sample(SAMPLES[3]);
        let side = side.to_le_bytes();
        let separator = [0x2c, 0, 0, 0, 0, 28, 0, 28, 0];
        let at = bytes.windows(9).position(|window| window == separator).unwrap();
        if frame {
            patched(SAMPLES[3], &[(6, &side), (8, &side), (at + 5, &side), (at + 7, &side)])
        } else {
            patched(SAMPLES[3], &[(6, &side), (8, &side)])
        }
    }

    /// Width, length and rows of the only strip, as 32-bit entries.
    fn tiff(side: u32) -> Vec<u8> {
        let mut bytes = sample(SAMPLES[4]);
        let directory = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
        let count = u16::from_le_bytes([bytes[directory], bytes[directory + 1]]);
        for entry in 0..usize::from(count) {
            let at = directory + 2 + 12 * entry;
            if [256u16, 257, 278].contains(&u16::from_le_bytes([bytes[at], bytes[at + 1]])) {
                bytes[at + 2..at + 4].copy_from_slice(&4u16.to_le_bytes());
                bytes[at + 8..at + 12].copy_from_slice(&side.to_le_bytes());
            }
        }
        bytes
    }

    /// A lossless WebP, whose two sides have 14 bits each.
    fn webp(side: u32) -> Vec<u8> {
        let bits = (side - 1) | (side - 1) << 14;
        let mut bytes = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f".to_vec();
        bytes.extend(bits.to_le_bytes());
        bytes.extend([0; 9]);
        bytes
    }

    #[test]
    fn too_many_pixels_are_refused_before_decoding() {
        for (name, bytes) in [
            ("png", png(65_535)),
            ("png", png(0x7fff_ffff)),
            ("jpeg", jpeg(SAMPLES[1], 0xc0, 65_500)),
            ("progressive jpeg", jpeg(SAMPLES[6], 0xc2, 65_500)),
            ("bmp", bmp(65_535)),
            ("gif", gif(65_535, false)),
            ("gif", gif(65_535, true)),
            ("tiff", tiff(65_536)),
            ("webp", webp(16_383)),
        ] {
            let result = canonicalise_file(&bytes, &view());
            assert_eq!(result, Err(UnreadableReason::TooManyPixels), "{name}");
        }
    }

    /// Within the limits, but the pixels are not there.
    #[test]
    fn declared_pixels_without_data_are_answered() {
        let files = [
            ("png", png(6000)),
            ("jpeg", jpeg(SAMPLES[1], 0xc0, 6000)),
            ("progressive jpeg", jpeg(SAMPLES[6], 0xc2, 6000)),
            ("bmp", bmp(6000)),
            ("gif", gif(6000, true)),
            ("tiff", tiff(6000)),
            ("webp", webp(6000)),
        ];
        for (name, bytes) in files {
            let first = canonicalise_file(&bytes, &view());
            assert_eq!(first, canonicalise_file(&bytes, &view()), "{name}");
        }
    }
}

#[test]
fn truncated_files_give_the_same_answer_twice() {
    for name in SAMPLES {
        let bytes = sample(name);
        for end in 0..bytes.len() {
            let first = canonicalise_file(&bytes[..end], &view());
            let second = canonicalise_file(&bytes[..end], &view());
            assert_eq!(first, second, "{name} cut at {end}");
        }
    }
}

#[test]
fn empty_files_are_committed_as_outside_the_view() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.png", "b.jpg", "c"] {
        fs::write(directory.path().join(name), "").unwrap();
    }
    let (commitment, store) = commit(directory.path()).unwrap();
    assert_eq!(commitment.documents, 3);
    store.check(&commitment).unwrap();
    for entry in &store.entries {
        assert_eq!(entry.byte_length, 0);
        assert_eq!(entry.views[0].missing, Some(Missing::Outside(CoarseKind::Text)));
    }
}

#[test]
fn a_file_that_changes_after_the_commitment_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("document.png");
    let bytes = sample(SAMPLES[0]);
    fs::write(&path, &bytes).unwrap();
    let (_, store) = commit(directory.path()).unwrap();
    let entry = &store.entries[0];
    let commitment_now = || {
        let reading = read_document(&path).unwrap();
        leaf::file_commitment(entry.salt, &reading.sha256, reading.byte_length)
    };
    assert_eq!(commitment_now(), entry.commitments().file);
    // Of the same length; longer by a byte that no decoder reads.
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let longer = [bytes.as_slice(), b"\0"].concat();
    for changed in [flipped, longer] {
        fs::write(&path, changed).unwrap();
        assert_ne!(commitment_now(), entry.commitments().file);
    }
    fs::write(&path, &bytes).unwrap();
    assert_eq!(commitment_now(), entry.commitments().file);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn names_that_are_not_unicode_are_committed_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let name = b"caf\xe9 \xff\n.png";
        let path = directory.path().join(OsStr::from_bytes(name));
        if fs::write(&path, sample(SAMPLES[0])).is_err() {
            eprintln!("skipped: this file system wants Unicode names");
            return;
        }
        let (commitment, store) = commit(directory.path()).unwrap();
        let store = Store::decode(&store.encode()).unwrap();
        store.check(&commitment).unwrap();
        assert_eq!(store.entries[0].path(), name);
        let again = directory.path().join(scan::to_path(store.entries[0].path()).unwrap());
        assert_eq!(read_document(&again).unwrap().sha256, store.entries[0].sha256);
    }

    #[test]
    fn an_unreadable_file_stops_the_commitment_and_is_named() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("open"), "x").unwrap();
        let path = directory.path().join("closed");
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::File::open(&path).is_ok() {
            eprintln!("skipped: this user may read every file");
            return;
        }
        let error = error_text(directory.path());
        assert!(error.contains("closed"), "{error}");
    }

    #[test]
    fn links_and_pipes_stop_the_commitment_and_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join("document"), "x").unwrap();
        fs::create_dir(root.join("folder")).unwrap();
        for target in ["document", "folder", "nowhere", "/dev/zero", "."] {
            let link = root.join("the link");
            symlink(target, &link).unwrap();
            let error = error_text(root);
            assert!(error.contains("the link is a symbolic link"), "{target}: {error}");
            fs::remove_file(&link).unwrap();
        }
        let pipe = root.join("folder").join("the pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = error_text(root);
        assert!(error.contains("the pipe is a named pipe"), "{error}");
    }
}

mod many {
    //! Directories of many files, each committed by a process of its own, so
    //! that its peak memory can be read.

    use super::*;

    const COUNT: &str = "CANDOR_TEST_FILES";

    #[test]
    fn ten_thousand_files_take_little_memory() {
        in_a_process_of_its_own("many::ten_thousand_files_take_little_memory", 10_000, 128);
    }

    #[test]
    #[ignore = "takes minutes"]
    fn a_hundred_thousand_files_take_little_memory() {
        in_a_process_of_its_own("many::a_hundred_thousand_files_take_little_memory", 100_000, 512);
    }

    fn in_a_process_of_its_own(name: &str, files: usize, mebibytes: u64) {
        if let Some(files) = std::env::var_os(COUNT) {
            commit_many(files.to_str().unwrap().parse().unwrap());
            println!("peak {}", peak_mebibytes().unwrap_or(0));
            return;
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--include-ignored", "--nocapture"])
            .env(COUNT, files.to_string())
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{stdout}");
        let peak = stdout.lines().find_map(|line| line.strip_prefix("peak ")).unwrap();
        let peak: u64 = peak.parse().unwrap();
        println!("{files} files: {peak} MiB");
        assert!(peak <= mebibytes, "{peak} MiB for {files} files");
    }

    /// One in ten is an image, the others are notes.
    fn commit_many(files: usize) {
        let directory = tempfile::tempdir().unwrap();
        let image = sample(SAMPLES[0]);
        for i in 0..files {
            let folder = directory.path().join(format!("{}", i % 100));
            fs::create_dir_all(&folder).unwrap();
            let note = i.to_string().into_bytes();
            let bytes = if i % 10 == 0 { &image } else { &note };
            fs::write(folder.join(i.to_string()), bytes).unwrap();
        }
        let (commitment, store) = commit(directory.path()).unwrap();
        assert_eq!(commitment.documents, files as u64);
        let read = store.entries.iter().filter(|entry| entry.views[0].missing.is_none());
        assert_eq!(read.count(), files.div_ceil(10));
        store.check(&commitment).unwrap();
    }

    /// The most memory that this process had at once; Linux tells.
    fn peak_mebibytes() -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
    }
}
