//! When work will be done, from how long its last steps took.
//!
//! The steps of a response take seconds and are few; an average over all of
//! them, or one that decays by the clock, says little. The median of the last
//! ones forgets a slow start and a single hiccup.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Steps that are remembered.
const STEPS: usize = 9;

/// Steps that may end at nearly the same time, because batches are proved two
/// at a time: a step alone says nothing of the pace, so many together do.
const TOGETHER: usize = 2;

/// Remembers when the last steps ended.
pub(crate) struct Eta {
    remaining: u64,
    /// Units done when a step ended, and when.
    ends: VecDeque<(u64, Instant)>,
}

impl Eta {
    pub(crate) fn new(now: Instant, total: u64) -> Self {
        Self { remaining: total, ends: VecDeque::from([(0, now)]) }
    }

    /// So many units are done now; gives the time that the rest will take.
    pub(crate) fn advance(&mut self, now: Instant, units: u64) -> Option<Duration> {
        self.remaining = self.remaining.saturating_sub(units);
        let done = self.ends.back()?.0 + units;
        if units > 0 {
            self.ends.push_back((done, now));
        } else if let Some((_, end)) = self.ends.back_mut() {
            // Nothing was done yet: the time is not the next step's.
            *end = now;
        }
        if self.ends.len() > STEPS + TOGETHER {
            self.ends.pop_front();
        }
        let apart = TOGETHER.min(self.ends.len() - 1);
        let pairs = self.ends.iter().zip(self.ends.iter().skip(apart)).filter(|_| apart > 0);
        let pace = |((before, begin), (after, end)): (&(u64, Instant), &(u64, Instant))| {
            end.duration_since(*begin).as_secs_f64() / (after - before) as f64
        };
        let mut paces: Vec<f64> = pairs.map(pace).collect();
        paces.sort_by(f64::total_cmp);
        let median = paces.get(paces.len().saturating_sub(1) / 2)?;
        Some(Duration::from_secs_f64(median * self.remaining as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_step_changes_nothing() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut eta = Eta::new(start, 100);
        assert_eq!(eta.advance(at(0), 0), None);
        assert_eq!(eta.advance(at(60), 10), Some(Duration::from_secs(6 * 90)));
        eta.advance(at(80), 10);
        for (end, left) in [(100, 70), (120, 60), (140, 50)] {
            assert_eq!(eta.advance(at(end), 10), Some(Duration::from_secs(2 * left)));
        }
        assert_eq!(eta.advance(at(500), 10), Some(Duration::from_secs(2 * 40)));
        assert_eq!(eta.advance(at(520), 40), Some(Duration::ZERO));
    }

    #[test]
    fn steps_that_end_in_pairs_give_one_pace() {
        let start = Instant::now();
        let mut eta = Eta::new(start, 100);
        let left = [10, 10, 20, 20, 30, 30, 40, 40]
            .map(|seconds| eta.advance(start + Duration::from_secs(seconds), 10));
        assert!(
            left[1..]
                .iter()
                .zip([80, 70, 60, 50, 40, 30, 20])
                .all(|(found, units)| { *found == Some(Duration::from_millis(500 * units)) }),
            "{left:?}"
        );
    }
}
