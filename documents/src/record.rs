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
    /// The path: on disk, or that of the container or item that it stands in, then `/`
    /// and the name.
    pub path: Name,
    /// The first element of the path on disk, if the source has folders.
    pub custodian: Option<Name>,
    /// The path of the container that the item was taken from; of a top item alone, since
    /// what stands in an item has a parent.
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

    /// The record with a line that is not too long. A mail to thousands of people makes
    /// each of its attachments inherit them all; what does not fit is left out, first the
    /// copies, then the recipients, then all that is inherited.
    #[must_use]
    pub fn fitted(mut self) -> Self {
        let fits = |record: &Self| record.to_line().len() <= Self::MAX_BYTES;
        // Escaped, a byte takes six at most; few records come near the limit.
        let long = |inherited: &Inherited| {
            let lists = [&inherited.from, &inherited.to, &inherited.cc];
            let people = lists.into_iter().flatten().map(|person| person.len().saturating_add(3));
            let subject = inherited.subject.as_ref().map_or(0, String::len);
            people.fold(subject, usize::saturating_add) > Self::MAX_BYTES / 16
        };
        if !self.inherited.as_ref().is_some_and(long) || fits(&self) {
            return self;
        }
        for cut in [
            (|inherited: &mut Inherited| inherited.cc.clear()) as fn(&mut Inherited),
            |inherited| inherited.to.clear(),
        ] {
            if let Some(inherited) = &mut self.inherited {
                cut(inherited);
            }
            if fits(&self) {
                return self;
            }
        }
        self.inherited = None;
        self
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

    #[test]
    fn a_mail_to_everyone_leaves_a_line_that_fits() {
        let people = |count: usize| (0..count).map(|n| format!("p{n}@example.com")).collect();
        let record = |to: usize, cc: usize, subject: usize| Record {
            inherited: Some(Inherited {
                from: people(1),
                to: people(to),
                cc: people(cc),
                subject: Some("\u{1}".repeat(subject)),
                date: None,
            }),
            ..Record::of_file(b"a".to_vec())
        };
        let left = |record: Record| {
            let fitted = record.fitted();
            assert!(fitted.to_line().len() <= Record::MAX_BYTES);
            fitted.inherited.map(|inherited| (inherited.to.len(), inherited.cc.len()))
        };
        assert_eq!(left(record(1, 1000, 0)), Some((1, 1000)));
        assert_eq!(left(record(3, 50_000, 0)), Some((3, 0)));
        assert_eq!(left(record(50_000, 5, 0)), Some((0, 0)));
        assert_eq!(left(record(1, 1, 1 << 18)), None);
    }
}
