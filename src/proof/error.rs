//! What may go wrong with keys and proofs.

use thiserror::Error;

use crate::argument::lane::ROWS;

/// What may be wrong with the setup in the library.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SetupError {
    /// Another number of points.
    #[error("the setup has {got} points in G1, not {ROWS}")]
    Count {
        /// How many there are.
        got: usize,
    },
    /// A point is not in its group.
    #[error("point {index} of the setup is not in its group")]
    Point {
        /// Which, in the order of the digest.
        index: usize,
    },
    /// The first points are not the generators.
    #[error("the setup does not start with the generators")]
    Generator,
    /// The points are not powers of one τ.
    #[error("the points of the setup are not powers of one number")]
    Chain,
    /// The points are not the pinned ones.
    #[error("the digest of the setup's points is {got}, not {expected}")]
    Digest {
        /// The digest found.
        got: String,
        /// The digest pinned.
        expected: &'static str,
    },
}

/// Why keys or a proof could not be made; a fault of this side.
#[derive(Debug, Error)]
pub enum ProofError {
    /// The setup in the library is not the pinned one.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The statement does not fit the key or the documents.
    #[error("the statement does not fit: {0}")]
    Statement(&'static str),
    /// The proof library refused; a defect of this program.
    #[error("the proof library failed: {0:?}")]
    Library(halo2_proofs::plonk::Error),
}

impl From<halo2_proofs::plonk::Error> for ProofError {
    fn from(error: halo2_proofs::plonk::Error) -> Self {
        Self::Library(error)
    }
}

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// It does not have the one length that proofs of this layout have.
    #[error("the proof has {got} bytes, not {expected}")]
    Length {
        /// As it must be.
        expected: usize,
        /// As it is.
        got: usize,
    },
    /// The statement is not of this layout.
    #[error("the statement has {got} slots, not {expected}")]
    Slots {
        /// As it must be.
        expected: usize,
        /// As it is.
        got: usize,
    },
    /// A data commitment is no point of the group.
    #[error("data commitment {column} is not a point of the group")]
    Point {
        /// Which.
        column: usize,
    },
    /// The proof holds an encoding that is none, or an equation fails.
    #[error("the proof does not verify")]
    Refused,
}
