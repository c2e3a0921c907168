//! A table of mutations of an honest bundle and request, each with the check
//! that must refuse it.
//!
//! Each mutation is made as an attacker would: after it the bag's manifests
//! are written anew, so that they are not what catches it (unless the manifest
//! itself is what is attacked).

mod common;
#[path = "tampered/encodings.rs"]
mod encodings;
#[path = "tampered/names.rs"]
mod names;
#[path = "tampered/numbers.rs"]
mod numbers;
#[path = "tampered/replays.rs"]
mod replays;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use candor::corpus::store::Store;
use candor::exchange::Outcome;
use candor::exchange::formats::bag;
use candor::exchange::formats::bundle::{BundleInfo, Opening, UnreadableLine, Withheld};
use candor::exchange::formats::request::Request;
use candor::exchange::formats::text::{PathText, Sha256Hex};
use candor::field::Scalar;
use candor::field::ScalarHex;
use candor::model::predicate::Predicate;
use candor::model::quantize::COMPILER_VERSION;
use common::{Case, asked, copy, onnx, sample};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Two views: a record is three elements and a status.
const RECORD: usize = 97;
const STATUS: usize = 96;

/// A copy of the honest case that a mutation works on, beside the cases it
/// steals from.
struct Attack<'a> {
    case: Case,
    /// The same corpus and root, another class.
    other_request: &'a Case,
    /// The same documents under another root.
    other_root: &'a Case,
    /// The same corpus and root, another model of the same shape.
    other_program: &'a Case,
    /// The same corpus and root, a model of the other view.
    other_view: &'a Case,
    reseal: bool,
}

type Mutation = (&'static str, u8, fn(&mut Attack<'_>));

const MUTATIONS: &[Mutation] = &[
    // Decisions.
    ("decision of a matching document flipped, its release hidden", 4, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
        a.set_status(leaf, 0);
    }),
    ("decision of another document flipped to a match", 4, |a| {
        let leaf = a.unmatched();
        a.set_status(leaf, 1);
    }),
    ("decision of another document flipped, and the file released", 4, |a| {
        let leaf = a.unmatched();
        a.set_status(leaf, 1);
        a.open(leaf);
    }),
    ("decisions of two documents swapped", 4, |a| {
        let (one, other) = (a.matching(), a.unmatched());
        a.drop_opening(one);
        a.set_status(one, 0);
        a.set_status(other, 1);
        a.open(other);
    }),
    // Leaves.
    ("two leaves swapped", 3, |a| {
        let (one, other) = (a.unmatched(), a.unreadable());
        a.records(|records| records.swap(one, other));
    }),
    ("two unmatched leaves swapped", 3, |a| {
        let found = a.with_status(0);
        a.records(|records| records.swap(found[0], found[1]));
    }),
    ("a leaf left out", 3, |a| {
        let leaf = a.unmatched();
        a.records(|records| drop(records.remove(leaf)));
        a.info(|info| {
            info.documents -= 1;
            info.readable -= 1;
        });
        a.close_gap(leaf);
    }),
    ("the last leaf left out without a word", 1, |a| {
        a.records(|records| drop(records.pop()));
    }),
    ("a leaf twice in place of another", 3, |a| {
        let found = a.with_status(0);
        a.records(|records| records[found[1]] = records[found[0]].clone());
    }),
    // The caps of the first check rest on the committed number.
    ("a leaf twice", 1, |a| {
        let leaf = a.unmatched();
        a.records(|records| records.push(records[leaf].clone()));
        a.info(|info| {
            info.documents += 1;
            info.readable += 1;
        });
    }),
    ("a digest replaced", 3, |a| {
        let found = a.with_status(0);
        a.records(|records| {
            let digest = records[found[1]][32..64].to_vec();
            records[found[0]][32..64].copy_from_slice(&digest);
        });
    }),
    ("a file commitment replaced", 3, |a| {
        let leaf = a.matching();
        a.records(|records| records[leaf][0] ^= 1);
    }),
    ("a digest that is not below the modulus", 1, |a| {
        let leaf = a.unmatched();
        a.records(|records| records[leaf][32..64].fill(0xff));
    }),
    ("a status byte of 3", 1, |a| {
        let leaf = a.unmatched();
        a.set_status(leaf, 3);
    }),
    // UnreadableLine.
    ("a document claimed to be unreadable", 4, |a| {
        let leaf = a.unmatched();
        let salt = ScalarHex(a.store().entries[leaf].views[0].salt);
        a.set_status(leaf, 2);
        a.info(|info| info.readable -= 1);
        a.unreadable_lines(|unreadable| {
            let reason = unreadable[0].reason;
            unreadable.push(UnreadableLine { leaf: leaf as u64, reason, salt });
            unreadable.sort_by_key(|line| line.leaf);
        });
    }),
    ("an unreadable document not opened", 4, |a| a.unreadable_lines(Vec::clear)),
    ("an unreadable opened with another salt", 4, |a| {
        a.unreadable_lines(|unreadable| unreadable[0].salt = ScalarHex(Scalar::from(1)));
    }),
    ("an unreadable given the other reason", 4, |a| {
        use candor::corpus::views::UnreadableReason;
        a.unreadable_lines(|unreadable| unreadable[0].reason = UnreadableReason::Corrupt);
    }),
    ("an unreadable document given a decision", 4, |a| {
        let leaf = a.unreadable();
        a.set_status(leaf, 0);
        a.info(|info| info.readable += 1);
        a.unreadable_lines(Vec::clear);
    }),
    ("an unreadable document released with another file", 7, |a| {
        let leaf = a.unreadable();
        a.open(leaf);
        a.change_file(leaf);
    }),
    // Release.
    ("a released file changed by a byte", 5, |a| {
        let leaf = a.matching();
        a.change_file(leaf);
    }),
    ("a released file changed by a byte, its digest with it", 5, |a| {
        let leaf = a.matching();
        a.change_file(leaf);
        let path = a.bundle().join(a.opening(leaf).file_name());
        let bytes = fs::read(path).unwrap();
        a.change_opening(leaf, |opening| {
            opening.sha256 = Sha256Hex(Sha256::digest(&bytes).into());
        });
    }),
    ("two released files exchanged", 5, |a| {
        let found = a.with_status(1);
        let names = [found[0], found[1]].map(|leaf| a.bundle().join(a.opening(leaf).file_name()));
        let [one, other] = names.each_ref().map(|name| fs::read(name).unwrap());
        fs::write(&names[0], &other).unwrap();
        fs::write(&names[1], &one).unwrap();
        a.change_opening(found[0], |opening| opening.bytes = other.len() as u64);
        a.change_opening(found[1], |opening| opening.bytes = one.len() as u64);
    }),
    ("a matching document not released", 5, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
    }),
    ("no document released at all", 5, |a| {
        for leaf in a.with_status(1) {
            a.drop_opening(leaf);
        }
    }),
    ("a released document's path changed", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| opening.path.0[0] ^= 1);
    }),
    ("a released document's salt changed", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| opening.salt = ScalarHex(Scalar::from(1)));
    }),
    ("the salt of a view that was not asked for changed", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| opening.view_salts[1] = ScalarHex(Scalar::from(1)));
    }),
    ("a view's salt not opened", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| opening.view_salts.truncate(1));
    }),
    ("a membership proof changed", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| opening.membership[2] = ScalarHex(Scalar::from(1)));
    }),
    ("a membership proof lengthened", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| opening.membership.push(ScalarHex(Scalar::from(1))));
    }),
    ("a document both released and withheld", 5, |a| {
        let leaf = a.matching();
        a.withhold(leaf, "privileged");
    }),
    ("a document withheld that does not match", 5, |a| {
        let leaf = a.unmatched();
        a.withhold(leaf, "privileged");
    }),
    ("a document withheld without a reason", 1, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
        a.withhold(leaf, "");
    }),
    ("a document withheld with a reason that rings the bell", 1, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
        a.withhold(leaf, "\u{7}");
    }),
    ("a document released that does not match", 6, |a| {
        let leaf = a.unmatched();
        a.open(leaf);
    }),
    // The request.
    ("a weight in the model changed, the program left", 2, |a| a.change_weight()),
    ("a byte of the program changed", 2, |a| {
        let path = a.case.request().join("program.bin");
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 9;
        bytes[last] ^= 1;
        fs::write(path, bytes).unwrap();
    }),
    ("a byte of the program changed, and its digest", 2, |a| {
        let path = a.case.request().join("program.bin");
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 9;
        bytes[last] ^= 1;
        fs::write(path, &bytes).unwrap();
        a.request(|request| request.program_sha256 = Sha256Hex(Sha256::digest(&bytes).into()));
    }),
    ("a byte appended to the program", 2, |a| append(&a.case.request().join("program.bin"))),
    ("the class changed", 2, |a| {
        a.request(|request| request.predicate = Predicate::match_class([3]));
    }),
    ("the class replaced by a threshold", 2, |a| {
        let above = candor::model::float_bits::FiniteF64::new(0.5).unwrap();
        a.request(|request| request.predicate = Predicate::MatchScore { index: 7, above });
    }),
    ("the scaling of the input changed", 2, |a| {
        use candor::model::quantize::PixelValues;
        a.request(|request| request.input.values = PixelValues::Raw);
    }),
    ("the other view asked for", 2, |a| {
        a.request(|request| request.view = "image/rgb-8x8".parse().unwrap());
    }),
    ("a recorded scale changed", 2, |a| {
        let path = a.case.request().join("request.json");
        let text = fs::read_to_string(&path).unwrap();
        let (before, after) = text.split_once("\"high\": \"40").unwrap();
        fs::write(path, format!("{before}\"high\": \"41{after}")).unwrap();
    }),
    ("a figure of quality changed", 2, |a| {
        a.request(|request| request.quality.matched_by_both += 1)
    }),
    ("the request addressed to another root", 2, |a| {
        a.request(|request| request.root = ScalarHex(Scalar::from(1)));
    }),
    ("the request of another root", 2, |a| {
        fs::remove_dir_all(a.case.request()).unwrap();
        copy(&a.other_root.request(), &a.case.request());
    }),
    ("an unknown key in the request", 2, |a| {
        let path = a.case.request().join("request.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen('{', "{\n  \"extra\": 1,", 1)).unwrap();
    }),
    // Replay.
    ("the whole bundle of another request", 2, |a| a.take_bundle(a.other_request)),
    ("the whole bundle of another request, relabelled", 4, |a| {
        let own: BundleInfo = document(&a.bundle().join("data/bundle.json"));
        a.take_bundle(a.other_request);
        a.info(|info| info.request = own.request);
    }),
    ("the proofs of another request", 4, |a| {
        let proofs = a.bundle().join("data/proofs");
        fs::remove_dir_all(&proofs).unwrap();
        copy(&a.other_request.bundle().join("data/proofs"), &proofs);
    }),
    ("the whole bundle of another root", 2, |a| a.take_bundle(a.other_root)),
    ("the whole bundle of another root, relabelled", 3, |a| {
        let own: BundleInfo = document(&a.bundle().join("data/bundle.json"));
        a.take_bundle(a.other_root);
        a.info(|info| {
            info.root = own.root;
            info.request = own.request;
        });
    }),
    ("the proofs of another root", 4, |a| {
        let proofs = a.bundle().join("data/proofs");
        fs::remove_dir_all(&proofs).unwrap();
        copy(&a.other_root.bundle().join("data/proofs"), &proofs);
    }),
    ("another root's commitment", 2, |a| {
        let path = a.case.commitment().join("PUBLIC/commitment.json");
        fs::copy(a.other_root.commitment().join("PUBLIC/commitment.json"), path).unwrap();
    }),
    ("two proofs exchanged", 4, |a| {
        let [one, other] = [0, 1].map(|batch| a.proof(batch));
        let bytes = fs::read(&one).unwrap();
        fs::copy(&other, &one).unwrap();
        fs::write(&other, bytes).unwrap();
    }),
    ("a proof twice", 4, |a| {
        fs::copy(a.proof(0), a.proof(1)).unwrap();
    }),
    // Bytes of a proof.
    ("a proof cut by a byte", 4, |a| {
        let bytes = fs::read(a.proof(0)).unwrap();
        fs::write(a.proof(0), &bytes[..bytes.len() - 1]).unwrap();
    }),
    ("a proof of no bytes", 4, |a| fs::write(a.proof(0), b"").unwrap()),
    ("a byte appended to a proof", 4, |a| append(&a.proof(1))),
    ("the first byte of a proof flipped", 4, |a| flip(&a.proof(0), 0)),
    ("a byte in the middle of a proof flipped", 4, |a| {
        let length = fs::metadata(a.proof(0)).unwrap().len() as usize;
        flip(&a.proof(0), length / 2);
    }),
    ("the last byte of a proof flipped", 4, |a| {
        let length = fs::metadata(a.proof(2)).unwrap().len() as usize;
        flip(&a.proof(2), length - 1);
    }),
    // The frame.
    ("another number of lanes", 4, |a| a.info(|info| info.lanes += 1)),
    ("no lanes", 4, |a| a.info(|info| info.lanes = 0)),
    ("as many lanes as there are numbers", 4, |a| a.info(|info| info.lanes = u32::MAX)),
    ("another number of copies", 4, |a| a.info(|info| info.copies += 1)),
    ("no copies", 4, |a| a.info(|info| info.copies = 0)),
    ("as many copies as there are numbers", 4, |a| a.info(|info| info.copies = u32::MAX)),
    ("copies and lanes exchanged", 4, |a| {
        a.info(|info| {
            assert_ne!(info.copies, info.lanes);
            (info.copies, info.lanes) = (info.lanes, info.copies);
        });
    }),
    ("one readable document less", 4, |a| a.info(|info| info.readable -= 1)),
    ("as many documents as there are numbers", 1, |a| a.info(|info| info.documents = u64::MAX)),
    ("a proof missing", 1, |a| fs::remove_file(a.proof(1)).unwrap()),
    ("a proof missing and not counted", 4, |a| {
        fs::remove_file(a.proof(2)).unwrap();
        a.info(|info| info.batches -= 1);
    }),
    ("a proof too many", 1, |a| {
        fs::copy(a.proof(0), a.bundle().join("data/proofs/00000003.proof")).unwrap();
    }),
    ("a released file missing", 1, |a| {
        let name = a.opening(a.matching()).file_name();
        fs::remove_file(a.bundle().join(name)).unwrap();
    }),
    ("a released file that nothing opens", 1, |a| {
        fs::write(a.bundle().join("data/released/00009999.png"), b"x").unwrap();
    }),
    ("a released file under another name", 1, |a| {
        let name = a.bundle().join(a.opening(a.matching()).file_name());
        fs::rename(&name, name.with_extension("PNG")).unwrap();
    }),
    ("an unknown file", 1, |a| fs::write(a.bundle().join("data/notes.txt"), b"x").unwrap()),
    ("an unknown file beside the manifests", 1, |a| {
        fs::write(a.bundle().join("fetch.txt"), b"x").unwrap();
    }),
    ("an unknown folder", 1, |a| fs::create_dir(a.bundle().join("data/extra")).unwrap()),
    ("the leaves missing", 1, |a| fs::remove_file(a.bundle().join("data/leaves.bin")).unwrap()),
    ("a byte appended to the leaves", 1, |a| append(&a.bundle().join("data/leaves.bin"))),
    ("a line appended to the openings", 1, |a| append(&a.bundle().join("data/openings.jsonl"))),
    ("openings out of order", 1, |a| a.openings(|openings| openings.reverse())),
    ("an opening twice", 1, |a| a.openings(|openings| openings.push(openings[0].clone()))),
    ("an opening beyond the last leaf", 1, |a| {
        a.openings(|openings| openings.last_mut().unwrap().leaf = 1 << 40);
    }),
    ("an opening with a space too many", 1, |a| {
        let path = a.bundle().join("data/openings.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen("\":", "\": ", 1)).unwrap();
    }),
    ("a key twice", 1, |a| {
        let path = a.bundle().join("data/bundle.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen('{', "{\n  \"lanes\": 1,", 1)).unwrap();
    }),
    ("deep nesting", 1, |a| {
        let text = "[".repeat(4000);
        fs::write(a.bundle().join("data/bundle.json"), text).unwrap();
    }),
    ("a description of a megabyte", 1, |a| {
        fs::write(a.bundle().join("data/bundle.json"), " ".repeat(1 << 20)).unwrap();
    }),
    ("another format", 1, |a| a.info(|info| info.format = "candor bundle 2".into())),
    ("a manifest that is not that of the files", 1, |a| {
        let leaf = a.matching();
        a.change_file(leaf);
        a.reseal = false;
    }),
    ("a tag manifest that is not that of the manifest", 1, |a| {
        append(&a.bundle().join("tagmanifest-sha256.txt"));
        a.reseal = false;
    }),
    ("a manifest with an absolute path", 1, |a| {
        let path = a.bundle().join("manifest-sha256.txt");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replace("data/leaves.bin", "/etc/passwd")).unwrap();
        a.reseal = false;
    }),
    ("a manifest with a line too many", 1, |a| {
        let path = a.bundle().join("manifest-sha256.txt");
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str(&format!("{}  data/../../secret\n", "0".repeat(64)));
        fs::write(path, text).unwrap();
        a.reseal = false;
    }),
    ("another payload size", 1, |a| {
        let path = a.bundle().join("bag-info.txt");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replace("Oxum: ", "Oxum: 1")).unwrap();
        a.reseal = false;
    }),
    #[cfg(unix)]
    ("a released file that is a link", 1, |a| {
        let path = a.bundle().join(a.opening(a.matching()).file_name());
        let target = a.case.root.join("elsewhere");
        fs::rename(&path, &target).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        a.reseal = false;
    }),
    #[cfg(unix)]
    ("a folder that is a link", 1, |a| {
        let path = a.bundle().join("data/proofs");
        let target = a.case.root.join("elsewhere");
        fs::rename(&path, &target).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        a.reseal = false;
    }),
    #[cfg(unix)]
    ("the payload folder is a link", 1, |a| {
        let path = a.bundle().join("data");
        let target = a.case.root.join("elsewhere");
        fs::rename(&path, &target).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        a.reseal = false;
    }),
];

impl Attack<'_> {
    fn bundle(&self) -> PathBuf {
        self.case.bundle()
    }

    fn proof(&self, batch: u64) -> PathBuf {
        self.bundle().join(format!("data/proofs/{batch:08}.proof"))
    }

    fn store(&self) -> Store {
        Store::read(&self.case.commitment().join("SECRET/opening.store")).unwrap()
    }

    fn records(&self, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        let path = self.bundle().join("data/leaves.bin");
        let bytes = fs::read(&path).unwrap();
        let mut records: Vec<Vec<u8>> = bytes.chunks(RECORD).map(<[u8]>::to_vec).collect();
        change(&mut records);
        fs::write(path, records.concat()).unwrap();
    }

    /// The leaves of a status, in order.
    fn with_status(&self, status: u8) -> Vec<usize> {
        let bytes = fs::read(self.bundle().join("data/leaves.bin")).unwrap();
        let records = bytes.chunks(RECORD).enumerate();
        records.filter(|(_, record)| record[STATUS] == status).map(|(leaf, _)| leaf).collect()
    }

    fn unmatched(&self) -> usize {
        self.with_status(0)[0]
    }

    fn matching(&self) -> usize {
        self.with_status(1)[0]
    }

    fn unreadable(&self) -> usize {
        self.with_status(2)[0]
    }

    fn set_status(&self, leaf: usize, status: u8) {
        self.records(|records| records[leaf][STATUS] = status);
    }

    fn info(&self, change: impl FnOnce(&mut BundleInfo)) {
        change_document(&self.bundle().join("data/bundle.json"), change);
    }

    fn request(&self, change: impl FnOnce(&mut Request)) {
        change_document(&self.case.request().join("request.json"), change);
    }

    fn openings(&self, change: impl FnOnce(&mut Vec<Opening>)) {
        change_lines(&self.bundle().join("data/openings.jsonl"), change);
    }

    fn unreadable_lines(&self, change: impl FnOnce(&mut Vec<UnreadableLine>)) {
        change_lines(&self.bundle().join("data/unreadable.jsonl"), change);
    }

    fn withhold(&self, leaf: usize, reason: &str) {
        let withheld = Withheld { leaf: leaf as u64, reason: reason.into() };
        change_lines(&self.bundle().join("data/withheld.jsonl"), |lines| lines.push(withheld));
    }

    fn opening(&self, leaf: usize) -> Opening {
        let mut found = None;
        self.openings(|openings| {
            found = openings.iter().find(|opening| opening.leaf == leaf as u64).cloned();
        });
        found.unwrap()
    }

    fn change_opening(&self, leaf: usize, change: impl FnOnce(&mut Opening)) {
        self.openings(|openings| {
            let mut openings = openings.iter_mut();
            change(openings.find(|opening| opening.leaf == leaf as u64).unwrap());
        });
    }

    fn drop_opening(&self, leaf: usize) {
        fs::remove_file(self.bundle().join(self.opening(leaf).file_name())).unwrap();
        self.openings(|openings| openings.retain(|opening| opening.leaf != leaf as u64));
    }

    /// Opens a document truthfully, from the responder's secrets.
    fn open(&self, leaf: usize) {
        let store = self.store();
        let entry = &store.entries[leaf];
        let membership = store.tree().unwrap().prove(leaf as u64).unwrap();
        let opening = Opening {
            leaf: leaf as u64,
            path: PathText(entry.path.clone()),
            bytes: entry.byte_length,
            sha256: Sha256Hex(entry.sha256),
            salt: ScalarHex(entry.salt),
            view_salts: entry.views.iter().map(|view| ScalarHex(view.salt)).collect(),
            membership: membership.siblings.into_iter().map(ScalarHex).collect(),
        };
        let source = self.case.documents().join(String::from_utf8(entry.path.clone()).unwrap());
        fs::copy(source, self.bundle().join(opening.file_name())).unwrap();
        self.openings(|openings| {
            openings.push(opening);
            openings.sort_by_key(|opening| opening.leaf);
        });
    }

    /// Moves all that is said of later leaves to where they stand after one is
    /// left out.
    fn close_gap(&self, gap: usize) {
        let bundle = self.bundle();
        self.openings(|openings| {
            for opening in openings.iter_mut().filter(|opening| opening.leaf > gap as u64) {
                let before = bundle.join(opening.file_name());
                opening.leaf -= 1;
                fs::rename(before, bundle.join(opening.file_name())).unwrap();
            }
        });
        self.unreadable_lines(|unreadable| {
            let later = unreadable.iter_mut().filter(|line| line.leaf > gap as u64);
            later.for_each(|unreadable| unreadable.leaf -= 1);
        });
    }

    fn change_file(&self, leaf: usize) {
        flip(&self.bundle().join(self.opening(leaf).file_name()), 20);
    }

    fn change_weight(&self) {
        let path = self.case.request().join("model.onnx");
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(path, &bytes).unwrap();
        self.request(|request| request.model_sha256 = Sha256Hex(Sha256::digest(&bytes).into()));
    }

    fn take_bundle(&self, other: &Case) {
        fs::remove_dir_all(self.bundle()).unwrap();
        copy(&other.bundle(), &self.bundle());
    }

    fn proof_bytes(&self, batch: u64, change: impl FnOnce(&mut [u8])) {
        let mut bytes = fs::read(self.proof(batch)).unwrap();
        let before = bytes.clone();
        change(&mut bytes);
        assert_ne!(before, bytes);
        fs::write(self.proof(batch), bytes).unwrap();
    }

    /// How many data commitments a proof of the first batch begins with.
    fn data_columns(&self) -> usize {
        let info: BundleInfo = document(&self.bundle().join("data/bundle.json"));
        let plan = common::plan(&self.case.compiled().1.program, &info);
        plan.batch(0).lanes as usize * plan.lane.columns()
    }

    /// Makes the tag manifest agree with the tag files, and leaves those alone.
    fn seal_tags(&mut self) {
        let line = |name: &str| {
            let digest = Sha256::digest(fs::read(self.bundle().join(name)).unwrap());
            format!("{}  {name}\n", hex::encode(digest))
        };
        let text = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"].map(line).concat();
        fs::write(self.bundle().join("tagmanifest-sha256.txt"), text).unwrap();
        self.reseal = false;
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn append(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes.push(b'\n');
    fs::write(path, bytes).unwrap();
}

fn document<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn change_document<T: Serialize + DeserializeOwned>(path: &Path, change: impl FnOnce(&mut T)) {
    let mut value = document(path);
    change(&mut value);
    fs::write(path, serde_json::to_string_pretty(&value).unwrap() + "\n").unwrap();
}

fn change_lines<T: Serialize + DeserializeOwned>(path: &Path, change: impl FnOnce(&mut Vec<T>)) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    change(&mut lines);
    let lines = lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n");
    fs::write(path, lines.collect::<String>()).unwrap();
}

#[test]
fn every_mutation_is_refused_by_its_check() {
    let folder = tempfile::tempdir().unwrap();
    let honest = asked(&folder.path().join("honest"));
    honest.respond();
    assert_eq!(honest.verify().outcome, Outcome::Incomplete);

    let other_request = Case { root: folder.path().join("other-request") };
    copy(&honest.documents(), &other_request.documents());
    copy(&honest.commitment(), &other_request.commitment());
    other_request.issue_model(&sample().join("model.onnx"), 3);
    other_request.respond();
    assert_eq!(other_request.verify().outcome, Outcome::Incomplete);

    let other_root = asked(&folder.path().join("other-root"));
    other_root.respond();

    let another = |name: &str, view: &str, model: &[u8]| {
        let case = Case { root: folder.path().join(name) };
        copy(&honest.documents(), &case.documents());
        copy(&honest.commitment(), &case.commitment());
        let path = folder.path().join(name).join("model.onnx");
        fs::write(&path, model).unwrap();
        case.issue_view(&path, view, 2);
        case.respond();
        assert_eq!(case.verify().outcome, Outcome::Incomplete);
        case
    };
    let mut model = fs::read(sample().join("model.onnx")).unwrap();
    let middle = model.len() / 2;
    model[middle] ^= 0x10;
    let other_program = another("other-program", "image/gray-28x28", &model);
    let other_view = another("other-view", "image/rgb-8x8", &onnx::made_up([3, 8, 8], 4));

    let tables =
        [MUTATIONS, encodings::MUTATIONS, names::MUTATIONS, numbers::MUTATIONS, replays::MUTATIONS];
    let mutations = tables.concat();
    let mut wrong = Vec::new();
    for (name, check, mutate) in &mutations {
        let case = Case { root: folder.path().join("attack") };
        for part in ["documents", "commit", "request", "bundle"] {
            copy(&honest.root.join(part), &case.root.join(part));
        }
        let mut attack = Attack {
            case,
            other_request: &other_request,
            other_root: &other_root,
            other_program: &other_program,
            other_view: &other_view,
            reseal: true,
        };
        mutate(&mut attack);
        if attack.reseal {
            bag::seal(&attack.bundle()).unwrap();
        }
        let Ok(report) = catch_unwind(AssertUnwindSafe(|| attack.case.try_verify())) else {
            wrong.push(format!("{name}: the judge panicked"));
            continue;
        };
        match &report {
            Ok(report) if report.outcome == Outcome::Failed => {
                let failure = report.failure.as_ref().unwrap();
                if failure.check.id() != *check {
                    wrong.push(format!("{name}: expected check {check}, got {failure}"));
                }
                if failure.expected == failure.found {
                    wrong.push(format!("{name}: tells nothing: {failure}"));
                }
            }
            Ok(report) => wrong.push(format!("{name}: {:?}", report.outcome)),
            Err(error) => wrong.push(format!("{name}: undecided: {error}")),
        }
        fs::remove_dir_all(&attack.case.root).unwrap();
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), mutations.len(), wrong.join("\n"));
}

/// Neither a decision for nor one against: another release may know it.
#[test]
fn another_version_is_not_decided() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path());
    case.respond();
    let bundle = case.bundle().join("data/bundle.json");
    change_document(&bundle, |info: &mut BundleInfo| info.argument += 1);
    let undecided = case.try_verify().unwrap_err().to_string();
    assert!(undecided.contains("of version 2 of the argument"), "{undecided}");
    change_document(&bundle, |info: &mut BundleInfo| info.argument -= 1);
    let request = case.request().join("request.json");
    change_document(&request, |request: &mut Request| request.compiler += 1);
    let undecided = case.try_verify().unwrap_err().to_string();
    let other = format!("version {} of the compiler", COMPILER_VERSION + 1);
    assert!(undecided.contains(&other), "{undecided}");
}
