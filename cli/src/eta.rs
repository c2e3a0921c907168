//! When work will be done, from how long its last steps took.
//!
//! The steps of a response take seconds and are few; an average over all of
//! them, or one that decays by the clock, says little. The median of the last
//! ones forgets a slow start and a single hiccup.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Steps that are remembered.
const STEPS: usize = 9;

/// Remembers how long the last steps took.
pub(crate) struct Eta {
    last: Instant,
    remaining: u64,
    /// Seconds a unit.
    steps: VecDeque<f64>,
}

impl Eta {
    pub(crate) fn new(now: Instant, total: u64) -> Self {
        Self { last: now, remaining: total, steps: VecDeque::new() }
    }

    /// `units` more units are done now; gives the time that the rest will take.
    pub(crate) fn advance(&mut self, now: Instant, units: u64) -> Option<Duration> {
        self.remaining = self.remaining.saturating_sub(units);
        if units > 0 {
            self.steps.truncate(STEPS - 1);
            let step = now.duration_since(self.last).as_secs_f64() / units as f64;
            self.steps.push_front(step);
        }
        self.last = now;
        let mut steps: Vec<f64> = self.steps.iter().copied().collect();
        steps.sort_by(f64::total_cmp);
        let median = steps.get(steps.len() / 2)?;
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
        assert_eq!(eta.advance(at(100), 10), Some(Duration::from_secs(2 * 70)));
        assert_eq!(eta.advance(at(500), 10), Some(Duration::from_secs(6 * 60)));
        assert_eq!(eta.advance(at(520), 10), Some(Duration::from_secs(2 * 50)));
        assert_eq!(eta.advance(at(530), 50), Some(Duration::ZERO));
    }
}
