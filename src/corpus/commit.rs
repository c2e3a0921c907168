//! From a directory to a public commitment and the secrets that open it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use candor_documents::{EXPANDER, Listed, Record};
use ff::Field;
use rand_core::CryptoRngCore;
use rayon::prelude::*;

use super::commitment::{Commitment, Header};
use super::document::{Reading, read_document};
use super::error::CorpusError;
use super::items;
use super::leaf::{self, FamilyPlace};
use super::scan::{self, Found};
use super::sha256::Sha256Hex;
use super::store::{Entry, Store, ViewEntry};
use super::tree::{self, Tree};
use super::views::{View, ViewId, Vocabularies};
use crate::field::{self, Scalar};
use crate::hash::sponge;
use crate::readers;

/// Commits to every file under `directory`, or to the items that were expanded into
/// it, under each of `views`.
///
/// Leaves stand in a uniformly random order, and every salt and every id of a family is
/// a fresh uniform field element, all from `rng`, which must be the operating system's
/// or as good. Documents are read in parallel, each held only while it is worked on.
/// `progress` is called with the documents done and their total, from any
/// thread.
///
/// # Errors
/// If a view list, a directory entry or a file cannot be used, or a view is one of
/// tokens; the error names it and nothing is committed.
pub fn commit_corpus<P>(
    directory: &Path,
    views: &[ViewId],
    rng: &mut dyn CryptoRngCore,
    progress: &P,
) -> Result<(Commitment, Store), CorpusError>
where
    P: Fn(u64, u64) + Sync + ?Sized,
{
    let vocabularies = Vocabularies::default();
    commit_and_look(directory, Header::new(views)?, &vocabularies, rng, progress, &|_, _| ())
}

/// As [`commit_corpus`], under a header; `look` is shown each document with the bytes
/// that were read of it, in no order and from any thread.
///
/// # Errors
/// As [`commit_corpus`].
pub(crate) fn commit_and_look<P, L>(
    directory: &Path,
    mut header: Header,
    vocabularies: &Vocabularies,
    rng: &mut dyn CryptoRngCore,
    progress: &P,
    look: &L,
) -> Result<(Commitment, Store), CorpusError>
where
    P: Fn(u64, u64) + Sync + ?Sized,
    L: Fn(&Entry, &Reading) + Sync,
{
    header.check()?;
    let views = View::all(&header.views, vocabularies)?;
    let (expanded, mut sources) = sources(directory, rng)?;
    if expanded {
        EXPANDER.clone_into(&mut header.expander);
    }
    if sources.is_empty() {
        return Err(CorpusError::Empty(directory.to_owned()));
    }
    shuffle(&mut sources, rng);
    let salted: Vec<(Source, Salts)> =
        sources.into_iter().map(|source| (source, Salts::draw(header.views.len(), rng))).collect();

    let total = salted.len() as u64;
    let done = AtomicU64::new(0);
    progress(0, total);
    let commit = |(source, salts): (Source, Salts)| {
        let (entry, reading) = commit_document(source, &salts, &views)?;
        look(&entry, &reading);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        Ok(entry)
    };
    let entries = readers::in_parallel(|| {
        let entries = salted.into_par_iter().with_max_len(1).map(commit);
        entries.collect::<Result<Vec<Entry>, CorpusError>>()
    })?;

    let mut digests: Vec<[u8; 32]> = entries
        .iter()
        .flat_map(|entry| entry.views.iter().map(|view| field::encode(&view.digest)))
        .collect();
    digests.par_sort_unstable();
    if digests.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(CorpusError::RepeatedDigest);
    }

    let leaves: Vec<Scalar> = entries.par_iter().map(Entry::leaf).collect();
    let tree = Tree::new(&leaves).ok_or_else(|| CorpusError::Empty(directory.to_owned()))?;
    let root = tree::corpus_root(total, tree.merkle_root(), header.digest());
    let commitment = Commitment::new(header.clone(), total, root);
    let commitment = commitment.with_vocabularies(vocabularies.clone())?;
    Ok((commitment, Store { header, root, entries }))
}

/// A document that is to be committed to.
struct Source {
    location: PathBuf,
    family: FamilyPlace,
    what: What,
}

enum What {
    /// A file of a plain folder, by its path under it.
    File(Vec<u8>),
    /// An item as it was listed.
    Item(Box<Listed>),
}

/// Whether a folder holds expanded items; and its documents, in an order that does not
/// depend on `rng`.
fn sources(
    directory: &Path,
    rng: &mut dyn CryptoRngCore,
) -> Result<(bool, Vec<Source>), CorpusError> {
    if let Some(listed) = items::list(directory)? {
        let mut ids = BTreeMap::new();
        let source = |item: Listed| {
            let id = *ids.entry(item.top).or_insert_with(|| Scalar::random(&mut *rng));
            Source {
                location: directory.join(items::item_path(item.item)),
                family: FamilyPlace { id, ordinal: item.ordinal, count: item.count },
                what: What::Item(Box::new(item)),
            }
        };
        return Ok((true, listed.into_iter().map(source).collect()));
    }
    let source = |Found { path, location }| {
        let id = Scalar::random(&mut *rng);
        let family = FamilyPlace { id, ordinal: 0, count: 1 };
        Source { location, family, what: What::File(path) }
    };
    Ok((false, scan::scan(directory)?.into_iter().map(source).collect()))
}

/// The salts of one leaf.
struct Salts {
    file: Scalar,
    record: Scalar,
    family: Scalar,
    views: Vec<Scalar>,
}

impl Salts {
    fn draw(views: usize, rng: &mut dyn CryptoRngCore) -> Self {
        let [file, record, family] = [(); 3].map(|()| Scalar::random(&mut *rng));
        let views = (0..views).map(|_| Scalar::random(&mut *rng)).collect();
        Self { file, record, family, views }
    }
}

fn commit_document(
    source: Source,
    salts: &Salts,
    views: &[View],
) -> Result<(Entry, Reading), CorpusError> {
    let Source { location, family, what } = source;
    let reading = read_document(&location)?;
    let (item, record) = match what {
        What::File(path) => (None, reading.record(path)),
        What::Item(listed) => {
            let same = Sha256Hex(reading.sha256).to_string() == listed.sha256;
            if !same || reading.byte_length != listed.bytes {
                return Err(CorpusError::OtherItem(location));
            }
            (Some(listed.item), listed.record)
        }
    };
    if record.to_line().len() > Record::MAX_BYTES {
        return Err(CorpusError::LongRecord(location));
    }
    let shown = reading.canonicalise(&record, views);
    let salted = views.iter().zip(&shown).zip(&salts.views);
    let entries = salted.map(|((view, shown), &salt)| match shown {
        Ok(bytes) => {
            let digest = sponge::view_digest(&view.id().to_string(), salt, bytes);
            ViewEntry { salt, digest, missing: None }
        }
        Err(missing) => {
            let digest = leaf::marker(&view.id(), *missing, salt);
            ViewEntry { salt, digest, missing: Some(*missing) }
        }
    });
    let entry = Entry {
        item,
        sha256: reading.sha256,
        byte_length: reading.byte_length,
        salt: salts.file,
        record,
        record_salt: salts.record,
        family,
        family_salt: salts.family,
        views: entries.collect(),
    };
    Ok((entry, reading))
}

/// Fisher–Yates with unbiased draws.
fn shuffle<T>(items: &mut [T], rng: &mut dyn CryptoRngCore) {
    for last in (1..items.len()).rev() {
        let chosen = below(last as u64 + 1, rng) as usize;
        items.swap(last, chosen);
    }
}

/// A uniform integer below `bound`, by rejection.
fn below(bound: u64, rng: &mut dyn CryptoRngCore) -> u64 {
    let whole = u64::MAX - u64::MAX % bound;
    loop {
        let drawn = rng.next_u64();
        if drawn < whole {
            return drawn % bound;
        }
    }
}

#[cfg(test)]
mod tests;
