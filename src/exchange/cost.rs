//! What answering a request takes, before it is answered.

use serde::Serialize;

#[cfg(feature = "issue")]
use super::error::ExchangeError;
#[cfg(feature = "issue")]
use crate::argument::cost::CostModel;
#[cfg(feature = "issue")]
use crate::argument::plan::Plan;
use crate::argument::rows::PerKind;
#[cfg(feature = "issue")]
use crate::argument::shape::Shape;
#[cfg(feature = "issue")]
use crate::model::program::Program;

/// What a document costs the responder, from the program alone.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Cost {
    /// Rows that one document's trace takes.
    pub rows_per_document: PerKind<usize>,
    /// Data columns per document, in a full batch.
    pub columns_per_document: f64,
    /// Milliseconds of proving per document on two cores of 2024, about, where
    /// there are many documents.
    pub milliseconds_per_document: f64,
}

/// Documents of the corpus for which [`Cost`] is stated.
#[cfg(feature = "issue")]
const MANY: u64 = 1 << 20;

#[cfg(feature = "issue")]
impl Cost {
    pub(super) fn of(program: &Program) -> Result<Self, ExchangeError> {
        let plan = plan(program, MANY)?;
        let copies = f64::from(plan.lane.copies);
        let batch = CostModel::of(program, &plan.lane).milliseconds(plan.lanes);
        Ok(Self {
            rows_per_document: Shape::of(program).rows,
            columns_per_document: plan.lane.columns() as f64 / copies,
            milliseconds_per_document: batch / (copies * f64::from(plan.lanes)),
        })
    }
}

/// What an answer about many documents takes, foretold from the program alone.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Prediction {
    /// Documents that the view reads.
    pub documents: u64,
    /// Number of proofs.
    pub proofs: u64,
    /// Seconds of proving on two cores of 2024, about.
    pub seconds: f64,
    /// Most memory at a time, about.
    pub memory_bytes: u64,
}

#[cfg(feature = "issue")]
impl Prediction {
    pub(super) fn of(program: &Program, documents: u64) -> Result<Self, ExchangeError> {
        let plan = plan(program, documents)?;
        let model = CostModel::of(program, &plan.lane);
        // All batches are full but the last.
        let last = plan.batches.checked_sub(1).map(|last| plan.batch(last).lanes);
        let full = plan.batches.saturating_sub(1) as f64 * model.milliseconds(plan.lanes);
        let milliseconds = full + last.map_or(0.0, |lanes| model.milliseconds(lanes));
        Ok(Self {
            documents,
            proofs: plan.batches,
            seconds: milliseconds / 1000.0,
            memory_bytes: model.memory_bytes(plan.lanes),
        })
    }
}

/// How so many documents are cut into batches.
#[cfg(feature = "issue")]
fn plan(program: &Program, documents: u64) -> Result<Plan, ExchangeError> {
    let refuse = |error| ExchangeError::input("model", error, "use a smaller model or view");
    let shape = Plan::choose(program, documents, None).map_err(refuse)?;
    Plan::new(program, documents, shape).map_err(refuse)
}

/// What an answer, or a part of it, will take on this machine.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// Documents of the corpus.
    pub documents: u64,
    /// Documents to be proved: those that the view reads, in this part.
    pub to_prove: u64,
    /// Rows that one document's trace takes.
    pub rows_per_document: PerKind<usize>,
    /// Number of proofs.
    pub proofs: u64,
    /// Documents that a full proof covers.
    pub documents_per_proof: u64,
    /// Seconds that proving will take on this machine; `None` if that was not
    /// measured because it is little.
    pub proving_seconds: Option<f64>,
    /// Most memory at a time.
    pub memory_bytes: u64,
    /// Size of proofs and leaves; the released files come on top.
    pub disk_bytes: u64,
    /// Seconds that the measured warm-up took.
    pub warm_up_seconds: f64,
}
