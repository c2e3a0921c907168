//! Documents, views, salted commitments and the Merkle root.
//!
//! * [`scan`]: every regular file under a directory
//! * [`views`]: from file bytes to a tensor of bytes, or the reason why not
//! * [`leaf`], [`tree`]: what is hashed into what
//! * [`commit`]: making a commitment; [`commitment`]: what is public of it;
//!   [`store`]: the secrets that open it
//! * [`document`]: reading a file once

pub mod commit;
pub mod commitment;
pub mod document;
pub mod error;
pub mod junk;
pub mod leaf;
pub mod scan;
pub mod store;
pub mod tree;
pub mod views;

pub use commit::commit_corpus;
pub use commitment::{Commitment, Header};
pub use error::CorpusError;
pub use store::{Entry, Store, ViewEntry};
pub use tree::Membership;
pub use views::{CANONICALISER_VERSION, UnreadableReason, ViewId, canonicalise_file};
