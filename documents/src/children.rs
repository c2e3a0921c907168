//! The items inside an item.

use crate::containers::{OpenError, Source, entries};
use crate::{Budget, Kind, Reason};
use crate::{mail, office, opendocument, outlook, pdf, picture, rtf};

/// An item inside an item, or what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its name, as bytes: as it stands in the container where that is not UTF-8.
    /// Empty if it has none.
    pub name: Vec<u8>,
    /// Its time in the container, in seconds since 1970, if it has one.
    pub modified: Option<i64>,
    /// Its bytes, or why there are none.
    pub bytes: Result<Vec<u8>, Reason>,
    /// More about a child that is not opened, for the list of exceptions: "symbolic
    /// link to …". Empty if the reason says it all.
    pub detail: String,
}

/// Gives the children of an item to `sink`, in their order; not their children.
///
/// # Errors
/// Why the item is not opened as a whole, or what `sink` says. What `sink` was
/// given before stands.
pub fn children(
    bytes: &[u8],
    kind: Kind,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    match kind {
        Kind::Docx | Kind::Xlsx | Kind::Pptx => office::children(bytes, budget, sink),
        Kind::Odt | Kind::Ods | Kind::Odp => opendocument::children(bytes, budget, sink),
        Kind::Zip | Kind::Tar | Kind::Gzip | Kind::SevenZip | Kind::Mbox | Kind::Pst => {
            entries(Source::Bytes(bytes), kind, budget, sink).map_err(OpenError::reason)
        }
        Kind::Mail => mail::children(bytes, budget, sink),
        Kind::Cms => mail::cms::children(bytes, budget, sink),
        Kind::Msg => outlook::msg::children(bytes, budget, sink),
        Kind::Gif | Kind::Png | Kind::WebP => {
            picture::animation::children(bytes, kind, budget, sink)
        }
        Kind::Tiff => picture::tiff::children(bytes, budget, sink),
        Kind::Rtf => rtf::children(bytes, budget, sink),
        Kind::Pdf => pdf::children(bytes, budget, sink),
        _ => Ok(()),
    }
}
