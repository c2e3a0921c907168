//! Documents, views, salted commitments and the Merkle root.
//!
//! * [`scan`], [`items`]: every regular file under a directory; or items that were
//!   expanded, with the list of them
//! * [`views`]: from file bytes to a tensor of bytes, or the reason why not
//! * [`leaf`], [`tree`]: what is hashed into what
//! * [`commit`]: making a commitment; [`commitment`]: what is public of it;
//!   [`store`]: the secrets that open it
//! * [`document`], [`missing`], [`dates`]: reading a file once, why a view shows
//!   nothing of it, and when it was made; [`mails`]: whether any of them is a mail

pub mod commit;
pub mod commitment;
pub mod dates;
pub mod document;
pub mod error;
pub mod items;
pub mod junk;
pub mod leaf;
pub mod mails;
pub mod members;
pub mod missing;
pub mod scan;
pub mod sha256;
pub mod store;
pub mod tree;
pub mod views;

pub use commit::commit_corpus;
pub use commitment::{Commitment, Header};
pub use error::CorpusError;
pub use leaf::{Commitments, FamilyPlace};
pub use missing::Missing;
pub use store::{Entry, Store, ViewEntry};
pub use tree::Membership;
pub use views::{
    CANONICALISER_VERSION, UnreadableReason, View, ViewId, Vocabularies, canonicalise_file,
};
