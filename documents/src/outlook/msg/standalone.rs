//! A message inside a message, as a file of its own.

use super::{NAMES, PROPERTIES};
use crate::compound::{Compound, EntryId, Writer};
use crate::{Budget, Reason};

/// Bytes before the first property of a message inside a message. A file has eight
/// more, all zero.
const INNER_HEADER: usize = 24;

/// The file of an inner message: its storage as the root, with the names of
/// properties, which stand once in the outer file. Written by the fixed rule of
/// [`Writer`], so that the same message always gives the same bytes.
///
/// # Errors
/// As [`Compound::stream`].
pub(super) fn message(
    compound: &Compound<'_>,
    storage: EntryId,
    budget: &mut Budget,
) -> Result<Vec<u8>, Reason> {
    let mut writer = Writer::new(compound.class(storage));
    let units = |name: &str| name.encode_utf16().collect();
    if let Some(names) = compound.find(Compound::ROOT, NAMES) {
        let to = writer.storage(Writer::ROOT, units(NAMES), compound.class(names));
        writer.copy(compound, names, to, budget)?;
    }
    let list = compound.find(storage, PROPERTIES);
    for &id in compound.inside(storage) {
        budget.take_entries(1)?;
        let name = compound.name(id).collect();
        if compound.is_storage(id) {
            let to = writer.storage(Writer::ROOT, name, compound.class(id));
            writer.copy(compound, id, to, budget)?;
            continue;
        }
        let mut stream = compound.stream(id, budget)?;
        if Some(id) == list && stream.len() >= INNER_HEADER {
            stream.splice(INNER_HEADER..INNER_HEADER, [0; 8]);
        }
        writer.stream(Writer::ROOT, name, stream);
    }
    writer.finish(budget)
}
