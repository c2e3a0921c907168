//! Gathers the rows of a log while a bundle is verified.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{LogKind, LogRow, Place, WithheldLog};
use crate::exchange::formats::bundle::{Basis, Substitute, Withheld};
use crate::exchange::formats::leaves::Status;
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::report::Report;
use crate::exchange::verify::{BundleSeen, LeafSeen, Watch};
use crate::field;

/// A family's id, to be a key.
type Id = [u8; field::SCALAR_BYTES];

/// A withheld document, with what is opened of its place.
#[derive(Debug)]
struct Found {
    status: Status,
    place: Option<(Id, u32, u32)>,
    withheld: Withheld,
    substitute: Option<Substitute>,
}

#[derive(Debug, Default)]
struct Collected {
    bundle: Option<[u8; 32]>,
    found: Vec<Found>,
    /// Leaves of top items whose places are opened.
    tops: BTreeMap<Id, u64>,
}

/// Is told what a verification finds. Keeps the list of withheld documents, and some
/// bytes for each family that is opened.
#[derive(Debug, Default)]
pub(super) struct Collect(Mutex<Collected>);

impl Watch for Collect {
    fn bundle(&self, bundle: &BundleSeen<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bundle = Some(bundle.digest);
    }

    fn leaf(&self, leaf: &LeafSeen<'_>) {
        let place = leaf.opening.and_then(|opening| opening.family);
        let place = place.map(|place| (field::encode(&place.id.0), place.ordinal, place.count));
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((id, 0, _)) = place {
            collected.tops.insert(id, leaf.leaf);
        }
        if let Some(withheld) = leaf.withheld {
            collected.found.push(Found {
                status: leaf.record.status,
                place,
                withheld: withheld.clone(),
                substitute: leaf.substitute.cloned(),
            });
        }
    }
}

impl Collect {
    /// The log, if the verification came to an end.
    pub(super) fn finish(self, kind: LogKind, report: &Report) -> Option<WithheldLog> {
        let Collected { bundle, found, tops } =
            self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let confirmed = |basis: &Basis| match basis {
            // The judge reads all of them again, or none.
            Basis::Program(_) => (report.read_again > 0).then_some("read again by the judge"),
            Basis::Produced(bundle) => {
                report.produced_in.contains(bundle).then_some("found in that bundle by the judge")
            }
            Basis::Carries(_) => Some("that leaf is withheld, and stands below it in its family"),
            Basis::Claim(_) | Basis::Other(_) => None,
        };
        let row = |(number, found): (u64, Found)| {
            let Found { status, place, withheld, substitute } = found;
            let place = place.map(|(id, ordinal, count)| {
                let top = tops.get(&id).copied().filter(|_| ordinal > 0);
                Place { ordinal, count, top }
            });
            let confirmed = confirmed(withheld.basis());
            LogRow { number, status, place, withheld, substitute, confirmed }
        };
        Some(WithheldLog {
            kind,
            root: report.root,
            request: report.request?,
            bundle: Sha256Hex(bundle?),
            outcome: report.outcome,
            rows: (1..).zip(found).map(row).collect(),
        })
    }
}
