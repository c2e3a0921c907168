//! What answering a request will cost.

use serde::Serialize;

use crate::argument::plan::Plan;
use crate::argument::rows::PerKind;
use crate::argument::shape::Shape;
use crate::exchange::error::ExchangeError;
use crate::model::program::Program;

/// What a document costs the responder, from the program alone.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// Rows that one document's trace takes.
    pub rows_per_document: PerKind<usize>,
    /// Data columns a document, in a full batch.
    pub columns_per_document: f64,
    /// Milliseconds of proving a document on two cores of 2024, about.
    pub milliseconds_per_document: f64,
}

/// Milliseconds that a data column takes to prove on two cores, see
/// `docs/performance.md`.
const MILLISECONDS_PER_COLUMN: f64 = 9.0;

impl Cost {
    pub(super) fn of(program: &Program) -> Result<Self, ExchangeError> {
        let refuse = |error| ExchangeError::input("model", error, "use a smaller model or view");
        let layout = Plan::choose(program, 1 << 20, None).map_err(refuse)?;
        let plan = Plan::new(program, 1 << 20, layout).map_err(refuse)?;
        let columns = plan.lane.columns() as f64 / f64::from(plan.lane.copies);
        Ok(Self {
            rows_per_document: Shape::of(program).rows,
            columns_per_document: columns,
            milliseconds_per_document: columns * MILLISECONDS_PER_COLUMN,
        })
    }
}
