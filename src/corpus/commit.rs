//! From a directory to a public commitment and the secrets that open it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use ff::Field;
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

use super::commitment::{Commitment, Header};
use super::document::{Reading, read_document};
use super::error::CorpusError;
use super::leaf;
use super::scan::{self, Found};
use super::store::{Entry, Store, ViewEntry};
use super::tree::{self, Tree};
use super::views::ViewId;
use crate::field::{self, Scalar};
use crate::hash::sponge;

/// Commits to every file under `directory` under each of `views`.
///
/// Leaves stand in a uniformly random order and every salt is a fresh uniform
/// field element, all from `rng`, which must be the operating system's or as
/// good. Documents are read in parallel, each held only while it is worked on.
/// `progress` is called with the documents done and their total, from any
/// thread.
///
/// # Errors
/// If a view list, a directory entry or a file cannot be used; the error names
/// it and nothing is committed.
pub fn commit_corpus<R, P>(
    directory: &Path,
    views: &[ViewId],
    rng: &mut R,
    progress: &P,
) -> Result<(Commitment, Store), CorpusError>
where
    R: RngCore + CryptoRng,
    P: Fn(u64, u64) + Sync + ?Sized,
{
    commit_and_look(directory, views, rng, progress, &|_, _| ())
}

/// As [`commit_corpus`]; `look` is shown each document with the bytes that were
/// read of it, in no order and from any thread.
///
/// # Errors
/// As [`commit_corpus`].
pub(crate) fn commit_and_look<R, P, L>(
    directory: &Path,
    views: &[ViewId],
    rng: &mut R,
    progress: &P,
    look: &L,
) -> Result<(Commitment, Store), CorpusError>
where
    R: RngCore + CryptoRng,
    P: Fn(u64, u64) + Sync + ?Sized,
    L: Fn(&Entry, &Reading) + Sync,
{
    let header = Header::new(views)?;
    let mut found = scan::scan(directory)?;
    if found.is_empty() {
        return Err(CorpusError::Empty(directory.to_owned()));
    }
    shuffle(&mut found, rng);
    let salted: Vec<(Found, Vec<Scalar>)> = found
        .into_iter()
        .map(|file| {
            let salts = (0..=views.len()).map(|_| Scalar::random(&mut *rng));
            (file, salts.collect())
        })
        .collect();

    let total = salted.len() as u64;
    let done = AtomicU64::new(0);
    progress(0, total);
    let entries = salted
        .into_par_iter()
        .with_max_len(1)
        .map(|(file, salts)| {
            let entry = commit_document(file, &salts, views, look)?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            Ok(entry)
        })
        .collect::<Result<Vec<Entry>, CorpusError>>()?;

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
    let commitment = Commitment { header: header.clone(), documents: total, root };
    Ok((commitment, Store { header, root, entries }))
}

/// `salts` are that of the file and one for each view.
fn commit_document(
    file: Found,
    salts: &[Scalar],
    views: &[ViewId],
    look: &impl Fn(&Entry, &Reading),
) -> Result<Entry, CorpusError> {
    let reading = read_document(&file.location)?;
    let shown = reading.canonicalise(views);
    let salted = views.iter().zip(&shown).zip(salts.iter().skip(1));
    let entries = salted.map(|((view, shown), &salt)| match shown {
        Ok(bytes) => {
            let digest = sponge::view_digest(&view.to_string(), salt, bytes);
            ViewEntry { salt, digest, unreadable: None }
        }
        Err(reason) => {
            let digest = leaf::unreadable_marker(view, *reason, salt);
            ViewEntry { salt, digest, unreadable: Some(*reason) }
        }
    });
    let entry = Entry {
        sha256: reading.sha256,
        byte_length: reading.byte_length,
        salt: salts[0],
        views: entries.collect(),
        path: file.path,
    };
    look(&entry, &reading);
    Ok(entry)
}

/// Fisher–Yates with unbiased draws.
fn shuffle<T>(items: &mut [T], rng: &mut impl RngCore) {
    for last in (1..items.len()).rev() {
        let chosen = below(last as u64 + 1, rng) as usize;
        items.swap(last, chosen);
    }
}

/// A uniform integer below `bound`, by rejection.
fn below(bound: u64, rng: &mut impl RngCore) -> u64 {
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
