//! Products of two matrices of values.

use rayon::prelude::*;

use super::Weights;
use super::kernel::{self, Factor, Products};

/// Multiplications from which on pairs are spread over all cores.
const PARALLEL: usize = 1 << 18;

/// `C_hij = Σ_k A_hik · B_hkj` for each pair h, all row-major; `[rows, inner, columns]` are the
/// sizes of each pair. In the narrowest integers that hold both sides.
///
/// Sums wrap; the result is exact where it fits.
pub(crate) fn product_of_pairs(left: &[i64], right: &[i64], sizes: [usize; 3]) -> Vec<i64> {
    let [rows, inner, columns] = sizes;
    let mut product = vec![0; left.len() / inner * columns];
    let pair = |((left, right), product): ((&[i64], &[i64]), &mut [i64])| {
        if inner == 1 {
            for (sums, a) in product.chunks_exact_mut(columns).zip(left) {
                sums.iter_mut().zip(right).for_each(|(sum, b)| *sum = a.wrapping_mul(*b));
            }
            return;
        }
        // Each column of B in one piece.
        let turned: Vec<i64> = (0..columns)
            .flat_map(|column| right.iter().skip(column).step_by(columns).copied())
            .collect();
        let left = Weights::of(left.iter().copied());
        kernel::dispatch(&left, &turned, Rows { inner, columns, product });
    };
    if left.len().saturating_mul(columns) < PARALLEL {
        let pairs = left.chunks_exact(rows * inner).zip(right.chunks_exact(inner * columns));
        pairs.zip(product.chunks_exact_mut(rows * columns)).for_each(pair);
    } else {
        let pairs =
            left.par_chunks_exact(rows * inner).zip(right.par_chunks_exact(inner * columns));
        pairs.zip(product.par_chunks_exact_mut(rows * columns)).for_each(pair);
    }
    product
}

/// The rows of one product.
struct Rows<'a> {
    inner: usize,
    columns: usize,
    product: &'a mut [i64],
}

impl Products for Rows<'_> {
    fn run<W: Copy + Sync, X: Factor<W>>(self, left: &[W], turned: &[X], block: usize) {
        let rows = left.chunks_exact(self.inner);
        for (row, sums) in rows.zip(self.product.chunks_exact_mut(self.columns)) {
            kernel::add_row(row, turned, sums, block);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_are_those_of_the_definition_in_every_width(
            [rows, inner, columns] in prop::array::uniform3(1usize..6),
            shifts in prop::array::uniform2(0u32..50),
            numbers in prop::collection::vec(any::<i64>(), 2 * 2 * 25),
        ) {
            let side = |from: usize, len: usize, shift| -> Vec<i64> {
                numbers[from..from + 2 * len].iter().map(|x| x >> (14 + shift)).collect()
            };
            let left = side(0, rows * inner, shifts[0]);
            let right = side(50, inner * columns, shifts[1]);
            let product = product_of_pairs(&left, &right, [rows, inner, columns]);
            prop_assert_eq!(product.len(), 2 * rows * columns);
            for (at, value) in product.into_iter().enumerate() {
                let (h, i, j) = (at / (rows * columns), at / columns % rows, at % columns);
                let term = |k: usize| {
                    let a = left[(h * rows + i) * inner + k];
                    a.wrapping_mul(right[(h * inner + k) * columns + j])
                };
                prop_assert_eq!(value, (0..inner).map(term).fold(0, i64::wrapping_add));
            }
        }
    }

    #[test]
    fn large_pairs_go_side_by_side_to_the_same_end() {
        let sizes = [64, 64, 64];
        let side: Vec<i64> = (0..2 * 64 * 64).map(|at| at % 251 - 125).collect();
        let product = product_of_pairs(&side, &side, sizes);
        let apart = side.chunks(64 * 64).flat_map(|side| product_of_pairs(side, side, sizes));
        assert!(product.into_iter().eq(apart));
    }
}
