//! Decisions against labels.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::predicate::Predicate;
use crate::model::quality::Outcome;
use crate::statistics::{Interval, Risk, clopper_pearson};

/// The classes of which documents should match.
pub(super) struct Relevant(Vec<usize>);

impl Relevant {
    /// The classes asked for; of a threshold, the class of the score, or class 1 of a
    /// model that has one score for two classes.
    pub(super) fn of(predicate: &Predicate, scores: usize) -> Self {
        Self(match predicate {
            Predicate::MatchClass(classes) => classes.iter().map(|c| *c as usize).collect(),
            Predicate::MatchScore { .. } if scores == 1 => vec![1],
            Predicate::MatchScore { index, .. } => vec![*index as usize],
        })
    }

    /// Whether a document should match, if its class is known.
    pub(super) fn holds(&self, outcome: &Outcome) -> Option<bool> {
        outcome.label.map(|label| self.0.contains(&label))
    }
}

/// Decisions against labels: a labelled document is relevant if its class is one
/// of those that should match.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Retrieval {
    /// Relevant documents.
    pub relevant: u64,
    /// Labelled documents that match.
    pub matching: u64,
    /// Both.
    pub relevant_and_matching: u64,
    /// The share of relevant documents that match, with 95 % confidence.
    pub recall: Interval,
    /// The share of matches that are relevant, with 95 % confidence.
    pub precision: Interval,
}

impl Retrieval {
    /// `None` if nothing is labelled.
    pub(super) fn of(relevant: &Relevant, outcomes: &[Outcome]) -> Option<Self> {
        let known = outcomes.iter().filter_map(|outcome| {
            relevant.holds(outcome).map(|relevant| (relevant, outcome.by_program))
        });
        Self::count(known)
    }

    /// Of documents that are relevant or not, and match or not; `None` if there are none.
    pub(super) fn count(documents: impl Iterator<Item = (bool, bool)>) -> Option<Self> {
        let (mut all, mut relevant, mut matching, mut both) = (0u64, 0, 0, 0);
        for (is_relevant, matches) in documents {
            all += 1;
            relevant += u64::from(is_relevant);
            matching += u64::from(matches);
            both += u64::from(is_relevant && matches);
        }
        let interval = |of| clopper_pearson(of, both, Risk::OF_95_PERCENT);
        (all > 0).then(|| Self {
            relevant,
            matching,
            relevant_and_matching: both,
            recall: interval(relevant),
            precision: interval(matching),
        })
    }
}

/// What the program makes of the documents of one label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    /// Their class.
    pub label: usize,
    /// How many there are.
    pub documents: u64,
    /// How many of them match.
    pub matching: u64,
    /// Their top classes, if the program holds the scores: the most frequent first.
    pub top: Vec<Top>,
}

/// A class that is the program's top class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Top {
    /// The class.
    pub class: usize,
    /// Of how many documents.
    pub documents: u64,
}

/// A row for each label that occurs, in order.
pub(super) fn confusion(outcomes: &[Outcome]) -> Vec<Confusion> {
    let mut rows: BTreeMap<usize, (u64, u64, BTreeMap<usize, u64>)> = BTreeMap::new();
    for outcome in outcomes {
        let Some(label) = outcome.label else { continue };
        let (documents, matching, top) = rows.entry(label).or_default();
        *documents += 1;
        *matching += u64::from(outcome.by_program);
        if let Some(class) = outcome.program_top {
            *top.entry(class).or_default() += 1;
        }
    }
    let row = |(label, (documents, matching, top)): (_, (_, _, BTreeMap<_, _>))| {
        let top = top.into_iter().map(|(class, documents)| Top { class, documents });
        let mut top: Vec<Top> = top.collect();
        top.sort_by_key(|top| std::cmp::Reverse(top.documents));
        Confusion { label, documents, matching, top }
    };
    rows.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::float_bits::FiniteF64;

    fn outcome(label: usize, top: usize, by_program: bool) -> Outcome {
        Outcome {
            label: Some(label),
            scores: vec![0.0; 3],
            program_scores: None,
            by_model: by_program,
            by_program,
            program_top: Some(top),
            margin: 0.0,
        }
    }

    #[test]
    fn relevant_documents_are_counted_against_matches() {
        let outcomes =
            [outcome(2, 2, true), outcome(2, 0, false), outcome(0, 2, true), outcome(1, 1, false)];
        let relevant = Relevant::of(&Predicate::match_class([2]), 3);
        let found = Retrieval::of(&relevant, &outcomes).unwrap();
        assert_eq!((found.relevant, found.matching, found.relevant_and_matching), (2, 2, 1));
        assert_eq!(found.recall, clopper_pearson(2, 1, Risk::OF_95_PERCENT));
        let rows = confusion(&outcomes);
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[2].label, rows[2].documents, rows[2].matching), (2, 2, 1));
        assert_eq!(rows[2].top.len(), 2);
        assert!(Retrieval::of(&relevant, &[]).is_none());
    }

    #[test]
    fn a_threshold_is_for_the_class_of_its_score_or_for_class_1() {
        let above = FiniteF64::new(0.5).unwrap();
        let predicate = |index| Predicate::MatchScore { index, above };
        assert_eq!(Relevant::of(&predicate(0), 1).holds(&outcome(1, 0, true)), Some(true));
        assert_eq!(Relevant::of(&predicate(0), 3).holds(&outcome(1, 0, true)), Some(false));
        assert_eq!(Relevant::of(&predicate(2), 3).holds(&outcome(2, 0, true)), Some(true));
    }
}
