//! The documents that a line of a list is about.

use std::collections::BTreeMap;

use crate::exchange::folder::unguarded;
use crate::exchange::formats::csv::{Row, with_slashes};
use crate::exchange::formats::text::Name;
use crate::exchange::held::OpenCorpus;

/// Where documents are found by their paths.
pub(super) struct Finder<'a> {
    corpus: &'a OpenCorpus,
    leaves: BTreeMap<&'a [u8], Vec<u64>>,
}

/// What is wrong with a line, and what to do.
pub(super) type Wrong = (String, &'static str);

impl<'a> Finder<'a> {
    pub(super) fn new(corpus: &'a OpenCorpus) -> Self {
        let mut leaves: BTreeMap<&[u8], Vec<u64>> = BTreeMap::new();
        for (document, leaf) in corpus.store.entries.iter().zip(0..) {
            leaves.entry(document.path()).or_default().push(leaf);
        }
        Self { corpus, leaves }
    }

    /// The leaves that a line names: the one under `leaf`, or all under `path`, which
    /// several items may have. If both are there, they agree.
    pub(super) fn find(&self, row: &Row, path: &str) -> Result<Vec<u64>, Wrong> {
        let (path, leaf) = (row.bytes(path), row.bytes("leaf"));
        if leaf.is_empty() {
            let found = self.by_path(path).cloned();
            let advice = "give paths relative to the corpus, as committed; a byte that is not \
                          printable ASCII may be written as %XX, as in openings.jsonl";
            return found.ok_or(("there is no such document".to_owned(), advice));
        }
        let number = str::from_utf8(leaf).ok().and_then(|leaf| leaf.trim().parse::<u64>().ok());
        let number = number.filter(|leaf| *leaf < self.corpus.store.entries.len() as u64);
        let leaf = number.ok_or_else(|| {
            let problem = format!("there is no leaf {}", String::from_utf8_lossy(leaf));
            (problem, "give the number of a leaf, or leave that cell empty and give the path")
        })?;
        let agrees = path.is_empty() || self.by_path(path).is_some_and(|of| of.contains(&leaf));
        if !agrees {
            let problem = format!("leaf {leaf} has another path");
            return Err((problem, "use the lines as withhold-template wrote them"));
        }
        Ok(vec![leaf])
    }

    fn by_path(&self, path: &[u8]) -> Option<&Vec<u64>> {
        // Names that are not Unicode may be written as the artefacts show them, and those
        // that a spreadsheet would take for formulas as lists guard them.
        let escaped = |path: &[u8]| str::from_utf8(path).ok()?.parse::<Name>().ok();
        let found = |path: &[u8]| {
            let found = self.leaves.get(path);
            let found = found.or_else(|| self.leaves.get(escaped(path)?.0.as_slice()));
            found.or_else(|| self.leaves.get(with_slashes(path).as_slice()))
        };
        found(path).or_else(|| found(unguarded(path)?))
    }
}
