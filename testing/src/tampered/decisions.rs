//! Decisions that no proof shows, and proofs that are none: check 4.

use std::fs;

use candor::exchange::formats::bundle::{OutsideLine, UnreadableLine};
use candor::field::Scalar;
use candor::field::ScalarHex;

use super::Mutation;
use crate::attack::{append, flip};

pub(super) const MUTATIONS: &[Mutation] = &[
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
    ("a document claimed to be unreadable", 4, |a| {
        let leaf = a.unmatched();
        let salt = ScalarHex(a.case.store().entries[leaf].views[0].salt);
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
        a.unreadable_lines(|unreadable| unreadable[0].reason = UnreadableReason::TooManyBytes);
    }),
    ("an unreadable document given a decision", 4, |a| {
        let leaf = a.unreadable();
        a.set_status(leaf, 0);
        a.info(|info| info.readable += 1);
        a.unreadable_lines(Vec::clear);
    }),
    ("a document outside the view not opened", 4, |a| a.outside_lines(Vec::clear)),
    ("a document outside the view opened with another salt", 4, |a| {
        a.outside_lines(|outside| outside[0].salt = ScalarHex(Scalar::from(1)));
    }),
    ("a document outside the view said to be of another kind", 4, |a| {
        a.outside_lines(|outside| outside[0].kind = candor_documents::CoarseKind::Container);
    }),
    ("a document said to be outside the view", 4, |a| {
        let leaf = a.unmatched();
        let salt = ScalarHex(a.case.store().entries[leaf].views[0].salt);
        a.set_status(leaf, 3);
        a.info(|info| info.readable -= 1);
        a.outside_lines(|outside| {
            let kind = outside[0].kind;
            outside.push(OutsideLine { leaf: leaf as u64, kind, salt });
            outside.sort_by_key(|line| line.leaf);
        });
    }),
    ("a document outside the view given a decision", 4, |a| {
        let leaf = a.outside();
        a.set_status(leaf, 0);
        a.info(|info| info.readable += 1);
        a.outside_lines(Vec::clear);
    }),
    ("an unreadable document called one outside the view", 4, |a| {
        let leaf = a.unreadable();
        a.set_status(leaf, 3);
        let salt = ScalarHex(a.case.store().entries[leaf].views[0].salt);
        a.unreadable_lines(Vec::clear);
        a.outside_lines(|outside| {
            let kind = candor_documents::CoarseKind::Picture;
            outside.push(OutsideLine { leaf: leaf as u64, kind, salt });
            outside.sort_by_key(|line| line.leaf);
        });
    }),
    ("a kind for a document that has a decision", 4, |a| {
        let leaf = a.unmatched() as u64;
        a.outside_lines(|outside| {
            outside.push(OutsideLine { leaf, ..outside[0].clone() });
            outside.sort_by_key(|line| line.leaf);
        });
    }),
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
        let length = fs::metadata(a.last_proof()).unwrap().len() as usize;
        flip(&a.last_proof(), length - 1);
    }),
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
    ("a proof missing and not counted", 4, |a| {
        fs::remove_file(a.last_proof()).unwrap();
        a.info(|info| info.batches -= 1);
    }),
];
