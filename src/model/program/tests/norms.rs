//! Means and reciprocal roots.

use proptest::prelude::*;

use super::{squares, sums};
use crate::model::linear::Range;
use crate::model::program::hints::{MeanHint, RootHint, target};
use crate::model::program::{Op, Program, ProgramBuilder, Table};

#[test]
fn every_mean_is_the_one_solution_and_the_nearest() {
    for row in 1..=13 {
        for bits in 0..=4 {
            for sum in -60..=60 {
                let numerator = (sum << bits) + row / 2;
                // row·mean + rem = numerator, rem + rem' = row − 1, neither negative.
                let solves = |mean: &i64| {
                    let rem = numerator - row * mean;
                    rem >= 0 && row - 1 - rem >= 0
                };
                let all: Vec<i64> = (-1200..=1200).filter(solves).collect();
                let MeanHint { mean, remainder } = MeanHint::of(sum, row as usize, bits);
                assert_eq!(all, [mean]);
                assert_eq!(row * mean + remainder, numerator);
                assert!(2 * ((sum << bits) - row * mean).abs() <= row);
            }
        }
    }
}

/// All t whose differences are not negative.
fn roots(variance: i128, target: i128, most: i128) -> Vec<i128> {
    let solves = |t: &i128| {
        let (once, twice) = (t * variance, t * t * variance);
        target - twice >= 0 && twice + 2 * once + variance - 1 - target >= 0
    };
    (0..=most).filter(solves).collect()
}

/// The hint for a variance.
fn root(variance: i64, row: usize, bits: u32) -> RootHint {
    RootHint::of(0, 0, row, bits, variance)
}

#[test]
fn every_variance_has_one_root_and_none_below_one() {
    for row in 1..=8usize {
        for bits in 0..=4 {
            let target = target(row, bits);
            let most = ((row << bits) + 2) as i128;
            for variance in -3..=0 {
                assert_eq!(roots(variance, target, most), []);
            }
            for variance in 1..=600 {
                let hint = root(variance, row, bits);
                assert_eq!(roots(variance.into(), target, most), [i128::from(hint.root)]);
                assert!(hint.below >= 0 && hint.above >= 0);
            }
        }
    }
}

proptest! {
    #[test]
    fn large_variances_have_one_root(
        row in 1usize..2000,
        bits in 0u32..16,
        variance in 1i64..1 << 50,
        exponent in 0u32..50,
    ) {
        let variance = (variance >> exponent).max(1);
        let target = target(row, bits);
        let hint = root(variance, row, bits);
        let (v, t) = (i128::from(variance), i128::from(hint.root));
        prop_assert!(t * t * v <= target && target < (t + 1) * (t + 1) * v);
        prop_assert_eq!(i128::from(hint.below), target - t * t * v);
        prop_assert_eq!(i128::from(hint.above), (t + 1) * (t + 1) * v - 1 - target);
    }
}

/// LayerNorm's integers over rows of `row` sums of bytes; gives the program with its
/// mean, root and centred nodes, and the bound of the normalised values.
struct Norm {
    program: Program,
    step: usize,
    mean: Option<usize>,
    root: usize,
    centred: usize,
    row: usize,
    most: i128,
    ranges: Vec<Vec<Range>>,
}

fn norm(row: usize, bits: u32, mean_bits: Option<u32>, epsilon: i64) -> Norm {
    norm_by_channel(row, bits, mean_bits, epsilon, &[])
}

/// The same where quotients count for powers of two times themselves.
fn norm_by_channel(
    row: usize,
    bits: u32,
    mean_bits: Option<u32>,
    epsilon: i64,
    exponents: &[u8],
) -> Norm {
    let len = 2 * row;
    let mut weights = vec![0; len * len];
    (0..len).for_each(|at| weights[len * at + at] = if at % 3 == 2 { -5 } else { 3 });
    let (mut b, input) = sums(len, len, weights);
    let mut step = squares(&mut b, input, 2);
    if !exponents.is_empty() {
        let Op::Table { table, .. } = *b.op(step) else { panic!("a step") };
        step = b.push_by_channel(input, (table, 2), exponents.to_vec()).unwrap();
    }
    let mean = mean_bits.map(|bits| b.push_mean(step, row, bits).unwrap());
    let root = b.push_rsqrt(step, row, mean, bits, epsilon).unwrap();
    let centred = b.push_centred(root).unwrap();
    let most = b.normalised(centred, root).unwrap();
    assert_eq!(b.normalised(root, centred), None);
    assert_eq!(b.normalised(step, root), None);
    let other = b.push_rsqrt(step, row, mean, bits, epsilon + 7).unwrap();
    assert_eq!(b.normalised(centred, other), None);
    for (left, right, [rows, columns]) in [(centred, root, [row, 1]), (root, centred, [1, row])] {
        let product = Op::MatMul { left, right, batch: 2, rows, inner: 1, columns };
        let product = b.push(product).unwrap();
        let Range { low, high } = b.range(product);
        assert!(-most <= low && high <= most);
        let norm = b.row_norm(product).unwrap();
        assert_eq!((norm.length, norm.stride, norm.centre), (row, 1, 0));
        assert_eq!(norm.most.isqrt() as i128, most);
        assert!(low == -most || high == most || mean.is_none());
    }
    let ranges = (0..b.nodes()).map(|node| b.ranges(node).to_vec()).collect();
    let program = finish(b);
    Norm { program, step, mean, root, centred, row, most, ranges }
}

/// Ends a program with a decision on its first byte.
fn finish(mut b: ProgramBuilder) -> Program {
    use crate::model::linear::{Gather, LinearMap};
    let first = Gather { input_len: b.len(0), index: vec![Some(0)] };
    let first = Op::Linear { terms: vec![(0, LinearMap::Gather(first))], bias: vec![0] };
    let first = b.push(first).unwrap();
    let table = b.table(Table::of(0, 255, |byte| i64::from(byte > 99))).unwrap();
    let decision = b.push(Op::Table { input: first, table, shift: 0 }).unwrap();
    b.finish(decision).unwrap()
}

impl Norm {
    /// Gives the largest product of a centred value with its row's root.
    fn check(&self, bytes: &[u8]) -> i128 {
        let values = self.program.evaluate(bytes);
        for (values, ranges) in values.iter().zip(&self.ranges) {
            for (value, range) in values.iter().zip(ranges) {
                assert!((range.low..=range.high).contains(&i128::from(*value)));
            }
        }
        let quotients = self.program.quotients(&values, self.step);
        let squares: Vec<i64> = quotients.iter().map(|q| q * q).collect();
        assert_eq!(self.program.squares(&values, self.step), squares);
        let exponents = self.program.exponents_of_elements(self.step);
        let own = quotients.iter().zip(exponents).map(|(q, k)| q >> k);
        assert!(own.zip(&values[self.step]).all(|(q, square)| q * q == *square));
        let Op::Rsqrt { bits, epsilon, limbs, .. } = self.program.nodes()[self.root].op else {
            panic!("a root")
        };
        let target = target(self.row, bits);
        let mut most = 0;
        for (at, row) in quotients.chunks(self.row).enumerate() {
            let n = self.row as i128;
            let row: Vec<i128> = row.iter().map(|q| i128::from(*q)).collect();
            let sum: i128 = row.iter().sum();
            let centre = if self.mean.is_some() { sum * sum } else { 0 };
            let v = n * row.iter().map(|q| q * q).sum::<i128>() - centre + i128::from(epsilon);
            let t = i128::from(values[self.root][at]);
            assert!(v >= 1 && t * t * v <= target && target < (t + 1) * (t + 1) * v);
            for difference in [target - t * t * v, (t + 1) * (t + 1) * v - 1 - target] {
                assert!(difference >> (12 * limbs) == 0);
            }
            let (mean, fine) = match self.mean.map(|mean| (&self.program.nodes()[mean].op, mean)) {
                Some((Op::Mean { bits, .. }, mean)) => (i128::from(values[mean][at]), *bits),
                _ => (0, 0),
            };
            if self.mean.is_some() {
                assert_eq!(mean, ((sum << fine) + n / 2).div_euclid(n));
            }
            let mut squares = 0;
            for (j, q) in row.iter().enumerate() {
                let centred = i128::from(values[self.centred][at * self.row + j]);
                assert_eq!(centred, (q << fine) - mean);
                most = most.max((centred * t).abs());
                squares += (centred * t).pow(2);
            }
            assert!(squares <= n << (2 * (bits + fine)), "all elements of a row together");
        }
        assert!(most <= self.most, "{most} is above {}", self.most);
        most
    }
}

#[test]
fn normalised_values_keep_their_bound_and_reach_it() {
    let mut state = 11u32;
    for row in [1, 2, 3, 7, 16] {
        for (bits, mean_bits, epsilon) in
            [(6, Some(0), 1), (9, Some(2), 1), (12, Some(4), 1), (10, Some(4), 900), (11, None, 1)]
        {
            let norm = norm(row, bits, mean_bits, epsilon);
            let mut reached = norm.check(&vec![0; 2 * row]).max(norm.check(&vec![255; 2 * row]));
            for round in 0..60 {
                let mut bytes: Vec<u8> = (0..2 * row)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        ((state >> 22) as i32 - 384).clamp(0, 255) as u8
                    })
                    .collect();
                if round % 2 == 0 {
                    // One element apart from the others.
                    bytes.fill(if round % 4 == 0 { 0 } else { 7 });
                    bytes[round % row] = (4 * round) as u8;
                }
                reached = reached.max(norm.check(&bytes));
            }
            // Of few elements none is as far from the mean as √row·σ.
            if row > 6 && epsilon == 1 {
                assert!(10 * reached > 9 * norm.most, "{row} {bits}: {reached} of {}", norm.most);
            }
        }
    }
}

/// All of the same holds of quotients that count for powers of two times themselves.
#[test]
fn normalised_values_of_channels_with_units_of_their_own_keep_their_bound() {
    let mut state = 5u32;
    for (row, exponents) in [(3, &[0, 4, 1][..]), (7, &[0, 0, 0, 5, 0, 2, 0]), (2, &[3, 0])] {
        for (bits, mean_bits) in [(9, Some(2)), (12, Some(4)), (11, None)] {
            let norm = norm_by_channel(row, bits, mean_bits, 1, exponents);
            let mut reached = norm.check(&vec![0; 2 * row]).max(norm.check(&vec![255; 2 * row]));
            for _ in 0..40 {
                let bytes: Vec<u8> = (0..2 * row)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (state >> 24) as u8
                    })
                    .collect();
                reached = reached.max(norm.check(&bytes));
            }
            assert!(2 * reached > norm.most, "{row} {bits}: {reached} of {}", norm.most);
        }
    }
}

/// The bound by an exhaustive search where rounding of the mean counts most.
#[test]
fn the_rounding_of_the_mean_is_within_the_bound() {
    let mut closest = 0.0_f64;
    for row in 2..=5usize {
        for mean_bits in 0..=3 {
            let (n, bits) = (row as i64, 8);
            let least = ((n * n) as u64).div_ceil(4 << (2 * mean_bits)) as i64;
            let most = (((n as i128) << (2 * (bits + mean_bits))) as u128).isqrt() as i64;
            let mut reached = 0;
            let mut quotients = vec![0i64; row];
            loop {
                let sum: i64 = quotients.iter().sum();
                let squares = quotients.iter().map(|q| q * q).sum();
                let mean = MeanHint::of(sum, row, mean_bits).mean;
                let root = RootHint::of(sum, squares, row, bits, least.max(1)).root;
                let product = |q: &i64| ((q << mean_bits) - mean).abs() * root;
                reached = reached.max(quotients.iter().map(product).max().unwrap());
                let Some(at) = quotients.iter().position(|q| *q < 6) else { break };
                quotients[at] += 1;
                quotients[..at].fill(0);
            }
            assert!(reached <= most, "{row} {mean_bits}");
            closest = closest.max(reached as f64 / most as f64);
        }
    }
    assert!(closest > 0.999, "{closest}");
}
