//! What is opened to a judge alone, against what was committed: for leaves whose files a
//! bundle does not release, or under a root without any bundle.
//!
//! * [`family`]: members against what expanding their top item gives
//! * [`container`]: the entries of a container against the leaves opened with it
//!
//! The results are numbers of checks and of leaves. They say nothing of a document, since
//! they are published.

pub mod container;
pub mod family;

use std::fs::File;
use std::path::Path;

use rayon::prelude::*;
use serde::{Serialize, Serializer};

use super::opened::{Part, as_committed, check_membership, view_digest};
use crate::corpus::commitment::Commitment;
use crate::corpus::document::{Reading, read_content};
use crate::corpus::leaf::{self, Commitments};
use crate::corpus::missing::{Missing, Shown};
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bundle::Opening;
use crate::exchange::formats::leaves::{Record, Status};
use crate::exchange::formats::request::CheckedRequest;
use crate::readers;

pub use container::{Contents, Tops, check_container};
pub use family::{Members, check_family};

/// What is checked of a leaf that is opened, in this order. Numbers and names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum AuditCheck {
    /// The bytes are those of the file commitment.
    File = 1,
    /// The record is that of the record commitment.
    Record = 2,
    /// The place in a family is that of the family commitment.
    Place = 3,
    /// Each view of the header, or why there is none, follows from bytes and record.
    Views = 4,
    /// The leaf stands under the root.
    Membership = 5,
    /// The decision, or why there is none, is what the bundle says.
    Decision = 6,
    /// Expanding the top item of its family gives this member, and as many as committed.
    Family = 7,
    /// Each entry of the container is a leaf.
    Container = 8,
}

impl AuditCheck {
    /// All checks in order.
    pub const ALL: [Self; 8] = [
        Self::File,
        Self::Record,
        Self::Place,
        Self::Views,
        Self::Membership,
        Self::Decision,
        Self::Family,
        Self::Container,
    ];

    /// Its number in `docs/formats.md` and in reports.
    #[must_use]
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The check with this number.
    #[must_use]
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.id() == id)
    }

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Record => "record",
            Self::Place => "place in a family",
            Self::Views => "views",
            Self::Membership => "membership",
            Self::Decision => "decision",
            Self::Family => "family",
            Self::Container => "container",
        }
    }
}

/// As its number.
impl Serialize for AuditCheck {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.id())
    }
}

impl From<Part> for AuditCheck {
    fn from(part: Part) -> Self {
        match part {
            Part::File => Self::File,
            Part::Record => Self::Record,
            Part::Place => Self::Place,
            Part::Views => Self::Views,
            Part::Membership => Self::Membership,
        }
    }
}

/// A document that is opened: file, record, place and views; and where its bytes are.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// What opens it.
    pub opening: &'a Opening,
    /// A file of the judge's own, which nobody changes meanwhile.
    pub path: &'a Path,
}

impl Item<'_> {
    /// Reads its bytes, of which at most 64 MiB are held.
    fn read(&self) -> Result<Reading, ExchangeError> {
        let mut file = File::open(self.path).map_err(ExchangeError::io(self.path))?;
        let length = file.metadata().map_err(ExchangeError::io(self.path))?.len();
        Ok(read_content(&mut file, length, self.path)?)
    }
}

/// What a verified bundle says of a leaf.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What it commits to, and its status.
    pub record: &'a Record,
    /// Why the view that is asked shows nothing of it, as its marker says.
    pub missing: Option<Missing>,
}

/// Checks 1 to 6 of leaves, each with what a bundle says of it, or without a bundle
/// (`request` is `None`) as far as root and opening go. Gives for each the first check
/// that it fails.
///
/// # Errors
/// If a file cannot be read.
pub fn check_leaves(
    commitment: &Commitment,
    request: Option<&CheckedRequest>,
    leaves: &[(Item<'_>, Option<Said<'_>>)],
) -> Result<Vec<Option<AuditCheck>>, ExchangeError> {
    let check = |(item, said): &(Item<'_>, Option<Said<'_>>)| {
        let reading = item.read()?;
        Ok(check_leaf(commitment, request, item.opening, &reading, *said).err())
    };
    readers::in_parallel(|| leaves.par_iter().map(check).collect())
}

fn check_leaf(
    commitment: &Commitment,
    request: Option<&CheckedRequest>,
    opening: &Opening,
    reading: &Reading,
    said: Option<Said<'_>>,
) -> Result<(), AuditCheck> {
    let (Some(request), Some(said)) = (request, said) else {
        return without_bundle(commitment, opening, reading);
    };
    let shown = as_committed(commitment, reading, opening, said.record)
        .map_err(|differs| AuditCheck::from(differs.part))?;
    let as_said = match shown.get(request.view_index) {
        Some(Ok(bytes)) => {
            let status =
                if request.program.matches(bytes) { Status::Matched } else { Status::Unmatched };
            said.record.status == status && said.missing.is_none()
        }
        Some(Err(missing)) => said.missing == Some(*missing),
        None => false,
    };
    if as_said { Ok(()) } else { Err(AuditCheck::Decision) }
}

/// Without a list of leaves only the root tells what was committed: what bytes, record,
/// place and salts give must stand under it.
fn without_bundle(
    commitment: &Commitment,
    opening: &Opening,
    reading: &Reading,
) -> Result<(), AuditCheck> {
    let (released, family) = opening.released().zip(opening.family).ok_or(AuditCheck::File)?;
    if (reading.sha256, reading.byte_length) != (released.file.sha256.0, released.file.bytes) {
        return Err(AuditCheck::File);
    }
    let views = &commitment.header.views;
    if released.view_salts.len() != views.len() {
        return Err(AuditCheck::Views);
    }
    let line = &released.record.line;
    let full = commitment.views().map_err(|_| AuditCheck::Views)?;
    let shown: Vec<Shown> = reading.canonicalise(line, &full);
    let digests = views.iter().zip(released.view_salts).zip(&shown);
    let record = Record {
        commitments: Commitments {
            file: leaf::file_commitment(released.file.salt.0, &reading.sha256, reading.byte_length),
            record: leaf::record_commitment(released.record.salt.0, &line.to_line()),
            family: family.place().commitment(family.salt.0),
        },
        digests: digests.map(|((view, salt), shown)| view_digest(view, salt, shown)).collect(),
        // No leaf commits to a status.
        status: Status::Unmatched,
    };
    check_membership(commitment, opening, &record).map_err(|_| AuditCheck::Membership)
}
