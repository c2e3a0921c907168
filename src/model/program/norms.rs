//! Bounds of whole rows, beside the ranges of their elements.
//!
//! The elements of a standardised row may each be far from their mean, but not all at once: their
//! squares add up to a fixed number. So a sum of them, each with its weight, is bounded by the
//! root of the sum of the weights' squares (Cauchy and Schwarz), where ranges alone would let every
//! element be at its end. For a row of n that is about √n times less.
//!
//! A bound starts at the product of a reciprocal root with what it normalises. Steps, factors,
//! equal summands and moves of whole rows hand it on. Everything is computed in integers, rounded
//! away from zero.

use super::table::Table;
use crate::model::linear::{Conv2d, Dense, Gather, LinearMap, Range, Weights};

/// What is known of the rows of a node. Element k of row (o, i) stands at
/// `(o · length + k) · stride + i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowNorm {
    /// Elements of a row.
    pub length: usize,
    /// From one element of a row to the next.
    pub stride: usize,
    /// c.
    pub centre: i64,
    /// The most that the squares of `x − c` add up to in a row.
    pub most: u128,
}

/// Longest range of quotients of a step that hands a bound on: it is read some times.
const MOST_QUOTIENTS: i128 = 1 << 17;
/// Halvings of λ that are tried at most.
const HALVINGS: u32 = 60;

/// What a step takes that looks for λ, for each quotient that may occur.
pub(super) const READINGS: usize = HALVINGS as usize / 2;

/// The root, rounded up.
fn root(square: u128) -> u128 {
    let root = square.isqrt();
    if root * root < square { root + 1 } else { root }
}

impl RowNorm {
    /// The most that an element may be away from c if all of its row are as far.
    pub(crate) fn deviation(&self) -> f64 {
        (self.most as f64 / self.length.max(1) as f64).sqrt()
    }

    /// The norm of `factor · x + summand`.
    pub(super) fn scaled(self, factor: i64, summand: i64) -> Option<Self> {
        let centre = self.centre.checked_mul(factor)?.checked_add(summand)?;
        let square = u128::from(factor.unsigned_abs()).checked_mul(factor.unsigned_abs().into())?;
        Some(Self { centre, most: self.most.checked_mul(square)?, ..self })
    }

    /// The norm after a move of whole rows, in which the elements of a row may come to stand next
    /// to each other, or those of one place of all rows.
    pub(super) fn moved(self, gather: &Gather) -> Option<Self> {
        let Self { length, stride, .. } = self;
        let rows = gather.index.len() / length;
        if rows == 0 || !gather.index.len().is_multiple_of(length) {
            return None;
        }
        let is_row = |start: usize, apart: usize| {
            let first = gather.index.get(start).copied().flatten().map(|from| from as usize);
            first.is_some_and(|first| {
                first / stride % length == 0
                    && (0..length).all(|k| {
                        let from = gather.index.get(start + k * apart).copied().flatten();
                        from.map(|from| from as usize) == Some(first + k * stride)
                    })
            })
        };
        let together = || (0..rows).all(|row| is_row(row * length, 1));
        let apart = || (0..rows).all(|row| is_row(row, rows));
        let stride = if together() {
            1
        } else if apart() {
            rows
        } else {
            return None;
        };
        Some(Self { stride, ..self })
    }

    /// The norm of the values of a step whose argument has this one and lies in `range`.
    ///
    /// For each quotient q let d be the least that an argument of it may be from c, and g the
    /// square of what its value is from that of c. The sum of g over a row is, for every λ ≥ 0, at most
    /// `λ · Σd² + n · max(g − λ·d²)`. The least of these bounds over some λ is taken: it falls with
    /// λ and rises again.
    pub(super) fn through(self, table: &Table, shift: u32, range: Range) -> Option<Self> {
        let half = (1i128 << shift) >> 1;
        let quotient = |x: i128| (x + half) >> shift;
        let (low, high) = (quotient(range.low), quotient(range.high));
        let centre = i128::from(self.centre);
        let middle = quotient(centre);
        if high - low > MOST_QUOTIENTS || !(low..=high).contains(&middle) {
            return None;
        }
        let value = |q: i128| table.get(i64::try_from(q).ok()?);
        let at_middle = value(middle)?;
        let mut pairs = Vec::new();
        for q in low..=high {
            let nearest = if q > middle {
                (q << shift) - half - centre
            } else if q < middle {
                centre - ((q << shift) - half + (1 << shift) - 1)
            } else {
                0
            };
            let away = (i128::from(value(q)?) - i128::from(at_middle)).unsigned_abs();
            let (away, nearest) = (u64::try_from(away).ok()?, u64::try_from(nearest).ok()?);
            pairs.push((u128::from(away).checked_mul(away.into())?, u128::from(nearest)));
        }
        let length = self.length as u128;
        // λ is quarters / 2^halvings / 4.
        let bound = |halvings: u32, quarters: u128| {
            let mut most = 0u128;
            for (square, nearest) in &pairs {
                let gain = square.checked_mul(4)?.checked_mul(1 << halvings)?;
                let cost = nearest.checked_mul(*nearest)?.checked_mul(quarters)?;
                most = most.max(gain.saturating_sub(cost));
            }
            let sum = self.most.checked_mul(quarters)?.checked_add(length.checked_mul(most)?)?;
            Some(sum.div_ceil(4 << halvings))
        };
        let mut best: Option<(u128, u32)> = None;
        for halvings in 0..=HALVINGS {
            let Some(bound) = bound(halvings, 4) else { break };
            if best.is_some_and(|(best, _)| bound > best) {
                break;
            }
            best = Some((bound, halvings));
        }
        let (mut most, halvings) = best?;
        for (halvings, quarters) in
            [(halvings, 5), (halvings, 6), (halvings + 1, 6), (halvings + 1, 7)]
        {
            most = most.min(bound(halvings, quarters).unwrap_or(most));
        }
        Some(Self { centre: at_middle, most, ..self })
    }

    /// A range of the sum of a row's elements, each with its weight.
    fn sum(&self, weights: impl Iterator<Item = i64>) -> Option<Range> {
        let (mut sum, mut squares) = (0i128, 0u128);
        for weight in weights {
            sum = sum.checked_add(i128::from(weight))?;
            let square =
                u128::from(weight.unsigned_abs()).checked_mul(weight.unsigned_abs().into())?;
            squares = squares.checked_add(square)?;
        }
        let middle = sum.checked_mul(self.centre.into())?;
        let away = i128::try_from(root(squares.checked_mul(self.most)?)).ok()?;
        Some(Range::new(middle.checked_sub(away)?, middle.checked_add(away)?))
    }

    /// Of a map of a node of `len` elements that adds up whole rows with one set of weights for
    /// each channel of its result: the range of each channel.
    pub(super) fn channels(&self, len: usize, map: &LinearMap) -> Option<Vec<Range>> {
        let (weights, channels): (&Weights, usize) = match map {
            LinearMap::Conv2d(conv) if self.is_read_by(conv) => (&conv.weights, conv.output[0]),
            LinearMap::Dense(Dense { rows, columns, weights })
                if *columns == self.length && self.stride == 1 && len == self.length =>
            {
                (weights, *rows)
            }
            _ => return None,
        };
        let row = |channel: usize| {
            self.sum((0..self.length).map(|k| weights.get(channel * self.length + k)))
        };
        (0..channels).map(row).collect()
    }

    /// Whether a convolution is a matrix over rows, each place of its plane a row.
    fn is_read_by(&self, conv: &Conv2d) -> bool {
        let [channels, height, width] = conv.input;
        channels == self.length
            && height.checked_mul(width) == Some(self.stride)
            && conv.groups == 1
            && (conv.kernel, conv.stride, conv.padding) == ([1, 1], [1, 1], [0, 0])
            && conv.output[1..] == conv.input[1..]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::program::quotient;

    fn norm(length: usize, centre: i64, most: u128) -> RowNorm {
        RowNorm { length, stride: 1, centre, most }
    }

    fn squares(row: &[i64], centre: i64) -> u128 {
        row.iter().map(|x| u128::from(x.abs_diff(centre)).pow(2)).sum()
    }

    proptest! {
        #[test]
        fn a_step_keeps_its_bound(
            row in prop::collection::vec(-200i64..200, 1..12),
            (centre, shift) in (-40i64..40, 0u32..6),
            values in prop::collection::vec(-60i64..60, 401),
            steps in prop::option::of((0u32..3, 1i64..90)),
        ) {
            // Any table, or a division that is cut off.
            let value = |q: i64| match steps {
                Some((bits, most)) => quotient(q, bits).clamp(-most, most),
                None => values[usize::try_from(q + 200).unwrap()],
            };
            let table = Table::of(-200, 200, value);
            let norm = norm(row.len(), centre, squares(&row, centre));
            let through = norm.through(&table, shift, Range::new(-200, 199)).unwrap();
            let image: Vec<i64> =
                row.iter().map(|x| table.get(quotient(*x, shift)).unwrap()).collect();
            prop_assert_eq!(through.centre, table.get(quotient(centre, shift)).unwrap());
            prop_assert!(squares(&image, through.centre) <= through.most);
        }

        #[test]
        fn a_sum_keeps_its_bound(
            pairs in prop::collection::vec((-900i64..900, -300i64..300), 1..20),
            centre in -50i64..50,
        ) {
            let (row, weights): (Vec<i64>, Vec<i64>) = pairs.into_iter().unzip();
            let norm = norm(row.len(), centre, squares(&row, centre));
            let Range { low, high } = norm.sum(weights.iter().copied()).unwrap();
            let sum = row.iter().zip(&weights).map(|(x, w)| i128::from(x * w)).sum();
            prop_assert!((low..=high).contains(&sum));
            let scaled: Vec<i64> = row.iter().map(|x| 3 - 7 * x).collect();
            let norm = norm.scaled(-7, 3).unwrap();
            prop_assert_eq!(squares(&scaled, norm.centre), norm.most);
        }
    }

    /// Arguments just large enough to be rounded up.
    #[test]
    fn what_a_step_rounds_up_is_in_its_bound() {
        let table = Table::of(-4, 4, |q| q);
        let through = norm(9, 0, 9 * 2 * 2).through(&table, 2, Range::new(-8, 8)).unwrap();
        assert!(through.most >= 9, "{}", through.most);
    }

    #[test]
    fn rows_that_begin_elsewhere_are_no_rows() {
        let moved = |index: [u32; 2]| {
            let index = index.into_iter().map(Some).collect();
            norm(2, 0, 1).moved(&Gather { input_len: 6, index })
        };
        assert!(moved([2, 3]).is_some());
        assert!(moved([1, 2]).is_none());
    }

    /// A division by 16, which rounds each element by half a level.
    #[test]
    fn a_step_adds_little() {
        let table = Table::of(-1000, 1000, |q| quotient(q, 4));
        let norm = norm(64, 0, 64 * 300 * 300);
        let through = norm.through(&table, 0, Range::new(-1000, 1000)).unwrap();
        // The elements are at most 18.75 + ½ then; λ between the powers of two asks for more.
        let least = 64 * 300 * 300 / 256;
        assert!(through.most >= least && through.most < least * 6 / 5, "{}", through.most);
        // Of a sum with weights that are what the row is, the bound is reached.
        assert_eq!(norm.sum([300; 64].into_iter()).unwrap().high, 64 * 300 * 300);
        assert_eq!(norm.sum([1, 1].into_iter()).unwrap().high, 3395, "rounded up");
    }

    #[test]
    fn rows_are_followed_where_they_go_as_a_whole() {
        let norm = norm(3, 0, 9);
        let gather = |index: &[u32]| Gather {
            input_len: 6,
            index: index.iter().map(|at| Some(*at)).collect(),
        };
        let stride = |norm: RowNorm, index: &[u32]| norm.moved(&gather(index)).map(|n| n.stride);
        assert_eq!(stride(norm, &[3, 4, 5, 0, 1, 2]), Some(1));
        assert_eq!(stride(norm, &[3, 4, 5]), Some(1));
        assert_eq!(stride(norm, &[0, 3, 1, 4, 2, 5]), Some(2));
        for other in [&[1, 2, 3, 4, 5, 0][..], &[0, 2, 1, 3, 4, 5], &[0, 1, 3, 4], &[0, 0, 0], &[]]
        {
            assert_eq!(stride(norm, other), None, "{other:?}");
        }
        let apart = RowNorm { stride: 2, ..norm };
        assert_eq!(stride(apart, &[0, 2, 4, 1, 3, 5]), Some(1));
        assert_eq!(stride(apart, &[0, 1, 2, 3, 4, 5]), Some(2));
        assert_eq!(stride(apart, &[2, 4, 0, 1, 3, 5]), None);
        let none = Gather { input_len: 6, index: vec![Some(0), Some(1), None] };
        assert_eq!(norm.moved(&none), None);
    }

    #[test]
    fn maps_that_add_up_whole_rows_alone_are_bounded() {
        let rows = RowNorm { stride: 2, ..norm(3, 0, 50) };
        let conv = |input: [usize; 3], output: [usize; 3], kernel: [usize; 2], groups| Conv2d {
            input,
            output,
            kernel,
            stride: [1, 1],
            padding: [0, 0],
            dilation: [1, 1],
            groups,
            weights: Weights::of([3, 4, 5, 0, 0, 2].into_iter()),
        };
        let of = |norm: RowNorm, conv: Conv2d| {
            norm.channels(conv.input.iter().product(), &LinearMap::Conv2d(conv))
        };
        let matrix = conv([3, 2, 1], [2, 2, 1], [1, 1], 1);
        // √(50·50), and √(50·4) rounded up.
        let ranges = vec![Range::new(-50, 50), Range::new(-15, 15)];
        assert_eq!(of(rows, matrix.clone()), Some(ranges.clone()));
        let shifted = RowNorm { centre: 10, ..rows };
        assert_eq!(of(shifted, matrix.clone()), Some(vec![Range::new(70, 170), Range::new(5, 35)]));
        let others = [
            (norm(3, 0, 50), matrix.clone()),
            (RowNorm { stride: 1, ..rows }, matrix.clone()),
            (RowNorm { length: 2, ..rows }, matrix.clone()),
            (rows, conv([3, 2, 1], [6, 2, 1], [1, 1], 3)),
            (rows, conv([3, 2, 1], [1, 1, 1], [2, 1], 1)),
            (rows, Conv2d { stride: [2, 1], ..conv([3, 2, 1], [2, 1, 1], [1, 1], 1) }),
            (rows, Conv2d { padding: [1, 0], ..matrix.clone() }),
        ];
        for (norm, conv) in others {
            assert_eq!(of(norm, conv.clone()), None, "{norm:?} {conv:?}");
        }
        let dense = LinearMap::Dense(Dense { rows: 2, columns: 3, weights: matrix.weights });
        assert_eq!(norm(3, 0, 50).channels(3, &dense), Some(ranges));
        assert_eq!(rows.channels(3, &dense), None);
        assert_eq!(norm(3, 0, 50).channels(6, &dense), None);
    }
}
