//! Ranges that cut off what seldom occurs, so that what is left has finer levels.
//!
//! Calibration records the smallest and the largest value of each tensor. One outlier
//! can make all levels coarse. From a histogram of each tensor come candidates that
//! leave out a part of its values at either end; the compiler takes ranges as they
//! are given, so the choice is the requester's alone.

use rayon::prelude::*;

use super::float_bits::FiniteF64;
use super::graph::TensorRef;
use super::lowering::with_zero;
use super::quantize::{CalibratedRanges, raw_scores};
use super::reference::{FloatError, FloatModel, chunks};

/// Parts of the values that may be left out at either end, from the smallest on.
const TAILS: [f64; 4] = [1e-5, 1e-4, 1e-3, 5e-3];

/// Equal parts of a tensor's range in which values are counted.
const BINS: usize = 2048;

/// Which of a tensor's values its range holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    /// All that calibration saw.
    All,
    /// For each tensor, as many as make the mean square of the error least: of rounding
    /// and of cutting off together.
    LeastError,
    /// All but this part at either end.
    Tail(f64),
}

impl Choice {
    /// The choices, from the one that cuts off least on.
    pub fn all() -> impl Iterator<Item = Self> {
        let tails = TAILS.into_iter().skip(1).map(Self::Tail);
        [Self::All, Self::LeastError].into_iter().chain(tails)
    }
}

/// How often values occur, of each tensor of a model.
pub struct Histograms {
    /// The tensor's name, its range, and the count of each part of it. Tensors of one
    /// value, and the scores, which decide, are left out.
    tensors: Vec<(String, (f64, f64), Vec<u64>)>,
}

impl Histograms {
    /// Counts the values of all tensors over documents, given as the bytes of views.
    ///
    /// # Errors
    /// If a view has the wrong length.
    pub fn of<'a>(
        model: &FloatModel<'_>,
        ranges: &CalibratedRanges,
        views: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, FloatError> {
        let graph = model.graph();
        let (raw, _) = raw_scores(graph);
        let counted: Vec<Option<(f64, f64)>> = graph
            .nodes
            .iter()
            .enumerate()
            .map(|(at, node)| {
                let (low, high) = ranges.range(&node.output);
                (raw != TensorRef::Node(at) && (high - low) > 0.0 && (high - low).is_finite())
                    .then_some((low, high))
            })
            .collect();
        let empty = || vec![Vec::new(); counted.len()];
        let mut sums: Vec<Vec<u64>> = empty();
        for chunk in chunks(views) {
            let count = |mut sums: Vec<Vec<u64>>, view: &&[u8]| {
                model.walk(view, |tensor, reals| {
                    let Some((low, high)) = counted[tensor] else { return };
                    let bins = &mut sums[tensor];
                    bins.resize(BINS, 0);
                    for real in reals {
                        let place = (real - low) / (high - low) * BINS as f64;
                        // Saturates: what is below is in the first, NaN too.
                        bins[(place as usize).min(BINS - 1)] += 1;
                    }
                })?;
                Ok::<_, FloatError>(sums)
            };
            // Sums of counts, which are the same in any order.
            let found = chunk
                .par_iter()
                .try_fold(empty, count)
                .try_reduce(empty, |one, other| Ok(added(one, other)))?;
            sums = added(sums, found);
        }
        let tensors = graph.nodes.iter().zip(counted).zip(sums);
        let tensors = tensors.filter_map(|((node, range), bins)| {
            range.filter(|_| !bins.is_empty()).map(|range| (node.output.clone(), range, bins))
        });
        Ok(Self { tensors: tensors.collect() })
    }

    /// The ranges under a choice, and how many tensors lose some of their values. Errors
    /// are those of tensors rounded to so many levels.
    #[must_use]
    pub fn ranges(
        &self,
        recorded: &CalibratedRanges,
        choice: Choice,
        levels: i64,
    ) -> (CalibratedRanges, usize) {
        let mut ranges = recorded.clone();
        let mut cut = 0;
        for (name, range, bins) in &self.tensors {
            let chosen = match choice {
                Choice::All => *range,
                Choice::Tail(tail) => without(*range, bins, tail),
                Choice::LeastError => {
                    let candidates = TAILS.iter().map(|tail| without(*range, bins, *tail));
                    let mut best = (*range, error(*range, bins, *range, levels));
                    for candidate in candidates {
                        let error = error(*range, bins, candidate, levels);
                        if error < best.1 {
                            best = (candidate, error);
                        }
                    }
                    best.0
                }
            };
            if let (Ok(low), Ok(high)) = (FiniteF64::new(chosen.0), FiniteF64::new(chosen.1))
                && chosen != *range
            {
                ranges.narrow(name, low, high);
                cut += 1;
            }
        }
        (ranges, cut)
    }
}

fn added(mut one: Vec<Vec<u64>>, other: Vec<Vec<u64>>) -> Vec<Vec<u64>> {
    for (sums, counts) in one.iter_mut().zip(other) {
        sums.resize(sums.len().max(counts.len()), 0);
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    one
}

/// The end of bin `at`, from the left.
fn edge((low, high): (f64, f64), at: usize) -> f64 {
    low + (high - low) * (at as f64 / BINS as f64)
}

/// The shortest range of whole bins that leaves out at most this part at either end.
fn without(range: (f64, f64), bins: &[u64], tail: f64) -> (f64, f64) {
    let total: u64 = bins.iter().sum();
    let most = tail * total as f64;
    let skipped = |counts: &mut dyn Iterator<Item = &u64>| {
        let mut sum = 0u64;
        let within = |count: &&u64| {
            sum += **count;
            sum as f64 <= most
        };
        counts.take_while(within).count()
    };
    let (left, right) = (skipped(&mut bins.iter()), skipped(&mut bins.iter().rev()));
    if left + right >= BINS {
        return range;
    }
    let low = if left == 0 { range.0 } else { edge(range, left) };
    let high = if right == 0 { range.1 } else { edge(range, BINS - right) };
    (low, high)
}

/// The mean square of the error under a range: a twelfth of a level squared for what is
/// rounded, the distance to the end squared for what is cut off.
fn error(range: (f64, f64), bins: &[u64], chosen: (f64, f64), levels: i64) -> f64 {
    let (low, high) = with_zero(chosen);
    let unit = (high - low) / levels as f64;
    let total: u64 = bins.iter().sum();
    let sum: f64 = bins
        .iter()
        .enumerate()
        .map(|(at, count)| {
            let middle = (edge(range, at) + edge(range, at + 1)) / 2.0;
            let beyond = (low - middle).max(middle - high).max(0.0);
            *count as f64 * (beyond * beyond + unit * unit / 12.0)
        })
        .sum();
    sum / total.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: (f64, f64) = (0.0, 2048.0);

    /// A thousand values in each of the first hundred bins, and one far off.
    fn outlier() -> Vec<u64> {
        let mut bins = vec![0; BINS];
        bins[..100].fill(1000);
        bins[BINS - 1] = 1;
        bins
    }

    #[test]
    fn tails_are_left_out_by_their_share() {
        let bins = outlier();
        assert_eq!(without(RANGE, &bins, 0.0), RANGE, "nothing is left out");
        assert_eq!(without(RANGE, &bins, 1e-4), (0.0, 100.0), "the outlier goes");
        assert_eq!(without(RANGE, &bins, 0.05), (5.0, 96.0));
        assert_eq!(without(RANGE, &[1; BINS], 0.6), RANGE, "something has to stay");
    }

    #[test]
    fn the_error_weighs_rounding_against_cutting_off() {
        let bins = outlier();
        let cut = |levels| error(RANGE, &bins, (0.0, 100.0), levels);
        let whole = |levels| error(RANGE, &bins, RANGE, levels);
        // With few levels they are coarse; with many the outlier costs more.
        assert!(cut(15) < whole(15));
        assert!(cut(16_000) > whole(16_000));
    }
}
