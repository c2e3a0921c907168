//! Items inside a document: pictures, sounds, embedded files.

use super::package::{Package, Part};
use super::relation::Use;
use super::{file_name, is_read_in_place, ole};
use crate::{Budget, Child, Reason, kind_of};

/// Gives the items inside a document, in the order in which relationships reach them.
///
/// # Errors
/// Why the package is not opened, or what `sink` says.
pub(crate) fn children(
    bytes: &[u8],
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let package = Package::open(bytes, budget)?;
    for part in &package.parts {
        if matches!(part.role, Use::Child | Use::Object | Use::Chunk)
            && let Some(child) = child(&package, part, budget)
        {
            sink(child, budget)?;
        }
    }
    Ok(())
}

fn child(package: &Package<'_>, part: &Part, budget: &mut Budget) -> Option<Child> {
    let name = file_name(&part.name).as_bytes().to_vec();
    let bytes = package.bytes(&part.name, budget);
    if part.role == Use::Chunk
        && let Ok(bytes) = &bytes
        && is_read_in_place(kind_of(bytes))
    {
        return None;
    }
    let (name, bytes) = match bytes {
        Ok(bytes) if part.role == Use::Object => ole::unwrap(name, bytes, budget),
        bytes => (name, bytes),
    };
    Some(Child { name, modified: None, bytes, detail: String::new() })
}
