//! Documents' traces and coefficients as columns.
//!
//! * [`coefficients`]: what both sides compute
//! * [`public`]: what both sides compute of embeddings
//! * `data`: what the prover commits to before ρ is drawn
//! * `advice`: what the prover fills in afterwards

#[cfg(feature = "prove")]
pub(crate) mod advice;
pub(crate) mod coefficients;
#[cfg(feature = "prove")]
pub(crate) mod data;
pub(crate) mod public;
