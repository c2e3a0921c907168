//! Numbers that no table gives, but relations and ranges determine.
//!
//! Each of them is the one solution of what the node's documentation says; the
//! lemmas are in `docs/argument.md`, "Hints". All functions are total on what
//! [`ProgramBuilder`](super::ProgramBuilder) admits.

use super::table::Table;
use super::{NodeId, Op, Program, quotient};

impl Program {
    /// The quotients of a table step, each times its factor.
    pub(crate) fn quotients(&self, values: &[Vec<i64>], of: NodeId) -> Vec<i64> {
        let Op::Table { input, shift, .. } = self.nodes[of].op else { return Vec::new() };
        let exponents = self.exponents_of_elements(of);
        values[input].iter().zip(exponents).map(|(x, k)| quotient(*x, shift) << k).collect()
    }

    /// The values of a table step that are squares of its quotients, each times the square of
    /// its factor.
    pub(crate) fn squares(&self, values: &[Vec<i64>], of: NodeId) -> Vec<i64> {
        values[of].iter().zip(self.exponents_of_elements(of)).map(|(y, k)| y << (2 * k)).collect()
    }

    /// The values of [`Op::Softmax`].
    pub(super) fn softmax(
        &self,
        input: &[i64],
        table: &Table,
        shift: u32,
        (row, digits): (usize, u32),
    ) -> Vec<i64> {
        let quotients: Vec<i64> = input.iter().map(|x| quotient(*x, shift)).collect();
        let values = quotients.chunks_exact(row).flat_map(|quotients| {
            let SoftmaxHint { offset, .. } = SoftmaxHint::of(quotients, table, digits);
            quotients.iter().map(move |q| table.values[(q - offset - table.low) as usize])
        });
        values.collect()
    }

    /// The hints of [`Op::Mean`], row after row.
    pub(crate) fn means(
        &self,
        values: &[Vec<i64>],
        of: NodeId,
        row: usize,
        bits: u32,
    ) -> impl Iterator<Item = MeanHint> + use<> {
        let quotients = self.quotients(values, of);
        let sums: Vec<i64> = quotients.chunks_exact(row).map(|row| row.iter().sum()).collect();
        sums.into_iter().map(move |sum| MeanHint::of(sum, row, bits))
    }

    /// The hints of [`Op::Rsqrt`], row after row.
    pub(crate) fn roots(
        &self,
        values: &[Vec<i64>],
        (of, row): (NodeId, usize),
        centred: bool,
        (bits, epsilon): (u32, i64),
    ) -> impl Iterator<Item = RootHint> + use<> {
        let quotients = self.quotients(values, of);
        let squares = self.squares(values, of);
        let pairs = quotients.chunks_exact(row).zip(squares.chunks_exact(row));
        let sums = pairs.map(|(quotients, squares)| {
            let sum = if centred { quotients.iter().sum() } else { 0 };
            (sum, squares.iter().sum())
        });
        let sums: Vec<(i64, i64)> = sums.collect();
        sums.into_iter().map(move |(sum, squares)| RootHint::of(sum, squares, row, bits, epsilon))
    }
}

/// What a row of a softmax needs beside its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SoftmaxHint {
    /// L, the row's logarithm of a sum of exponentials.
    pub(crate) offset: i64,
    /// a = B − D(L), not negative.
    pub(crate) below: i64,
    /// b = D(L − 1) − B − 1, not negative.
    pub(crate) above: i64,
}

impl SoftmaxHint {
    /// The hint of a row of quotients: L is the least integer with D(L) ≤ B.
    pub(crate) fn of(quotients: &[i64], table: &Table, digits: u32) -> Self {
        let value = |q: i64, offset: i64| table.get(q - offset).unwrap_or(0);
        let sum = |offset: i64| quotients.iter().map(|q| value(*q, offset) >> digits).sum::<i64>();
        let least = quotients.iter().copied().min().unwrap_or(0);
        // Below the greatest quotient an argument is above 0, and D above B.
        let mut low = quotients.iter().copied().max().unwrap_or(0);
        let mut high = least - table.low;
        let limit = table.get(0).unwrap_or(0) >> digits;
        while low < high {
            let middle = low + (high - low) / 2;
            if sum(middle) <= limit {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let below = limit - sum(low);
        let steps: i64 = quotients.iter().map(|q| value(*q, low) % (1 << digits)).sum();
        Self { offset: low, below, above: steps - 1 - below }
    }
}

/// A mean of integers, rounded to a fraction of `2^-bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MeanHint {
    /// `(2^bits·sum + ⌊row/2⌋) div row`.
    pub(crate) mean: i64,
    /// What the division leaves: at least 0, below `row`.
    pub(crate) remainder: i64,
}

impl MeanHint {
    pub(crate) fn of(sum: i64, row: usize, bits: u32) -> Self {
        let row = row as i64;
        let numerator = (sum << bits) + row / 2;
        Self { mean: numerator.div_euclid(row), remainder: numerator.rem_euclid(row) }
    }
}

/// A reciprocal square root, and the products that say that it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RootHint {
    /// H, the sum of the row; 0 where no mean is taken from it.
    pub(crate) sum: i64,
    /// v = row·S − H² + ε, at least 1.
    pub(crate) variance: i64,
    /// t = ⌊2^bits·row / √v⌋.
    pub(crate) root: i64,
    /// t·v.
    pub(crate) once: i64,
    /// t²·v.
    pub(crate) twice: i64,
    /// 2^(2·bits)·row² − t²·v, not negative.
    pub(crate) below: i64,
    /// (t + 1)²·v − 1 − 2^(2·bits)·row², not negative.
    pub(crate) above: i64,
}

impl RootHint {
    /// `sum` is H, `squares` is S.
    pub(crate) fn of(sum: i64, squares: i64, row: usize, bits: u32, epsilon: i64) -> Self {
        let target = target(row, bits) as i64;
        let variance = row as i64 * squares - sum * sum + epsilon;
        // t² ≤ ⌊target / v⌋ just if t²·v ≤ target.
        let root = (target / variance).isqrt();
        let once = root * variance;
        let twice = root * once;
        let above = twice + 2 * once + variance - 1 - target;
        Self { sum, variance, root, once, twice, below: target - twice, above }
    }
}

/// `(2^bits·row)²`, what t²·v must not exceed; below 2^62 in every program.
pub(crate) fn target(row: usize, bits: u32) -> i128 {
    let root = (row as i128) << bits;
    root * root
}
