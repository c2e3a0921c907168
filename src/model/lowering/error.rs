//! Why a model does not compile.

use crate::model::graph::Node;
use crate::model::predicate::PredicateError;
use crate::model::program::ProgramError;
use crate::printable::printable;

/// Why a model does not compile.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The view does not fit the model.
    #[error("the view does not fit the model: {0}")]
    Input(String),
    /// The predicate does not fit the model.
    #[error(transparent)]
    Predicate(#[from] PredicateError),
    /// The recorded ranges do not belong to the model.
    #[error("the recorded ranges do not fit the model: {0}; calibrate again")]
    CalibratedRanges(String),
    /// The recorded precision is none that the compiler has.
    #[error(
        "{levels} levels with {shift} bits below them, and {score_bits} fewer of the scores, are not a precision of the compiler; issue the request again"
    )]
    Precision {
        /// Levels of a tensor.
        levels: i64,
        /// Bits of accumulators below a level.
        shift: u32,
        /// Bits by which scores are coarser.
        score_bits: u32,
    },
    /// A table would be out of proportion.
    #[error(
        "a layer's values may go far beyond what calibration saw; use calibration documents that are more varied, or a model with smaller weights"
    )]
    TooWide,
    /// A function of one element has no value where its argument was seen.
    #[error(
        "it is not finite at {at}, which is inside the range of its argument; use a model that keeps away from there, as by a small number added to what it divides by or takes the logarithm of"
    )]
    NotFinite {
        /// The argument.
        at: f64,
    },
    /// What picks rows of a table is no whole number.
    #[error(
        "it reads what picks rows of a table, which has to be a byte, an id or a whole number made of some without rounding; use a view of bytes or tokens with --raw"
    )]
    NoIds,
    /// Compiling it would take too long.
    #[error("compiling the model takes too much work; use a smaller model or view")]
    TooMuchWork,
    /// Compiling it would take too much memory.
    #[error("compiling the model takes too much memory; use a smaller model or view")]
    TooMuchMemory,
    /// A node of the model cannot be compiled.
    #[error("node `{node}` ({operator}): {source}")]
    Node {
        /// The node's name.
        node: String,
        /// Its operator.
        operator: String,
        /// What is wrong.
        source: Box<CompileError>,
    },
    /// The program breaks a rule of its own.
    #[error("the compiled program is not acceptable: {0}")]
    Program(#[from] ProgramError),
    /// The compiler is wrong.
    #[error("the compiler contradicts itself: {0}; please report it")]
    Internal(&'static str),
}

impl CompileError {
    /// Says at which node of the model it happened.
    pub(crate) fn at(self, node: &Node) -> Self {
        let (name, operator) = (printable(&node.name), printable(&node.operator));
        Self::Node { node: name, operator, source: Box::new(self) }
    }
}
