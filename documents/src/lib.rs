//! What documents hold.
//!
//! Every function here is a function of bytes alone: the same on every machine and
//! with every compiler. The responder calls them when it commits, and the judge
//! calls them again on what is released, so all of them read hostile bytes:
//! memory, depth and work are bounded by a [`Budget`], nothing is allocated by a
//! count that a file states, and nothing recurses without limit.
//!
//! - [`kind_of`] tells what a file is, by its bytes and never by its name.
//! - [`read`] gives the text and the metadata of an item.
//! - [`children`] gives the items inside an item.

mod budget;
mod children;
pub mod filter;
pub mod hashing;
mod kind;
mod meta;
pub mod query;
mod read;
mod reason;
pub mod terms;
mod text;
pub mod unicode;

pub use budget::Budget;
pub use children::{Child, children};
pub use kind::{CoarseKind, Kind, kind_of};
pub use meta::{DateSource, Dated, Meta};
pub use read::{Content, read};
pub use reason::Reason;
pub use text::Text;
