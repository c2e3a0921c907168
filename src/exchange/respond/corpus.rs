//! What an answer needs of the responder's corpus.

use rayon::prelude::*;

use crate::corpus::document::Reading;
use crate::corpus::store::Entry;
use crate::corpus::views::ViewId;
use crate::exchange::error::ExchangeError;
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
        let shown = crate::exchange::vocabularies::view(*view, self.commitment.vocabularies())?;
        let bytes = reading.canonicalise_one(&document.record, &shown).map_err(|_| disagrees())?;
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
