//! What an attacker does to a copy of an honest case.

use std::fs;
use std::path::{Path, PathBuf};

use candor::exchange::formats::bag;
use candor::exchange::formats::bundle::{
    Basis, BundleInfo, FileOpening, LogEntry, Opening, OutsideLine, RecordOpening, Segregable,
    Substitute, UnreadableLine,
};
use candor::exchange::formats::request::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::case::Case;
use crate::files::{change_document, copy, document, lines, sha256, write_lines};
use crate::opening;

/// The parts of a case that an attack copies, where they are there.
const PARTS: [&str; 4] = ["documents", "commit", "request", "bundle"];

/// Honest cases that an attacker steals from.
#[derive(Debug)]
pub struct Others {
    /// The same corpus and root, another class.
    pub request: Case,
    /// The same documents under another root.
    pub root: Case,
    /// The same corpus and root, another model of the same shape.
    pub program: Case,
    /// The same corpus and root, a model of the other view.
    pub view: Case,
}

impl Others {
    /// Answers beside an honest one, under a folder: for another class, under
    /// another root, of another model of the same shape, and of a model of the other
    /// view.
    #[must_use]
    pub fn of(honest: &Case, folder: &Path, class: u32, model: &[u8], of_view: &[u8]) -> Self {
        let beside = |name: &str| {
            let case = honest.with_root(folder.join(name));
            copy(&honest.documents(), &case.documents());
            copy(&honest.commitment(), &case.commitment());
            case
        };
        let answered = |case: Case| {
            case.ask();
            case.responded()
        };
        let with_model = |name: &str, view: usize, class: u32, model: &[u8]| {
            let case = beside(name);
            let path = case.path("model.onnx");
            fs::write(&path, model).unwrap();
            let view = case.views()[view].to_string();
            answered(case.asking(path, &view, class))
        };
        let root = honest.with_root(folder.join("other-root"));
        copy(&honest.documents(), &root.documents());
        Self {
            request: answered(beside("other-request").for_class(class)),
            root: root.answered(),
            program: with_model("other-program", 0, honest.class(), model),
            view: with_model("other-view", 1, 2, of_view),
        }
    }
}

/// A copy of an honest case that a mutation works on.
#[derive(Debug)]
pub struct Attack<'a> {
    /// The copy.
    pub case: Case,
    others: Option<&'a Others>,
    /// The bag's manifests are made anew at the end, so that they are not what
    /// catches the attack.
    pub(crate) reseal: bool,
}

impl<'a> Attack<'a> {
    /// Does something to a copy of an honest case in an empty folder; the case as
    /// the judge is to see it.
    pub fn on(
        honest: &Case,
        others: Option<&'a Others>,
        folder: &Path,
        mutate: impl FnOnce(&mut Attack<'a>),
    ) -> Case {
        let case = Case::new(folder);
        for part in PARTS {
            if honest.path(part).exists() {
                copy(&honest.path(part), &case.path(part));
            }
        }
        let mut attack = Attack { case, others, reseal: true };
        mutate(&mut attack);
        if attack.reseal {
            bag::seal(&attack.bundle()).unwrap();
        }
        attack.case
    }
}

impl Attack<'_> {
    /// The cases to steal from.
    pub(crate) fn others(&self) -> &Others {
        self.others.expect("other cases to steal from")
    }

    /// A file of the bundle.
    pub(crate) fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.bundle().join(name)
    }

    /// Changes the text of a file of the bundle; it must be another afterwards.
    pub(crate) fn change_text(&self, name: &str, change: impl FnOnce(&str) -> String) {
        let text = fs::read_to_string(self.file(name)).unwrap();
        let changed = change(&text);
        assert_ne!(text, changed);
        fs::write(self.file(name), changed).unwrap();
    }

    /// The last proof.
    pub(crate) fn last_proof(&self) -> PathBuf {
        let info: BundleInfo = document(&self.file("data/bundle.json"));
        self.proof(info.batches - 1)
    }

    /// The matching leaves that are released, in order.
    pub(crate) fn released(&self) -> Vec<usize> {
        let matching = self.with_status(1);
        let openings: Vec<Opening> = lines(&self.file("data/openings.jsonl"));
        let files = openings.iter().filter(|opening| opening.file.is_some());
        let leaves = files.map(|opening| opening.leaf as usize);
        leaves.filter(|leaf| matching.contains(leaf)).collect()
    }

    /// The length of a leaf's record: three elements, one for each view, and a status.
    fn record(&self) -> usize {
        let leaves = fs::metadata(self.file("data/leaves.bin")).unwrap().len() as usize;
        let info: BundleInfo = document(&self.file("data/bundle.json"));
        leaves / info.documents as usize
    }

    /// The bundle.
    #[must_use]
    pub fn bundle(&self) -> PathBuf {
        self.case.bundle()
    }

    pub(crate) fn proof(&self, batch: u64) -> PathBuf {
        self.bundle().join(format!("data/proofs/{batch:08}.proof"))
    }

    pub(crate) fn records(&self, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        let path = self.bundle().join("data/leaves.bin");
        let bytes = fs::read(&path).unwrap();
        let mut records: Vec<Vec<u8>> = bytes.chunks(self.record()).map(<[u8]>::to_vec).collect();
        change(&mut records);
        fs::write(path, records.concat()).unwrap();
    }

    /// The leaves of a status, in order.
    pub(crate) fn with_status(&self, status: u8) -> Vec<usize> {
        let bytes = fs::read(self.bundle().join("data/leaves.bin")).unwrap();
        let records = bytes.chunks(self.record()).enumerate();
        records.filter(|(_, record)| record.last() == Some(&status)).map(|(leaf, _)| leaf).collect()
    }

    pub(crate) fn unmatched(&self) -> usize {
        self.with_status(0)[0]
    }

    pub(crate) fn matching(&self) -> usize {
        self.released()[0]
    }

    pub(crate) fn unreadable(&self) -> usize {
        self.with_status(2)[0]
    }

    pub(crate) fn outside(&self) -> usize {
        self.with_status(3)[0]
    }

    pub(crate) fn set_status(&self, leaf: usize, status: u8) {
        self.records(|records| *records[leaf].last_mut().unwrap() = status);
    }

    pub(crate) fn info(&self, change: impl FnOnce(&mut BundleInfo)) {
        change_document(&self.bundle().join("data/bundle.json"), change);
    }

    pub(crate) fn request(&self, change: impl FnOnce(&mut Request)) {
        change_document(&self.case.request().join("request.json"), change);
    }

    pub(crate) fn openings(&self, change: impl FnOnce(&mut Vec<Opening>)) {
        change_lines(&self.bundle().join("data/openings.jsonl"), change);
    }

    pub(crate) fn unreadable_lines(&self, change: impl FnOnce(&mut Vec<UnreadableLine>)) {
        change_lines(&self.bundle().join("data/unreadable.jsonl"), change);
    }

    pub(crate) fn outside_lines(&self, change: impl FnOnce(&mut Vec<OutsideLine>)) {
        change_lines(&self.bundle().join("data/outside.jsonl"), change);
    }

    /// Lists a document as withheld on a basis, whatever it is.
    pub(crate) fn withhold(&self, leaf: usize, basis: &str) {
        let basis = serde_json::to_string(basis).unwrap();
        self.withheld_line(leaf, &format!("[{basis}]"), "null");
    }

    /// As [`Self::withhold`], with any JSON for the bases and for what is said.
    pub(crate) fn withheld_line(&self, leaf: usize, bases: &str, log: &str) {
        let line = format!("{{\"leaf\":{leaf},\"basis\":{bases},\"log\":{log}}}\n");
        put_line(&self.file("data/withheld.jsonl"), leaf, &line);
    }

    /// Withholds a matching document for a reason of the law.
    pub(crate) fn withhold_match(&self) -> usize {
        let leaf = self.matching();
        self.close_file(leaf);
        self.withhold(leaf, "privilege/ac");
        leaf
    }

    /// Withholds a matching document and says that a redacted copy is there, which it
    /// puts there.
    pub(crate) fn redact_match(&self) -> usize {
        let leaf = self.matching();
        self.close_file(leaf);
        let log = LogEntry { segregable: Some(Segregable::Released), ..LogEntry::default() };
        let log = serde_json::to_string(&log).unwrap();
        self.withheld_line(leaf, "[\"foia/b6\"]", &log);
        self.substitute(leaf, b"redacted");
        leaf
    }

    /// Puts a redacted copy there and lists it.
    pub(crate) fn substitute(&self, leaf: usize, bytes: &[u8]) {
        let line = Substitute {
            leaf: leaf as u64,
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
            extension: "txt".to_owned(),
            basis: "foia/b6".parse::<Basis>().unwrap().into(),
            passages: None,
        };
        let name = self.file(line.file_name());
        fs::create_dir_all(name.parent().unwrap()).unwrap();
        fs::write(name, bytes).unwrap();
        let text = serde_json::to_string(&line).unwrap() + "\n";
        put_line(&self.file("data/substitutes.jsonl"), leaf, &text);
    }

    /// Changes the lines of redacted copies.
    pub(crate) fn substitutes(&self, change: impl FnOnce(&mut Vec<Substitute>)) {
        change_lines(&self.file("data/substitutes.jsonl"), change);
    }

    pub(crate) fn opening(&self, leaf: usize) -> Opening {
        let mut found = None;
        self.openings(|openings| {
            found = openings.iter().find(|opening| opening.leaf == leaf as u64).cloned();
        });
        found.unwrap()
    }

    pub(crate) fn change_opening(&self, leaf: usize, change: impl FnOnce(&mut Opening)) {
        self.openings(|openings| {
            let mut openings = openings.iter_mut();
            change(openings.find(|opening| opening.leaf == leaf as u64).unwrap());
        });
    }

    pub(crate) fn change_opened_file(&self, leaf: usize, change: impl FnOnce(&mut FileOpening)) {
        self.change_opening(leaf, |opening| change(opening.file.as_mut().unwrap()));
    }

    pub(crate) fn change_record(&self, leaf: usize, change: impl FnOnce(&mut RecordOpening)) {
        self.change_opening(leaf, |opening| change(opening.record.as_mut().unwrap()));
    }

    /// Where the file of a released leaf stands.
    pub(crate) fn released_file(&self, leaf: usize) -> PathBuf {
        self.file(self.opening(leaf).file_name().expect("a released file"))
    }

    /// Leaves of an opening the place in a family alone.
    pub(crate) fn close_file(&self, leaf: usize) {
        fs::remove_file(self.released_file(leaf)).unwrap();
        self.change_opening(leaf, |opening| {
            (opening.file, opening.record, opening.view_salts) = (None, None, None);
        });
    }

    pub(crate) fn drop_opening(&self, leaf: usize) {
        if self.opening(leaf).file.is_some() {
            fs::remove_file(self.released_file(leaf)).unwrap();
        }
        self.openings(|openings| openings.retain(|opening| opening.leaf != leaf as u64));
    }

    /// Opens a document truthfully, from the responder's secrets.
    pub(crate) fn open(&self, leaf: usize) {
        let store = self.case.store();
        let entry = &store.entries[leaf];
        let opening = opening(&store, leaf as u64);
        let source = self.case.documents().join(String::from_utf8(entry.location()).unwrap());
        fs::copy(source, self.file(opening.file_name().unwrap())).unwrap();
        self.openings(|openings| {
            openings.push(opening);
            openings.sort_by_key(|opening| opening.leaf);
        });
    }

    /// Moves all that is said of later leaves to where they stand after one is
    /// left out.
    pub(crate) fn close_gap(&self, gap: usize) {
        let bundle = self.bundle();
        self.openings(|openings| {
            for opening in openings.iter_mut().filter(|opening| opening.leaf > gap as u64) {
                let before = opening.file_name();
                opening.leaf -= 1;
                if let (Some(before), Some(after)) = (before, opening.file_name()) {
                    fs::rename(bundle.join(before), bundle.join(after)).unwrap();
                }
            }
        });
        self.unreadable_lines(|unreadable| {
            let later = unreadable.iter_mut().filter(|line| line.leaf > gap as u64);
            later.for_each(|unreadable| unreadable.leaf -= 1);
        });
        self.outside_lines(|outside| {
            let later = outside.iter_mut().filter(|line| line.leaf > gap as u64);
            later.for_each(|outside| outside.leaf -= 1);
        });
    }

    pub(crate) fn change_file(&self, leaf: usize) {
        flip(&self.released_file(leaf), 20);
    }

    pub(crate) fn change_weight(&self) {
        let path = self.case.request().join("model.onnx");
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(path, &bytes).unwrap();
        self.request(|request| request.classifier_mut().unwrap().model_sha256 = sha256(&bytes));
    }

    pub(crate) fn take_bundle(&self, other: &Case) {
        fs::remove_dir_all(self.bundle()).unwrap();
        copy(&other.bundle(), &self.bundle());
    }

    pub(crate) fn proof_bytes(&self, batch: u64, change: impl FnOnce(&mut [u8])) {
        let mut bytes = fs::read(self.proof(batch)).unwrap();
        let before = bytes.clone();
        change(&mut bytes);
        assert_ne!(before, bytes);
        fs::write(self.proof(batch), bytes).unwrap();
    }

    /// How many data commitments a proof of the first batch begins with.
    pub(crate) fn data_columns(&self) -> usize {
        let plan = self.case.plan();
        plan.batch(0).lanes as usize * plan.lane.columns()
    }

    /// Makes the tag manifest agree with the tag files, and leaves those alone.
    pub(crate) fn seal_tags(&mut self) {
        let line = |name: &str| {
            let digest = Sha256::digest(fs::read(self.bundle().join(name)).unwrap());
            format!("{}  {name}\n", hex::encode(digest))
        };
        let text = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"].map(line).concat();
        fs::write(self.bundle().join("tagmanifest-sha256.txt"), text).unwrap();
        self.reseal = false;
    }
}

pub(crate) fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

pub(crate) fn append(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes.push(b'\n');
    fs::write(path, bytes).unwrap();
}

fn change_lines<T: Serialize + DeserializeOwned>(path: &Path, change: impl FnOnce(&mut Vec<T>)) {
    let mut values = lines(path);
    change(&mut values);
    write_lines(path, &values);
}

/// Puts a line among those of other leaves, which ascend.
fn put_line(file: &Path, leaf: usize, line: &str) {
    let text = fs::read_to_string(file).unwrap();
    let of = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        value["leaf"].as_u64().unwrap()
    };
    let (before, after): (Vec<&str>, Vec<&str>) =
        text.split_inclusive('\n').partition(|other| of(other) <= leaf as u64);
    fs::write(file, before.concat() + line + &after.concat()).unwrap();
}
