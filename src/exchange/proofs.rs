//! Verifiers for all batches of a plan.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

use std::sync::Arc;

use crate::argument::plan::Plan;
use crate::argument::statement::Statement;
use crate::model::program::Program;
use crate::proof::{ProofError, Verifier, VerifyError};

/// A verifier for full batches, and one for the last if it has fewer lanes.
pub(crate) struct Verifiers {
    full: Verifier,
    last: Option<(u32, Verifier)>,
}

impl Verifiers {
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
