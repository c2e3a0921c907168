//! A set of properties: of a folder, a message, or an attachment.

use std::collections::BTreeMap;

use super::file::{File, Node, number};
use super::heap::{Heap, KIND_BITS};
use crate::containers::OpenError;
use crate::outlook::filetime;
use crate::outlook::msg::decode_text;
use crate::outlook::property::{CODE_PAGE, INTERNET_CODE_PAGE, kind};
use crate::{Budget, Moment, Reason};

/// What a heap with properties is for.
const PROPERTIES: u8 = 0xbc;

/// Properties by number, with the nodes below.
#[derive(Debug)]
pub(super) struct Object {
    heap: Heap,
    /// Types and values, or where these are.
    values: BTreeMap<u16, (u16, u32)>,
    /// Nodes with long values, recipients, attachments.
    pub(super) below: BTreeMap<u32, Node>,
    /// The code page of text that is not in UTF-16.
    page: Option<u16>,
}

impl Object {
    /// Reads the properties of a node.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if it has none; [`Reason::TooLarge`] if the budget does not
    /// allow them.
    pub(super) fn read(
        file: &mut File<'_>,
        node: Node,
        page: Option<u16>,
        budget: &mut Budget,
    ) -> Result<Self, OpenError> {
        let heap = Heap::new(file.data(node.data, budget)?)?;
        if heap.purpose() != PROPERTIES {
            return Err(Reason::Damaged.into());
        }
        let entries = heap.tree(heap.root(), budget)?;
        let value = |(key, value): (&[u8], &[u8])| {
            let kind = number(value, 0, 2) as u16;
            (number(key, 0, 2) as u16, (kind, number(value, 2, 4) as u32))
        };
        let values: BTreeMap<_, _> = entries.into_iter().map(value).collect();
        let below = file.below(node.below, budget)?;
        let mut object = Self { heap, values, below, page };
        let own = |id| object.number(id).and_then(|page| u16::try_from(page).ok());
        object.page = own(CODE_PAGE).or(own(INTERNET_CODE_PAGE)).or(page);
        Ok(object)
    }

    /// The code page of text that is not in UTF-16.
    pub(super) fn page(&self) -> Option<u16> {
        self.page
    }

    /// A number of four bytes.
    pub(super) fn number(&self, id: u16) -> Option<u32> {
        let &(kind, value) = self.values.get(&id)?;
        (kind == kind::INTEGER).then_some(value)
    }

    /// A time.
    pub(super) fn time(&self, id: u16) -> Option<Moment> {
        let &(kind, value) = self.values.get(&id)?;
        let bytes = self.heap.get(value).ok().filter(|_| kind == kind::TIME)?;
        filetime::moment(number(bytes, 0, 8))
    }

    /// Bytes of a value that is longer than four bytes, and its type.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if they are not there; [`Reason::TooLarge`] if the budget
    /// does not allow them.
    pub(super) fn bytes(
        &self,
        id: u16,
        file: &mut File<'_>,
        budget: &mut Budget,
    ) -> Result<Option<(u16, Vec<u8>)>, OpenError> {
        let Some(&(kind, value)) = self.values.get(&id) else { return Ok(None) };
        let bytes = if value & KIND_BITS == 0 {
            let bytes = self.heap.get(value)?;
            budget.take_bytes(bytes.len())?;
            bytes.to_vec()
        } else {
            let node = self.below.get(&value).ok_or(Reason::Damaged)?;
            file.data(node.data, budget)?.concat()
        };
        Ok(Some((kind, bytes)))
    }

    /// The node of an object: its number, and its length as stated.
    pub(super) fn object(&self, id: u16) -> Option<Node> {
        let &(kind, value) = self.values.get(&id)?;
        let record = self.heap.get(value).ok().filter(|_| kind == kind::OBJECT)?;
        self.below.get(&(number(record, 0, 4) as u32)).copied()
    }

    /// Text.
    ///
    /// # Errors
    /// As [`Object::bytes`].
    pub(super) fn text(
        &self,
        id: u16,
        file: &mut File<'_>,
        budget: &mut Budget,
    ) -> Result<Option<String>, OpenError> {
        let is_text = matches!(self.values.get(&id), Some((kind::STRING | kind::STRING_8, _)));
        let value = if is_text { self.bytes(id, file, budget)? } else { None };
        let text = value.map(|(kind, bytes)| decode_text(&bytes, kind, self.page));
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The numbers of all properties that are text.
    pub(super) fn texts(&self) -> impl Iterator<Item = u16> {
        let is_text = |kind| [kind::STRING, kind::STRING_8].contains(&kind);
        self.values.iter().filter(move |(_, (kind, _))| is_text(*kind)).map(|(&id, _)| id)
    }
}
