//! The halo2 circuit, its prover and its verifier.
//!
//! * [`setup`]: the points of Ethereum's KZG ceremony, checked
//! * [`scheme`]: KZG commitments with cached affine bases and short scalars
//! * `fixed_columns`: what key generation fills in
//! * `circuit`: the columns of a batch's circuit and where its gates hold
//! * `gates`: each gate, once for the circuit and once for the prover
//! * `columns`: documents' traces and coefficients as columns
//! * [`prover`] and [`verifier`]: the two sides of one batch proof
//! * [`phases`]: where the time of a proof goes
//! * `affine`: additions of points that share inversions
//! * `fixed_base`: commitments on the prover's side
//! * `roots` and `transform`: Fourier transforms on the prover's side
//! * `arithmetic` and `plain`: columns on a coset, as the prover's gates read them
//! * `simd`: additions, transforms and columns eight elements at a time, where the
//!   processor can

#[cfg(feature = "prove")]
mod affine;
#[cfg(feature = "prove")]
mod arithmetic;
mod circuit;
mod columns;
mod error;
#[cfg(feature = "prove")]
mod fixed_base;
mod fixed_columns;
mod gates;
#[cfg(feature = "prove")]
pub mod phases;
#[cfg(feature = "prove")]
mod plain;
#[cfg(feature = "prove")]
pub mod prover;
#[cfg(feature = "prove")]
mod roots;
pub mod scheme;
pub mod setup;
#[cfg(feature = "prove")]
mod simd;
#[cfg(feature = "prove")]
mod transform;
pub mod verifier;

pub use error::{ProofError, SetupError, VerifyError};
#[cfg(feature = "prove")]
pub use phases::{Phase, Timings, Watch};
#[cfg(feature = "prove")]
pub use prover::{Prover, Witness};
pub use verifier::{Verifier, proof_len_of};

#[cfg(all(test, feature = "prove"))]
pub(crate) mod tests;
