//! Items inside a document: pictures, sounds, embedded files.

use super::package::Package;
use crate::office::{file_name, ole};
use crate::{Budget, Child, Reason};

/// Gives the items inside a document, in the order in which it shows them.
///
/// # Errors
/// Why the package is not opened, or what `sink` says.
pub(crate) fn children(
    bytes: &[u8],
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let package = Package::open(bytes, budget)?;
    if package.is_encrypted(budget) {
        return Err(Reason::Encrypted);
    }
    let folders = package.folders(budget)?;
    for part in package.shown(&folders) {
        let name = file_name(part).as_bytes().to_vec();
        let (name, bytes) = match package.bytes(part, budget) {
            Ok(bytes) => ole::unwrap(name, bytes, budget),
            Err(reason) => (name, Err(reason)),
        };
        sink(Child { name, modified: None, bytes, detail: String::new() }, budget)?;
    }
    Ok(())
}
