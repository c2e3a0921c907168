//! Verifiers for all batches of a plan.

use std::sync::Arc;

use super::Verifier;
use crate::argument::lane::{LaneLayout, ROWS};
use crate::argument::plan::Plan;
use crate::argument::statement::Statement;
use crate::field::SCALAR_BYTES;
use crate::model::program::Program;
use crate::proof::error::{ProofError, VerifyError};

/// What all batches that are verified at the same time may take together; a
/// batch that takes more is verified alone. Batches of the size that a responder
/// chooses for small models leave room for 15.
const MEMORY_BUDGET: usize = 4 << 30;

/// How many batches of such lanes to verify at a time on `threads` threads, so that
/// memory does not follow the number of threads when lanes are large.
pub(crate) fn at_a_time(lane: &LaneLayout, threads: usize) -> usize {
    // The coefficient columns of one lane, and half as much again as what they
    // are made from (measured in `docs/performance.md`).
    let columns = lane.columns().saturating_mul(ROWS).saturating_mul(SCALAR_BYTES);
    let batch = columns.saturating_mul(5).div_euclid(2);
    MEMORY_BUDGET.checked_div(batch).unwrap_or(threads).min(threads).max(1)
}

/// A verifier for full batches, and one for the last if it has fewer lanes.
pub(crate) struct BatchVerifiers {
    full: Verifier,
    last: Option<(u32, Verifier)>,
}

impl BatchVerifiers {
    /// The verifiers of a plan with at least one batch.
    pub(crate) fn new(program: &Arc<Program>, plan: &Plan) -> Result<Self, ProofError> {
        let new = |lanes| Verifier::new(program.clone(), plan.lane.copies, lanes);
        let first = plan.batch(0).lanes;
        let last = plan.batch(plan.batches.saturating_sub(1)).lanes;
        let full = new(first)?;
        let last = if last == first { None } else { Some((last, new(last)?)) };
        Ok(Self { full, last })
    }

    fn of_lanes(&self, lanes: u32) -> &Verifier {
        match &self.last {
            Some((last, verifier)) if *last == lanes => verifier,
            _ => &self.full,
        }
    }

    /// Verifies the proof of one batch.
    pub(crate) fn verify(&self, statement: &Statement, proof: &[u8]) -> Result<(), VerifyError> {
        self.of_lanes(statement.lanes).verify(statement, proof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argument::plan::{BatchShape, MAX_COPIES};
    use crate::argument::testing;

    #[test]
    fn memory_does_not_follow_the_number_of_threads() {
        let program = testing::program();
        for copies in 1..=MAX_COPIES {
            let plan = Plan::new(&program, 1, BatchShape { copies, lanes: 1 }).unwrap();
            let bytes = plan.lane.columns() * ROWS * SCALAR_BYTES;
            for threads in [1, 2, 8, 64, 1024] {
                let batches = at_a_time(&plan.lane, threads);
                assert!((1..=threads).contains(&batches));
                assert!(batches == 1 || batches * bytes * 5 / 2 <= MEMORY_BUDGET);
                // All threads have work where there is room for it.
                assert!(batches == threads || (batches + 1) * bytes * 5 / 2 > MEMORY_BUDGET);
            }
        }
    }
}
