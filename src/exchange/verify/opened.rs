//! A released file against what was committed.

use super::Parsed;
use super::pass::again;
use crate::corpus::commitment::Commitment;
use crate::corpus::document::{Reading, read_content};
use crate::corpus::leaf;
use crate::corpus::missing::Shown;
use crate::corpus::tree::Membership;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bundle::{FileOpening, Opening, Released};
use crate::exchange::formats::leaves::Record;
use crate::exchange::formats::text::Sha256Hex;
use crate::field::ScalarHex;
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

/// What a released file is checked against.
pub(super) struct Committed<'a> {
    pub(super) check: Check,
    pub(super) commitment: &'a Commitment,
    pub(super) name: &'a str,
}

impl Committed<'_> {
    fn failed(&self, leaf: u64, expected: impl ToString, found: impl ToString) -> Stop {
        let (expected, found) = (expected.to_string(), found.to_string());
        Failure::new(self.check, self.name, expected, found).of_leaf(leaf).into()
    }

    /// A place in a family, if one is opened, hashes to its commitment, and the leaf
    /// stands under the root.
    pub(super) fn check_place(&self, opening: &Opening, record: &Record) -> Result<(), Stop> {
        let Some(family) = &opening.family else { return Ok(()) };
        let (made, expected) =
            (family.place().commitment(family.salt.0), record.commitments.family);
        if made != expected {
            let expected = format!("family commitment {}", ScalarHex(expected));
            return Err(self.failed(opening.leaf, expected, ScalarHex(made)));
        }
        self.check_membership(opening, record)
    }

    /// The file hashes to its file commitment, its record to its record commitment,
    /// each of its views to its digest, and the leaf stands under the root. Gives what
    /// each view shows of it.
    pub(super) fn check(
        &self,
        reading: &Reading,
        opening: &Opening,
        record: &Record,
    ) -> Result<Vec<Shown>, Stop> {
        let leaf = opening.leaf;
        let Some(Released { file, record: opened, view_salts, .. }) = opening.released() else {
            return Err(self.failed(leaf, "an opening of a file", "none"));
        };
        let (sha256, length) = (reading.sha256, reading.byte_length);
        if sha256 != file.sha256.0 || length != file.bytes {
            let expected = format!("{} bytes with SHA-256 {}", file.bytes, file.sha256);
            let found = format!("{length} bytes with SHA-256 {}", Sha256Hex(sha256));
            return Err(self.failed(leaf, expected, found));
        }
        let commitment = leaf::file_commitment(file.salt.0, &sha256, length);
        if commitment != record.commitments.file {
            let expected = format!("file commitment {}", ScalarHex(record.commitments.file));
            return Err(self.failed(leaf, expected, ScalarHex(commitment)));
        }
        let commitment = leaf::record_commitment(opened.salt.0, &opened.line.to_line());
        if commitment != record.commitments.record {
            let expected = format!("record commitment {}", ScalarHex(record.commitments.record));
            return Err(self.failed(leaf, expected, ScalarHex(commitment)));
        }
        self.check_place(opening, record)?;
        let views = &self.commitment.header.views;
        if view_salts.len() != views.len() {
            let expected = format!("{} view salts", views.len());
            return Err(self.failed(leaf, expected, view_salts.len()));
        }
        let shown = reading.canonicalise(&opened.line, views);
        let opened = views.iter().zip(view_salts).zip(&record.digests);
        for (((view, salt), committed), shown) in opened.zip(&shown) {
            let digest = match shown {
                Ok(bytes) => sponge::view_digest(&view.to_string(), salt.0, bytes),
                Err(missing) => leaf::marker(view, *missing, salt.0),
            };
            if digest != *committed {
                let expected = format!("digest {} of {view}", ScalarHex(*committed));
                return Err(self.failed(leaf, expected, ScalarHex(digest)));
            }
        }
        self.check_membership(opening, record)?;
        Ok(shown)
    }

    fn check_membership(&self, opening: &Opening, record: &Record) -> Result<(), Stop> {
        let digest = leaf::leaf(&record.commitments, &record.digests);
        let siblings = opening.membership.iter().map(|element| element.0).collect();
        let membership = Membership { index: opening.leaf, siblings };
        self.commitment
            .check_membership(digest, &membership)
            .map_err(|error| self.failed(opening.leaf, "a proof of membership", error))
    }
}
