//! What the sealed bundle says of the leaves that are opened, from the run that verifies
//! it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candor::corpus::missing::Missing;
use candor::exchange::formats::leaves::Record;
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::verify::{BundleSeen, LeafSeen, Watch};
use candor::exchange::{Beside, ExchangeError, OnRecord, Progress, verify_bundle_with};

use crate::draw::Partition;
use crate::draw::verified::population_of;
use crate::formats::Stratum;

/// What was said.
#[derive(Debug)]
pub struct Said {
    /// SHA-256 of the bundle's `tagmanifest-sha256.txt`; `None` without a bundle.
    pub bundle: Option<Sha256Hex>,
    /// All leaves by stratum.
    pub partition: Partition,
    /// What each wanted leaf commits to, its status, and why it has no decision.
    pub leaves: BTreeMap<u64, (Record, Option<Missing>)>,
}

impl Said {
    /// For a lot over the root alone.
    #[must_use]
    pub fn without_bundle(documents: u64) -> Self {
        let partition = Partition::of_all(documents);
        Self { bundle: None, partition, leaves: BTreeMap::new() }
    }
}

/// Verifies a bundle, and keeps what it says of the wanted leaves.
///
/// # Errors
/// If it does not verify, or this could not be decided: nothing was drawn from such a
/// bundle.
pub fn of_bundle(
    (commitment, request, bundle): (&Path, &Path, &Path),
    strata: &[Stratum],
    wanted: BTreeSet<u64>,
    progress: &dyn Progress,
) -> Result<Said, ExchangeError> {
    let partition = Partition::new(strata);
    let said = Said { bundle: None, partition, leaves: BTreeMap::new() };
    let collector = Collector { wanted, said: Mutex::new(said) };
    let beside = Beside { watch: Some(&collector), ..Beside::default() };
    let report = verify_bundle_with(OnRecord::from(commitment), request, bundle, beside, progress)?;
    let advice = "give the bundle that was drawn from";
    if let Some(failure) = report.failure {
        return Err(ExchangeError::file(bundle, format!("does not verify: {failure}"), advice));
    }
    let said = collector.said.into_inner().unwrap_or_else(PoisonError::into_inner);
    if said.partition.documents() == report.documents {
        return Ok(said);
    }
    Err(ExchangeError::file(bundle, "was not told of whole while it was verified", advice))
}

/// Keeps what is told while a bundle is verified.
#[derive(Debug)]
struct Collector {
    wanted: BTreeSet<u64>,
    said: Mutex<Said>,
}

impl Collector {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Collector {
    fn bundle(&self, bundle: &BundleSeen<'_>) {
        self.said().bundle = Some(Sha256Hex(bundle.digest));
    }

    fn leaf(&self, seen: &LeafSeen<'_>) {
        let mut said = self.said();
        said.partition.add(seen.leaf, population_of(seen));
        if self.wanted.contains(&seen.leaf) {
            said.leaves.insert(seen.leaf, (seen.record.clone(), seen.missing));
        }
    }
}
