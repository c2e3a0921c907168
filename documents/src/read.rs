//! The text and the metadata of one item.

use crate::{Budget, Kind, Meta, Reason, Text};
use crate::{html, mail, office, opendocument, outlook, pdf, plain, rtf};

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
        Kind::Docx | Kind::Xlsx | Kind::Pptx => office::read(bytes, budget),
        Kind::Odt | Kind::Ods | Kind::Odp => opendocument::read(bytes, budget),
        Kind::Text => plain::read_item(bytes, budget),
        Kind::Rtf => rtf::read_item(bytes, budget),
        Kind::Html => html::read_item(bytes, budget),
        Kind::Mail => mail::read_item(bytes, budget),
        Kind::Cms => Err(mail::cms::reason(bytes)),
        Kind::Tnef => Err(Reason::NotOpened),
        Kind::Pdf => pdf::read(bytes, budget),
        Kind::Unknown => Err(Reason::Unknown),
        Kind::Msg => outlook::msg::read(bytes, budget),
        Kind::EncryptedOffice => Err(Reason::Encrypted),
        Kind::OldOffice => Err(Reason::NotOpened),
        _ => Err(Reason::NoText),
    }
}
