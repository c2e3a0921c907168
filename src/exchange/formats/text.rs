//! Digests and names as text, each with one spelling.

pub use candor_documents::Name;

pub use crate::corpus::sha256::Sha256Hex;
