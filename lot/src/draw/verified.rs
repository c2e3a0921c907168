//! The strata of a bundle, from the run that verifies it: what is drawn from are the bytes
//! that were verified.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use candor::corpus::missing::Missing;
use candor::exchange::formats::leaves::Record;
use candor::exchange::formats::request::CheckedRequest;
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::verify::{BundleSeen, LeafSeen, Watch};
use candor::exchange::{
    Beside, ExchangeError, OnRecord, Outcome, Progress, Report, verify_bundle_with,
};

use super::partition::Partition;
use crate::formats::{Population, Stratum};

/// A bundle that verified, whether complete or not.
#[derive(Debug)]
pub struct Bundle {
    /// What the verification found.
    pub report: Report,
    /// SHA-256 of its `tagmanifest-sha256.txt`.
    pub digest: Sha256Hex,
    /// Its leaves by stratum.
    pub partition: Partition,
    /// The request that it answers, as it was compiled to verify it.
    pub request: Arc<CheckedRequest>,
    /// What it says of the leaves that were asked for.
    pub said: Said,
}

/// What each leaf commits to with its status, and why it has no decision.
pub type Said = BTreeMap<u64, (Record, Option<Missing>)>;

/// Verifies a bundle and sorts its leaves into strata, with the names that a lot's strata
/// have; keeps what it says of the leaves that are wanted.
///
/// # Errors
/// [`ExchangeError::Refused`] if a check fails; otherwise if the outcome could not be
/// decided.
pub fn verified(
    on_record: OnRecord<'_>,
    request: &Path,
    bundle: &Path,
    strata: &[Stratum],
    wanted: &BTreeSet<u64>,
    progress: &dyn Progress,
) -> Result<Bundle, ExchangeError> {
    let sorter = Sorter {
        wanted,
        bundle: Mutex::new(None),
        partition: Mutex::new(Partition::new(strata)),
        said: Mutex::default(),
    };
    let beside = Beside { watch: Some(&sorter), ..Beside::default() };
    let mut report = verify_bundle_with(on_record, request, bundle, beside, progress)?;
    if let Some(failure) = report.failure.take() {
        return Err(ExchangeError::Refused(failure));
    }
    let told = sorter.bundle.into_inner().unwrap_or_else(PoisonError::into_inner);
    let partition = sorter.partition.into_inner().unwrap_or_else(PoisonError::into_inner);
    let said = sorter.said.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Without an outcome other than failed, nothing that was told counts.
    let whole = partition.documents() == report.documents && report.outcome != Outcome::Failed;
    match told.filter(|_| whole) {
        Some((digest, request)) => Ok(Bundle { report, digest, partition, request, said }),
        None => {
            let advice = "verify it with judge verify-bundle, and report what happens";
            Err(ExchangeError::file(bundle, "was not told of whole while it was verified", advice))
        }
    }
}

/// Sorts leaves while a bundle is verified.
#[derive(Debug)]
struct Sorter<'a> {
    wanted: &'a BTreeSet<u64>,
    /// The bundle's digest, and the request.
    bundle: Mutex<Option<(Sha256Hex, Arc<CheckedRequest>)>>,
    partition: Mutex<Partition>,
    said: Mutex<Said>,
}

impl Watch for Sorter<'_> {
    fn bundle(&self, bundle: &BundleSeen<'_>) {
        let mut told = self.bundle.lock().unwrap_or_else(PoisonError::into_inner);
        *told = Some((Sha256Hex(bundle.digest), Arc::clone(bundle.request)));
    }

    fn leaf(&self, leaf: &LeafSeen<'_>) {
        let mut partition = self.partition.lock().unwrap_or_else(PoisonError::into_inner);
        partition.add(leaf.leaf, population_of(leaf));
        if self.wanted.contains(&leaf.leaf) {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            said.insert(leaf.leaf, (leaf.record.clone(), leaf.missing));
        }
    }
}

/// The stratum of a leaf, with its basis or kind.
#[must_use]
pub fn population_of(leaf: &LeafSeen<'_>) -> Population {
    if leaf.is_disclosed() {
        return Population::Disclosed;
    }
    match (leaf.withheld, leaf.missing) {
        (Some(withheld), _) => {
            // A leaf's number, a digest and free text are no part of a stratum's name.
            Population::Withheld(Some(withheld.basis().class().to_owned()))
        }
        (None, Some(Missing::Unreadable(_))) => Population::Unreadable,
        (None, Some(Missing::Outside(kind))) => Population::Outside(Some(kind)),
        (None, None) => Population::Nonmatching,
    }
}
