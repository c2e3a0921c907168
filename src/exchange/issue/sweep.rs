//! What other thresholds would release.

use serde::Serialize;

use super::retrieval::{Relevant, Retrieval};
use crate::exchange::error::ExchangeError;
use crate::model::predicate::Predicate;
use crate::model::quality::Outcome;
use crate::model::quantize::Link;
use crate::statistics::Interval;

/// Thresholds that are shown.
const LINES: usize = 20;

/// What thresholds of one score would release, by the model's scores.
#[derive(Clone, Debug, Serialize)]
pub struct Sweep {
    /// The score, as for `--match-score`.
    pub score: u32,
    /// From the lowest threshold on.
    pub thresholds: Vec<Threshold>,
}

/// What one threshold would release.
#[derive(Clone, Debug, Serialize)]
pub struct Threshold {
    /// The threshold, as for `--above`.
    pub above: f64,
    /// Documents that match.
    pub releases: u64,
    /// Relevant documents that do not; `None` if nothing is labelled.
    pub misses: Option<u64>,
    /// The share of relevant documents that match, with 95 % confidence.
    pub recall: Option<Interval>,
    /// The share of matches that are relevant, with 95 % confidence.
    pub precision: Option<Interval>,
    /// What it finds of the labelled documents; `None` if nothing is labelled.
    #[serde(skip)]
    pub found: Option<Retrieval>,
}

impl Sweep {
    pub(super) fn of(
        predicate: &Predicate,
        link: Link,
        relevant: &Relevant,
        outcomes: &[Outcome],
    ) -> Result<Self, ExchangeError> {
        let refuse = |problem: &str, advice: &str| ExchangeError::input("--sweep", problem, advice);
        let (score, own) = match predicate {
            Predicate::MatchScore { index, above } => (*index, Some(above.get())),
            Predicate::MatchClass(classes) => match classes.as_slice() {
                [class] if link != Link::Softmax => (*class, None),
                [_] => {
                    let problem = "scores after a softmax cannot be compared with a threshold";
                    return Err(refuse(problem, "export the model without the softmax"));
                }
                _ => {
                    let problem = "the request asks for several classes";
                    return Err(refuse(problem, "evaluate a request for one class or one score"));
                }
            },
        };
        let output = |outcome: &Outcome| {
            let raw = outcome.scores.get(score as usize).copied().unwrap_or(f64::NAN);
            if link == Link::Sigmoid { 1.0 / (1.0 + libm::exp(-raw)) } else { raw }
        };
        let scores: Vec<f64> = outcomes.iter().map(output).collect();
        let line = |above: f64| {
            let matches = |score: &f64| *score > above;
            let known = outcomes.iter().zip(&scores).filter_map(|(outcome, score)| {
                relevant.holds(outcome).map(|relevant| (relevant, matches(score)))
            });
            let retrieval = Retrieval::count(known);
            Threshold {
                above,
                releases: scores.iter().filter(|score| matches(score)).count() as u64,
                misses: retrieval.map(|found| found.relevant - found.relevant_and_matching),
                recall: retrieval.map(|found| found.recall),
                precision: retrieval.map(|found| found.precision),
                found: retrieval,
            }
        };
        Ok(Self { score, thresholds: between(&scores, own).into_iter().map(line).collect() })
    }
}

/// Thresholds between neighbouring scores, evenly spread over their ranks, and the
/// request's own.
fn between(scores: &[f64], own: Option<f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = scores.iter().copied().filter(|score| score.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    let gaps: Vec<(f64, f64)> =
        sorted.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
    let every = gaps.len().div_ceil(LINES).max(1);
    // From the middle of the first step on, so that neither end is favoured.
    let mut list: Vec<f64> =
        gaps.iter().skip(every / 2).step_by(every).map(|gap| shortest(*gap)).collect();
    list.extend(own);
    list.sort_by(f64::total_cmp);
    list.dedup();
    list
}

/// The number of fewest decimals between two others; the lower one if there is none.
fn shortest((low, high): (f64, f64)) -> f64 {
    let middle = low + (high - low) / 2.0;
    let tries = (0..17).filter_map(|digits| format!("{middle:.digits$}").parse::<f64>().ok());
    // Less than nothing is nothing: -0 would be printed as such.
    tries.into_iter().find(|number| low < *number && *number < high).unwrap_or(low) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::float_bits::FiniteF64;

    #[test]
    fn thresholds_stand_between_scores() {
        assert_eq!(shortest((0.41, 0.48)), 0.44);
        assert_eq!(shortest((0.1, 0.9)), 0.5);
        assert_eq!(shortest((1.0, 1.0 + f64::EPSILON)), 1.0);
        assert_eq!(between(&[3.0, 1.0, 1.0, 2.0], Some(0.5)), [0.5, 1.5, 2.5]);
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        assert!((15..=LINES).contains(&between(&many, None).len()));
        assert!(between(&[], None).is_empty());
    }

    #[test]
    fn each_threshold_says_what_it_releases_and_misses() {
        let outcome = |label, score| Outcome {
            label: Some(label),
            scores: vec![score],
            program_scores: None,
            by_model: false,
            by_program: false,
            program_top: None,
            margin: 0.0,
        };
        let outcomes = [outcome(1, 3.0), outcome(0, 2.0), outcome(1, 1.0), outcome(0, 0.0)];
        let above = FiniteF64::new(1.5).unwrap();
        let predicate = Predicate::MatchScore { index: 0, above };
        let relevant = Relevant::of(&predicate, 1);
        let sweep = Sweep::of(&predicate, Link::None, &relevant, &outcomes).unwrap();
        let lines: Vec<_> =
            sweep.thresholds.iter().map(|line| (line.above, line.releases, line.misses)).collect();
        assert_eq!(lines, [(0.5, 3, Some(0)), (1.5, 2, Some(1)), (2.5, 1, Some(1))]);
        let classes = Predicate::match_class([0, 1]);
        assert!(Sweep::of(&classes, Link::None, &relevant, &outcomes).is_err());
    }
}
