//! Hints of a dishonest prover, who fits the rest to the one that it changes as well as
//! it can without leaving the integers from 0 on.

use super::Hooks;
use crate::argument::trace::hints as honest;
use crate::model::program::hints::{MeanHint, RootHint, target};

impl Hooks {
    /// Rows that hold hints, from `first` on, as they are left.
    pub(super) fn hints<const N: usize>(&self, first: usize, rows: [[u64; 3]; N]) -> [[u64; 3]; N] {
        let Some(hook) = &self.hint else { return rows };
        let mut number = first;
        rows.map(|row| {
            number += 1;
            hook(number - 1, row)
        })
    }

    pub(super) fn product_row(&self, number: usize, [x, y]: [i64; 2]) -> [i64; 3] {
        let row = [x, y, x * y];
        self.product.as_ref().map_or(row, |hook| hook(number, row))
    }
}

/// The two digits of a softmax row whose values add up to `sum`: the relation holds, and
/// both are at least 0, the first the least that it can be.
pub(super) fn digits(sum: i64, one: i64, digits: u32) -> [u64; 3] {
    let factor = (1 << digits) - 1;
    let rest = sum - (one << digits) - 1;
    let below = if rest < 0 { (-rest + factor - 1) / factor } else { 0 };
    [below as u64, (rest + factor * below) as u64, 0]
}

/// The rows of a mean, `mean` in place of the true one.
pub(super) fn mean_rows(numerator: i64, mean: i64, row: usize, low: i64) -> [[u64; 3]; 3] {
    let remainder = (numerator - row as i64 * mean).max(0);
    let mut rows = honest::mean(MeanHint { mean, remainder }, row, low);
    rows[2] = honest::two_limbs((row as i64 - 1 - remainder).max(0));
    rows
}

/// The product rows and table rows of a reciprocal root, whose root and products hooks
/// change; gives the root. `sum` is H if a mean is taken; the numbers are those of the row
/// of elements and of its first product row.
pub(super) fn root(
    hooks: &Hooks,
    (sum, squares): (Option<i64>, i64),
    (row, bits, epsilon): (usize, u32, i64),
    (number, first_product): (usize, usize),
    product: &mut Vec<[i64; 3]>,
) -> RootHint {
    let target = target(row, bits) as i64;
    let mut next = first_product;
    let mut push = |x, y| {
        let cells = hooks.product_row(next, [x, y]);
        next += 1;
        product.push(cells);
        cells[2]
    };
    let sum_squared = sum.map_or(0, |sum| push(sum, sum));
    let variance = row as i64 * squares - sum_squared + epsilon;
    let root = (target / variance.max(1)).isqrt();
    let root = hooks.root.as_ref().map_or(root, |hook| hook(number, root));
    let once = push(root, variance);
    let twice = push(root, once);
    let above = (twice + 2 * once + variance - 1 - target).max(0);
    let below = (target - twice).max(0);
    RootHint { sum: sum.unwrap_or(0), variance, root, once, twice, below, above }
}
