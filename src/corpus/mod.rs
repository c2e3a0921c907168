//! Documents, views, salted commitments and the Merkle root.
//!
//! * [`scan`]: every regular file under a directory
//! * [`views`]: from file bytes to a tensor of bytes, or the reason why not
//! * [`poseidon`], [`sponge`]: the hash and its framing
//! * [`leaf`], [`tree`]: what is hashed into what
//! * [`commit`]: the public commitment; [`store`]: the secrets that open it

pub mod commit;
mod grain;
pub mod junk;
pub mod leaf;
pub mod poseidon;
pub mod scalar_hex;
pub mod scan;
pub mod sponge;
pub mod store;
pub mod tree;
pub mod views;

pub use commit::{Commitment, CorpusError, Header, commit_corpus};
pub use store::{Entry, Store, ViewEntry};
pub use tree::Membership;
pub use views::{AbsentReason, CANONICALISER_VERSION, ViewId, canonicalise_file};
