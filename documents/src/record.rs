//! What is recorded of an item beside its bytes, and the list of items.

use serde::{Deserialize, Serialize};

use crate::{Inherited, Kind, Moment, Name};

/// Where an item's date comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum DateFrom {
    /// There is no date.
    None = 0,
    /// The header of a mail: its own, or of the mail that the item stands in.
    Header = 1,
    /// A property that the document itself holds.
    Property = 2,
    /// The file's time on disk or in its container, as it was claimed.
    File = 3,
}

/// What a leaf commits to beside an item's bytes: one line of JSON. All of it is the
/// responder's word until the top item or the container is expanded again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The path: that of the container or of the top item, then `/` and the name.
    pub path: Name,
    /// The first element of the path on disk, if the source has folders.
    pub custodian: Option<Name>,
    /// The path of the container that the item was taken from.
    pub container: Option<Name>,
    /// The ordinal of the family's member that the item stands in.
    pub parent: Option<u32>,
    /// The item's date.
    pub date: Option<Moment>,
    /// Where it comes from.
    pub date_from: DateFrom,
    /// What it inherits of the mail that it stands in.
    pub inherited: Option<Inherited>,
    /// Whether expansion made the bytes, because the container holds none that could
    /// be copied: a mail of an Outlook data file, a page of a picture.
    pub made: bool,
}

impl Record {
    /// Longest line that is read.
    pub const MAX_BYTES: usize = 1 << 18;

    /// The record of a file of a plain folder.
    #[must_use]
    pub fn of_file(path: Vec<u8>) -> Self {
        let custodian = path.iter().position(|byte| *byte == b'/').map(|at| path[..at].to_vec());
        Self {
            path: Name(path),
            custodian: custodian.map(Name),
            container: None,
            parent: None,
            date: None,
            date_from: DateFrom::None,
            inherited: None,
            made: false,
        }
    }

    /// The one line that stands for the record: JSON without spaces, keys in their
    /// order, without a line end.
    ///
    /// # Panics
    /// Never: the type has no map and no float.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("plain structs serialise")
    }

    /// The record of a line that [`Self::to_line`] wrote; `None` for any other.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let record: Self = serde_json::from_str(line).ok()?;
        (line.len() <= Self::MAX_BYTES && record.to_line() == line).then_some(record)
    }
}

/// A line of `families.jsonl`: an item as expansion wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The item's number; its bytes stand under it.
    pub item: u64,
    /// The number of its family's top item: its own if it is one.
    pub top: u64,
    /// Its number within the family; the top item has 0.
    pub ordinal: u32,
    /// Members of the family, the top item included, `1 ..= 65536`.
    pub count: u32,
    /// The number of the container that it was taken from.
    pub container: Option<u64>,
    /// What the leaf commits to.
    pub record: Record,
    /// What it is.
    pub kind: Kind,
    /// Number of its bytes.
    pub bytes: u64,
    /// Their SHA-256, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Their MD5.
    pub md5: String,
    /// EDRM message id hash: MD5 of a mail's message id with its angle brackets.
    pub mih: Option<String>,
}

/// The first line of `families.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListHead {
    /// [`ListHead::FORMAT`].
    pub format: String,
    /// [`EXPANDER`] of the program that wrote the items.
    pub expander: String,
    /// Number of items; so many lines follow.
    pub items: u64,
}

impl ListHead {
    /// The format of the list.
    pub const FORMAT: &str = "candor items 1";
}

/// The name of the rules by which items are taken out of items, with their order. It
/// stands in the header of a commitment, because the judge expands again.
pub const EXPANDER: &str = "candor-expander/1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_one_line() {
        let record = Record {
            date: Moment::from_seconds(1_557_819_000),
            date_from: DateFrom::Header,
            inherited: Some(Inherited::default()),
            ..Record::of_file(b"alice/a \xff.eml".to_vec())
        };
        let line = record.to_line();
        assert_eq!(
            line,
            r#"{"path":"alice/a %FF.eml","custodian":"alice","container":null,"parent":null,"date":"2019-05-14T07:30:00Z","date_from":"header","inherited":{"from":[],"to":[],"cc":[],"subject":null,"date":null},"made":false}"#
        );
        assert_eq!(Record::parse(&line), Some(record));
        assert_eq!(Record::parse(&line.replace(':', ": ")), None);
    }
}
