//! What can be wrong with a model, before it is known whose it is.

/// A problem, and what could be done about it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) problem: String,
    pub(crate) advice: String,
    pub(crate) kind: Kind,
}

/// What follows from a problem for the rest of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something is not supported; what does not depend on it can still be read.
    Unsupported,
    /// The same, because the operator is not known, whatever it reads.
    Operator,
    /// No correct exporter writes it: nothing that follows has a meaning.
    Malformed,
    /// The model asks for more than is allowed in all.
    Limit,
}

/// Advice for files that no correct exporter writes.
const EXPORT_AGAIN: &str = "export the model again";

impl Problem {
    pub(crate) fn new(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { problem: problem.into(), advice: advice.into(), kind: Kind::Unsupported }
    }

    /// An operator that is not known.
    pub(crate) fn operator(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { kind: Kind::Operator, ..Self::new(problem, advice) }
    }

    /// Something no correct exporter writes.
    pub(crate) fn malformed(problem: impl Into<String>) -> Self {
        Self { kind: Kind::Malformed, ..Self::new(problem, EXPORT_AGAIN) }
    }

    /// More than a model may ask for in all.
    pub(crate) fn limit(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { kind: Kind::Limit, ..Self::new(problem, advice) }
    }

    /// The same with words before it.
    pub(crate) fn of(self, what: &str) -> Self {
        Self { problem: format!("{what}: {}", self.problem), ..self }
    }

    /// Whether the rest of the model is not worth reading.
    pub(crate) const fn ends(&self) -> bool {
        matches!(self.kind, Kind::Malformed | Kind::Limit)
    }
}
