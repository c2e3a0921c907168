//! Products of matrices: values and worst cases.

use super::builder::ProgramBuilder;
use super::norms::RowNorm;
use super::{NodeId, ProgramError, RowSums};
use crate::model::linear::Range;

impl ProgramBuilder {
    /// The ranges of a product of matrices: `sizes` are batch, rows, inner and columns.
    pub(super) fn bound_matmul(
        &self,
        node: NodeId,
        [left, right]: [NodeId; 2],
        sizes: [usize; 4],
    ) -> Result<Vec<Range>, ProgramError> {
        let [batch, rows, inner, columns] = sizes;
        self.linear_in_cells(node, left)?;
        self.linear_in_cells(node, right)?;
        let lemma = self.lemma([left, right], sizes);
        let (left, right) = (self.earlier(node, left)?, self.earlier(node, right)?);
        let count = |sizes: [usize; 3]| sizes.into_iter().try_fold(1, usize::checked_mul);
        let fits = count([batch, rows, inner]) == Some(left.len())
            && count([batch, inner, columns]) == Some(right.len());
        let len = count([batch, rows, columns]).filter(|_| fits);
        let len = len.ok_or(ProgramError::Length { node })?;
        Self::capped(len)?;
        let bounds = bound(&left, &right, [rows, inner, columns]);
        let known = lemma.map(|lemma| match lemma {
            Lemma::Normalised { square, .. } => {
                // Below 2^62, as its square is below 2^110.
                let most = square.isqrt() as i128;
                vec![Range::new(-most, most); batch]
            }
            Lemma::Rows(sums) => bound_by_rows(sums, &right, [batch, inner, columns]),
        });
        let bounds = match (bounds, known) {
            (Some(bounds), Some(known)) => {
                let both =
                    |(x, y): (Range, Range)| Range::new(x.low.max(y.low), x.high.min(y.high));
                bounds.into_iter().zip(known).map(both).collect()
            }
            (bounds, known) => bounds.or(known).ok_or(ProgramError::Magnitude { node })?,
        };
        let each = |range| std::iter::repeat_n(range, rows * columns);
        Ok(bounds.into_iter().flat_map(each).collect())
    }

    /// What is known of the rows of a product: where it is of a reciprocal root with what that
    /// normalises, the squares of a row add up to no more than its length, in their unit. That is
    /// the square of what one of them may be.
    pub(super) fn norm_of_product(&self, sides: [NodeId; 2], sizes: [usize; 4]) -> Option<RowNorm> {
        let Some(Lemma::Normalised { length, square }) = self.lemma(sides, sizes) else {
            return None;
        };
        Some(RowNorm { length, stride: 1, centre: 0, most: square })
    }

    /// What is known of a product beside the ranges of its sides.
    fn lemma(&self, [left, right]: [NodeId; 2], sizes: [usize; 4]) -> Option<Lemma> {
        let [_, rows, inner, columns] = sizes;
        // Then the lengths of the two nodes leave one way to match rows with roots.
        let one = |fits: bool, centred, root| {
            if inner == 1 && fits { self.normalised_rows(centred, root) } else { None }
        };
        let normalised = one(columns == 1, left, right).or_else(|| one(rows == 1, right, left));
        let sums = || self.row_sums(left).filter(|sums| inner.is_multiple_of(sums.row));
        let normalised = normalised.map(|(length, square)| Lemma::Normalised { length, square });
        normalised.or_else(|| sums().map(Lemma::Rows))
    }
}

/// What bounds a product of matrices better than the ranges of its sides do.
enum Lemma {
    /// Each of its elements is what a reciprocal root multiplies, times that root: the squares of
    /// so many that follow each other add up to at most this.
    Normalised { length: usize, square: u128 },
    /// A's rows are made of rows that add up to little, such as a softmax's.
    Rows(RowSums),
}

/// A range that holds every element of each pair's product, where the rows of A are made
/// of rows that add up to no more than `most` and of nothing negative.
fn bound_by_rows(sums: RowSums, right: &[Range], sizes: [usize; 3]) -> Vec<Range> {
    let [batch, inner, columns] = sizes;
    let of_row = |row: &[Range]| {
        // Beside them zero: a row may add up to nothing.
        let hull = row.iter().copied().fold(Range::ZERO, Range::union);
        Range::new(sums.most * hull.low, sums.most * hull.high)
    };
    let of_pair = |right: &[Range]| {
        let rows = right.chunks_exact(sums.row * columns).map(of_row);
        rows.fold(Range::ZERO, |sum, row| Range::new(sum.low + row.low, sum.high + row.high))
    };
    debug_assert_eq!(right.len(), batch * inner * columns);
    // Sums of a softmax are below 2^41, ranges below 2^62, and there are 2^22 elements.
    right.chunks_exact(inner * columns).map(of_pair).collect()
}

/// A range that holds every element of each pair's product, by the hulls of each column
/// of A and each row of B: as much work as A and B have elements, not as many
/// multiplications as the product takes. `None` if a product may reach 2^62.
pub(super) fn bound(left: &[Range], right: &[Range], sizes: [usize; 3]) -> Option<Vec<Range>> {
    let [rows, inner, columns] = sizes;
    let pairs = left.chunks_exact(rows * inner).zip(right.chunks_exact(inner * columns));
    let of_pair = |(left, right): (&[Range], &[Range])| {
        let mut hulls = left[..inner].to_vec();
        for row in left.chunks_exact(inner).skip(1) {
            hulls.iter_mut().zip(row).for_each(|(hull, range)| *hull = hull.union(*range));
        }
        let hull = |row: &[Range]| row.iter().copied().reduce(Range::union);
        let mut pairs = hulls.into_iter().zip(right.chunks_exact(columns));
        pairs.try_fold(Range::ZERO, |sum, (a, row)| {
            let product = a.product(hull(row)?).filter(|product| product.is_provable())?;
            Some(Range::new(sum.low + product.low, sum.high + product.high))
        })
    };
    pairs.map(of_pair).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::linear::{Dense, Gather, LinearMap, Weights, product_of_pairs};
    use crate::model::program::{Op, Table};

    const SIZES: [usize; 3] = [3, 4, 2];

    fn element(left: &[i64], right: &[i64], [h, i, j]: [usize; 3]) -> i64 {
        let [rows, inner, columns] = SIZES;
        let term = |k| left[(h * rows + i) * inner + k] * right[(h * inner + k) * columns + j];
        (0..inner).map(term).sum()
    }

    /// Two pairs of 2×3 by 3×2 over 24 bytes, then a node that reads their product.
    fn read_by(reader: impl Fn(&mut ProgramBuilder, NodeId) -> Op) -> Result<(), ProgramError> {
        let mut b = ProgramBuilder::new("image/gray-6x4", 24).unwrap();
        let half = |start: u32| {
            let index = (start..start + 12).map(Some).collect();
            let half = LinearMap::Gather(Gather { input_len: 24, index });
            Op::Linear { terms: vec![(0, half)], bias: vec![0; 12] }
        };
        let [left, right] = [0, 12].map(|start| b.push(half(start)).unwrap());
        let matmul = Op::MatMul { left, right, batch: 2, rows: 2, inner: 3, columns: 2 };
        let matmul = b.push(matmul).unwrap();
        assert_eq!(b.ranges(matmul), [Range::new(0, 3 * 255 * 255); 8]);
        let op = reader(&mut b, matmul);
        b.push(op).map(|_| ())
    }

    /// Eight bytes.
    fn bytes(b: &mut ProgramBuilder) -> NodeId {
        let index = (0..8).map(Some).collect();
        let terms = vec![(0, LinearMap::Gather(Gather { input_len: 24, index }))];
        b.push(Op::Linear { terms, bias: vec![0; 8] }).unwrap()
    }

    fn through(node: NodeId, map: LinearMap) -> Op {
        let bias = vec![0; map.output_len()];
        Op::Linear { terms: vec![(node, map)], bias }
    }

    #[test]
    fn a_product_is_read_in_its_own_order_alone() {
        let relu = |b: &mut ProgramBuilder| b.table(Table::of(-255, 3 * 255 * 255, |x| x.max(0)));
        let scale = LinearMap::Scale { len: 8, factor: 1 };
        let accepted: [fn(&mut ProgramBuilder, NodeId) -> Op; 4] = [
            |_, c| through(c, LinearMap::Scale { len: 8, factor: -3 }),
            |b, c| Op::Product { left: c, right: bytes(b) },
            |b, c| {
                let table = b.table(Table::of(0, 3 * 255 * 255, |x| x / 99)).unwrap();
                Op::Table { input: c, table, shift: 0 }
            },
            |b, c| {
                let scaled = through(c, LinearMap::Scale { len: 8, factor: 2 });
                let scaled = b.push(scaled).unwrap();
                through(scaled, LinearMap::Scale { len: 8, factor: 1 })
            },
        ];
        for (index, reader) in accepted.iter().enumerate() {
            assert_eq!(read_by(reader), Ok(()), "{index}");
        }
        let max = |b: &mut ProgramBuilder, c| Op::Max {
            left: c,
            right: bytes(b),
            table: relu(b).unwrap(),
        };
        assert_eq!(read_by(max), Ok(()));

        let order = |reader: &dyn Fn(&mut ProgramBuilder, NodeId) -> Op, name: &str| {
            let refused = read_by(reader);
            assert!(matches!(refused, Err(ProgramError::Order { .. })), "{name}: {refused:?}");
        };
        let reversed = Gather { input_len: 8, index: (0..8).rev().map(Some).collect() };
        let reversed = LinearMap::Gather(reversed);
        let dense = LinearMap::Dense(Dense { rows: 1, columns: 8, weights: vec![1; 8].into() });
        order(&|_, c| through(c, reversed.clone()), "a gather");
        order(&|_, c| through(c, dense.clone()), "a dense map");
        order(&|_, c| through(c, LinearMap::Diagonal(vec![1; 8].into())), "a diagonal");
        order(&|b, c| Op::Product { left: bytes(b), right: c }, "a right factor");
        let right = |b: &mut ProgramBuilder, c| Op::Max {
            left: bytes(b),
            right: c,
            table: relu(b).unwrap(),
        };
        order(&right, "the right of a maximum");
        let square =
            |left, right| Op::MatMul { left, right, batch: 2, rows: 2, inner: 2, columns: 2 };
        order(&|b, c| square(c, bytes(b)), "a left matrix");
        order(&|b, c| square(bytes(b), c), "a right matrix");
        let scaled = |b: &mut ProgramBuilder, c| {
            let sum = vec![(c, scale.clone()), (bytes(b), dense_eye())];
            b.push(Op::Linear { terms: sum, bias: vec![0; 8] }).unwrap()
        };
        order(&|b, c| through(scaled(b, c), dense.clone()), "a sum with one in it");
        let other = |b: &mut ProgramBuilder, _| Op::MatMul {
            left: bytes(b),
            right: bytes(b),
            batch: 2,
            rows: 2,
            inner: 3,
            columns: 2,
        };
        assert!(matches!(read_by(other), Err(ProgramError::Length { .. })));
    }

    fn dense_eye() -> LinearMap {
        let weights = Weights::of((0..64).map(|i| i64::from(i / 8 == i % 8)));
        LinearMap::Dense(Dense { rows: 8, columns: 8, weights })
    }

    proptest! {
        #[test]
        fn products_are_those_of_the_definition_and_within_their_bound(
            left in prop::collection::vec((-500i64..500, 0i64..300), 2 * 3 * 4),
            right in prop::collection::vec((-500i64..500, 0i64..300), 2 * 4 * 2),
        ) {
            let values = |pairs: &[(i64, i64)]| pairs.iter().map(|(x, _)| *x).collect::<Vec<_>>();
            let range = |(x, by): &(i64, i64)| Range::new(i128::from(*x), i128::from(x + by));
            let ranges = |pairs: &[(i64, i64)]| pairs.iter().map(range).collect::<Vec<_>>();
            let bounds = bound(&ranges(&left), &ranges(&right), SIZES).unwrap();
            let (left, right) = (values(&left), values(&right));
            let product = product_of_pairs(&left, &right, SIZES);
            prop_assert_eq!(product.len(), 2 * 3 * 2);
            for (e, value) in product.into_iter().enumerate() {
                let at = [e / 6, e / 2 % 3, e % 2];
                prop_assert_eq!(value, element(&left, &right, at));
                let Range { low, high } = bounds[at[0]];
                prop_assert!((low..=high).contains(&i128::from(value)));
            }
        }
    }

    #[test]
    fn a_bound_is_reached_by_its_corner() {
        let [one, two] = [Range::new(-2, 3), Range::new(-5, 4)];
        let bounds = bound(&[one; 12], &[two; 8], SIZES).unwrap();
        assert_eq!(bounds, [Range::new(4 * -15, 4 * 12)]);
        let large = Range::new(0, 1 << 40);
        assert_eq!(bound(&[large; 12], &[large; 8], SIZES), None);
    }
}
