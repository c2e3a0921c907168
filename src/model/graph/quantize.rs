//! Tensors of integers with the scale and zero point that a file gives them.

/// Integers `low..=high`, of which each stands for `scale · (integer − zero)`.
///
/// A tensor of the graph holds real numbers; one of integers holds what they stand for. As an
/// operator: each element becomes the nearest such number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Integers {
    /// The real width between two integers; above zero, finite.
    pub scale: f64,
    /// The integer that stands for 0, in `low..=high`.
    pub zero: i64,
    /// The least integer.
    pub low: i64,
    /// The greatest integer.
    pub high: i64,
}

/// What stands for an operator in the node that the reader puts behind an input of integers.
pub(crate) const INPUT: &str = "input";

impl Integers {
    /// Integers that stand for themselves.
    #[must_use]
    pub const fn plain(low: i64, high: i64) -> Self {
        Self { scale: 1.0, zero: 0, low, high }
    }

    /// Whole numbers of a wide type, which stand for themselves.
    pub(crate) const WHOLE: Self = Self::plain(i64::MIN, i64::MAX);

    /// Truth values: no type of integers has these two alone.
    pub(crate) const TRUTH: Self = Self::plain(0, 1);

    /// What an integer stands for.
    #[must_use]
    pub fn real(&self, integer: i64) -> f64 {
        self.scale * integer.saturating_sub(self.zero) as f64
    }

    /// The integer that stands for the nearest number: halves to even, what is beyond the type at
    /// its ends, as ONNX has it.
    #[must_use]
    pub fn nearest(&self, real: f64) -> i64 {
        let integer = (real / self.scale).round_ties_even() + self.zero as f64;
        // A NaN becomes 0, which is in no way special: tensors are finite.
        (integer as i64).max(self.low).min(self.high)
    }
}
