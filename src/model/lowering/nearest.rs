//! From real numbers to integers.

use super::error::CompileError;

/// Coefficients above this are refused: the accumulators would not fit.
pub(super) const MAX_COEFFICIENT: f64 = (1u64 << 40) as f64;
/// Biases above this are refused; the program's own bounds are tighter.
const MAX_BIAS: f64 = (1u64 << 61) as f64;

/// The nearest integer, halves away from zero.
pub(crate) fn integer(value: f64) -> Result<i64, CompileError> {
    rounded(value, MAX_COEFFICIENT)
}

/// The nearest integer of a number below 2^62 in magnitude, halves away from zero: what
/// `f64::round` gives, without a call.
#[inline]
pub(super) fn nearest(value: f64) -> i64 {
    let whole = value as i64;
    // Exact: both are multiples of the value's last bit.
    let rest = value - whole as f64;
    whole + i64::from(rest >= 0.5) - i64::from(rest <= -0.5)
}

/// The nearest integer as a bias.
pub(crate) fn bias_of(value: f64) -> Result<i64, CompileError> {
    rounded(value, MAX_BIAS)
}

fn rounded(value: f64, limit: f64) -> Result<i64, CompileError> {
    // Also false for a value that is not a number.
    if value.abs() <= MAX_BIAS {
        let rounded = nearest(value);
        if rounded.unsigned_abs() as f64 <= limit {
            return Ok(rounded);
        }
    }
    Err(CompileError::TooWide)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_nearest_integer_is_that_of_round(bits in any::<u64>(), halves in any::<i32>()) {
            for value in [f64::from_bits(bits), f64::from(halves) / 2.0, -0.499_999_999_999_999_94] {
                if value.abs() <= MAX_BIAS {
                    prop_assert_eq!(nearest(value), value.round() as i64);
                } else {
                    prop_assert!(bias_of(value).is_err());
                }
            }
        }
    }

    #[test]
    fn coefficients_end_at_their_limit() {
        assert_eq!(integer(MAX_COEFFICIENT + 0.25).unwrap(), 1 << 40);
        assert!(integer(MAX_COEFFICIENT + 0.5).is_err() && integer(f64::NAN).is_err());
        assert_eq!(bias_of(-MAX_BIAS).unwrap(), -(1 << 61));
        assert!(bias_of(f64::INFINITY).is_err());
    }
}
