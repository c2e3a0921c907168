//! Attachments: files, messages, objects, and references to files elsewhere.

use super::properties::{Pages, Properties};
use super::read::HEADER;
use super::{ATTACHMENT, PROPERTIES, bodies, numbered, standalone};
use crate::compound::{Compound, embedded};
use crate::outlook::property::{self as id, attached, kind};
use crate::{Budget, Child, Reason, rtf};

/// All attachments of a message, in their order.
pub(super) struct Attachments<'c, 'a>(Vec<Attachment<'c, 'a>>);

/// An attachment.
pub(super) struct Attachment<'c, 'a>(Properties<'c, 'a>);

/// What is told of an attachment beside its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Label {
    /// Its name as shown: long, else short, else of the message that it is.
    pub(super) name: String,
    /// Where the file stands, if it is not in the message.
    pub(super) path: String,
}

impl<'c, 'a> Attachments<'c, 'a> {
    pub(super) fn of(message: &Properties<'c, 'a>, budget: &mut Budget) -> Result<Self, Reason> {
        let compound = message.compound();
        let mut all = Vec::new();
        for storage in numbered(compound, message.storage(), ATTACHMENT, budget)? {
            let properties = Properties::open(compound, storage, 8, message.pages, budget)?;
            all.push(Attachment(properties));
        }
        Ok(Self(all))
    }

    pub(super) fn list(&self) -> &[Attachment<'c, 'a>] {
        &self.0
    }
}

impl Attachment<'_, '_> {
    fn first_of(&self, ids: &[u16], budget: &mut Budget) -> Result<String, Reason> {
        for &id in ids {
            match self.0.text(id, budget)? {
                Some(text) if !text.is_empty() => return Ok(text),
                _ => {}
            }
        }
        Ok(String::new())
    }

    /// Its name and path.
    pub(super) fn label(&self, budget: &mut Budget) -> Result<Label, Reason> {
        let names = [id::ATTACHED_NAME, id::ATTACHED_SHORT_NAME, id::DISPLAY_NAME];
        let paths = [id::ATTACHED_PATH, id::ATTACHED_SHORT_PATH];
        Ok(Label { name: self.first_of(&names, budget)?, path: self.first_of(&paths, budget)? })
    }

    fn child(&self, budget: &mut Budget) -> Result<Child, Reason> {
        let label = match self.label(budget) {
            Err(Reason::TooLarge) => return Err(Reason::TooLarge),
            // Reading the message says so.
            label => label.unwrap_or_default(),
        };
        let mut child = Child {
            name: label.name.into_bytes(),
            modified: self.0.time(id::MODIFICATION_TIME).map(|moment| moment.seconds()),
            bytes: Err(Reason::Damaged),
            detail: String::new(),
        };
        child.bytes = match self.bytes(&mut child.name, budget) {
            Err(Reason::TooLarge) => return Err(Reason::TooLarge),
            bytes => bytes,
        };
        let by_reference = child.bytes == Err(Reason::NotOpened);
        child.detail = match &child.bytes {
            Ok(_) => String::new(),
            Err(_) if by_reference && label.path.is_empty() => "a file elsewhere".to_owned(),
            Err(_) if by_reference => format!("a file elsewhere: {}", label.path),
            Err(_) => "an attachment without its bytes".to_owned(),
        };
        Ok(child)
    }

    /// The bytes of a file by value, if it is one.
    pub(super) fn file(&self, budget: &mut Budget) -> Result<Option<Vec<u8>>, Reason> {
        self.0.bytes(id::ATTACHED_DATA, kind::BINARY, budget)
    }

    /// The bytes of the attachment. An object may tell its name.
    fn bytes(&self, name: &mut Vec<u8>, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
        let compound = self.0.compound();
        if let Some(storage) = self.0.object(id::ATTACHED_DATA) {
            if compound.find(storage, PROPERTIES).is_some() {
                return standalone::message(compound, storage, budget);
            }
            let object = embedded(compound, storage, budget)?;
            if name.is_empty() {
                *name = object.name;
            }
            return Ok(object.bytes);
        }
        let bytes = self.0.bytes(id::ATTACHED_DATA, kind::BINARY, budget)?;
        let method = self.0.number(id::ATTACH_METHOD).unwrap_or(0);
        let elsewhere = (attached::BY_REFERENCE..=attached::BY_REFERENCE_LAST).contains(&method)
            || method == attached::BY_WEB_REFERENCE;
        match bytes {
            Some(bytes) if !(elsewhere && bytes.is_empty()) => Ok(bytes),
            _ if elsewhere => Err(Reason::NotOpened),
            _ => Err(Reason::Damaged),
        }
    }
}

/// Gives the attachments of a message, in their order, then the pictures and objects
/// in its RTF.
///
/// # Errors
/// [`Reason::Damaged`] if the file is no compound file; [`Reason::TooLarge`] if the
/// budget does not allow them; what `sink` says.
pub(crate) fn children(
    bytes: &[u8],
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let compound = Compound::open(bytes, budget)?;
    let pages = Pages::default();
    let message = Properties::open(&compound, Compound::ROOT, HEADER, pages, budget)?;
    for attachment in Attachments::of(&message, budget)?.list() {
        let child = attachment.child(budget)?;
        sink(child, budget)?;
    }
    match bodies::compressed(&message, budget) {
        Ok(Some(body)) => rtf::children(&body.rtf, budget, sink),
        // Reading the message says so.
        Ok(None) | Err(Reason::Damaged) => Ok(()),
        Err(reason) => Err(reason),
    }
}
