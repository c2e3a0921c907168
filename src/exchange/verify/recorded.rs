//! What is recorded of a disclosed member of a family, against what expanding its top
//! item gives.

use candor_documents::{Budget, Content, DateFrom, Kind, Member, Moment, Record, read};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::corpus::dates::{date, dates_itself};
use crate::corpus::members::dated;

/// A record as it is kept until its family is expanded: digests of what may be long.
pub(super) struct Claimed {
    path: [u8; 32],
    custodian: [u8; 32],
    inherited: [u8; 32],
    parent: Option<u32>,
    has_container: bool,
    date: Option<Moment>,
    date_from: DateFrom,
    made: bool,
}

/// What is wrong: what should have been, and what was.
type Wrong = (String, &'static str);

impl Claimed {
    /// What a record says.
    pub(super) fn of(record: &Record) -> Self {
        let Record { path, custodian, container, parent, date, date_from, inherited, made } =
            record;
        Self {
            path: digest(path),
            custodian: digest(custodian),
            inherited: digest(inherited),
            parent: *parent,
            has_container: container.is_some(),
            date: *date,
            date_from: *date_from,
            made: *made,
        }
    }

    /// It is what expansion records.
    ///
    /// # Errors
    /// The first part that is not.
    pub(super) fn check(&self, record: &Record) -> Result<(), Wrong> {
        let expected = Self::of(record);
        let parent = record.parent.unwrap_or_default();
        let parts = [
            (self.parent == expected.parent, format!("a member that stands in member {parent}")),
            (
                self.inherited == expected.inherited,
                "the fields of the mail that it stands in".to_owned(),
            ),
            (self.path == expected.path, format!("a member at the path {}", record.path)),
            (
                self.custodian == expected.custodian,
                "a member with the custodian of its top item".to_owned(),
            ),
            (
                self.has_container == expected.has_container,
                "a member that was taken from no container".to_owned(),
            ),
            (
                (self.date, self.date_from) == (expected.date, expected.date_from),
                "a member with the date that expansion gives it".to_owned(),
            ),
            (
                self.made == expected.made,
                format!(
                    "a member whose bytes {}",
                    if expected.made { "expansion made" } else { "stand in its top item" }
                ),
            ),
        ];
        let wrong = parts.into_iter().find(|(holds, _)| !holds);
        wrong.map_or(Ok(()), |(_, expected)| Err((expected, "another record")))
    }
}

/// SHA-256 of a value as JSON.
fn digest(value: &impl Serialize) -> [u8; 32] {
    Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into()
}

/// As what a top item is expanded: the items of a container are families of their own.
pub(super) fn opened_as(kind: Kind) -> Kind {
    if kind.is_container() { Kind::Unknown } else { kind }
}

/// The record of a member with the date that expansion gives it.
pub(super) fn with_its_date(record: Record, member: &Member, bytes: &[u8]) -> Record {
    let read = read_for_its_date(member.kind, bytes);
    dated(record, member.kind, read.as_ref(), member.modified)
}

/// What an item says, if expansion reads items of its kind for their dates.
pub(super) fn read_for_its_date(kind: Kind, bytes: &[u8]) -> Option<Content> {
    let read = dates_itself(kind).then(|| read(bytes, kind, &mut Budget::new()))?;
    read.ok()
}

/// What the date of a top item should have been, if it tells its date itself and the
/// record has another.
pub(super) fn wrong_date(record: &Record, kind: Kind, bytes: &[u8]) -> Option<String> {
    let own = read_for_its_date(kind, bytes);
    let (expected, from) = date(kind, own.as_ref(), None, None);
    let expected = expected?;
    let wrong = (record.date, record.date_from) != (Some(expected), from);
    wrong.then(|| format!("a top item with its own date, {expected}"))
}
