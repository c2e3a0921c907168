//! The rows of nodes whose cells are hints.

use super::remainder;
use crate::model::program::hints::{MeanHint, RootHint, SoftmaxHint};
use crate::model::program::{LIMB_BITS, Table, quotient};

/// The limb at a position of a number that is not negative.
pub(crate) const fn limb(x: i64, at: u32) -> u64 {
    (x >> (at * LIMB_BITS)) as u64 % (1 << LIMB_BITS)
}

/// Two limbs as q and r of a row.
pub(crate) const fn two_limbs(x: i64) -> [u64; 3] {
    [limb(x, 0), limb(x, 1), 0]
}

/// The rows of a softmax, whose remainders have a lower limb of so many bits: its elements,
/// then of each row its offset, and its two digits.
pub(super) fn softmax(
    input: &[i64],
    table: &Table,
    [shift, lower]: [u32; 2],
    (row, digits, low): (usize, u32, i64),
) -> Vec<[u64; 3]> {
    let min = table.min();
    let (mut rows, mut ends) = (Vec::with_capacity(input.len()), Vec::new());
    for input in input.chunks_exact(row) {
        let quotients: Vec<i64> = input.iter().map(|x| quotient(*x, shift)).collect();
        let hint = SoftmaxHint::of(&quotients, table, digits);
        rows.extend(input.iter().zip(&quotients).map(|(x, q)| {
            let position = (q - hint.offset).abs_diff(table.low);
            let y = table.values[position as usize];
            [position, remainder(*x, shift) % (1 << lower), y.abs_diff(min)]
        }));
        ends.push(two_limbs(hint.offset - low));
        ends.push([hint.below.unsigned_abs(), hint.above.unsigned_abs(), 0]);
    }
    rows.extend(ends);
    rows
}

/// The rows of limbs, two a row.
pub(super) fn limbs(limbs: &[i64]) -> impl Iterator<Item = [u64; 3]> {
    let cell = |pair: &[i64], at: usize| pair.get(at).map_or(0, |limb| limb.unsigned_abs());
    limbs.chunks(2).map(move |pair| [cell(pair, 0), cell(pair, 1), 0])
}

/// The rows of a mean: itself less `low`, what its division leaves, and what that is less
/// than the greatest remainder.
pub(crate) const fn mean(hint: MeanHint, row: usize, low: i64) -> [[u64; 3]; 3] {
    let MeanHint { mean, remainder } = hint;
    [two_limbs(mean - low), two_limbs(remainder), two_limbs(row as i64 - 1 - remainder)]
}

/// The table rows of a reciprocal root: itself, then the limbs of its two differences
/// beside each other.
pub(crate) fn root(hint: RootHint, limbs: u32) -> impl Iterator<Item = [u64; 3]> {
    let RootHint { root, below, above, .. } = hint;
    let differences = (0..limbs).map(move |at| [limb(below, at), limb(above, at), 0]);
    std::iter::once(two_limbs(root)).chain(differences)
}

/// The product rows of a reciprocal root; without H·H if no mean is taken.
pub(crate) fn root_products(hint: RootHint, centred: bool) -> impl Iterator<Item = [i64; 3]> {
    let RootHint { sum, variance, root, once, twice, .. } = hint;
    let square = centred.then_some([sum, sum, sum * sum]);
    square.into_iter().chain([[root, variance, once], [root, once, twice]])
}
