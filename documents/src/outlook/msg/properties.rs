//! The properties of a message, a recipient or an attachment.

use std::collections::BTreeMap;

use super::PROPERTIES;
use crate::compound::{Compound, EntryId};
use crate::encoding;
use crate::outlook::filetime;
use crate::outlook::property::{CODE_PAGE, INTERNET_CODE_PAGE, kind};
use crate::{Budget, Moment, Reason};

/// Code pages of text that is not in UTF-16.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pages {
    /// Of properties.
    pub(super) ansi: Option<u16>,
    /// Of the HTML body.
    pub(super) internet: Option<u16>,
}

/// Properties by number.
pub(super) struct Properties<'c, 'a> {
    compound: &'c Compound<'a>,
    storage: EntryId,
    /// Values of at most eight bytes: type and value.
    fixed: BTreeMap<u16, (u16, u64)>,
    /// Streams and storages of all others, by number, type, and number of the value
    /// where there are several.
    stored: BTreeMap<(u16, u16, Option<u32>), EntryId>,
    pub(super) pages: Pages,
}

impl<'c, 'a> Properties<'c, 'a> {
    /// Reads the values that stand in the stream of properties, after a header of
    /// `header` bytes, and finds the streams of the others. These are found by their
    /// names alone: some writers forget them in the stream of properties.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow it.
    pub(super) fn open(
        compound: &'c Compound<'a>,
        storage: EntryId,
        header: usize,
        pages: Pages,
        budget: &mut Budget,
    ) -> Result<Self, Reason> {
        let mut stored = BTreeMap::new();
        for &id in compound.inside(storage) {
            budget.take_work(1)?;
            if let Some(key) = key(&compound.ascii_name(id)) {
                stored.entry(key).or_insert(id);
            }
        }
        let list = match compound.find_stream(storage, PROPERTIES, budget) {
            Err(Reason::TooLarge) => return Err(Reason::TooLarge),
            list => list.ok().flatten().unwrap_or_default(),
        };
        let mut fixed = BTreeMap::new();
        for entry in list.get(header..).unwrap_or_default().as_chunks::<16>().0 {
            budget.take_work(1)?;
            let [k0, k1, i0, i1, _, _, _, _, value @ ..] = *entry;
            let (kind, id) = (u16::from_le_bytes([k0, k1]), u16::from_le_bytes([i0, i1]));
            fixed.entry(id).or_insert((kind, u64::from_le_bytes(value)));
        }
        let mut properties = Self { compound, storage, fixed, stored, pages };
        let page = |id| properties.number(id).and_then(|page| u16::try_from(page).ok());
        let (ansi, internet) = (page(CODE_PAGE), page(INTERNET_CODE_PAGE));
        properties.pages =
            Pages { ansi: ansi.or(pages.ansi), internet: internet.or(pages.internet) };
        Ok(properties)
    }

    pub(super) fn compound(&self) -> &'c Compound<'a> {
        self.compound
    }

    pub(super) fn storage(&self) -> EntryId {
        self.storage
    }

    /// A number of four bytes.
    pub(super) fn number(&self, id: u16) -> Option<u32> {
        let &(kind, value) = self.fixed.get(&id)?;
        (kind == kind::INTEGER).then_some(value as u32)
    }

    /// A time.
    pub(super) fn time(&self, id: u16) -> Option<Moment> {
        let &(kind, value) = self.fixed.get(&id)?;
        (kind == kind::TIME).then(|| filetime::moment(value)).flatten()
    }

    /// The storage of an object.
    pub(super) fn object(&self, id: u16) -> Option<EntryId> {
        let &entry = self.stored.get(&(id, kind::OBJECT, None))?;
        self.compound.is_storage(entry).then_some(entry)
    }

    /// Bytes as they stand.
    ///
    /// # Errors
    /// As [`Compound::stream`].
    pub(super) fn bytes(
        &self,
        id: u16,
        kind: u16,
        budget: &mut Budget,
    ) -> Result<Option<Vec<u8>>, Reason> {
        let entry = self.stored.get(&(id, kind, None));
        entry.map(|&entry| self.compound.stream(entry, budget)).transpose()
    }

    /// Text: in UTF-16 if it is there so, else in the code page.
    ///
    /// # Errors
    /// As [`Compound::stream`].
    pub(super) fn text(&self, id: u16, budget: &mut Budget) -> Result<Option<String>, Reason> {
        for kind in [kind::STRING, kind::STRING_8] {
            if let Some(bytes) = self.bytes(id, kind, budget)? {
                return Ok(Some(self.decode(&bytes, kind)));
            }
        }
        Ok(None)
    }

    /// The numbers of all properties that are text, in their order, with how many
    /// streams to read for each: one, or those of several values.
    pub(super) fn texts(&self) -> impl Iterator<Item = (u16, u16, EntryId)> {
        self.stored.iter().filter_map(|(&(id, kind, index), &entry)| {
            let one = [kind::STRING, kind::STRING_8].contains(&kind) && index.is_none();
            let several = kind & kind::SEVERAL != 0 && index.is_some();
            let several =
                several && [kind::STRING, kind::STRING_8].contains(&(kind ^ kind::SEVERAL));
            (one || several).then_some((id, kind & !kind::SEVERAL, entry))
        })
    }

    /// Text from bytes of one of the two types of text.
    pub(super) fn decode(&self, bytes: &[u8], kind: u16) -> String {
        decode_text(bytes, kind, self.pages.ansi.or(self.pages.internet))
    }
}

/// Text from bytes of one of the two types of text, without NULs at its end.
pub(crate) fn decode_text(bytes: &[u8], kind: u16, page: Option<u16>) -> String {
    let utf_16 = kind == kind::STRING;
    let text =
        if utf_16 { encoding::decode_code_page(bytes, 1200) } else { decode_bytes(bytes, page) };
    let end = text.trim_end_matches('\0').len();
    text.get(..end).unwrap_or_default().to_owned()
}

/// Number, type and number of the value from the name of a stream:
/// `__substg1.0_8012101F-00000001`.
fn key(name: &str) -> Option<(u16, u16, Option<u32>)> {
    const PREFIX: &str = "__substg1.0_";
    let (start, rest) = name.split_at_checked(PREFIX.len())?;
    let hex = |digits: &str| u32::from_str_radix(digits, 16).ok();
    let (tag, index) = rest.split_at_checked(8)?;
    let index = match index.strip_prefix('-') {
        Some(index) => Some(hex(index)?),
        None => index.is_empty().then_some(None)?,
    };
    let tag = hex(tag).filter(|_| start.eq_ignore_ascii_case(PREFIX))?;
    Some(((tag >> 16) as u16, tag as u16, index))
}

/// Decodes text of a code page, or of one that is not told. Writers of other origin
/// than Outlook put UTF-8 there whatever page they state: text of a page of single
/// bytes that is valid UTF-8 is UTF-8.
pub(crate) fn decode_bytes(bytes: &[u8], page: Option<u16>) -> String {
    match page {
        None => encoding::decode(bytes, None),
        Some(874 | 1250..=1258 | 20127 | 20866 | 21866 | 28591..=28605) => {
            match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => encoding::decode_code_page(bytes, page.unwrap_or_default()),
            }
        }
        Some(page) => encoding::decode_code_page(bytes, page),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_streams() {
        assert_eq!(key("__substg1.0_0037001F"), Some((0x37, 0x1f, None)));
        assert_eq!(key("__SUBSTG1.0_8012101f-0000000A"), Some((0x8012, 0x101f, Some(10))));
        for none in ["__substg1.0_0037001", "__substg1.0_0037001F0", "__substg1.0_+0370001", "x"] {
            assert_eq!(key(none).filter(|_| !none.contains('+')), None, "{none}");
        }
    }

    #[test]
    fn pages_of_single_bytes_may_hold_utf_8() {
        assert_eq!(decode_bytes(b"\xfcber", Some(1252)), "über");
        assert_eq!(decode_bytes("über".as_bytes(), Some(1252)), "über");
        assert_eq!(decode_bytes(b"\x8c_", Some(932)), "契");
        assert_eq!(decode_bytes("über".as_bytes(), None), "über");
    }
}
