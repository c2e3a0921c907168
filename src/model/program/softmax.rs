//! The tables of softmax: `y = 2^t·T + δ` up to argument 0.
//!
//! T is an exponential in integers, with B = T\[0\] for 1, and δ(x) = T\[x + 1\] − T\[x\].
//! What the lemma of `docs/argument.md`, "Hints", asks of a table is checked here,
//! on its entries.

use super::table::Table;

/// Values of t: a and b of a row have t − 1 bits each, at most a limb.
pub(super) const DIGITS: std::ops::RangeInclusive<u32> = 2..=13;

/// Parts of B⁻¹ in which growths λ are tried.
const FINE: i128 = 16;

/// What is known of a table that is fit for softmax.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// B.
    one: i128,
    /// For growths λ = k / (16·B): k, and the greatest of 16·B·(δ(x) − λ·T(x)).
    growths: Vec<(i128, i128)>,
    digits: u32,
}

impl Profile {
    /// Decodes T and δ; `None` unless the table ends at 0, δ are the steps of T, and
    /// T\[1\] > T\[0\] > 0. Then nothing in it is negative and T does not decrease: δ of a
    /// negative value is not positive, so no step leads from one up to T\[0\].
    pub(super) fn of(table: &Table, digits: u32) -> Option<Self> {
        let last = i64::try_from(table.values.len()).ok()?.checked_sub(1)?;
        if table.low != -last {
            return None;
        }
        let decode = |y: &i64| (i128::from(y >> digits), i128::from(y % (1 << digits)));
        let steps = table.values.windows(2).all(|pair| {
            let [(value, step), (next, _)] = [decode(&pair[0]), decode(&pair[1])];
            value + step == next
        });
        let (one, step) = decode(table.values.last()?);
        if !steps || one < 1 || step < 1 {
            return None;
        }
        let growths = growths(table.values.iter().map(decode), (one, step));
        Some(Self { one, growths, digits })
    }

    /// Whether Σ δ ≤ 2^(t−1) in every row of `row` elements with Σ T ≤ B.
    ///
    /// For every λ ≥ 0, Σ δ = λ·Σ T + Σ (δ − λ·T) ≤ λ·B + row·max (δ − λ·T).
    pub(super) fn digits_suffice(&self, row: usize) -> bool {
        most_steps(&self.growths, self.one, row) <= (FINE * self.one) << (self.digits - 1)
    }

    /// The greatest argument x with row·T(x) ≤ B: whatever L brings a whole row to it or
    /// below has D(L) ≤ B. `None` if there is none in the table.
    pub(super) fn low_enough(&self, table: &Table, row: usize) -> Option<i64> {
        let low = |y: &i64| row as i128 * i128::from(y >> self.digits) <= self.one;
        let count = table.values.partition_point(low);
        Some(table.low + i64::try_from(count).ok()? - 1).filter(|x| *x >= table.low)
    }

    /// The most that a row of outputs adds up to: 2^t·B + 2^(t−1).
    pub(super) fn row_sum(&self) -> i128 {
        (self.one << self.digits) + (1 << (self.digits - 1))
    }
}

/// For growths λ = k / (16·B) around the one at 0: k, and the greatest of
/// 16·B·(δ(x) − λ·T(x)) over all pairs T, δ; `(one, step)` is that at 0.
///
/// The least bound is for a growth nearby.
fn growths(
    pairs: impl Iterator<Item = (i128, i128)> + Clone,
    (one, step): (i128, i128),
) -> Vec<(i128, i128)> {
    let growths = (-FINE / 2..=FINE / 2).map(|by| FINE * step + by);
    let growths = growths.filter_map(|growth| {
        let excess = |(value, step): (i128, i128)| FINE * one * step - growth * value;
        Some((growth, pairs.clone().map(excess).max()?))
    });
    growths.collect()
}

/// 16·B times a bound of Σ δ over rows of `row` elements with Σ T ≤ B.
fn most_steps(growths: &[(i128, i128)], one: i128, row: usize) -> i128 {
    let bound = |(growth, excess): &(i128, i128)| growth * one + row as i128 * excess;
    growths.iter().map(bound).min().unwrap_or(i128::MAX)
}

impl Table {
    /// The table of a softmax over rows of `row` elements, from an exponential in integers:
    /// T from some argument up to 1, its last entry. Gives it with t, the least that serves.
    ///
    /// `None` if there is none: T must not decrease, grow from 0 to 1, and be at most
    /// T\[0\] / `row` at its foot.
    #[must_use]
    pub fn softmax(exponential: &[i64], row: usize) -> Option<(Self, u32)> {
        let low = 2 - i64::try_from(exponential.len()).ok()?;
        let step = |pair: &[i64]| Some((pair[0].into(), pair[1].checked_sub(pair[0])?.into()));
        let pairs: Vec<(i128, i128)> = exponential.windows(2).map(step).collect::<Option<_>>()?;
        let at_zero = *pairs.last()?;
        let most = most_steps(&growths(pairs.iter().copied(), at_zero), at_zero.0, row);
        let longest = pairs.iter().map(|(_, step)| *step).max()?;
        let suffices =
            |digits: &u32| longest < 1 << digits && most <= (FINE * at_zero.0) << (digits - 1);
        let digits = DIGITS.into_iter().find(suffices)?;
        let value = |(value, step): (i128, i128)| i64::try_from((value << digits) + step).ok();
        let values = pairs.into_iter().map(value).collect::<Option<_>>()?;
        let table = Self { low, values };
        let profile = Profile::of(&table, digits)?;
        profile.low_enough(&table, row)?;
        profile.digits_suffice(row).then_some((table, digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T in units of `1/per_nat`, one as `one`, from `foot` on.
    fn exponential(per_nat: f64, one: f64, foot: i64) -> Vec<i64> {
        (foot..=1).map(|x| (one * (x as f64 / per_nat).exp()).round() as i64).collect()
    }

    #[test]
    fn the_digits_are_those_that_the_bound_asks_for() {
        for (row, per_nat, one, expected) in [
            (64, 64.0, 1024.0, 8),
            (128, 64.0, 1024.0, 9),
            (197, 64.0, 1024.0, 9),
            (64, 64.0, 4096.0, 9),
            (64, 128.0, 4096.0, 8),
        ] {
            let (table, digits) = Table::softmax(&exponential(per_nat, one, -2000), row).unwrap();
            assert_eq!((digits, table.low), (expected, -2000));
            assert_eq!(table.get(0).unwrap() >> digits, one as i64);
        }
    }

    /// The greatest Σ δ over all rows with Σ T ≤ B, by dynamic programming over Σ T.
    fn greatest_steps(exponential: &[i64], row: usize) -> i64 {
        let one = exponential[exponential.len() - 2];
        let mut best: Vec<Option<i64>> = vec![None; one as usize + 1];
        best[0] = Some(0);
        for _ in 0..row {
            let mut next = vec![None; best.len()];
            for (sum, steps) in best.iter().enumerate() {
                let Some(steps) = steps else { continue };
                for pair in exponential.windows(2) {
                    if let Some(slot) = next.get_mut(sum + pair[0] as usize) {
                        *slot = (*slot).max(Some(steps + pair[1] - pair[0]));
                    }
                }
            }
            best = next;
        }
        best.into_iter().flatten().max().unwrap()
    }

    #[test]
    fn the_bound_of_the_steps_holds_and_is_close() {
        let mut largest = 0.0_f64;
        for row in 1..=12 {
            for per_nat in [1.0, 2.0, 4.0, 7.5] {
                for one in [1.0, 5.0, 12.0, 30.0, 100.0] {
                    let values = exponential(per_nat, one, -60);
                    let Some((table, digits)) = Table::softmax(&values, row) else { continue };
                    let reached = greatest_steps(&values, row);
                    assert!(reached <= 1 << (digits - 1), "{row} {per_nat} {one}");
                    let profile = Profile::of(&table, digits).unwrap();
                    let bound = profile.growths.iter().map(|(growth, excess)| {
                        (growth * profile.one + row as i128 * excess) as f64
                            / (FINE * profile.one) as f64
                    });
                    let bound = bound.fold(f64::INFINITY, f64::min);
                    assert!(bound >= reached as f64);
                    largest = largest.max(bound - reached as f64);
                }
            }
        }
        // The bound is that of fractions of elements: it may miss by one element's step.
        assert!(largest < 64.0, "{largest}");
    }

    #[test]
    fn tables_that_are_no_exponential_are_refused() {
        let good = exponential(2.0, 20.0, -20);
        let (table, digits) = Table::softmax(&good, 3).unwrap();
        assert!(Profile::of(&table, digits).is_some());
        let edit = |change: &dyn Fn(&mut Table)| {
            let mut table = table.clone();
            change(&mut table);
            Profile::of(&table, digits).is_some()
        };
        let last = table.values.len() - 1;
        assert!(!edit(&|t| t.low += 1), "it ends at 1");
        assert!(!edit(&|t| t.values[3] += 1), "a step that is none");
        assert!(!edit(&|t| t.values[last] -= t.values[last] % (1 << digits)), "T[1] = T[0]");
        assert!(!edit(&|t| t.values.insert(0, -1)), "a negative value");
        assert!(!edit(&|t| t.values.clear()), "nothing");
        let falling: Vec<i64> = good.iter().map(|value| 30 - value).collect();
        assert_eq!(Table::softmax(&falling, 3), None);
        // Twenty of the foot's entries exceed B.
        assert_eq!(Table::softmax(&[2, 20, 30], 20), None);
    }
}
