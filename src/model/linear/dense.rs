//! Dense matrices.

use rayon::prelude::*;

use super::{MapError, Range};
use crate::field::SmallSums;

/// Columns that one task of the adjoint takes.
const TASK_COLUMNS: usize = 256;

/// A matrix of `rows × columns` integers, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dense {
    /// Number of outputs.
    pub rows: usize,
    /// Number of inputs.
    pub columns: usize,
    /// The entries, row after row.
    pub weights: Vec<i64>,
}

impl Dense {
    pub(super) fn validate(&self) -> Result<(), MapError> {
        if self.columns == 0 || self.rows.checked_mul(self.columns) != Some(self.weights.len()) {
            return Err(MapError::Shape("a dense map needs rows × columns weights"));
        }
        Ok(())
    }

    fn rows(&self) -> std::slice::ChunksExact<'_, i64> {
        self.weights.chunks_exact(self.columns)
    }

    pub(super) fn apply(&self, input: &[i64], output: &mut [i64]) {
        for (y, row) in output.iter_mut().zip(self.rows()) {
            *y = row.iter().zip(input).fold(*y, |sum, (w, x)| sum.wrapping_add(w.wrapping_mul(*x)));
        }
    }

    /// Some columns at a time, on all cores. There are fewer than 2^24 rows,
    /// so that the sums have room.
    pub(super) fn adjoint<F: SmallSums>(&self, output: &[F], input: &mut [F]) {
        input.par_chunks_mut(TASK_COLUMNS).enumerate().for_each(|(task, input)| {
            let mut sums = vec![F::Sum::default(); input.len()];
            for (y, row) in output.iter().zip(self.rows()) {
                let weights = &row[task * TASK_COLUMNS..][..input.len()];
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    F::add_products(*weight, std::iter::once(y), std::iter::once(sum));
                }
            }
            for (x, sum) in input.iter_mut().zip(&sums) {
                *x += F::reduced(sum);
            }
        });
    }

    pub(super) fn bound(&self, input: &[Range], output: &mut [Range]) -> bool {
        output
            .iter_mut()
            .zip(self.rows())
            .all(|(y, row)| row.iter().zip(input).all(|(w, x)| y.add_scaled(*x, *w)))
    }
}
