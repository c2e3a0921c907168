//! Samples of several strata, and the figures that they enter together.

use serde::Serialize;

use super::hypergeometric::{least, most};
use super::interval::Interval;
use super::risk::Risk;

/// What was seen of one stratum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    size: u64,
    drawn: u64,
    seen: u64,
    missing: u64,
}

/// Between how many and how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// At least.
    pub low: u64,
    /// At most.
    pub high: u64,
}

impl std::iter::Sum for Bounds {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, next| Self {
            low: sum.low.saturating_add(next.low),
            high: sum.high.saturating_add(next.high),
        })
    }
}

impl Sample {
    /// `drawn` of `size`, of which `seen` were found to be ones and `missing` could not be
    /// looked at; `None` if that is more than there were.
    #[must_use]
    pub fn new(size: u64, drawn: u64, seen: u64, missing: u64) -> Option<Self> {
        let looked = seen.checked_add(missing)?;
        (drawn <= size && looked <= drawn).then_some(Self { size, drawn, seen, missing })
    }

    /// Nothing was drawn of `size`.
    #[must_use]
    pub const fn unseen(size: u64) -> Self {
        Self { size, drawn: 0, seen: 0, missing: 0 }
    }

    /// Documents of the stratum.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Whether its bounds carry a risk: some were drawn, and not all.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.drawn > 0 && self.drawn < self.size
    }

    /// How many of the stratum are ones, with this risk on each side. What is missing
    /// counts as one for the upper bound and as none for the lower (Bañuelos and Stark
    /// 2012); of a stratum read whole only that is open, and of one not sampled
    /// everything.
    #[must_use]
    pub fn bounds(&self, risk: Risk) -> Bounds {
        let Self { size, drawn, seen, missing } = *self;
        Bounds {
            low: least(size, drawn, seen, risk),
            high: most(size, drawn, seen + missing, risk),
        }
    }
}

impl Bounds {
    /// As a share of so many documents; of none, nothing is known.
    #[must_use]
    pub fn of(self, size: u64) -> Interval {
        Interval::of((self.low, size), (self.high, size))
    }
}

/// Which share of all ones was found: `found` of `found` and `missed` together. Of none,
/// nothing is known.
#[must_use]
pub fn recall(found: Bounds, missed: Bounds) -> Interval {
    Interval::of(
        (found.low, found.low.saturating_add(missed.high)),
        (found.high, found.high.saturating_add(missed.low)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn risk(of: u64) -> Risk {
        Risk::new(1, of).unwrap()
    }

    fn bounds(size: u64, drawn: u64, seen: u64, missing: u64, of: u64) -> Bounds {
        Sample::new(size, drawn, seen, missing).unwrap().bounds(risk(of))
    }

    #[test]
    fn what_is_missing_is_at_its_worst() {
        let high = [0, 1, 2, 3].map(|missing| bounds(10_000, 300, 0, missing, 20));
        assert_eq!(high.map(|bounds| bounds.high), [97, 155, 206, 254]);
        assert_eq!(high.map(|bounds| bounds.low), [0; 4]);
        // All of one stratum, and none of another.
        assert_eq!(bounds(50, 50, 20, 4, 20), Bounds { low: 20, high: 24 });
        assert_eq!(bounds(50, 0, 0, 0, 20), Bounds { low: 0, high: 50 });
        assert_eq!(bounds(50, 10, 0, 10, 20), Bounds { low: 0, high: 50 });
        assert_eq!(Sample::new(10, 11, 0, 0), None);
        assert_eq!(Sample::new(10, 5, 3, 3), None);
        assert_eq!(Sample::new(10, 5, u64::MAX, 1), None);
    }

    #[test]
    fn recall_is_rounded_outwards() {
        let all = bounds(5000, 5000, 3800, 0, 40);
        let text = |found, missed| recall(found, missed).decimals();
        assert_eq!(text(all, bounds(95_000, 2400, 6, 0, 40)), ["0.881261", "0.977115"]);
        assert_eq!(text(all, bounds(95_000, 2400, 6, 2, 40)), ["0.859923", "0.977115"]);
        let sampled = bounds(5000, 400, 304, 0, 80);
        assert_eq!(text(sampled, bounds(95_000, 2400, 6, 0, 80)), ["0.864509", "0.981459"]);
        assert_eq!(recall(Bounds::default(), Bounds::default()), Interval::WHOLE);
        let none = Bounds { low: 0, high: 3 };
        assert_eq!(text(Bounds::default(), none), ["0.000000", "1.000000"]);
    }
}
