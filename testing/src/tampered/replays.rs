//! True answers to something else, and leaves that change their batch.

use std::fs;

use candor::exchange::formats::bundle::BundleInfo;

use super::{Attack, Mutation};
use crate::case::Case;
use crate::files::{copy, document, sha256};

pub(super) const MUTATIONS: &[Mutation] = &[
    ("the whole bundle of another request", 2, |a| a.take_bundle(&a.others().request)),
    ("the whole bundle of another request, relabelled", 4, |a| {
        let own: BundleInfo = document(&a.file("data/bundle.json"));
        a.take_bundle(&a.others().request);
        a.info(|info| info.request = own.request);
    }),
    ("the proofs of another request", 4, |a| {
        let proofs = a.file("data/proofs");
        fs::remove_dir_all(&proofs).unwrap();
        copy(&a.others().request.bundle().join("data/proofs"), &proofs);
    }),
    ("the whole bundle of another root", 2, |a| a.take_bundle(&a.others().root)),
    ("the whole bundle of another root, relabelled", 3, |a| {
        let own: BundleInfo = document(&a.file("data/bundle.json"));
        a.take_bundle(&a.others().root);
        a.info(|info| {
            info.root = own.root;
            info.request = own.request;
        });
        fs::copy(a.case.commitment_file(), a.file("data/commitment.json")).unwrap();
    }),
    ("the proofs of another root", 4, |a| {
        let proofs = a.file("data/proofs");
        fs::remove_dir_all(&proofs).unwrap();
        copy(&a.others().root.bundle().join("data/proofs"), &proofs);
    }),
    ("another root's commitment", 2, |a| {
        let path = a.case.commitment_file();
        fs::copy(a.others().root.commitment_file(), path).unwrap();
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
    ("a leaf moved into another batch", 3, |a| {
        let (first, last) = a.of_two_batches();
        a.records(|records| {
            let record = records.remove(first);
            records.insert(last, record);
        });
    }),
    ("leaves of two batches exchanged", 3, |a| {
        let (first, last) = a.of_two_batches();
        a.records(|records| records.swap(first, last));
    }),
    ("a leaf moved into the batch before by calling an earlier one unreadable", 4, |a| {
        let leaf = a.unmatched();
        a.set_status(leaf, 2);
        a.info(|info| info.readable -= 1);
    }),
    ("a matching document called unreadable", 4, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
        a.set_status(leaf, 2);
        a.info(|info| info.readable -= 1);
    }),
    ("an unreadable of a document that has a decision", 4, |a| {
        let leaf = a.unmatched() as u64;
        a.unreadable_lines(|unreadable| {
            let mut another = unreadable[0].clone();
            another.leaf = leaf;
            unreadable.push(another);
            unreadable.sort_by_key(|line| line.leaf);
        });
    }),
    ("an opening under another leaf", 5, |a| {
        let found = a.released();
        let (from, to) = (found[0], found[1]);
        a.drop_opening(to);
        let before = a.released_file(from);
        a.change_opening(from, |opening| opening.leaf = to as u64);
        fs::copy(&before, a.released_file(to)).unwrap();
        fs::remove_file(before).unwrap();
        // The first is missing too, but the checks reach the files at the end.
        a.withhold(from, "privilege/ac");
    }),
    ("the membership proof of another leaf", 5, |a| {
        let found = a.released();
        let other = a.opening(found[1]).membership;
        a.change_opening(found[0], |opening| opening.membership = other);
    }),
    ("the whole bundle of another program", 2, |a| a.take_bundle(&a.others().program)),
    ("the whole bundle of another program, relabelled", 4, |a| a.relabel(&a.others().program)),
    ("the proofs of another program", 4, |a| a.take_proofs(&a.others().program)),
    ("the request for another program", 2, |a| a.take_request(&a.others().program)),
    ("the whole bundle of another view", 2, |a| a.take_bundle(&a.others().view)),
    ("the whole bundle of another view, relabelled", 4, |a| a.relabel(&a.others().view)),
    ("a proof of another view", 4, |a| {
        fs::copy(a.others().view.bundle().join("data/proofs/00000000.proof"), a.proof(0)).unwrap();
    }),
    ("the request for another view", 2, |a| a.take_request(&a.others().view)),
    ("another model, program and digests left", 2, |a| {
        let model = a.others().program.request().join("model.onnx");
        fs::copy(model, a.case.request().join("model.onnx")).unwrap();
    }),
    ("another model and its digest, the program left", 2, |a| {
        let model = fs::read(a.others().program.request().join("model.onnx")).unwrap();
        fs::write(a.case.request().join("model.onnx"), &model).unwrap();
        a.request(|request| request.classifier_mut().unwrap().model_sha256 = sha256(&model));
    }),
    ("another model and program with their digests, the ranges left", 2, |a| {
        for (name, set) in [("model.onnx", 0), ("program.bin", 1)] {
            let bytes = fs::read(a.others().program.request().join(name)).unwrap();
            fs::write(a.case.request().join(name), &bytes).unwrap();
            let digest = sha256(&bytes);
            a.request(|request| match set {
                0 => request.classifier_mut().unwrap().model_sha256 = digest,
                _ => request.program_sha256 = digest,
            });
        }
    }),
    ("another program, the model left", 2, |a| {
        let program = a.others().program.request().join("program.bin");
        fs::copy(program, a.case.request().join("program.bin")).unwrap();
    }),
];

impl Attack<'_> {
    /// The first and the last leaf that have a decision: of different batches.
    fn of_two_batches(&self) -> (usize, usize) {
        assert!(self.case.plan().batches > 1);
        let readable = [self.with_status(0), self.with_status(1)].concat();
        (*readable.iter().min().unwrap(), *readable.iter().max().unwrap())
    }

    /// Another case's bundle, called an answer to this request.
    fn relabel(&self, other: &Case) {
        let path = self.file("data/bundle.json");
        let own = document::<BundleInfo>(&path).request;
        self.take_bundle(other);
        self.info(|info| info.request = own);
    }

    fn take_proofs(&self, other: &Case) {
        let proofs = self.file("data/proofs");
        fs::remove_dir_all(&proofs).unwrap();
        copy(&other.bundle().join("data/proofs"), &proofs);
    }

    fn take_request(&self, other: &Case) {
        fs::remove_dir_all(self.case.request()).unwrap();
        copy(&other.request(), &self.case.request());
    }
}
