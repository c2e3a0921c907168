//! How many documents are withheld on which basis.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::exchange::formats::bundle::Basis;

/// How many documents a responder withholds on a basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BasisCount {
    /// [`Basis::class`].
    pub basis: &'static str,
    /// Documents whose first basis it is.
    pub documents: u64,
}

/// What is counted of them on the way.
#[derive(Clone, Debug, Default)]
pub(in crate::exchange) struct WithheldBases(BTreeMap<&'static str, u64>);

impl WithheldBases {
    /// Counts one more document.
    pub(in crate::exchange) fn add(&mut self, basis: &Basis) {
        let count = self.0.entry(basis.class()).or_default();
        *count = count.saturating_add(1);
    }

    /// The counts in the order of their names.
    pub(in crate::exchange) fn finish(self) -> Vec<BasisCount> {
        self.0.into_iter().map(|(basis, documents)| BasisCount { basis, documents }).collect()
    }
}

/// The counts as a phrase: `privilege/ac 2, other 1`.
pub(in crate::exchange) fn phrase(counts: &[BasisCount]) -> String {
    let one = |BasisCount { basis, documents }: &BasisCount| format!("{basis} {documents}");
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}
