//! What rounding the coefficients of a layer to integers may do to its sums.
//!
//! An accumulator counts in `2^-shift` of a level. A coefficient c of a value
//! that reaches X is off by e = |c − round(c)|, which moves the sum by up to
//! e·X. Three things can add up over a row:
//!
//! * the errors of all coefficients where all values are large at once, as on
//!   a blank page: |Σ ±e·X|;
//! * errors that have nothing to do with each other: √Σ(e·X)²;
//! * coefficients so small that their rounding is a part of themselves, such as
//!   those of a mean over many positions: their errors follow the picture, so
//!   they count in full, Σ e·X.

use super::nearest::nearest;

/// A coefficient below this is off by an eighth of itself or more.
const SMALL: f64 = 4.0;

/// Numbers from here on are whole.
const WHOLE: f64 = (1u64 << 52) as f64;

/// What values are in the mean, as a part of their reach.
const MEAN: f64 = 0.5;

/// The errors of one row of coefficients, in units of the accumulator.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Errors {
    common: f64,
    squares: f64,
    small: f64,
}

impl Errors {
    /// Adds a coefficient of values up to `reach` in magnitude.
    pub(super) fn add(&mut self, coefficient: f64, reach: f64) {
        let rounded =
            if coefficient.abs() < WHOLE { nearest(coefficient) as f64 } else { coefficient };
        let error = (rounded - coefficient) * reach;
        self.common += error;
        self.squares += error * error;
        if coefficient.abs() < SMALL {
            self.small += error.abs();
        }
    }

    /// The worse of two rows, each figure by itself.
    pub(super) fn worse(self, other: Self) -> Self {
        Self {
            common: self.common.abs().max(other.common.abs()),
            squares: self.squares.max(other.squares),
            small: self.small.max(other.small),
        }
    }

    /// Rows that are added up.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            common: self.common.abs() + other.common.abs(),
            squares: self.squares + other.squares,
            small: self.small + other.small,
        }
    }

    /// What the row's sum may be off by, in units of the accumulator. Values
    /// are half their reach in the mean, and errors without relation seldom
    /// exceed twice their deviation.
    pub(super) fn bound(&self) -> f64 {
        let [common, apart] = [self.common.abs(), 2.0 * self.squares.sqrt()];
        (MEAN * common).max(MEAN * apart).max(self.small)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(coefficients: &[f64], reach: f64) -> Errors {
        let mut errors = Errors::default();
        coefficients.iter().for_each(|c| errors.add(*c, reach));
        errors
    }

    #[test]
    fn integers_cost_nothing() {
        assert_eq!(row(&[1.0, -700.0, 0.0], 1e6).bound(), 0.0);
    }

    #[test]
    fn equal_and_small_coefficients_add_up() {
        assert!((row(&[2.5; 1000], 100.0).bound() - 50_000.0).abs() < 1e-6);
        let alternating: Vec<f64> =
            (0..1000).map(|i| if i % 2 == 0 { 0.25 } else { -0.25 }).collect();
        assert!((row(&alternating, 100.0).bound() - 25_000.0).abs() < 1e-6);
    }

    #[test]
    fn large_ones_mostly_cancel() {
        let coefficients: Vec<f64> = (0..1000).map(|i| 50.0 + 0.618_034 * f64::from(i)).collect();
        assert!(row(&coefficients, 100.0).bound() < 2000.0);
    }
}
