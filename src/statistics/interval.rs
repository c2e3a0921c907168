//! An interval of shares, with six decimals.

use std::fmt;

use serde::{Serialize, Serializer};

/// Steps of the unit interval: shares have six decimals.
pub(super) const MILLION: u64 = 1_000_000;

/// An interval of shares, in millionths; low ≤ high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The lower end, rounded down.
    pub low: u32,
    /// The upper end, rounded up.
    pub high: u32,
}

impl Interval {
    /// Nothing is known.
    pub const WHOLE: Self = Self { low: 0, high: MILLION as u32 };

    /// The ends `low.0 / low.1` and `high.0 / high.1`, rounded outwards; what is not a
    /// share is the end of the unit interval.
    pub(super) fn of(low: (u64, u64), high: (u64, u64)) -> Self {
        let share = |(part, of): (u64, u64)| {
            (of > 0 && part <= of).then(|| (u128::from(part) * u128::from(MILLION), u128::from(of)))
        };
        // At most a million.
        Self {
            low: share(low).map_or(0, |(part, of)| (part / of) as u32),
            high: share(high).map_or(MILLION as u32, |(part, of)| part.div_ceil(of) as u32),
        }
    }

    /// The ends with six decimals.
    #[must_use]
    pub fn decimals(&self) -> [String; 2] {
        [self.low, self.high].map(|end| {
            let end = u64::from(end);
            format!("{}.{:06}", end / MILLION, end % MILLION)
        })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = self.decimals();
        write!(f, "{low} to {high}")
    }
}

/// As a list of two texts with six decimals.
impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.decimals().serialize(serializer)
    }
}
