//! Dense matrices.

use std::ops::Range;

use rayon::prelude::*;

use super::kernel::{self, Factor, Products};
use super::{MapError, Range as Interval, Weights};
use crate::field::SmallSums;

/// Columns that one task of the adjoint takes.
const TASK_COLUMNS: usize = 256;

/// Weights from which on the rows are spread over all cores.
const PARALLEL: usize = 1 << 18;

/// A matrix of `rows × columns` integers, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dense {
    /// Number of outputs.
    pub rows: usize,
    /// Number of inputs.
    pub columns: usize,
    /// The entries, row after row.
    pub weights: Weights,
}

impl Dense {
    pub(super) fn validate(&self) -> Result<(), MapError> {
        if self.columns == 0 || self.rows.checked_mul(self.columns) != Some(self.weights.len()) {
            return Err(MapError::Shape("a dense map needs rows × columns weights"));
        }
        Ok(())
    }

    /// The weights of some columns of a row.
    fn row(&self, row: usize, columns: Range<usize>) -> impl Iterator<Item = i64> + '_ {
        columns.map(move |column| self.weights.get(row * self.columns + column))
    }

    pub(super) fn apply(&self, input: &[i64], output: &mut [i64]) {
        kernel::dispatch(&self.weights, input, Rows { columns: self.columns, output });
    }

    /// Some columns at a time, on all cores. There are fewer than 2^24 rows,
    /// so that the sums have room.
    pub(super) fn adjoint<F: SmallSums>(&self, output: &[F], input: &mut [F]) {
        input.par_chunks_mut(TASK_COLUMNS).enumerate().for_each(|(task, input)| {
            let mut sums = vec![F::Sum::default(); input.len()];
            let columns = task * TASK_COLUMNS..task * TASK_COLUMNS + input.len();
            for (row, y) in output.iter().enumerate() {
                for (sum, weight) in sums.iter_mut().zip(self.row(row, columns.clone())) {
                    F::add_products(weight, std::iter::once(y), std::iter::once(sum));
                }
            }
            for (x, sum) in input.iter_mut().zip(&sums) {
                *x += F::reduced(sum);
            }
        });
    }

    pub(super) fn bound(&self, input: &[Interval], output: &mut [Interval]) -> bool {
        output.par_iter_mut().enumerate().all(|(row, y)| {
            self.row(row, 0..self.columns).zip(input).all(|(w, x)| y.add_scaled(*x, w))
        })
    }
}

/// Rows of a matrix on a vector, with their sums.
struct Rows<'a> {
    columns: usize,
    output: &'a mut [i64],
}

impl Products for Rows<'_> {
    fn run<W: Copy + Sync, X: Factor<W>>(self, weights: &[W], input: &[X], block: usize) {
        let row = |(row, y): (&[W], &mut i64)| {
            kernel::add_row(row, input, std::slice::from_mut(y), block);
        };
        if weights.len() < PARALLEL {
            weights.chunks_exact(self.columns).zip(self.output).for_each(row);
        } else {
            weights.par_chunks_exact(self.columns).zip(self.output).for_each(row);
        }
    }
}
