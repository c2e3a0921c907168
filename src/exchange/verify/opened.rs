//! A file that is opened against what was committed.

use super::Parsed;
use super::pass::again;
use crate::corpus::commitment::Commitment;
use crate::corpus::document::{Reading, read_content};
use crate::corpus::leaf;
use crate::corpus::missing::Shown;
use crate::corpus::tree::Membership;
use crate::corpus::views::ViewId;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bundle::{FileOpening, Opening, Released};
use crate::exchange::formats::leaves::Record;
use crate::exchange::formats::text::Sha256Hex;
use crate::field::{Scalar, ScalarHex};
use crate::hash::sponge;

impl Parsed<'_> {
    /// Reads a released file once, for everything that is checked of it.
    pub(super) fn released(
        &self,
        name: &str,
        leaf: u64,
        opened: &FileOpening,
    ) -> Result<Reading, Stop> {
        let path = self.bag.path(name);
        let length = opened.bytes;
        let mut file = again(self.bag, name, self.bag.file_of(name, length))?;
        let reading = read_content(&mut file, length, &path);
        let reading = reading.map_err(ExchangeError::from)?;
        // Up to the first that was misnamed already, all were as opened.
        let was_as_opened = self.misnamed.is_none_or(|misnamed| leaf < misnamed);
        if was_as_opened && reading.sha256 != opened.sha256.0 {
            return Err(ExchangeError::Changed(path).into());
        }
        Ok(reading)
    }
}

/// What a file that is opened is checked against.
pub(super) struct Committed<'a> {
    pub(super) check: Check,
    pub(super) commitment: &'a Commitment,
    pub(super) name: &'a str,
}

/// What of a leaf is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The bytes of its file.
    File,
    /// Its record.
    Record,
    /// Its place in a family.
    Place,
    /// What its views show.
    Views,
    /// Its place under the root.
    Membership,
}

/// The first part that is not as it was committed: what should have been, and what was.
pub(super) struct Differs {
    pub(super) part: Part,
    expected: String,
    found: String,
}

impl Differs {
    fn new(part: Part, expected: impl ToString, found: impl ToString) -> Self {
        Self { part, expected: expected.to_string(), found: found.to_string() }
    }
}

impl Committed<'_> {
    fn failed(&self, leaf: u64, differs: Differs) -> Stop {
        let Differs { expected, found, .. } = differs;
        Failure::new(self.check, self.name, expected, found).of_leaf(leaf).into()
    }

    /// A place in a family, if one is opened, hashes to its commitment, and the leaf
    /// stands under the root.
    pub(super) fn check_place(&self, opening: &Opening, record: &Record) -> Result<(), Stop> {
        let checked = if opening.family.is_some() {
            check_place(opening, record)
                .and_then(|()| check_membership(self.commitment, opening, record))
        } else {
            Ok(())
        };
        checked.map_err(|differs| self.failed(opening.leaf, differs))
    }

    /// As [`as_committed`].
    pub(super) fn check(
        &self,
        reading: &Reading,
        opening: &Opening,
        record: &Record,
    ) -> Result<Vec<Shown>, Stop> {
        as_committed(self.commitment, reading, opening, record)
            .map_err(|differs| self.failed(opening.leaf, differs))
    }
}

/// The file hashes to its file commitment, its record to its record commitment, a place
/// in a family, if one is opened, to its commitment, each of its views to its digest, and
/// the leaf stands under the root. Gives what each view shows of it.
pub(super) fn as_committed(
    commitment: &Commitment,
    reading: &Reading,
    opening: &Opening,
    record: &Record,
) -> Result<Vec<Shown>, Differs> {
    let Some(Released { file, record: opened, view_salts, .. }) = opening.released() else {
        return Err(Differs::new(Part::File, "an opening of a file", "none"));
    };
    let (sha256, length) = (reading.sha256, reading.byte_length);
    if sha256 != file.sha256.0 || length != file.bytes {
        let expected = format!("{} bytes with SHA-256 {}", file.bytes, file.sha256);
        let found = format!("{length} bytes with SHA-256 {}", Sha256Hex(sha256));
        return Err(Differs::new(Part::File, expected, found));
    }
    let made = leaf::file_commitment(file.salt.0, &sha256, length);
    if made != record.commitments.file {
        let expected = format!("file commitment {}", ScalarHex(record.commitments.file));
        return Err(Differs::new(Part::File, expected, ScalarHex(made)));
    }
    let made = leaf::record_commitment(opened.salt.0, &opened.line.to_line());
    if made != record.commitments.record {
        let expected = format!("record commitment {}", ScalarHex(record.commitments.record));
        return Err(Differs::new(Part::Record, expected, ScalarHex(made)));
    }
    check_place(opening, record)?;
    let views = &commitment.header.views;
    if view_salts.len() != views.len() {
        let expected = format!("{} view salts", views.len());
        return Err(Differs::new(Part::Views, expected, view_salts.len()));
    }
    let full = commitment.views();
    let full = full.map_err(|error| Differs::new(Part::Views, "a vocabulary", error))?;
    let shown = reading.canonicalise(&opened.line, &full);
    let opened = views.iter().zip(view_salts).zip(&record.digests);
    for (((view, salt), committed), shown) in opened.zip(&shown) {
        let digest = view_digest(view, salt, shown);
        if digest != *committed {
            let expected = format!("digest {} of {view}", ScalarHex(*committed));
            return Err(Differs::new(Part::Views, expected, ScalarHex(digest)));
        }
    }
    check_membership(commitment, opening, record)?;
    Ok(shown)
}

/// What a leaf commits to of a view.
pub(super) fn view_digest(view: &ViewId, salt: &ScalarHex, shown: &Shown) -> Scalar {
    match shown {
        Ok(bytes) => sponge::view_digest(&view.to_string(), salt.0, bytes),
        Err(missing) => leaf::marker(view, *missing, salt.0),
    }
}

fn check_place(opening: &Opening, record: &Record) -> Result<(), Differs> {
    let Some(family) = &opening.family else { return Ok(()) };
    let (made, expected) = (family.place().commitment(family.salt.0), record.commitments.family);
    if made != expected {
        let expected = format!("family commitment {}", ScalarHex(expected));
        return Err(Differs::new(Part::Place, expected, ScalarHex(made)));
    }
    Ok(())
}

pub(super) fn check_membership(
    commitment: &Commitment,
    opening: &Opening,
    record: &Record,
) -> Result<(), Differs> {
    let digest = leaf::leaf(&record.commitments, &record.digests);
    let siblings = opening.membership.iter().map(|element| element.0).collect();
    let membership = Membership { index: opening.leaf, siblings };
    commitment
        .check_membership(digest, &membership)
        .map_err(|error| Differs::new(Part::Membership, "a proof of membership", error))
}
