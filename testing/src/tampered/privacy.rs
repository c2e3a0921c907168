//! Documents disclosed that do not match: check 6.

use super::Mutation;

pub(super) const MUTATIONS: &[Mutation] = &[("a document released that does not match", 6, |a| {
    let leaf = a.unmatched();
    a.open(leaf);
})];
