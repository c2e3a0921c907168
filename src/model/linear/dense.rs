//! Dense matrices.

use ff::PrimeField;

use super::{MapError, Range};
use crate::field::from_i64;

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

    pub(super) fn adjoint<F: PrimeField>(&self, output: &[F], input: &mut [F]) {
        for (y, row) in output.iter().zip(self.rows()) {
            for (x, w) in input.iter_mut().zip(row) {
                if *w != 0 {
                    *x += from_i64::<F>(*w) * y;
                }
            }
        }
    }

    pub(super) fn bound(&self, input: &[Range], output: &mut [Range]) -> bool {
        output
            .iter_mut()
            .zip(self.rows())
            .all(|(y, row)| row.iter().zip(input).all(|(w, x)| y.add_scaled(*x, *w)))
    }
}
