//! A TIFF of several pages: each page as a TIFF of its own.
//!
//! Nothing is decoded. A page has the tags of its directory and the bytes of its
//! strips or tiles as they stand; only offsets differ.

mod directory;
mod page;
mod ranges;

use directory::{Directory, Tiff, tag};

use crate::{Budget, Child, Reason};

/// Gives the pages of a TIFF with more than one, in their order, and what else the
/// file shows but is no page: smaller versions, masks.
///
/// # Errors
/// [`Reason::Damaged`] if the list of directories breaks off or runs in a circle:
/// the pages before were given then. [`Reason::TooLarge`] if the budget does not
/// allow them; what `sink` says.
pub(crate) fn children(
    bytes: &[u8],
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let tiff = Tiff::open(bytes).ok_or(Reason::Damaged)?;
    let (directories, whole) = tiff.directories(budget)?;
    let limits: Vec<u64> = directories.iter().map(|directory| directory.at).collect();
    let (mut pages, others): (Vec<_>, Vec<_>) =
        directories.into_iter().partition(|directory| is_page(&tiff, directory));
    if pages.len() > 1 {
        in_order(&tiff, &mut pages);
        for (at, page) in pages.iter().enumerate() {
            let bytes = match page::file(&tiff, page, &limits, budget) {
                Err(Reason::TooLarge) => return Err(Reason::TooLarge),
                bytes => bytes,
            };
            let name = format!("page-{}.tiff", at + 1).into_bytes();
            let detail = if bytes.is_ok() { "" } else { "a page whose bytes are not in the file" };
            sink(Child { name, modified: None, bytes, detail: detail.to_owned() }, budget)?;
        }
    }
    for directory in &others {
        let what = if is_mask(&tiff, directory) { "a mask" } else { "a smaller version" };
        sink(not_opened(format!("{what} of a page")), budget)?;
    }
    for (at, page) in pages.iter().chain(&others).enumerate() {
        let inside = page.entry(tag::SUB_DIRECTORIES).map_or(0, |entry| entry.count);
        if inside > 0 {
            let what = format!("{inside} more pictures below directory {}", at + 1);
            sink(not_opened(what), budget)?;
        }
    }
    if whole { Ok(()) } else { Err(Reason::Damaged) }
}

fn not_opened(detail: String) -> Child {
    Child { name: Vec::new(), modified: None, bytes: Err(Reason::NotOpened), detail }
}

/// A directory that is not said to be a smaller version of another, or its mask.
fn is_page(tiff: &Tiff<'_>, directory: &Directory) -> bool {
    let kind = tiff.first(directory, tag::KIND);
    let old_kind = tiff.first(directory, tag::OLD_KIND);
    !is_mask(tiff, directory) && kind.is_none_or(|bits| bits & 1 == 0) && old_kind != Some(2)
}

fn is_mask(tiff: &Tiff<'_>, directory: &Directory) -> bool {
    tiff.first(directory, tag::KIND).is_some_and(|bits| bits & 4 != 0)
}

/// Sorts pages by their numbers, if each has one of its own; else they stand as in
/// the file.
fn in_order(tiff: &Tiff<'_>, pages: &mut [Directory]) {
    let mut numbers: Vec<_> = pages.iter().map(|page| tiff.first(page, tag::PAGE_NUMBER)).collect();
    numbers.sort_unstable();
    let distinct = numbers.iter().zip(numbers.iter().skip(1)).all(|(one, next)| one != next);
    if distinct && numbers.iter().all(Option::is_some) {
        pages.sort_by_key(|page| tiff.first(page, tag::PAGE_NUMBER));
    }
}

#[cfg(test)]
mod tests;
