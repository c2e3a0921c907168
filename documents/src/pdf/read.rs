//! The text of a document.

use std::collections::BTreeSet;

use super::content::{IDENTITY, Picture, Reader};
use super::file::File;
use super::font::{Fonts, Shelf};
use super::pages::{self, Page};
use super::{annotations, attachments, extras};
use crate::{Budget, Content, Reason, Text};

/// A page with fewer characters than this may be a scan.
const FEW: usize = 100;

/// Reads a document.
///
/// # Errors
/// Why there is nothing to read.
pub(crate) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Content, Reason> {
    let file = File::open(bytes, budget)?;
    let content = read_all(&file);
    file.stop_if_spent()?;
    content
}

fn read_all(file: &File<'_, '_>) -> Result<Content, Reason> {
    let shelf = Shelf::new();
    let fonts = Fonts::new(&shelf);
    let mut content = Content::default();
    extras::information(file, &mut content.meta, &mut content.text)?;
    let pages = pages::pages(file)?;
    let mut seen = BTreeSet::new();
    for (number, page) in (1_usize..).zip(&pages.pages) {
        let read = read_page(file, &fonts, page, &mut content.text)?;
        let mut reader = Reader::new(file, &fonts, &mut content.text);
        annotations::read(&mut reader, &page.dict, &page.resources, &mut seen)?;
        let trouble = read.trouble.or(reader.trouble);
        let name = format!("page {number}");
        if let Some(reason) = trouble {
            content.unread.push((name, reason));
        } else if read.unknown > read.known {
            content.unread.push((
                format!("{name}: characters that its fonts do not name"),
                Reason::NotOpened,
            ));
        } else if read.characters == 0 && !read.pictures.is_empty() {
            content.unread.push((name, Reason::NoText));
        }
    }
    annotations::other_fields(file, &mut content.text, &mut seen)?;
    extras::bookmarks(file, &mut content.text)?;
    extras::tags(file, &mut content.text)?;
    extras::xfa(file, &mut content.text)?;
    for attachment in attachments::attachments(file, &pages.pages)? {
        let name = attachment.name;
        file.spend(|budget| content.text.push_block(&name, budget))?;
        content.meta.attachments.push(name);
    }
    notes(file, &pages, &mut content.unread);
    if content.text.is_blank() {
        let damaged = content
            .unread
            .iter()
            .map(|(_, reason)| *reason)
            .find(|reason| *reason != Reason::NoText);
        return Err(match damaged {
            Some(Reason::NotOpened) | None if !pages.pages.is_empty() => Reason::NoText,
            Some(Reason::NotOpened) | None => Reason::Damaged,
            Some(reason) => reason,
        });
    }
    Ok(content)
}

/// What was found on a page.
pub(crate) struct PageRead {
    pub(crate) pictures: Vec<Picture>,
    /// Characters of text, white space aside.
    pub(crate) characters: usize,
    known: usize,
    unknown: usize,
    trouble: Option<Reason>,
}

impl PageRead {
    /// Whether a picture of the page may be a scan of it.
    pub(crate) fn may_be_scan(&self) -> bool {
        self.characters < FEW
    }
}

/// Reads the content of a page as a block.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn read_page(
    file: &File<'_, '_>,
    fonts: &Fonts<'_>,
    page: &Page,
    text: &mut Text,
) -> Result<PageRead, Reason> {
    let (bytes, missing) = pages::content(file, page)?;
    let before = text.as_str().len();
    text.end_block();
    let mut reader = Reader::new(file, fonts, text);
    reader.read(&bytes, &page.resources, IDENTITY)?;
    let pictures = std::mem::take(&mut reader.pictures);
    let (known, unknown) = (reader.layout.known, reader.layout.unknown);
    let trouble = missing.or(reader.trouble);
    text.end_block();
    let read = text.as_str().get(before..).unwrap_or_default();
    let characters =
        read.chars().filter(|char| !matches!(*char, ' ' | '\n' | '\u{a0}' | Text::BLOCK)).count();
    Ok(PageRead { pictures, characters, known, unknown, trouble })
}

/// What the document as a whole has that was not read.
fn notes(file: &File<'_, '_>, pages: &pages::Pages, unread: &mut Vec<(String, Reason)>) {
    let found = pages.pages.len();
    if found < pages.expected {
        unread.push((format!("{found} of {} pages", pages.expected), Reason::Damaged));
    } else if pages.cut {
        unread.push(("page tree".to_string(), Reason::Damaged));
    }
    if file.is_rebuilt() {
        unread.push(("cross-reference".to_string(), Reason::Damaged));
    }
    for (number, reason) in file.damaged() {
        unread.push((format!("object {number}"), reason));
    }
    match file.older_revisions() {
        0 => {}
        1 => unread.push(("older revision".to_string(), Reason::NotOpened)),
        count => unread.push((format!("{count} older revisions"), Reason::NotOpened)),
    }
}
