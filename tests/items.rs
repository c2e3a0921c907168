//! Documents opened into items: what is written, that it is the same each time, and that
//! nothing is left out in silence.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use candor::exchange::expand::{Dedupe, ExpandSummary, Expanded, Options, expand};
use candor::exchange::{ExchangeError, Progress, Silent};
use candor_documents::{DateFrom, Kind, ListHead, Listed};
use candor_testing::files::{copy, files, repository, sha256};

/// A source and where its items go.
struct Case {
    root: tempfile::TempDir,
    dedupe: Dedupe,
    custodian: Option<&'static str>,
    known: bool,
    texts: bool,
}

impl Case {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("source")).unwrap();
        Self { root, dedupe: Dedupe::None, custodian: None, known: false, texts: false }
    }

    /// The documents with known right answers.
    fn of_data() -> Self {
        let case = Self::new();
        copy(&repository().join("documents/tests/data"), &case.path("source"));
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn add(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn expand_with(&self, out: &str, progress: &dyn Progress) -> Result<Expanded, ExchangeError> {
        let (source, out) = (self.path("source"), self.path(out));
        let (known, texts) = (self.path("known"), self.path("texts"));
        let options = Options {
            source: &source,
            out: &out,
            custodian: self.custodian,
            dedupe: self.dedupe,
            known: self.known.then_some(known.as_path()),
            ocr_text: self.texts.then_some(texts.as_path()),
        };
        expand(&options, progress)
    }

    fn expand(&self, out: &str) -> ExpandSummary {
        self.expand_with(out, &Silent).unwrap().summary
    }

    fn refused(&self, out: &str) -> String {
        self.expand_with(out, &Silent).unwrap_err().to_string()
    }

    fn items(&self, out: &str) -> Vec<Listed> {
        let text = fs::read_to_string(self.path(out).join("families.jsonl")).unwrap();
        let mut lines = text.lines();
        let head: ListHead = serde_json::from_str(lines.next().unwrap()).unwrap();
        let items: Vec<Listed> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(head.items, items.len() as u64);
        for (number, item) in (0..).zip(&items) {
            assert_eq!(item.item, number);
            let bytes = fs::read(self.path(out).join(place(number))).unwrap();
            assert_eq!(
                (item.bytes, &item.sha256),
                (bytes.len() as u64, &sha256(&bytes).to_string())
            );
        }
        items
    }

    /// Rows of a list, without its heading.
    fn list(&self, list: &str) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(self.path(list)).unwrap();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
        rows.collect()
    }

    fn tree(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let at = self.path(folder);
        files(&at)
            .into_iter()
            .map(|file| (file.clone(), fs::read(at.join(file)).unwrap()))
            .collect()
    }
}

fn place(number: u64) -> String {
    format!("items/{:06}/{number:09}", number / 1000)
}

fn paths(items: &[Listed]) -> Vec<String> {
    items.iter().map(|item| item.record.path.to_string()).collect()
}

fn mail(id: &str, body: &str) -> String {
    format!(
        "From: a@example.com\nTo: b@example.com\nSubject: s\nDate: Tue, 14 May 2019 09:30:00 +0200\n\
         Message-ID: <{id}@example.com>\n\n{body}\n"
    )
}

/// A mail with a named attachment.
fn mail_with(id: &str, attachment: &str) -> String {
    let head = mail(id, "");
    format!(
        "{}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nbody {id}\n--b\n\
         Content-Type: application/octet-stream; name=\"a.bin\"\n\
         Content-Disposition: attachment; filename=\"a.bin\"\n\n{attachment}\n--b--\n",
        head.trim_end()
    )
}

#[test]
fn families_are_those_that_are_known() {
    let case = Case::of_data();
    let summary = case.expand("items");
    let items = case.items("items");
    let expected = fs::read(case.path("source/expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let mut seen = 0;
    for (name, file) in expected["files"].as_object().unwrap() {
        let inside = format!("{name}/");
        let found: Vec<_> = items
            .iter()
            .filter(|item| {
                let path = item.record.path.to_string();
                path == *name || path.starts_with(&inside)
            })
            .collect();
        if let Some(count) = file["family"]["items"].as_u64() {
            assert_eq!(found.len() as u64, count, "{name}");
            seen += 1;
        }
        // A mere container is a family of its own, and so is each of its entries.
        if found[0].kind.is_container() {
            assert!(found.iter().all(|item| item.ordinal > 0 || item.record.parent.is_none()));
            assert_eq!(found[0].count, 1, "{name}");
        }
    }
    assert!(seen > 12, "{seen}");
    assert_eq!(summary.items, items.len() as u64);
    // What is made says so.
    let made = |path: &str| items.iter().find(|item| item.record.path.to_string() == path);
    assert!(made("pages.tiff/page-1.tiff").unwrap().record.made);
    assert!(!made("zip-names.zip").unwrap().record.made);
    // Children have the date of their mail; a file has its own.
    let nested = items.iter().filter(|item| item.ordinal > 0 && item.record.inherited.is_some());
    assert!(nested.clone().count() > 3);
    assert!(nested.clone().any(|item| item.record.date_from == DateFrom::Header));
}

#[test]
fn nothing_is_left_out_in_silence() {
    let case = Case::of_data();
    case.expand("items");
    let rows = case.list("items/exceptions.csv");
    let has = |path: &str, reason: &str| {
        let found = rows.iter().any(|row| row[1] == path && row[2] == reason && !row[4].is_empty());
        assert!(found, "{path}: {reason}: {rows:#?}");
    };
    has("docx-encrypted.docx", "encrypted");
    has("pdf-encrypted-user.pdf", "encrypted");
    has("zip-encrypted.zip/secret.txt", "encrypted");
    has("zip-overlap-bomb.zip", "entries-overlap");
    has("zip-odd.zip/crc.txt", "damaged");
    has("zip-odd.zip/bzip2.txt", "not-opened");
    has("tar-longnames.tar/soft.txt", "not-opened");
    let items = case.items("items");
    for row in &rows {
        let item = &items[row[0].parse::<usize>().unwrap()];
        assert!(row[1].starts_with(&item.record.path.to_string()), "{row:?}");
    }
}

#[test]
fn two_runs_write_the_same() {
    let case = Case::of_data();
    case.expand("one");
    case.expand("two");
    assert_eq!(case.tree("one"), case.tree("two"));
    assert_eq!(case.root.path().read_dir().unwrap().count(), 3, "nothing is left beside them");
    assert!(case.refused("one").contains("already exists"));
}

/// Cuts a file when so many steps are done, so that the work stops there.
struct Cutting {
    file: PathBuf,
    after: u64,
    done: AtomicU64,
    told: Mutex<String>,
}

impl Progress for Cutting {
    fn stage(&self, _: &str, _: u64) {}

    fn advance(&self, units: u64) {
        let before = self.done.fetch_add(units, Ordering::SeqCst);
        if before < self.after && before + units >= self.after {
            File::options().write(true).open(&self.file).unwrap().set_len(1).unwrap();
        }
    }

    fn if_stopped(&self, text: &str) {
        *self.told.lock().unwrap() = text.to_owned();
    }
}

#[test]
fn work_that_was_stopped_goes_on() {
    for dedupe in [Dedupe::None, Dedupe::Global] {
        let mut case = Case::of_data();
        case.dedupe = dedupe;
        for n in 0..40 {
            case.add(&format!("source/m/{n:02}.eml"), mail_with(&(n % 30).to_string(), "x"));
        }
        let last = case.path("source/zip-odd.zip");
        let whole = fs::read(&last).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
        let restore = || {
            fs::write(&last, &whole).unwrap();
            let times = FileTimes::new().set_modified(time);
            File::options().write(true).open(&last).unwrap().set_times(times).unwrap();
        };
        restore();
        case.expand("expected");
        let progress = Cutting {
            file: last.clone(),
            after: 60,
            done: AtomicU64::new(0),
            told: Mutex::default(),
        };
        let error = case.expand_with("items", &progress).unwrap_err().to_string();
        assert!(error.contains("zip-odd.zip changed"), "{error}");
        assert!(progress.told.lock().unwrap().contains("items.partial"));
        assert!(!case.path("items").exists());
        let checkpoint = fs::read_to_string(case.path("items.partial/checkpoint.json")).unwrap();
        let checkpoint: serde_json::Value = serde_json::from_str(&checkpoint).unwrap();
        assert!(checkpoint["files"].as_u64().unwrap() > 60, "{checkpoint}");

        // Another source is not mixed in.
        assert!(case.refused("items").contains("another source"));
        restore();
        let kept = case.path("items.partial/whole").join(place(0));
        let before = fs::metadata(&kept).unwrap().modified().unwrap();
        case.expand("items");
        assert_eq!(case.tree("items"), case.tree("expected"));
        let after = fs::metadata(case.path("items").join(place(0))).unwrap().modified().unwrap();
        assert_eq!(before, after, "written once");
        assert!(!case.path("items.partial").exists());
    }
}

#[test]
fn only_whole_families_are_dropped() {
    let mut case = Case::new();
    let same = mail_with("1", "x");
    for (path, text) in [
        ("source/alice/1.eml", same.clone()),
        ("source/alice/again.eml", same.clone()),
        ("source/bob/1.eml", same.clone()),
        // The same attachment in another mail, and the same message id in another.
        ("source/bob/2.eml", mail_with("2", "x")),
        ("source/bob/other.eml", mail("1", "other")),
        ("source/bob/a.bin", "x".to_owned()),
        ("source/bob/box.mbox", format!("From - Tue May 14 09:30:00 2019\n{same}\n").repeat(2)),
    ] {
        case.add(path, text);
    }
    let all = case.expand("none");
    assert_eq!((all.duplicates.families, all.containers), (0, 1));
    assert!(!case.path("none/duplicates.csv").exists());

    case.dedupe = Dedupe::Custodian;
    let own = case.expand("custodian");
    assert_eq!(own.duplicates.families, 3, "one of alice's, two in bob's mailbox");
    assert_eq!(own.items + own.duplicates.items, all.items);

    case.dedupe = Dedupe::Global;
    let global = case.expand("global");
    assert_eq!(global.duplicates.families, 4);
    assert_eq!(global.duplicates.same_message_id, 2, "kept, since their bytes differ");
    let left = paths(&case.items("global"));
    let expected = [
        "alice/1.eml",
        "alice/1.eml/a.bin",
        "bob/2.eml",
        "bob/2.eml/a.bin",
        "bob/a.bin",
        "bob/box.mbox",
        "bob/other.eml",
    ];
    assert_eq!(left, expected);
    let rows = case.list("global/duplicates.csv");
    let paths: Vec<_> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(paths, ["alice/again.eml", "bob/1.eml", "bob/box.mbox/#1", "bob/box.mbox/#2"]);
    for row in rows {
        assert_eq!(
            (row[6].as_str(), row[7].as_str(), row[8].as_str()),
            ("0", "alice/1.eml", "alice; bob")
        );
    }
}

#[test]
fn a_list_made_at_collection_is_compared() {
    let mut case = Case::new();
    case.add("source/alice/a.txt", "a");
    case.add("source/alice/b.txt", "b");
    case.add("source/alice/b again.txt", "b");
    case.known = true;
    case.dedupe = Dedupe::Global;
    let line = |bytes: &str, path: &str| {
        format!("{},{},/mnt/{path}\n", bytes.len(), sha256(bytes.as_bytes()))
    };
    let head = "%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n## by hand\n";
    let whole =
        line("a", "alice/a.txt") + &line("b", "alice/b.txt") + &line("b", "alice/b again.txt");
    case.add("known", format!("{head}{whole}"));
    let same = case.expand("same").known.unwrap();
    assert!(same.agrees() && same.same == 3, "a family that was dropped is there: {same:?}");
    assert_eq!(case.list("same/known.csv").len(), 0);

    let other = line("a", "alice/a.txt") + &line("c", "alice/b.txt") + &line("d", "alice/d.txt");
    case.add("known", format!("{head}{other}"));
    let differs = case.expand("differs").known.unwrap();
    let found = [differs.same, differs.missing, differs.not_listed, differs.differing];
    assert_eq!(found, [1, 1, 1, 1]);
    let rows = case.list("differs/known.csv");
    let rows: Vec<_> = rows.iter().map(|row| format!("{}: {}", row[0], row[1])).collect();
    assert_eq!(
        rows,
        ["alice/b again.txt: not listed", "alice/b.txt: differs", "alice/d.txt: missing"]
    );
    case.add("known", "no list");
    assert!(case.refused("never").contains("no list of hashdeep"));
}

#[test]
fn texts_of_an_ocr_engine_are_families_of_their_own() {
    let mut case = Case::new();
    let scan = fs::read(repository().join("sample_corpus/documents/0004_label7.png")).unwrap();
    case.add("source/alice/scan.png", &scan);
    case.add("source/alice/mail.eml", mail_with("1", "x"));
    case.add("source/alice/plain.txt", "plain");
    case.add("texts/alice/scan.png.txt", "found on the page");
    // The attachment, by its digest.
    let attachment = {
        case.expand("before");
        case.items("before").into_iter().find(|item| item.ordinal == 1).unwrap()
    };
    case.add(&format!("texts/{}.txt", attachment.sha256), "in the attachment");
    case.add("texts/alice/nothing.png.txt", "of nothing");
    case.texts = true;
    case.dedupe = Dedupe::Global;
    let summary = case.expand("items");
    assert_eq!(summary.ocr.map(|ocr| (ocr.items, ocr.unused)), Some((2, 1)));
    let items = case.items("items");
    let all = [
        "alice/mail.eml",
        "alice/mail.eml/a.bin",
        "alice/mail.eml/a.bin.ocr.txt",
        "alice/plain.txt",
        "alice/scan.png",
        "alice/scan.png.ocr.txt",
    ];
    assert_eq!(paths(&items), all);
    let (mail, text) = (&items[0], &items[2]);
    assert_eq!((text.ordinal, text.count, text.kind, text.top), (0, 1, Kind::Text, 2));
    assert_eq!(text.record.date, mail.record.date);
    assert!(text.record.container.is_none() && text.record.parent.is_none() && !text.record.made);
    case.add("texts/alice/zip.txt", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert!(case.refused("never").contains("no plain text"));
}

#[test]
fn custodians_are_folders_or_given() {
    let mut case = Case::new();
    case.add("source/alice/1.eml", mail_with("1", "x"));
    case.add("source/loose.txt", "x");
    let custodians = |out: &str, case: &Case| -> Vec<Option<String>> {
        let items = case.items(out).into_iter();
        items.map(|item| item.record.custodian.map(|name| name.to_string())).collect()
    };
    case.expand("own");
    let alice = Some("alice".to_owned());
    assert_eq!(custodians("own", &case), [alice.clone(), alice, None]);
    case.custodian = Some("Bob");
    case.expand("given");
    assert_eq!(custodians("given", &case), vec![Some("Bob".to_owned()); 3]);
}

#[cfg(unix)]
#[test]
fn names_may_be_hostile() {
    use std::os::unix::ffi::OsStrExt;
    let case = Case::new();
    for name in [&b"a\xff.txt"[..], b"A.TXT", b"a.txt", b"con", b"dot.", b"=1+1", b"line\nend.txt"]
    {
        fs::write(case.path("source").join(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
    }
    std::os::unix::fs::symlink("/etc/passwd", case.path("source/link")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(case.path("source/socket")).unwrap();
    let names = case.expand("items").names;
    assert_eq!((names.collide, names.reserved, names.trailing, names.not_unicode), (2, 2, 1, 1));
    assert_eq!(case.items("items").len(), 7, "no link is followed");
    let rows = case.list("items/exceptions.csv");
    let rows: Vec<_> =
        rows.iter().map(|row| (row[0].as_str(), row[1].as_str(), row[3].as_str())).collect();
    assert_eq!(rows, [("", "link", "symbolic link to /etc/passwd"), ("", "socket", "socket")]);
}

#[cfg(unix)]
#[test]
fn items_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::of_data();
    case.expand("items");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let at = case.path("items");
    for file in files(&at) {
        assert_eq!(mode(&at.join(&file)), 0o600, "{}", file.display());
        for folder in
            at.join(file).ancestors().skip(1).take_while(|folder| *folder != case.root.path())
        {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
    }
    // Whoever may read everything cannot be kept from reading.
    let locked = case.path("source/empty.txt");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
    if File::open(&locked).is_err() {
        let error = case.refused("never");
        assert!(error.contains("empty.txt") && error.contains("nothing was written"), "{error}");
        assert!(!case.path("never.partial").exists());
    }
}

#[test]
fn what_is_written_is_not_read() {
    let case = Case::new();
    case.add("source/a.txt", "x");
    assert!(case.refused("source/items").contains("lies in the folder"));
    assert!(!case.path("source/items.partial").exists());
}

#[test]
fn containers_stand_in_containers_eight_deep() {
    let case = Case::new();
    let mut bytes = b"deep".to_vec();
    for depth in (0..10).rev() {
        bytes = tar(&format!("{depth}"), &bytes);
    }
    case.add("source/top.tar", &bytes);
    let summary = case.expand("items");
    // The one on disk and eight below it; the last of them is not opened.
    assert_eq!((summary.items, summary.containers), (9, 9));
    let rows = case.list("items/exceptions.csv");
    assert_eq!((rows.len(), rows[0][0].as_str(), rows[0][2].as_str()), (1, "8", "too-deep"));
    let items = case.items("items");
    assert!(items.iter().all(|item| (item.ordinal, item.count) == (0, 1)));
    let containers: Vec<_> = items.iter().map(|item| item.container).collect();
    assert_eq!(containers[..3], [None, Some(0), Some(1)]);
    assert_eq!(items[2].record.path.to_string(), "top.tar/0/1");
    assert_eq!(items[2].record.container.as_ref().unwrap().to_string(), "top.tar/0");
}

fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    archive.append_data(&mut header, name, bytes).unwrap();
    archive.into_inner().unwrap()
}

/// Figures: `cargo test --release --test items -- --ignored --nocapture mail_a_second`.
#[test]
#[ignore = "measures"]
fn mail_a_second() {
    let case = Case::new();
    let mut mailbox = String::new();
    for n in 0..2_000_usize {
        let line = format!("word{} offers a price for item {n} of the contract\n", n % 97);
        let mail = mail_with(&n.to_string(), &line.repeat(200 + 37 * n % 1_800));
        mailbox.push_str(&format!("From - Tue May 14 09:30:00 2019\n{mail}\n"));
    }
    case.add("source/a.mbox", &mailbox);
    let done = case.expand_with("items", &Silent).unwrap();
    assert_eq!(done.summary.items, 4_001);
    let megabytes = mailbox.len() as f64 / 1e6;
    println!("{megabytes:.0} MB of mail: {:.1} MB a second", megabytes / done.seconds);
}
