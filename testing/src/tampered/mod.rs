//! A table of mutations of an honest bundle and request, each with the check
//! that must refuse it.
//!
//! Each mutation is made as an attacker would: after it the bag's manifests
//! are made anew, so that they are not what catches it (unless the manifest
//! itself is what is attacked). The tables are cut by the check that refuses, and
//! those of one kind of attack stand together.

mod commitment;
mod decisions;
mod encodings;
mod leaves;
mod names;
mod numbers;
mod parsing;
mod privacy;
mod release;
mod replays;
mod request;
mod unreadable;
mod vocabularies;

pub use crate::attack::Attack;

/// What is done, the number of the check that must refuse it, and how it is done.
///
/// The honest case is [`crate::case::asked`], answered.
pub type Mutation = (&'static str, u8, fn(&mut Attack<'_>));

/// Mutations of a bundle that has a vocabulary of each kind: a case with views
/// `text/wordpiece-N` and `text/bpe-N`.
#[must_use]
pub fn of_vocabularies() -> Vec<Mutation> {
    vocabularies::MUTATIONS.to_vec()
}

/// All mutations.
#[must_use]
pub fn mutations() -> Vec<Mutation> {
    [
        parsing::MUTATIONS,
        names::MUTATIONS,
        numbers::MUTATIONS,
        request::MUTATIONS,
        commitment::MUTATIONS,
        replays::MUTATIONS,
        leaves::MUTATIONS,
        decisions::MUTATIONS,
        encodings::MUTATIONS,
        release::MUTATIONS,
        privacy::MUTATIONS,
        unreadable::MUTATIONS,
    ]
    .concat()
}
