//! A released file against what was committed.

use super::Parsed;
use super::pass::again;
use crate::corpus::commitment::Commitment;
use crate::corpus::document::{Reading, read_content};
use crate::corpus::leaf;
use crate::corpus::tree::Membership;
use crate::corpus::views::Shown;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bundle::Opening;
use crate::exchange::formats::leaves::Record;
use crate::exchange::formats::text::Sha256Hex;
use crate::field::ScalarHex;
use crate::hash::sponge;

impl Parsed<'_> {
    /// Reads a released file once, for everything that is checked of it.
    pub(super) fn released(&self, name: &str, opening: &Opening) -> Result<Reading, Stop> {
        let path = self.bag.path(name);
        let mut file = again(self.bag, name, self.bag.file_of(name, opening.bytes))?;
        let reading = read_content(&mut file, opening.bytes, &path);
        let reading = reading.map_err(ExchangeError::from)?;
        // Up to the first that was misnamed already, all were as opened.
        let was_as_opened = self.misnamed.is_none_or(|leaf| opening.leaf < leaf);
        if was_as_opened && reading.sha256 != opening.sha256.0 {
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

    /// The file hashes to its file commitment, each of its views to its digest,
    /// and the leaf stands under the root. Gives what each view shows of it.
    pub(super) fn check(
        &self,
        reading: &Reading,
        opening: &Opening,
        record: &Record,
    ) -> Result<Vec<Shown>, Stop> {
        let leaf = opening.leaf;
        let (sha256, length) = (reading.sha256, reading.byte_length);
        if sha256 != opening.sha256.0 || length != opening.bytes {
            let expected = format!("{} bytes with SHA-256 {}", opening.bytes, opening.sha256);
            let found = format!("{length} bytes with SHA-256 {}", Sha256Hex(sha256));
            return Err(self.failed(leaf, expected, found));
        }
        let commitment = leaf::file_commitment(opening.salt.0, &sha256, length, &opening.path.0);
        if commitment != record.file_commitment {
            let expected = format!("file commitment {}", ScalarHex(record.file_commitment));
            return Err(self.failed(leaf, expected, ScalarHex(commitment)));
        }
        let views = &self.commitment.header.views;
        if opening.view_salts.len() != views.len() {
            let expected = format!("{} view salts", views.len());
            return Err(self.failed(leaf, expected, opening.view_salts.len()));
        }
        let shown = reading.canonicalise(views);
        let opened = views.iter().zip(&opening.view_salts).zip(&record.digests);
        for (((view, salt), committed), shown) in opened.zip(&shown) {
            let digest = match shown {
                Ok(bytes) => sponge::view_digest(&view.to_string(), salt.0, bytes),
                Err(reason) => leaf::unreadable_marker(view, *reason, salt.0),
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
        let digest = leaf::leaf(record.file_commitment, &record.digests);
        let siblings = opening.membership.iter().map(|element| element.0).collect();
        let membership = Membership { index: opening.leaf, siblings };
        self.commitment
            .check_membership(digest, &membership)
            .map_err(|error| self.failed(opening.leaf, "a proof of membership", error))
    }
}
