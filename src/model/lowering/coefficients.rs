//! The coefficients of a layer: the model's weights, times what other operators make of them.
//!
//! Factors are kept apart from the weights, which all layers of one node share: of the products
//! one row at a time is held. Each is computed in one order, so they are the same numbers
//! wherever they are looked at.

use std::sync::Arc;

use rayon::prelude::*;

use super::error::CompileError;
use super::nearest::integer;
use crate::model::graph::Floats;
use crate::model::linear::{Weights, WeightsBuilder};

/// Factors of rows that are kept apart from the weights.
const MOST: usize = 4;
/// Weights that one task takes at least.
const TASK: usize = 1 << 14;

/// A matrix, row-major: each weight times the factor of what it reads, then times those of its
/// row.
#[derive(Clone, Debug)]
pub(crate) struct Coefficients {
    weights: Floats,
    length: usize,
    read: Option<Arc<Read>>,
    rows: Vec<Arc<Vec<f64>>>,
}

/// The factors of what rows read.
#[derive(Debug)]
struct Read {
    /// Those of a group one after the other.
    factors: Vec<f64>,
    /// Neighbours in a row that have one factor.
    taps: usize,
    /// Rows of a group.
    rows: usize,
}

impl Coefficients {
    /// Rows of so many weights.
    pub(crate) fn new(weights: Floats, length: usize) -> Self {
        Self { weights, length: length.max(1), read: None, rows: Vec::new() }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.weights.len()
    }

    /// The weights, of which no factor was taken, times the factors of what they read: one for
    /// `taps` neighbours in a row, those of the next group after as many rows.
    pub(crate) fn reading(&self, factors: Vec<f64>, taps: usize, rows: usize) -> Self {
        let read = Arc::new(Read { factors, taps: taps.max(1), rows: rows.max(1) });
        Self { read: Some(read), ..Self::new(self.weights.clone(), self.length) }
    }

    /// Each row times a factor.
    pub(super) fn times(&self, rows: Vec<f64>) -> Self {
        let mut new = if self.rows.len() < MOST { self.clone() } else { self.in_full() };
        new.rows.push(Arc::new(rows));
        new
    }

    /// Those of some rows, with no factors apart.
    pub(super) fn picked(&self, rows: impl ExactSizeIterator<Item = usize>) -> Self {
        let mut all = Vec::with_capacity(rows.len() * self.length);
        let mut row = Vec::with_capacity(self.length);
        for at in rows {
            self.row(at, &mut row);
            all.extend_from_slice(&row);
        }
        Self::new(all.into(), self.length)
    }

    /// The same with no factors apart.
    fn in_full(&self) -> Self {
        self.picked(0..self.len() / self.length)
    }

    /// Puts a row in the place of another.
    pub(crate) fn row(&self, at: usize, row: &mut Vec<f64>) {
        row.clear();
        row.extend_from_slice(&self.weights.run(at * self.length..(at + 1) * self.length));
        if let Some(read) = &self.read {
            let in_group = self.length / read.taps;
            let factors = &read.factors[at / read.rows * in_group..][..in_group];
            for (taps, factor) in row.chunks_mut(read.taps).zip(factors) {
                taps.iter_mut().for_each(|weight| *weight *= factor);
            }
        }
        for factors in &self.rows {
            let factor = factors[at];
            row.iter_mut().for_each(|weight| *weight *= factor);
        }
    }

    /// Calls `see` with every row in order.
    pub(crate) fn each_row(&self, mut see: impl FnMut(&[f64])) {
        let mut row = Vec::with_capacity(self.length);
        for at in 0..self.len() / self.length {
            self.row(at, &mut row);
            see(&row);
        }
    }

    /// Looks at every row, on all cores; `join` makes one of two findings, in whatever order.
    pub(super) fn over_rows<T: Copy + Send + Sync>(
        &self,
        none: T,
        look: impl Fn(&[f64]) -> T + Sync,
        join: impl Fn(T, T) -> T + Sync + Send,
    ) -> T {
        let rows = self.len() / self.length;
        let task = TASK.div_ceil(self.length);
        (0..rows.div_ceil(task))
            .into_par_iter()
            .map(|at| {
                let mut row = Vec::with_capacity(self.length);
                (at * task..rows.min((at + 1) * task)).fold(none, |found, at| {
                    self.row(at, &mut row);
                    join(found, look(&row))
                })
            })
            .reduce(|| none, &join)
    }

    /// The nearest integers of all of them times a factor.
    pub(crate) fn integers(&self, factor: f64) -> Result<Weights, CompileError> {
        let mut narrow = vec![0; self.len()];
        let task = TASK.div_ceil(self.length);
        let fits = narrow
            .par_chunks_mut(task * self.length)
            .enumerate()
            .map(|(at, integers)| {
                let mut row = Vec::with_capacity(self.length);
                let mut fits = true;
                for (own, integers) in integers.chunks_mut(self.length).enumerate() {
                    self.row(at * task + own, &mut row);
                    for (weight, narrow) in row.iter().zip(integers) {
                        let integer = integer(weight * factor)?;
                        *narrow = integer as i32;
                        fits &= i64::from(*narrow) == integer;
                    }
                }
                Ok(fits)
            })
            .try_reduce(|| true, |one, other| Ok::<_, CompileError>(one & other))?;
        if fits {
            return Ok(Weights::narrow(narrow));
        }
        drop(narrow);
        let mut integers = WeightsBuilder::of(self.len());
        let mut row = Vec::with_capacity(self.length);
        for at in 0..self.len() / self.length {
            self.row(at, &mut row);
            for weight in &row {
                integers.push(integer(weight * factor)?);
            }
        }
        Ok(integers.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_apart_are_factors_in_order() {
        // Two groups of two rows; rows of two inputs with two taps each.
        let weights: Vec<f64> = (1..=16).map(|at| 1.0 / f64::from(at)).collect();
        let read = [0.3, 0.7, 1.1, 1.3];
        let layer = Coefficients::new(weights.clone().into(), 4).reading(read.to_vec(), 2, 2);
        let mut expected: Vec<f64> =
            (0..16).map(|at| weights[at] * read[at / 8 * 2 + at % 4 / 2]).collect();
        let mut found = layer;
        for times in 0..10 {
            let rows: Vec<f64> = (0..4).map(|row| 0.9 + f64::from(row * times) / 7.0).collect();
            found = found.times(rows.clone());
            expected.iter_mut().enumerate().for_each(|(at, value)| *value *= rows[at / 4]);
            let mut all = Vec::new();
            found.each_row(|row| all.extend_from_slice(row));
            assert_eq!(all, expected, "{times}");
            assert!(found.rows.len() <= MOST + 1);
        }
        let integers = found.integers(100.0).unwrap();
        let rounded = |value: &f64| (value * 100.0).round() as i64;
        assert!(integers.iter().eq(expected.iter().map(rounded)));
        assert!(found.integers(1e30).is_err());
    }
}
