//! Documents disclosed as unreadable that are not: check 7.

use super::Mutation;

pub(super) const MUTATIONS: &[Mutation] =
    &[("an unreadable document released with another file", 7, |a| {
        let leaf = a.unreadable();
        a.open(leaf);
        a.change_file(leaf);
    })];
