//! What documents hold.
//!
//! Every function here is a function of bytes alone: the same on every machine and
//! with every compiler. The responder calls them when it commits, and the judge
//! calls them again on what is released, so all of them read hostile bytes:
//! memory, depth and work are bounded by a [`Budget`], nothing is allocated by a
//! count that a file states, and nothing recurses without limit.
//!
//! - [`kind_of()`] tells what a file is, by its bytes and never by its name.
//! - [`read()`] gives the text and the metadata of an item.
//! - [`children()`] gives the items inside an item, [`family()`] all of them at any depth,
//!   [`entries()`] those of a container on disk.

mod budget;
mod children;
mod compound;
mod containers;
mod encoding;
mod family;
pub mod filter;
mod flow;
pub mod hashing;
mod hex;
mod html;
mod kind;
mod mail;
mod meta;
mod moment;
mod name;
mod office;
mod opendocument;
mod outlook;
mod pdf;
mod picture;
mod plain;
pub mod plain_bytes;
pub mod query;
mod read;
mod reason;
mod record;
mod rtf;
pub mod terms;
mod text;
mod time;
pub mod tokens;
pub mod unicode;
mod xml;

pub use budget::Budget;
pub use children::{Child, children};
pub use containers::{OpenError, Source, SourceReader, entries, mbox};
pub use family::{Exception, Inherited, MAX_MEMBERS, Member, family};
pub use kind::{CoarseKind, CoarseKindError, Kind, kind_of};
pub use mail::thread;
pub use meta::{DateSource, Dated, Meta};
pub use moment::{Moment, MomentError};
pub use name::{Name, NameError};
pub use outlook::outlook_headers;
pub use read::{Content, read};
pub use reason::Reason;
pub use record::{DateFrom, EXPANDER, ListHead, Listed, Record};
pub use text::Text;
