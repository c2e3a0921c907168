//! The text and the metadata of one item.

use crate::{Budget, Kind, Meta, Reason, Text};

/// What is read of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// What the item says about itself.
    pub meta: Meta,
    /// Its text.
    pub text: Text,
    /// Parts that were not read, for the list of exceptions: a name within the
    /// item, and why.
    pub unread: Vec<(String, Reason)>,
}

/// Reads an item. Its children are not part of its text, except what a reader of
/// the item sees of them: their names.
///
/// # Errors
/// Why there is nothing to read.
pub fn read(bytes: &[u8], kind: Kind, budget: &mut Budget) -> Result<Content, Reason> {
    budget.take_work(bytes.len() as u64)?;
    match kind {
        Kind::Pdf => crate::pdf::read(bytes, budget),
        Kind::Unknown => Err(Reason::Unknown),
        _ => Err(Reason::NoText),
    }
}
