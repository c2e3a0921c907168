//! True answers to something else, and leaves that change their batch.

use std::fs;

use candor::exchange::formats::text::Sha256Hex;
use sha2::{Digest, Sha256};

use super::{Attack, Case, Mutation, copy};

pub(super) const MUTATIONS: &[Mutation] = &[
    ("a leaf moved into another batch", 3, |a| {
        let leaf = a.with_status(0)[0];
        a.records(|records| {
            let record = records.remove(leaf);
            records.insert(40, record);
        });
    }),
    ("leaves of two batches exchanged", 3, |a| {
        let found = a.with_status(0);
        let (first, last) = (found[0], found[found.len() - 1]);
        assert!(last - first > 20, "in different batches");
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
        let found = a.with_status(1);
        let (from, to) = (found[0], found[1]);
        a.drop_opening(to);
        let before = a.bundle().join(a.opening(from).file_name());
        a.change_opening(from, |opening| opening.leaf = to as u64);
        fs::copy(&before, a.bundle().join(a.opening(to).file_name())).unwrap();
        fs::remove_file(before).unwrap();
        // The first is missing too, but the checks reach the files at the end.
        a.withhold(from, "privileged");
    }),
    ("the membership proof of another leaf", 5, |a| {
        let found = a.with_status(1);
        let other = a.opening(found[1]).membership;
        a.change_opening(found[0], |opening| opening.membership = other);
    }),
    ("the whole bundle of another program", 2, |a| a.take_bundle(a.other_program)),
    ("the whole bundle of another program, relabelled", 4, |a| a.relabel(a.other_program)),
    ("the proofs of another program", 4, |a| a.take_proofs(a.other_program)),
    ("the request for another program", 2, |a| a.take_request(a.other_program)),
    ("the whole bundle of another view", 2, |a| a.take_bundle(a.other_view)),
    ("the whole bundle of another view, relabelled", 4, |a| a.relabel(a.other_view)),
    ("a proof of another view", 4, |a| {
        fs::copy(a.other_view.bundle().join("data/proofs/00000000.proof"), a.proof(0)).unwrap();
    }),
    ("the request for another view", 2, |a| a.take_request(a.other_view)),
    ("another model, program and digests left", 2, |a| {
        let model = a.other_program.request().join("model.onnx");
        fs::copy(model, a.case.request().join("model.onnx")).unwrap();
    }),
    ("another model and its digest, the program left", 2, |a| {
        let model = fs::read(a.other_program.request().join("model.onnx")).unwrap();
        fs::write(a.case.request().join("model.onnx"), &model).unwrap();
        a.request(|request| request.model_sha256 = Sha256Hex(Sha256::digest(&model).into()));
    }),
    ("another model and program with their digests, the ranges left", 2, |a| {
        for (name, set) in [("model.onnx", 0), ("program.bin", 1)] {
            let bytes = fs::read(a.other_program.request().join(name)).unwrap();
            fs::write(a.case.request().join(name), &bytes).unwrap();
            let digest = Sha256Hex(Sha256::digest(&bytes).into());
            a.request(|request| match set {
                0 => request.model_sha256 = digest,
                _ => request.program_sha256 = digest,
            });
        }
    }),
    ("another program, the model left", 2, |a| {
        let program = a.other_program.request().join("program.bin");
        fs::copy(program, a.case.request().join("program.bin")).unwrap();
    }),
];

impl Attack<'_> {
    /// Another case's bundle, called an answer to this request.
    fn relabel(&self, other: &Case) {
        let path = self.bundle().join("data/bundle.json");
        let own = super::document::<candor::exchange::formats::bundle::BundleInfo>(&path).request;
        self.take_bundle(other);
        self.info(|info| info.request = own);
    }

    fn take_proofs(&self, other: &Case) {
        let proofs = self.bundle().join("data/proofs");
        fs::remove_dir_all(&proofs).unwrap();
        copy(&other.bundle().join("data/proofs"), &proofs);
    }

    fn take_request(&self, other: &Case) {
        fs::remove_dir_all(self.case.request()).unwrap();
        copy(&other.request(), &self.case.request());
    }
}
