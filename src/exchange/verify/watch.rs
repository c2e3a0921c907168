//! What a verification finds, told while it is found: for those who draw a sample from a
//! bundle or make a page of it, out of the same bytes that are verified.

use std::fmt::Debug;
use std::sync::Arc;

use super::Parsed;
use super::pass::{Lists, Row};
use crate::corpus::commitment::Commitment;
use crate::corpus::document::Reading;
use crate::corpus::missing::{Missing, Shown};
use crate::exchange::error::Stop;
use crate::exchange::formats::bundle::{BundleInfo, Opening, Substitute, Withheld};
use crate::exchange::formats::leaves::Record;
use crate::exchange::formats::request::CheckedRequest;
use crate::exchange::progress::Progress;

/// Is told what a verification finds.
///
/// **Nothing that is told counts unless the verification ends with an outcome other than
/// failed**: a check may fail, or a file turn out to have changed, after it was told.
pub trait Watch: Debug + Sync {
    /// The bundle answers the request: checks 1 and 2 passed.
    fn bundle(&self, bundle: &BundleSeen<'_>) {
        let _ = bundle;
    }

    /// A released file passed its checks. Comes from any thread and in any order, once
    /// for each such file.
    fn released(&self, file: &ReleasedSeen<'_>) {
        let _ = file;
    }

    /// All checks passed, and this is what they leave of a leaf. Leaves come in ascending
    /// order, each once.
    fn leaf(&self, leaf: &LeafSeen<'_>) {
        let _ = leaf;
    }
}

/// Several who are told the same, in their order.
#[derive(Debug, Default)]
pub struct All<'a>(Vec<&'a dyn Watch>);

impl<'a> All<'a> {
    /// All of these.
    pub fn of(all: impl IntoIterator<Item = &'a dyn Watch>) -> Self {
        Self(all.into_iter().collect())
    }
}

impl Watch for All<'_> {
    fn bundle(&self, bundle: &BundleSeen<'_>) {
        self.0.iter().for_each(|watch| watch.bundle(bundle));
    }

    fn released(&self, file: &ReleasedSeen<'_>) {
        self.0.iter().for_each(|watch| watch.released(file));
    }

    fn leaf(&self, leaf: &LeafSeen<'_>) {
        self.0.iter().for_each(|watch| watch.leaf(leaf));
    }
}

/// A bundle that answers a request.
#[derive(Clone, Copy, Debug)]
pub struct BundleSeen<'a> {
    /// What it says of itself.
    pub info: &'a BundleInfo,
    /// What it is about.
    pub commitment: &'a Commitment,
    /// What it answers.
    pub request: &'a Arc<CheckedRequest>,
    /// SHA-256 of its `tagmanifest-sha256.txt`, which fixes every byte of it.
    pub digest: [u8; 32],
}

/// A released file that passed its checks.
#[derive(Clone, Copy)]
pub struct ReleasedSeen<'a> {
    /// What opens it. Its file, record and views are opened.
    pub opening: &'a Opening,
    /// Its bytes and their kind.
    pub reading: &'a Reading,
    /// What each view shows of it, in the commitment's order.
    pub shown: &'a [Shown],
    /// Whether it matches.
    pub matches: bool,
    /// Where a search is asked, the lines that it holds, from 0.
    pub held: Option<&'a [usize]>,
}

/// A leaf of a bundle that was verified.
#[derive(Clone, Copy, Debug)]
pub struct LeafSeen<'a> {
    /// Its number.
    pub leaf: u64,
    /// What it commits to, and its status.
    pub record: &'a Record,
    /// Why the view shows nothing of it, as its opened marker says; `None` if its
    /// decision is proved.
    pub missing: Option<Missing>,
    /// What is opened of it.
    pub opening: Option<&'a Opening>,
    /// What the list of withheld documents says of it.
    pub withheld: Option<&'a Withheld>,
    /// The redacted copy that is handed over in its place.
    pub substitute: Option<&'a Substitute>,
}

impl LeafSeen<'_> {
    /// Whether its file is released.
    #[must_use]
    pub fn is_disclosed(&self) -> bool {
        self.opening.is_some_and(|opening| opening.released().is_some())
    }
}

impl Parsed<'_> {
    /// Tells of the bundle.
    pub(super) fn tell_bundle(&self, request: &Arc<CheckedRequest>) {
        let Some(watch) = self.watch else { return };
        let (info, commitment, digest) = (&self.info, self.commitment, self.tag_manifest.digest);
        watch.bundle(&BundleSeen { info, commitment, request, digest });
    }

    /// Tells of a released file that passed its checks.
    pub(super) fn tell_released(&self, file: &ReleasedSeen<'_>) {
        if let Some(watch) = self.watch {
            watch.released(file);
        }
    }

    /// Tells of every leaf.
    pub(super) fn tell_leaves(&self, progress: &dyn Progress) -> Result<(), Stop> {
        let Some(watch) = self.watch else { return Ok(()) };
        progress.stage("listing what became of each document", self.commitment.documents);
        let lists = Lists {
            openings: true,
            outside: true,
            substitutes: true,
            unreadable: true,
            withheld: true,
        };
        self.each(lists, |row| {
            let Row { leaf, record, opening, outside, substitute, unreadable, withheld } = row;
            let unreadable = unreadable.map(|line| Missing::Unreadable(line.reason));
            let missing = unreadable.or(outside.map(|line| Missing::Outside(line.kind)));
            let (opening, withheld) = (opening.as_ref(), withheld.as_ref());
            let (record, substitute) = (&record, substitute.as_ref());
            watch.leaf(&LeafSeen { leaf, record, missing, opening, withheld, substitute });
            progress.advance(1);
            Ok(())
        })
    }
}
