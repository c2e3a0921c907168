//! Documents, views, salted commitments and the Merkle root.
