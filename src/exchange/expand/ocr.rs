//! Texts that an OCR engine made, beside the scans that they are of.
//!
//! Such a text becomes a family of its own. As a member of the scan's family it would
//! break the rule that a family is what expanding its top item gives, which is all that
//! a judge has to go by.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use candor_documents::{Budget, Kind, kind_of};
use serde::Serialize;

use crate::corpus::scan::{is_walked_path, scan};
use crate::exchange::error::ExchangeError;
use crate::exchange::opening::item::Item;
use crate::files::read_capped;

/// What the name of such an item ends in.
const SUFFIX: &[u8] = b".ocr.txt";
const TXT: &[u8] = b".txt";

/// How many of the texts belong to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OcrCounts {
    /// Texts that became items, each as often as there is such a scan.
    pub items: u64,
    /// Texts that belong to no item.
    pub unused: u64,
}

/// The texts of a folder.
#[derive(Default)]
pub(super) struct Texts {
    /// By what their names say: the SHA-256 of an item, or the path of a file.
    by_name: BTreeMap<Vec<u8>, PathBuf>,
    used: BTreeSet<Vec<u8>>,
}

impl Texts {
    /// Looks at every text of a folder.
    ///
    /// # Errors
    /// If a file cannot be read or is no text.
    pub(super) fn read(folder: &Path) -> Result<Self, ExchangeError> {
        let found = scan(folder).map_err(crate::corpus::error::CorpusError::Scan)?;
        let mut by_name = BTreeMap::new();
        for found in found {
            let advice = "leave nothing in the folder but texts, named after what they are of";
            let Some(name) = found.path.strip_suffix(TXT) else {
                let problem = "does not end in .txt";
                return Err(ExchangeError::file(&found.location, problem, advice));
            };
            let bytes = read_capped(&found.location, Budget::BYTES)?;
            if !matches!(kind_of(&bytes), Kind::Text | Kind::Empty) {
                return Err(ExchangeError::file(&found.location, "is no plain text", advice));
            }
            by_name.insert(name.to_vec(), found.location);
        }
        Ok(Self { by_name, used: BTreeSet::new() })
    }

    /// Names, lengths and times of the texts, to tell whether they are the same.
    pub(super) fn describe(&self, into: &mut impl FnMut(&[u8])) {
        for (name, location) in &self.by_name {
            let metadata = fs::metadata(location).ok();
            let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
            into(name);
            into(format!("{:?} {modified:?}", metadata.map(|metadata| metadata.len())).as_bytes());
        }
    }

    /// The text of an item, and the path that it has as one.
    pub(super) fn of(&mut self, item: &Item, on_disk: bool) -> Option<(Vec<u8>, &Path)> {
        self.of_names(&item.record.path.0, &hex::encode(item.digests.sha256), on_disk)
    }

    /// As [`Self::of`], by path and digest.
    pub(super) fn of_names(
        &mut self,
        path: &[u8],
        sha256: &str,
        on_disk: bool,
    ) -> Option<(Vec<u8>, &Path)> {
        let by_path = || Some(path).filter(|path| on_disk && self.by_name.contains_key(*path));
        let digest = Some(sha256.as_bytes()).filter(|name| self.by_name.contains_key(*name));
        let name = digest.or_else(by_path)?;
        self.used.insert(name.to_vec());
        let mut own = path.to_vec();
        own.extend_from_slice(SUFFIX);
        if !is_walked_path(&own) {
            own = [sha256.as_bytes(), SUFFIX].concat();
        }
        Some((own, self.by_name.get(name)?))
    }

    /// How many belong to no item.
    pub(super) fn unused(&self) -> u64 {
        (self.by_name.len() - self.used.len()) as u64
    }
}
