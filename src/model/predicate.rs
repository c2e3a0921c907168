//! What the requester asks of the scores.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::float_bits::FiniteF64;

/// A condition on the scores of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// The class with the greatest score is one of these; among equal scores
    /// the lowest index wins. Indices in ascending order.
    MatchClass(Vec<u32>),
    /// One score is above a threshold.
    MatchScore {
        /// The index of the score.
        index: u32,
        /// The threshold; not matched if equal.
        above: FiniteF64,
    },
}

/// Why a predicate cannot be used with a model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PredicateError {
    /// No class is given.
    #[error("no class is given; name at least one")]
    NoClass,
    /// Classes are not in ascending order, or one is listed twice.
    #[error("list each class once, in ascending order")]
    Unordered,
    /// An index is beyond the scores.
    #[error("index {index} is beyond the model's {scores} scores; the first index is 0")]
    Index {
        /// The index asked for.
        index: u32,
        /// The number of scores.
        scores: usize,
    },
    /// Every class would match.
    #[error("all {0} classes are given, so every document would match; leave some out")]
    AllClasses(usize),
    /// A threshold that no score, or every score, of the model passes.
    #[error("the threshold {0} is outside 0 to 1, the range of a sigmoid; choose one inside")]
    Threshold(f64),
    /// A softmax score depends on all logits.
    #[error(
        "a score after softmax or a normaliser cannot be compared with a threshold; ask for a class, or export the model without it and give a threshold for the score before it"
    )]
    Softmax,
}

impl Predicate {
    /// The classes in ascending order, each once.
    #[must_use]
    pub fn match_class(classes: impl IntoIterator<Item = u32>) -> Self {
        let classes: BTreeSet<u32> = classes.into_iter().collect();
        Self::MatchClass(classes.into_iter().collect())
    }

    /// Checks the predicate against the number of scores.
    ///
    /// # Errors
    /// If it could never or always hold, or names a score that does not exist.
    pub fn check(&self, scores: usize) -> Result<(), PredicateError> {
        let inside = |index: u32| match usize::try_from(index) {
            Ok(at) if at < scores => Ok(()),
            _ => Err(PredicateError::Index { index, scores }),
        };
        match self {
            Self::MatchClass(classes) => {
                if classes.is_empty() {
                    return Err(PredicateError::NoClass);
                }
                if !classes.is_sorted_by(|l, r| l < r) {
                    return Err(PredicateError::Unordered);
                }
                classes.iter().try_for_each(|class| inside(*class))?;
                if classes.len() == scores {
                    return Err(PredicateError::AllClasses(scores));
                }
                Ok(())
            }
            Self::MatchScore { index, .. } => inside(*index),
        }
    }

    /// Whether float scores match: the reference for agreement figures.
    #[must_use]
    pub fn matches(&self, scores: &[f64]) -> bool {
        match self {
            Self::MatchClass(classes) => {
                top_class(scores).is_some_and(|top| classes.iter().any(|c| *c as usize == top))
            }
            Self::MatchScore { index, above } => {
                scores.get(*index as usize).is_some_and(|score| *score > above.get())
            }
        }
    }
}

/// The index of the greatest score, the lowest of equal ones; `None` if there
/// are no scores.
#[must_use]
pub(crate) fn top_class<T: PartialOrd + Copy>(scores: &[T]) -> Option<usize> {
    let mut best: Option<(usize, T)> = None;
    for (index, &score) in scores.iter().enumerate() {
        if best.is_none_or(|(_, top)| score > top) {
            best = Some((index, score));
        }
    }
    best.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_index_wins_ties() {
        assert_eq!(top_class(&[1.0, 3.0, 3.0]), Some(1));
        assert!(Predicate::match_class([1]).matches(&[1.0, 3.0, 3.0]));
        assert!(!Predicate::match_class([2]).matches(&[1.0, 3.0, 3.0]));
    }

    #[test]
    fn useless_predicates_are_refused() {
        assert_eq!(Predicate::match_class([]).check(3), Err(PredicateError::NoClass));
        assert_eq!(Predicate::match_class([0, 1, 2]).check(3), Err(PredicateError::AllClasses(3)));
        assert!(Predicate::match_class([3]).check(3).is_err());
        assert_eq!(Predicate::MatchClass(vec![2, 1]).check(3), Err(PredicateError::Unordered));
    }
}
