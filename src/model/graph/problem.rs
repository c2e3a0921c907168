//! What can be wrong with a model, before it is known whose it is.

/// A problem, and what could be done about it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) problem: String,
    pub(crate) advice: String,
}

/// Advice for files that no correct exporter writes.
const EXPORT_AGAIN: &str = "export the model again";

impl Problem {
    pub(crate) fn new(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { problem: problem.into(), advice: advice.into() }
    }

    /// Something no correct exporter writes.
    pub(crate) fn malformed(problem: impl Into<String>) -> Self {
        Self::new(problem, EXPORT_AGAIN)
    }
}
