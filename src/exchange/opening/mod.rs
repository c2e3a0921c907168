//! Documents opened into items, without saying what becomes of these: `expand` writes
//! them down, `scan` counts them.
//!
//! * `walk`: what stands on disk
//! * `walker`: containers opened one in the other, each top item on its way
//! * `pipeline`: families read on two threads and given back in order
//! * `family`: one top item with all that stands in it
//! * `item`: what is known of an item; `row`: what could not be opened
//! * `names`: names that other systems cannot hold

pub(super) mod family;
pub(super) mod item;
pub(super) mod names;
mod pipeline;
pub(super) mod row;
pub(super) mod walk;
pub(super) mod walker;

use std::io::Write;

use candor_documents::{Content, Kind, Reason};

use self::family::Family;
use self::item::Item;
use self::row::Row;
use super::error::ExchangeError;

/// What is done with each item, on any thread.
pub(super) trait Look: Sync {
    /// Where the bytes of an item go.
    type Sink: Write + Send;
    /// What is kept of an item.
    type Seen: Send;

    /// Where the bytes go of a member of the family that has this number on its way.
    fn sink(&self, family: u64, ordinal: u32) -> Result<Self::Sink, ExchangeError>;

    /// Whether items of this kind are read; mails always are. An item that is not read
    /// has no date of its own, and nothing tells that it cannot be read.
    fn reads(&self, kind: Kind) -> bool;

    /// Looks at an item whose bytes have gone to the sink. `read` is what it says, or
    /// why nothing; `None` if it was not read. `bytes` is empty if there are too many.
    fn look(
        &self,
        item: &Item,
        bytes: &[u8],
        read: Option<&Result<Content, Reason>>,
        sink: Self::Sink,
    ) -> Result<Self::Seen, ExchangeError>;
}

/// What is done with families, in their order.
pub(super) trait Keep<S> {
    /// Keeps a family of the file with this number, and gives its top item's number.
    /// `container` is the number of the item that it was taken from.
    fn family(
        &mut self,
        file: usize,
        container: Option<u64>,
        family: Family<S>,
    ) -> Result<u64, ExchangeError>;

    /// Keeps what could not be opened, of no item or of one that was kept before.
    fn row(&mut self, file: usize, item: Option<u64>, row: Row) -> Result<(), ExchangeError>;
}
