//! The halo2 circuit, its prover and its verifier.
