//! Documents that are withheld because an earlier bundle handed them over: whether it
//! did. Part of check 5.
//!
//! A bundle is named by the digest of its `tagmanifest-sha256.txt`, which fixes its
//! manifest, and so its openings. What they open is compared with this bundle's leaves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Parsed;
use super::opened::Committed;
use crate::corpus::document::read_content;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bag::{Bag, Entries};
use crate::exchange::formats::bundle::{self, Opening};
use crate::exchange::formats::leaves::Record;
use crate::exchange::formats::text::Sha256Hex;

/// The bundles that the judge was given beside the one that is verified.
pub(super) struct Earlier<'a> {
    parsed: &'a Parsed<'a>,
    bundles: BTreeMap<Sha256Hex, Given<'a>>,
}

/// One of them.
struct Given<'a> {
    path: &'a Path,
    bag: Bag,
    /// Digest of its openings, as its manifest says.
    openings: [u8; 32],
    /// Its openings as far as they were read; nothing before the first document.
    reading: Option<Entries<Opening>>,
}

impl<'a> Earlier<'a> {
    /// # Errors
    /// If one cannot be read, or is not a bundle, or is given twice.
    pub(super) fn open(parsed: &'a Parsed<'a>, paths: &'a [PathBuf]) -> Result<Self, Stop> {
        let mut bundles = BTreeMap::new();
        for path in paths {
            let bag = Bag::open(path)?;
            let named = bag.named_by_tag_manifest().map_err(|stop| not_a_bundle(path, stop))?;
            let given = Given { path, bag, openings: named.openings, reading: None };
            if bundles.insert(Sha256Hex(named.digest), given).is_some() {
                let advice = "give each bundle once";
                return Err(ExchangeError::file(path, "is given twice", advice).into());
            }
        }
        Ok(Self { parsed, bundles })
    }

    /// Whether the bundle was given that a withheld document is said to be in; then the
    /// document is in it. Leaves must be asked for in ascending order.
    ///
    /// # Errors
    /// If it was given, and the document is not in it.
    pub(super) fn hands_over(
        &mut self,
        digest: Sha256Hex,
        leaf: u64,
        record: &Record,
    ) -> Result<bool, Stop> {
        let Some(given) = self.bundles.get_mut(&digest) else { return Ok(false) };
        let expected = format!("a document that bundle {digest} hands over");
        let failed = |found: &str| -> Stop {
            Failure::new(Check::Release, bundle::WITHHELD, &expected, found).of_leaf(leaf).into()
        };
        let documents = self.parsed.info.documents;
        let opening = given.opening(leaf, documents).map_err(|stop| match stop {
            Stop::Failed(_) => failed("openings that cannot be read"),
            stop => stop,
        })?;
        let released = opening.as_ref().and_then(|opening| Some((opening, opening.released()?)));
        let Some((opening, released)) = released else {
            return Err(failed("one that it does not open"));
        };
        let (name, length) = (released.file_name(), released.file.bytes);
        let mut file = match given.bag.file_of(&name, length) {
            Ok(file) => file,
            Err(Stop::Failed(_)) => return Err(failed("one whose file is not in it")),
            Err(stop) => return Err(stop),
        };
        let reading =
            read_content(&mut file, length, &given.bag.path(&name)).map_err(ExchangeError::from)?;
        let commitment = self.parsed.commitment;
        let committed = Committed { check: Check::Release, commitment, name: bundle::WITHHELD };
        committed.check(&reading, opening, record)?;
        Ok(true)
    }

    /// The openings were those that the manifests fix, and each bundle was of use. Gives
    /// their digests.
    pub(super) fn finish(self) -> Result<Vec<Sha256Hex>, Stop> {
        let digests = self.bundles.keys().copied().collect();
        for given in self.bundles.into_values() {
            let Some(entries) = given.reading else {
                let problem = "no document is said to be in it";
                let advice =
                    "leave it out, or give the bundle that the list of withheld documents names";
                return Err(ExchangeError::file(given.path, problem, advice).into());
            };
            if entries.into_reading().seal()?.digest != given.openings {
                let problem = "its openings are not those that its manifest lists";
                let advice = "give the bundle as it was sent";
                return Err(ExchangeError::file(given.path, problem, advice).into());
            }
        }
        Ok(digests)
    }
}

impl Given<'_> {
    fn opening(&mut self, leaf: u64, documents: u64) -> Result<Option<Opening>, Stop> {
        if self.reading.is_none() {
            self.reading = Some(self.bag.entries(bundle::OPENINGS, documents)?);
        }
        self.reading.as_mut().map_or(Ok(None), |entries| entries.of_leaf(leaf))
    }
}

fn not_a_bundle(path: &Path, stop: Stop) -> Stop {
    match stop {
        Stop::Failed(failure) => {
            let advice = "give a bundle as it was sent";
            ExchangeError::file(path, format!("is not a bundle: {failure}"), advice).into()
        }
        stop => stop,
    }
}
