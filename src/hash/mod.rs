//! The hash of every commitment: Poseidon over the scalar field of BLS12-381.
//!
//! * [`poseidon`]: the permutation, with constants by the authors' procedure
//! * [`sponge`]: how inputs are framed, so that no two kinds of input meet

mod grain;
mod partial_rounds;
pub mod poseidon;
pub mod sponge;
