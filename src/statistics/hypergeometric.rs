//! How many of a finite population can be what so many of a sample were: exact bounds
//! of the hypergeometric distribution (Buonaccorsi 1987; Wright 1991).

use super::risk::Risk;
use super::tails::{Ratio, Terms, exceeds};

/// The most of `size` that can be ones when `seen` of `drawn` were, at this risk: the
/// greatest D at which `seen` or fewer have a chance above it,
/// `of · Σ_{i ≤ seen} C(D,i)·C(size−D, drawn−i) > part · C(size, drawn)`.
///
/// What is drawn beyond `size`, or seen beyond `drawn`, is left out.
#[must_use]
pub fn most(size: u64, drawn: u64, seen: u64, risk: Risk) -> u64 {
    let drawn = drawn.min(size);
    let seen = seen.min(drawn);
    if seen == drawn {
        return size;
    }
    let holds = |ones| exceeds(&Drawing { size, drawn, ones }, seen, risk);
    // Holds at `low`, where no more can be seen; not at `high`, where more must be.
    let (mut low, mut high) = (seen, size - (drawn - seen) + 1);
    // From about the share that was seen outwards: chances far from it have long sums.
    let guess = u128::from(seen) * u128::from(size) / u128::from(drawn);
    let guess = (guess as u64).clamp(low, high - 1);
    let mut step = (size / drawn).saturating_add(1);
    if holds(guess) {
        low = guess;
        while high - low > step {
            if !holds(low + step) {
                high = low + step;
                break;
            }
            low += step;
            step = step.saturating_mul(2);
        }
    } else {
        high = guess;
        while high - low > step {
            if holds(high - step) {
                low = high - step;
                break;
            }
            high -= step;
            step = step.saturating_mul(2);
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The fewest of `size` that can be ones when `seen` of `drawn` were, at this risk: the
/// least D at which `seen` or more have a chance above it.
#[must_use]
pub fn least(size: u64, drawn: u64, seen: u64, risk: Risk) -> u64 {
    let drawn = drawn.min(size);
    // What is not one is one of the others.
    size - most(size, drawn, drawn - seen.min(drawn), risk)
}

/// How many ones are drawn.
struct Drawing {
    size: u64,
    drawn: u64,
    ones: u64,
}

impl Terms for Drawing {
    fn values(&self) -> (u64, u64) {
        let others = self.size - self.ones;
        (self.drawn.saturating_sub(others), self.drawn.min(self.ones))
    }

    /// `C(D,i+1)·C(N−D,n−i−1)` over `C(D,i)·C(N−D,n−i)`.
    fn ratio(&self, value: u64) -> Ratio {
        let left = self.drawn - value;
        Ratio {
            above: [self.ones - value, left],
            // From the least value on, N − D is n − i or more.
            below: [value + 1, self.size - self.ones - left + 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;

    fn binomial(n: u64, k: u64) -> u128 {
        if k > n {
            return 0;
        }
        (0..k).fold(1, |product, i| product * u128::from(n - i) / u128::from(i + 1))
    }

    /// `C(D,i)·C(N−D,n−i)` summed over some values.
    fn ways(size: u64, drawn: u64, ones: u64, values: impl Iterator<Item = u64>) -> u128 {
        values.map(|i| binomial(ones, i) * binomial(size - ones, drawn - i)).sum()
    }

    #[test]
    fn all_small_populations_are_as_the_definition_has_them() {
        for (part, of) in [(1, 20), (1, 40), (1, 2), (1, 10), (9, 10), (1, 1_000_000)] {
            let risk = Risk::new(part, of).unwrap();
            let heavy = |sum: u128, all: u128| u128::from(of) * sum > u128::from(part) * all;
            for size in 0..=14u64 {
                for drawn in 0..=size {
                    let all = binomial(size, drawn);
                    for seen in 0..=drawn {
                        let high = (0..=size)
                            .rev()
                            .find(|ones| heavy(ways(size, drawn, *ones, 0..=seen), all));
                        let low = (0..=size)
                            .find(|ones| heavy(ways(size, drawn, *ones, seen..=drawn), all));
                        let found = (least(size, drawn, seen, risk), most(size, drawn, seen, risk));
                        let case = format!("{size} {drawn} {seen} {risk}");
                        assert_eq!(Some(found), low.zip(high), "{case}");
                    }
                }
            }
        }
    }

    /// Sums of binomial coefficients, where the machine's integers do not hold them.
    #[test]
    fn middling_populations_are_as_the_definition_has_them() {
        let choose = |n: u64, k: u64| -> BigUint {
            if k > n {
                return BigUint::ZERO;
            }
            (0..k).fold(BigUint::from(1u8), |product, i| product * (n - i) / (i + 1))
        };
        let risk = Risk::new(1, 20).unwrap();
        for (size, drawn) in [(80, 33), (150, 20), (301, 150), (500, 7)] {
            let all = choose(size, drawn) * risk.part;
            for seen in (0..drawn).step_by(5) {
                let heavy = |ones: u64| {
                    let ways = |i| choose(ones, i) * choose(size - ones, drawn - i);
                    (0..=seen).map(ways).sum::<BigUint>() * risk.of > all
                };
                let found = most(size, drawn, seen, risk);
                assert!(heavy(found) && !heavy(found + 1), "{size} {drawn} {seen}: {found}");
            }
        }
    }

    #[test]
    fn known_bounds_are_met() {
        let bounds = |size, drawn, seen, of| {
            let risk = Risk::new(1, of).unwrap();
            (least(size, drawn, seen, risk), most(size, drawn, seen, risk))
        };
        assert_eq!(bounds(10, 4, 1, 20), (1, 6));
        assert_eq!(bounds(1000, 100, 3, 40), (7, 82));
        assert_eq!(bounds(10_000, 1500, 0, 20), (0, 18));
        assert_eq!(bounds(95_000, 2400, 6, 40), (89, 512));
        assert_eq!(bounds(95_000, 2400, 8, 40), (139, 619));
        assert_eq!(bounds(5000, 400, 304, 80), (3554, 4023));
        assert_eq!(bounds(95_000, 2400, 6, 80), (76, 557));
    }

    /// With exact sums of a million documents, a sample and a tail of any size.
    #[test]
    fn large_populations_take_no_time() {
        let risk = Risk::OF_95_PERCENT;
        for (drawn, seen) in [(2400, 0), (2400, 1200), (100_000, 50_000), (999_000, 1), (1, 0)] {
            let (low, high) =
                (least(1_000_000, drawn, seen, risk), most(1_000_000, drawn, seen, risk));
            let share = seen * 1_000_000 / drawn;
            assert!(low <= share && share <= high, "{low} {share} {high}");
        }
        assert_eq!(most(1_000_000, 2400, 0, Risk::new(1, 20).unwrap()), 1245);
    }

    #[test]
    fn absurd_samples_are_cut_to_what_there_is() {
        let risk = Risk::OF_95_PERCENT;
        assert_eq!((least(0, 9, 9, risk), most(0, 9, 9, risk)), (0, 0));
        assert_eq!((least(5, 9, 3, risk), most(5, 9, 3, risk)), (3, 3));
        assert_eq!((least(5, 2, 3, risk), most(5, 2, 3, risk)), (2, 5));
        assert_eq!(most(u64::MAX, 1, 0, risk), u64::MAX - u64::MAX / 40 - 1);
    }
}
