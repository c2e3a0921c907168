//! The files inside a document, and the pictures of its scanned pages.

use super::attachments::attachments;
use super::content::Picture;
use super::file::File;
use super::font::{Fonts, Shelf};
use super::object::Object;
use super::pages::{self, Page};
use super::picture::picture;
use super::read::read_page;
use crate::{Budget, Child, Reason, Text};

/// Most pictures taken of one page.
const PICTURES: usize = 8;

/// Gives the attached files in their order, then the pictures of scans by page.
///
/// # Errors
/// Why the document is not opened, or what `sink` says.
pub(crate) fn children(
    bytes: &[u8],
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let file = File::open(bytes, budget)?;
    let pages = pages::pages(&file)?.pages;
    for attachment in attachments(&file, &pages)? {
        let bytes = match &attachment.stream {
            Some(stream) => file.unpack(stream).and_then(|data| match data.left {
                // A picture's filter on a file: no reader writes that.
                Some(_) => Err(Reason::NotOpened),
                None if !data.whole => Err(Reason::Damaged),
                None => Ok(data.bytes),
            }),
            None => Err(Reason::Damaged),
        };
        file.stop_if_spent()?;
        let child = Child {
            name: attachment.name.into_bytes(),
            modified: attachment.modified,
            bytes,
            detail: String::new(),
        };
        file.spend(|budget| sink(child, budget))?;
    }
    let shelf = Shelf::new();
    let fonts = Fonts::new(&shelf);
    for (number, page) in (1_usize..).zip(&pages) {
        let mut text = Text::new();
        let read = read_page(&file, &fonts, page, &mut text)?;
        if !read.may_be_scan() {
            continue;
        }
        let pictures = read.pictures.iter().filter(|picture| covers(page, picture)).take(PICTURES);
        for (count, picture) in (1_usize..).zip(pictures) {
            let child = page_picture(&file, number, count, picture);
            file.stop_if_spent()?;
            file.spend(|budget| sink(child, budget))?;
        }
    }
    Ok(())
}

/// Whether a picture takes more than 80 % of a page.
fn covers(page: &Page, picture: &Picture) -> bool {
    let [a, b, c, d, ..] = picture.matrix;
    let area = a * d - b * c;
    let area = if area < 0.0 { -area } else { area };
    page.area > 0.0 && area * 5.0 > page.area * 4.0
}

fn page_picture(file: &File<'_, '_>, number: usize, count: usize, shown: &Picture) -> Child {
    let taken = match &shown.object {
        Object::Stream(stream) => picture(file, stream),
        _ => Err(Reason::NotOpened),
    };
    let stem = match count {
        1 => format!("page-{number}"),
        count => format!("page-{number}-{count}"),
    };
    match taken {
        Ok(taken) => Child {
            name: format!("{stem}.{}", taken.suffix).into_bytes(),
            modified: None,
            bytes: Ok(taken.bytes),
            detail: String::new(),
        },
        Err(reason) => Child {
            name: stem.into_bytes(),
            modified: None,
            bytes: Err(reason),
            detail: format!("page {number}"),
        },
    }
}
