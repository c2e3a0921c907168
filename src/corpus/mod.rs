//! Documents, views, salted commitments and the Merkle root.

mod grain;
pub mod poseidon;
pub mod sponge;
