//! Leaves that do not hash to the root: check 3.

use std::ops::Range;

use super::Mutation;

/// Where the digest of the first view stands in a record.
const DIGEST: Range<usize> = 96..128;

pub(super) const MUTATIONS: &[Mutation] = &[
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
    ("a leaf twice in place of another", 3, |a| {
        let found = a.with_status(0);
        a.records(|records| records[found[1]] = records[found[0]].clone());
    }),
    ("a digest replaced", 3, |a| {
        let found = a.with_status(0);
        a.records(|records| {
            let digest = records[found[1]][DIGEST].to_vec();
            records[found[0]][DIGEST].copy_from_slice(&digest);
        });
    }),
    ("a file commitment replaced", 3, |a| {
        let leaf = a.matching();
        a.records(|records| records[leaf][0] ^= 1);
    }),
    ("a record commitment replaced", 3, |a| {
        let leaf = a.matching();
        a.records(|records| records[leaf][32] ^= 1);
    }),
    ("a family commitment replaced", 3, |a| {
        let leaf = a.unmatched();
        a.records(|records| records[leaf][64] ^= 1);
    }),
];
