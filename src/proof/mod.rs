//! The halo2 circuit, its prover and its verifier.
//!
//! * [`setup`]: the points of Ethereum's KZG ceremony, checked
//! * [`lagrange`]: the same points in the Lagrange basis
//! * [`scheme`]: KZG commitments with cached affine bases and short scalars
//! * [`fixed_columns`]: the fixed columns of a batch's circuit
//! * [`circuit`]: the gates
//! * [`columns`]: documents' traces and coefficients as columns
//! * [`points`]: encodings of group elements
//! * `transform`, `quotient` and `rounds`: the library's protocol on the
//!   prover's side
//! * `fixed_base`: commitments on the prover's side
//! * `simd`: transforms and additions eight elements at a time, where the
//!   processor can
//! * [`phases`]: where the time of a proof goes
//! * [`prover`] and [`verifier`]: the two sides of one batch proof

pub mod circuit;
pub mod columns;
#[cfg(feature = "prove")]
mod fixed_base;
pub mod fixed_columns;
pub mod lagrange;
#[cfg(feature = "prove")]
pub mod phases;
pub mod points;
#[cfg(feature = "prove")]
pub mod prover;
#[cfg(feature = "prove")]
mod quotient;
#[cfg(feature = "prove")]
mod rounds;
pub mod scheme;
pub mod setup;
#[cfg(feature = "prove")]
mod simd;
#[cfg(feature = "prove")]
mod transform;
pub mod verifier;

use thiserror::Error;

#[cfg(feature = "prove")]
pub use phases::{Phase, Timings, Watch};
#[cfg(feature = "prove")]
pub use prover::{Prover, Witness};
pub use verifier::{Verifier, VerifyError, proof_len_of};

/// The curve's pairing engine.
pub(crate) type Engine = halo2curves::Bls12;
/// The transcript inside a proof.
pub(crate) type ProofTranscript = halo2_proofs::transcript::CircuitTranscript<blake2b_simd::State>;

/// Why keys or a proof could not be made; a fault of this side.
#[derive(Debug, Error)]
pub enum ProofError {
    /// The setup in the library is not the pinned one.
    #[error(transparent)]
    Setup(#[from] setup::SetupError),
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

#[cfg(all(test, feature = "prove"))]
mod tests;
