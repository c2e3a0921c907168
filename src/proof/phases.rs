//! Where the time of a proof goes.

use std::ops::{AddAssign, Index};
use std::time::{Duration, Instant};

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A part of the work on a batch, from its documents to its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Documents are read and the program is run on them.
    Inference,
    /// Keys, traces, coefficients and helper columns.
    Witness,
    /// Commitments to columns.
    Commitments,
    /// Transforms, the quotient and evaluations.
    Quotient,
    /// The multi-opening.
    Opening,
    /// The proof is written to the disk.
    Writing,
}

impl Phase {
    /// Number of phases.
    pub const COUNT: usize = 6;
    /// All phases, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Inference,
        Self::Witness,
        Self::Commitments,
        Self::Quotient,
        Self::Opening,
        Self::Writing,
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::Witness => "witness",
            Self::Commitments => "commitments",
            Self::Quotient => "quotient",
            Self::Opening => "opening",
            Self::Writing => "writing",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inference => "reading and inference",
            other => other.key(),
        }
    }

    /// Whether it makes the proof: what comes before and after does not count
    /// as proving.
    #[must_use]
    pub const fn is_proving(self) -> bool {
        !matches!(self, Self::Inference | Self::Writing)
    }
}

/// The time that each phase took.
///
/// Serialised as a map from the phases' keys to seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings([Duration; Phase::COUNT]);

impl Timings {
    /// The time of all phases that make the proof.
    #[must_use]
    pub fn proving(&self) -> Duration {
        Phase::ALL.into_iter().filter(|phase| phase.is_proving()).map(|phase| self[phase]).sum()
    }
}

impl Index<Phase> for Timings {
    type Output = Duration;

    fn index(&self, phase: Phase) -> &Duration {
        &self.0[phase as usize]
    }
}

impl AddAssign for Timings {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, time)| *sum += time);
    }
}

impl Serialize for Timings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Phase::COUNT))?;
        for phase in Phase::ALL {
            map.serialize_entry(phase.key(), &self[phase].as_secs_f64())?;
        }
        map.end()
    }
}

/// Watches a proof grow: takes the time of each phase and tells when one begins.
pub struct Watch<'a> {
    timings: Timings,
    tell: &'a dyn Fn(Phase),
}

impl<'a> Watch<'a> {
    /// Tells `tell`.
    #[must_use]
    pub fn new(tell: &'a dyn Fn(Phase)) -> Self {
        Self { timings: Timings::default(), tell }
    }

    /// The times so far.
    #[must_use]
    pub const fn timings(&self) -> Timings {
        self.timings
    }

    /// Does a part of a phase.
    pub fn during<T>(&mut self, phase: Phase, act: impl FnOnce() -> T) -> T {
        (self.tell)(phase);
        let start = Instant::now();
        let result = act();
        self.timings.0[phase as usize] += start.elapsed();
        result
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn times_are_added_to_their_phase_and_reported_under_its_key() {
        let told = RefCell::new(Vec::new());
        let tell = |phase: Phase| told.borrow_mut().push(phase);
        let mut watch = Watch::new(&tell);
        let pause = || std::thread::sleep(Duration::from_millis(2));
        for phase in [Phase::Writing, Phase::Opening, Phase::Writing] {
            watch.during(phase, pause);
        }
        let mut timings = watch.timings();
        timings += watch.timings();
        assert!(timings[Phase::Writing] >= Duration::from_millis(8));
        assert_eq!(timings.proving(), timings[Phase::Opening]);
        assert_eq!(timings[Phase::Quotient], Duration::ZERO);
        assert_eq!(*told.borrow(), [Phase::Writing, Phase::Opening, Phase::Writing]);
        let json = serde_json::to_value(timings).unwrap();
        for phase in Phase::ALL {
            assert_eq!(json[phase.key()].as_f64(), Some(timings[phase].as_secs_f64()));
        }
    }
}
