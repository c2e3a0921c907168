//! Closed integer intervals, the currency of bounds.

/// A closed interval of integers, `low ≤ high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Smallest value.
    pub low: i128,
    /// Largest value.
    pub high: i128,
}

impl Range {
    /// The interval that holds zero alone.
    pub const ZERO: Self = Self { low: 0, high: 0 };

    /// An interval from its ends, which must be in order.
    #[must_use]
    pub const fn new(low: i128, high: i128) -> Self {
        Self { low, high }
    }

    /// The interval of one value.
    #[must_use]
    pub const fn point(value: i128) -> Self {
        Self::new(value, value)
    }

    /// Adds `factor · other`; `false` if an end leaves `i128`.
    #[must_use]
    pub fn add_scaled(&mut self, other: Self, factor: i64) -> bool {
        let factor = i128::from(factor);
        let (low, high) =
            if factor < 0 { (other.high, other.low) } else { (other.low, other.high) };
        let sum = |end: i128, by: i128| by.checked_mul(factor).and_then(|by| end.checked_add(by));
        match (sum(self.low, low), sum(self.high, high)) {
            (Some(low), Some(high)) => {
                *self = Self::new(low, high);
                true
            }
            _ => false,
        }
    }

    /// The smallest interval that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self::new(self.low.min(other.low), self.high.max(other.high))
    }

    /// The range of `max(x, y)`.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self::new(self.low.max(other.low), self.high.max(other.high))
    }

    /// The range of the product; `None` if an end leaves `i128`.
    #[must_use]
    pub fn product(self, other: Self) -> Option<Self> {
        let ends = [
            self.low.checked_mul(other.low)?,
            self.low.checked_mul(other.high)?,
            self.high.checked_mul(other.low)?,
            self.high.checked_mul(other.high)?,
        ];
        Some(Self::new(*ends.iter().min()?, *ends.iter().max()?))
    }

    /// Whether every value is below 2^62 in magnitude, the limit of the
    /// argument (rule 7 of `docs/argument.md`).
    #[must_use]
    pub const fn is_provable(self) -> bool {
        const LIMIT: i128 = 1 << 62;
        -LIMIT < self.low && self.high < LIMIT
    }
}
