//! What an answer needs of the responder's corpus.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use crate::corpus::document::Reading;
use crate::corpus::store::Entry;
use crate::corpus::views::ViewId;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bundle::{Basis, CARRIES, is_reason};
use crate::exchange::formats::csv;
use crate::exchange::formats::text::Name;
use crate::exchange::held::OpenCorpus;
use crate::exchange::progress::Progress;
use crate::field::Scalar;
use crate::hash::sponge::{self, ChunkDigests};
use crate::readers;

/// A document whose file could be read, as the prover needs it.
pub(super) struct Canonical {
    pub(super) bytes: Vec<u8>,
    pub(super) salt: Scalar,
    pub(super) digest: Scalar,
    /// What it is a digest of, if the view is in chunks.
    pub(super) chunks: Option<ChunkDigests>,
}

impl OpenCorpus {
    /// The leaves that have the view.
    pub(super) fn readable(&self, view: usize) -> Vec<u64> {
        let documents = self.store.entries.iter().zip(0..);
        let readable = documents.filter(|(document, _)| {
            document.views.get(view).is_some_and(|view| view.missing.is_none())
        });
        readable.map(|(_, leaf)| leaf).collect()
    }

    /// Reads the list of documents to withhold: leaf and reason. A path that several
    /// items have stands for all of them.
    pub(super) fn withheld(
        &self,
        list: Option<&Path>,
    ) -> Result<BTreeMap<u64, String>, ExchangeError> {
        let Some(list) = list else { return Ok(BTreeMap::new()) };
        let documents = self.store.entries.iter().zip(0..);
        let mut leaves: BTreeMap<&[u8], Vec<u64>> = BTreeMap::new();
        for (document, leaf) in documents {
            leaves.entry(document.path()).or_default().push(leaf);
        }
        let mut withheld = BTreeMap::new();
        for (file, reason) in csv::read_pairs(list, ["file", "reason"])? {
            let problem = |problem: String, advice: &str| {
                let file = String::from_utf8_lossy(&file);
                Err(ExchangeError::file(list, format!("{file}: {problem}"), advice))
            };
            // Names that are not Unicode may be written as the artefacts show them.
            let escaped = || str::from_utf8(&file).ok()?.parse::<Name>().ok();
            let found = leaves.get(file.as_slice());
            let found = found.or_else(|| leaves.get(escaped()?.0.as_slice()));
            let found = found.or_else(|| leaves.get(csv::with_slashes(&file).as_slice()));
            let Some(found) = found else {
                let advice = "give paths relative to the corpus, as committed; a byte that is not \
                              printable ASCII may be written as %XX, as in openings.jsonl";
                return problem("there is no such document".into(), advice);
            };
            if let Err(what) = is_reason(&reason) {
                return problem(what.into(), "correct the reason; the judge will read it");
            }
            let reserved = if reason.starts_with(CARRIES) {
                Some(format!("a reason must not begin with `{CARRIES}`"))
            } else {
                // Not in another spelling either, which a reader would take for it.
                let basis = Basis::of_name(&reason.trim().to_ascii_lowercase());
                basis.map(|basis| format!("a reason must not be `{}`", basis.name()))
            };
            if let Some(what) = reserved {
                return problem(what, "give a reason of your own; respond writes such reasons");
            }
            for leaf in found {
                if withheld.insert(*leaf, reason.clone()).is_some() {
                    return problem("is listed twice".into(), "remove one of the lines");
                }
            }
        }
        Ok(withheld)
    }

    /// Every file is still the one that was committed.
    pub(super) fn check_files(&self, progress: &dyn Progress) -> Result<(), ExchangeError> {
        progress.stage("checking the corpus", self.commitment.documents);
        let check = |document: &Entry| {
            self.read(document)?;
            progress.advance(1);
            Ok(())
        };
        readers::in_parallel(|| self.store.entries.par_iter().try_for_each(check))
    }

    /// A document's bytes under a view, checked against the store.
    pub(super) fn canonical(
        &self,
        leaf: u64,
        view: &ViewId,
        index: usize,
    ) -> Result<Canonical, ExchangeError> {
        let document = self.document(leaf);
        self.shown(document, &self.read(document)?, view, index)
    }

    /// As [`Self::canonical`], of a document whose file is read.
    pub(super) fn shown(
        &self,
        document: &Entry,
        reading: &Reading,
        view: &ViewId,
        index: usize,
    ) -> Result<Canonical, ExchangeError> {
        let stored = &document.views[index];
        let disagrees = || {
            let problem = format!("its view {view} is not the one that was committed");
            ExchangeError::file(
                self.path(document),
                problem,
                "use the version of Candor that made the commitment",
            )
        };
        let bytes = reading.canonicalise_one(&document.record, view).map_err(|_| disagrees())?;
        let name = view.to_string();
        let chunked = sponge::is_chunked(&name, bytes.len());
        let chunks = chunked.then(|| ChunkDigests::of(&name, &bytes));
        let digest = match &chunks {
            Some(chunks) => chunks.digest(&name, stored.salt, bytes.len() as u32),
            None => sponge::view_digest(&name, stored.salt, &bytes),
        };
        if digest != stored.digest {
            return Err(disagrees());
        }
        Ok(Canonical { bytes, salt: stored.salt, digest, chunks })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;
    use crate::exchange::{CommitOptions, Silent};

    #[test]
    fn a_name_that_is_not_unicode_can_be_withheld() {
        let folder = tempfile::tempdir().unwrap();
        let (documents, commit) = (folder.path().join("documents"), folder.path().join("commit"));
        std::fs::create_dir(&documents).unwrap();
        // The last is first of all itself, and not the spelling of another name.
        let names = [&b"\xff.png"[..], b"caf\xc3\xa9, \"1\".png", b"%FE.png"];
        for name in names {
            std::fs::write(documents.join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
        }
        let views = ["image/gray-1x1".parse().unwrap()];
        let mut rng = rand_core::OsRng;
        let (documents, out) = (documents.as_path(), commit.as_path());
        let options = CommitOptions { documents, views: &views, acquisition: &[], out };
        crate::exchange::commit::commit(&options, &Silent, &mut rng).unwrap();
        let corpus = OpenCorpus::open(documents, &commit).unwrap();
        let withheld = |text: &[u8]| {
            let list = folder.path().join("list.csv");
            std::fs::write(&list, [b"file,reason\n", text].concat()).unwrap();
            let leaves = corpus.withheld(Some(&list))?;
            let path = |leaf: &u64| corpus.document(*leaf).path().to_vec();
            Ok::<_, ExchangeError>(leaves.keys().map(path).collect::<Vec<_>>())
        };
        for (text, name) in [
            (&b"\xff.png,privileged\n"[..], names[0]),
            (b"%FF.png,privileged\n", names[0]),
            ("\"café, \"\"1\"\".png\",x\n".as_bytes(), names[1]),
            (b"\"caf%C3%A9, \"\"1\"\".png\",x\n", names[1]),
            (b"%FE.png,x\n", names[2]),
            (b"%25FE.png,x\n", names[2]),
        ] {
            assert_eq!(withheld(text).unwrap(), [name], "{}", String::from_utf8_lossy(text));
        }
        let error = withheld(b"\xff.png,x\n%FF.png,y\n").unwrap_err().to_string();
        assert!(error.contains("is listed twice"), "{error}");
        for missing in [&b"\xfe.png,x\n"[..], b"%ff.png,x\n", b"../%FF.png,x\n"] {
            let error = withheld(missing).unwrap_err().to_string();
            assert!(error.contains("there is no such document"), "{error}");
        }
        let error = withheld(b"%FF.png,carries/1\n").unwrap_err().to_string();
        assert!(error.contains("must not begin with `carries/`"), "{error}");
        for word in ["settled", "chance-match", " Undated "] {
            let error = withheld(format!("%FF.png,{word}\n").as_bytes()).unwrap_err().to_string();
            assert!(error.contains("a reason must not be `"), "{error}");
        }
        let error = withheld("%FF.png,a\u{202e}b\n".as_bytes()).unwrap_err().to_string();
        assert!(error.contains("a reason must not contain"), "{error}");
    }
}
