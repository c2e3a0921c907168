//! Trees over bytes: questions that are the same in another guise become one, and branches that
//! can be answered from what was asked before them go.

use std::collections::BTreeMap;

use super::features::Feature;
use crate::model::graph::{Branch, Child, Trees};

/// A set of byte values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bytes([u64; 4]);

impl Bytes {
    const ALL: Self = Self([u64::MAX; 4]);

    fn of(mut holds: impl FnMut(usize) -> bool) -> Self {
        let mut words = [0u64; 4];
        for (word, bits) in words.iter_mut().enumerate() {
            for bit in 0..64usize {
                if holds(word.saturating_mul(64).saturating_add(bit)) {
                    *bits |= 1u64.wrapping_shl(u32::try_from(bit).unwrap_or(0));
                }
            }
        }
        Self(words)
    }

    fn holds(self, byte: u8) -> bool {
        let word = self.0.get(usize::from(byte >> 6)).copied().unwrap_or(0);
        word.wrapping_shr(u32::from(byte & 63)) & 1 == 1
    }

    fn and(self, other: Self) -> Self {
        let mut words = self.0;
        words.iter_mut().zip(other.0).for_each(|(own, other)| *own &= other);
        Self(words)
    }

    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }

    fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }

    /// The bytes at which membership changes from the byte before, 0 not being a member.
    pub(super) fn steps(self) -> Vec<u8> {
        let before = |byte: u8| byte.checked_sub(1).is_some_and(|before| self.holds(before));
        (0..=255).filter(|byte| self.holds(*byte) != before(*byte)).collect()
    }
}

/// A question: is this byte of the view in a set that does not hold 0?
pub(super) type Question = (u32, Bytes);

/// A tree in which every question is open.
pub(super) enum Simple {
    /// What is added to each score.
    Leaf(u32),
    /// `high` where the byte is in the set.
    Branch { question: u32, high: Box<Simple>, low: Box<Simple> },
}

/// All trees of an ensemble, and what they ask.
pub(super) struct Plan {
    pub(super) questions: Vec<Question>,
    pub(super) trees: Vec<Simple>,
}

struct Planner<'a> {
    trees: &'a Trees,
    features: &'a BTreeMap<u32, Feature>,
    questions: BTreeMap<Question, u32>,
    /// What is known of bytes on the way to a branch.
    known: BTreeMap<u32, Bytes>,
}

pub(super) fn plan(trees: &Trees, features: &BTreeMap<u32, Feature>) -> Plan {
    let mut planner =
        Planner { trees, features, questions: BTreeMap::new(), known: BTreeMap::new() };
    let simple = trees.roots.iter().map(|root| planner.simplified(*root)).collect();
    let mut questions: Vec<(u32, Question)> =
        planner.questions.into_iter().map(|(question, at)| (at, question)).collect();
    questions.sort_unstable();
    Plan { questions: questions.into_iter().map(|(_, question)| question).collect(), trees: simple }
}

impl Planner<'_> {
    /// Recursion ends: the reader has capped the depth of trees.
    fn simplified(&mut self, child: Child) -> Simple {
        let branch = match child {
            Child::Leaf(leaf) => return Simple::Leaf(leaf),
            Child::Branch(branch) => self.trees.branches.get(branch as usize),
        };
        let Some((branch, feature)) =
            branch.and_then(|branch| Some((branch, self.features.get(&branch.feature)?)))
        else {
            return Simple::Leaf(0);
        };
        let value = |byte: usize| feature.values.get(byte).copied().unwrap_or(0.0);
        let yes = Bytes::of(|byte| branch.test.holds(value(byte)));
        let Some(byte) = feature.byte else {
            return self.simplified(if yes.holds(0) { branch.yes } else { branch.no });
        };
        let known = self.known.get(&byte).copied().unwrap_or(Bytes::ALL);
        if known.and(yes.not()).is_empty() {
            return self.simplified(branch.yes);
        }
        if known.and(yes).is_empty() {
            return self.simplified(branch.no);
        }
        let Branch { yes: on_yes, no: on_no, .. } = branch;
        let (set, on_set, on_rest) =
            if yes.holds(0) { (yes.not(), on_no, on_yes) } else { (yes, on_yes, on_no) };
        self.known.insert(byte, known.and(set));
        let high = self.simplified(*on_set);
        self.known.insert(byte, known.and(set.not()));
        let low = self.simplified(*on_rest);
        self.known.insert(byte, known);
        if let (Simple::Leaf(one), Simple::Leaf(other)) = (&high, &low)
            && self.trees.leaves.get(*one as usize) == self.trees.leaves.get(*other as usize)
        {
            return high;
        }
        let next = u32::try_from(self.questions.len()).unwrap_or(u32::MAX);
        let question = *self.questions.entry((byte, set)).or_insert(next);
        Simple::Branch { question, high: Box::new(high), low: Box::new(low) }
    }
}
