//! Outlook messages as files ([MS-OXMSG]): a compound file with a storage for each
//! recipient and attachment, and a stream for each property that is longer than
//! eight bytes.
//!
//! [MS-OXMSG]: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxmsg/

mod attachments;
mod bodies;
mod names;
mod people;
mod properties;
mod read;
mod signed;
mod standalone;

pub(crate) use attachments::children;
pub(crate) use properties::{decode_bytes, decode_text};
pub(crate) use read::{fields, read};
pub(crate) use signed::{signatures, thread};

use crate::compound::{Compound, EntryId};
use crate::{Budget, Reason};

/// The stream with the properties of a message, recipient or attachment.
const PROPERTIES: &str = "__properties_version1.0";
/// The storage with the names of properties, for a file and all messages inside it.
const NAMES: &str = "__nameid_version1.0";
/// Names of the storages of recipients begin with this; a number follows.
const RECIPIENT: &str = "__recip_version1.0_#";
/// Names of the storages of attachments begin with this; a number follows.
const ATTACHMENT: &str = "__attach_version1.0_#";

/// The storages in a message whose names are a prefix and a hexadecimal number, by
/// this number.
fn numbered(
    compound: &Compound<'_>,
    message: EntryId,
    prefix: &str,
    budget: &mut Budget,
) -> Result<Vec<EntryId>, Reason> {
    let mut found = Vec::new();
    for &id in compound.inside(message) {
        budget.take_work(1)?;
        let name = compound.ascii_name(id);
        let (Some(start), Some(number)) = (name.get(..prefix.len()), name.get(prefix.len()..))
        else {
            continue;
        };
        if compound.is_storage(id) && start.eq_ignore_ascii_case(prefix) {
            found.push((u32::from_str_radix(number, 16).unwrap_or(u32::MAX), id));
        }
    }
    found.sort_unstable();
    budget.take_entries(found.len() as u64)?;
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

#[cfg(test)]
mod tests;
