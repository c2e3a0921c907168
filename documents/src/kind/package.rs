//! Zip archives told apart: documents and mere archives.

use super::Kind;
use crate::containers::{Source, zip};
use crate::{Budget, office, opendocument};

/// The kind of a zip archive. Of one that is cut off, or whose directory is not well
/// formed, no more than that can be told.
pub(super) fn kind(bytes: &[u8]) -> Kind {
    let budget = &mut Budget::new();
    let document = opendocument::kind(bytes, budget).or_else(|| office::kind(bytes, budget));
    document.unwrap_or(Kind::Zip)
}

/// Whether bytes that do not begin like a zip archive are one: a program that unpacks
/// itself has the archive at its end.
pub(super) fn ends_in_archive(bytes: &[u8]) -> bool {
    zip::Archive::stands(Source::Bytes(bytes))
}
