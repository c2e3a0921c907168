//! The interval of Clopper and Pearson (1934) for a share of a population from
//! which documents were drawn independently.

use super::interval::{Interval, MILLION};
use super::risk::Risk;
use super::tails::{Ratio, Terms, exceeds};

/// The interval for a share of which `hits` of `drawn` were seen, `risk` on each side.
///
/// The upper end is the least p, in millionths and rounded up, at which `hits` or
/// fewer have at most the chance `risk`; 1 if all were hits. The lower end mirrors it.
/// `hits` beyond `drawn` count as `drawn`, and of nothing drawn nothing is known.
#[must_use]
pub fn clopper_pearson(drawn: u64, hits: u64, risk: Risk) -> Interval {
    let hits = hits.min(drawn);
    let high = upper(drawn, hits, risk);
    // What is not a hit is a hit of the others.
    let low = MILLION - upper(drawn, drawn - hits, risk);
    // At most a million.
    Interval { low: low as u32, high: high as u32 }
}

/// The least millionths at which `hits` or fewer have at most the chance `risk`.
fn upper(drawn: u64, hits: u64, risk: Risk) -> u64 {
    if hits == drawn {
        return MILLION;
    }
    // At no share all are no hits for certain, and at a million all are hits.
    let (mut below, mut above) = (0, MILLION);
    while above - below > 1 {
        let share = below + (above - below) / 2;
        if exceeds(&Trials { drawn, share }, hits, risk) {
            below = share;
        } else {
            above = share;
        }
    }
    above
}

/// How many hits there are if each document is one with a chance of `share` millionths,
/// above 0 and below a million.
struct Trials {
    drawn: u64,
    share: u64,
}

impl Terms for Trials {
    fn values(&self) -> (u64, u64) {
        (0, self.drawn)
    }

    /// `C(n,i+1) p^(i+1) q^(n−i−1)` over `C(n,i) p^i q^(n−i)`.
    fn ratio(&self, value: u64) -> Ratio {
        Ratio { above: [self.drawn - value, self.share], below: [value + 1, MILLION - self.share] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(drawn: u64, hits: u64, part: u64, of: u64) -> [String; 2] {
        clopper_pearson(drawn, hits, Risk::new(part, of).unwrap()).decimals()
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
