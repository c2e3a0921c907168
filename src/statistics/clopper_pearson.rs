//! The interval of Clopper and Pearson (1934) for a share of a population from
//! which documents were drawn independently.

use std::fmt;

use serde::{Serialize, Serializer};

use super::natural::Natural;

/// Steps of the unit interval: shares have six decimals.
const MILLION: u64 = 1_000_000;

/// The chance `part / of` with which an end of an interval may be wrong, above 0
/// and below 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// Numerator.
    pub part: u64,
    /// Denominator.
    pub of: u64,
}

impl Risk {
    /// Of each end of an interval that holds the truth in 95 of 100 cases or more.
    pub const OF_95_PERCENT: Self = Self { part: 1, of: 40 };
}

/// An interval of shares, in millionths; low ≤ high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The lower end, rounded down.
    pub low: u32,
    /// The upper end, rounded up.
    pub high: u32,
}

impl Interval {
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

/// The interval for a share of which `hits` of `drawn` were seen, `risk` on each side.
///
/// The upper end is the least p, in millionths and rounded up, at which `hits` or
/// fewer have at most the chance `risk`; 1 if all were hits. The lower end mirrors it.
/// It takes time in proportion to `drawn`, squared; `hits` beyond `drawn` count as
/// `drawn`, and of nothing drawn nothing is known.
#[must_use]
pub fn clopper_pearson(drawn: u64, hits: u64, risk: Risk) -> Interval {
    let hits = hits.min(drawn);
    let low = lower(drawn, hits, risk);
    // What is not a hit is a hit of the others.
    let high = MILLION - lower(drawn, drawn - hits, risk);
    // At most a million.
    Interval { low: low as u32, high: high as u32 }
}

/// The most millionths at which `hits` or more have at most the chance `risk`.
fn lower(drawn: u64, hits: u64, risk: Risk) -> u64 {
    if hits == 0 {
        return 0;
    }
    // `false` at a million, where all are hits for certain.
    let rare = |share: u64| is_rare(drawn, hits, share, risk);
    let (mut below, mut above) = (0, MILLION);
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if rare(middle) {
            below = middle;
        } else {
            above = middle;
        }
    }
    below
}

/// Whether `hits` or more of `drawn` have at most the chance `risk` where each is one
/// with a chance of `share` millionths, above 0 and below a million:
/// `of · Σ C(n,i) k^i (M − k)^(n − i) ≤ part · M^n`.
fn is_rare(drawn: u64, hits: u64, share: u64, risk: Risk) -> bool {
    let rest = MILLION - share;
    let mut whole = Natural::power(MILLION, drawn);
    let mut sum = Natural::new(0);
    // The side with fewer terms: the hits from all downwards, or the others upwards.
    if drawn - hits < hits {
        let mut term = Natural::power(share, drawn);
        for i in (hits..=drawn).rev() {
            sum.add(&term);
            term.multiply(i * rest);
            term.divide((drawn - i + 1) * share);
        }
        sum.multiply(risk.of);
        whole.multiply(risk.part);
        sum <= whole
    } else {
        let mut term = Natural::power(rest, drawn);
        for i in 0..hits {
            sum.add(&term);
            term.multiply((drawn - i) * share);
            term.divide((i + 1) * rest);
        }
        // of · (M^n − sum) ≤ part · M^n.
        sum.multiply(risk.of);
        whole.multiply(risk.of - risk.part);
        sum >= whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(drawn: u64, hits: u64, part: u64, of: u64) -> [String; 2] {
        clopper_pearson(drawn, hits, Risk { part, of }).decimals()
    }

    #[test]
    fn known_intervals_are_met_to_the_last_digit() {
        assert_eq!(interval(10, 1, 1, 40), ["0.002528", "0.445017"]);
        assert_eq!(interval(300, 0, 1, 20), ["0.000000", "0.009937"]);
        assert_eq!(interval(400, 304, 1, 40), ["0.715059", "0.801046"]);
        assert_eq!(interval(2400, 6, 1, 40), ["0.000917", "0.005434"]);
    }

    #[test]
    fn ends_mirror_each_other_and_nothing_is_known_of_nothing() {
        assert_eq!(interval(0, 0, 1, 40), ["0.000000", "1.000000"]);
        assert_eq!(interval(1, 1, 1, 40), ["0.025000", "1.000000"]);
        assert_eq!(interval(1, 0, 1, 40), ["0.000000", "0.975000"]);
        for drawn in 1..30 {
            for hits in 0..=drawn {
                let one = clopper_pearson(drawn, hits, Risk::OF_95_PERCENT);
                let other = clopper_pearson(drawn, drawn - hits, Risk::OF_95_PERCENT);
                assert_eq!((one.low, one.high), (1_000_000 - other.high, 1_000_000 - other.low));
                let share = 1_000_000 * hits / drawn;
                assert!(u64::from(one.low) <= share && share <= u64::from(one.high), "{one}");
            }
        }
    }

    #[test]
    fn the_ends_are_where_the_chance_passes_the_risk() {
        for (drawn, hits) in [(7, 2), (31, 30), (64, 17)] {
            let Interval { low, high } = clopper_pearson(drawn, hits, Risk::OF_95_PERCENT);
            let chance = |share: u32, wanted: &dyn Fn(u64) -> bool| -> f64 {
                let p = f64::from(share) / 1e6;
                let mut term = (1.0 - p).powi(drawn as i32);
                let mut sum = 0.0;
                for i in 0..=drawn {
                    sum += if wanted(i) { term } else { 0.0 };
                    term *= (drawn - i) as f64 / (i + 1) as f64 * p / (1.0 - p);
                }
                sum
            };
            assert!(chance(low, &|i| i >= hits) <= 0.025);
            assert!(chance(low + 1, &|i| i >= hits) > 0.025);
            assert!(chance(high, &|i| i <= hits) <= 0.025);
            assert!(chance(high - 1, &|i| i <= hits) > 0.025);
        }
    }
}
