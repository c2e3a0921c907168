//! The strata of a bundle, from the run that verifies it: what is drawn from are the bytes
//! that were verified.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use candor::corpus::missing::Missing;
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
}

/// Verifies a bundle and sorts its leaves into strata, with the names that a lot's strata
/// have.
///
/// # Errors
/// [`ExchangeError::Refused`] if a check fails; otherwise if the outcome could not be
/// decided.
pub fn verified(
    on_record: OnRecord<'_>,
    request: &Path,
    bundle: &Path,
    strata: &[Stratum],
    progress: &dyn Progress,
) -> Result<Bundle, ExchangeError> {
    let sorter = Sorter { digest: Mutex::new(None), partition: Mutex::new(Partition::new(strata)) };
    let beside = Beside { watch: Some(&sorter), ..Beside::default() };
    let mut report = verify_bundle_with(on_record, request, bundle, beside, progress)?;
    if let Some(failure) = report.failure.take() {
        return Err(ExchangeError::Refused(failure));
    }
    let digest = sorter.digest.into_inner().unwrap_or_else(PoisonError::into_inner);
    let partition = sorter.partition.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Without an outcome other than failed, nothing that was told counts.
    let whole = partition.documents() == report.documents && report.outcome != Outcome::Failed;
    match digest.filter(|_| whole) {
        Some(digest) => Ok(Bundle { report, digest, partition }),
        None => {
            let advice = "verify it with judge verify-bundle, and report what happens";
            Err(ExchangeError::file(bundle, "was not told of whole while it was verified", advice))
        }
    }
}

/// Sorts leaves while a bundle is verified.
#[derive(Debug)]
struct Sorter {
    digest: Mutex<Option<Sha256Hex>>,
    partition: Mutex<Partition>,
}

impl Watch for Sorter {
    fn bundle(&self, bundle: &BundleSeen<'_>) {
        let mut digest = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        *digest = Some(Sha256Hex(bundle.digest));
    }

    fn leaf(&self, leaf: &LeafSeen<'_>) {
        let mut partition = self.partition.lock().unwrap_or_else(PoisonError::into_inner);
        partition.add(leaf.leaf, population_of(leaf));
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
