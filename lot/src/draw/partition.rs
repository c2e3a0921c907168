//! Which leaf belongs to which stratum: disjoint, and together the whole corpus.

use std::collections::BTreeMap;

use candor::exchange::formats::text::Sha256Hex;
use sha2::{Digest, Sha256};

use crate::formats::{Population, Stratum};

/// The leaves of a corpus by stratum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Leaves ascending.
    strata: BTreeMap<Population, Vec<u64>>,
}

impl Partition {
    /// Without leaves yet: the strata of a lot.
    #[must_use]
    pub fn new(strata: &[Stratum]) -> Self {
        let empty = strata.iter().map(|stratum| (stratum.population.clone(), Vec::new()));
        Self { strata: empty.collect() }
    }

    /// Every leaf of a corpus, for a lot over the root alone.
    #[must_use]
    pub fn of_all(documents: u64) -> Self {
        Self { strata: BTreeMap::from([(Population::All, (0..documents).collect())]) }
    }

    /// Adds the next leaf, which belongs to this stratum, or to the stratum of the lot
    /// that holds it.
    pub fn add(&mut self, leaf: u64, population: Population) {
        let whole = population.whole().filter(|whole| self.strata.contains_key(whole));
        self.strata.entry(whole.unwrap_or(population)).or_default().push(leaf);
    }

    /// The strata in order, each with its leaves, ascending.
    pub fn strata(&self) -> impl Iterator<Item = (&Population, &[u64])> {
        self.strata.iter().map(|(population, leaves)| (population, leaves.as_slice()))
    }

    /// The leaves of a stratum.
    #[must_use]
    pub fn leaves(&self, population: &Population) -> &[u64] {
        self.strata.get(population).map_or(&[], Vec::as_slice)
    }

    /// Number of all leaves.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.strata.values().map(|leaves| leaves.len() as u64).sum()
    }
}

/// Which leaves a stratum has: `SHA-256("candor population 1\n" ‖ u64 LE count ‖ each leaf
/// u64 LE, ascending)`.
#[must_use]
pub fn leaves_sha256(leaves: &[u64]) -> Sha256Hex {
    let mut hasher = Sha256::new();
    hasher.update(b"candor population 1\n");
    hasher.update((leaves.len() as u64).to_le_bytes());
    leaves.iter().for_each(|leaf| hasher.update(leaf.to_le_bytes()));
    Sha256Hex(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Sample;

    #[test]
    fn the_published_population_is_met() {
        let digest = leaves_sha256(&[1, 3, 5, 7, 9]).to_string();
        assert!(digest.starts_with("4593553ab5ad8f8f"), "{digest}");
        assert_ne!(leaves_sha256(&[]), leaves_sha256(&[0]));
    }

    #[test]
    fn each_leaf_is_in_one_stratum() {
        let of = |name: &str| name.parse::<Population>().unwrap();
        let strata = ["nonmatching", "unreadable", "outside"]
            .map(|name| Stratum { population: of(name), sample: Sample::All });
        let mut partition = Partition::new(&strata);
        let leaves = [
            "outside:text",
            "disclosed",
            "nonmatching",
            "outside:sound",
            "withheld:other",
            "withheld:privilege/ac",
            "nonmatching",
        ];
        for (leaf, name) in (0..).zip(leaves) {
            partition.add(leaf, of(name));
        }
        let found: Vec<(String, Vec<u64>)> = partition
            .strata()
            .map(|(population, leaves)| (population.to_string(), leaves.to_vec()))
            .collect();
        let expected = [
            ("disclosed", vec![1]),
            ("withheld:other", vec![4]),
            ("withheld:privilege/ac", vec![5]),
            ("nonmatching", vec![2, 6]),
            ("unreadable", vec![]),
            ("outside", vec![0, 3]),
        ];
        assert_eq!(found, expected.map(|(name, leaves)| (name.to_owned(), leaves)));
        assert_eq!(partition.documents(), 7);
        assert_eq!(partition.leaves(&of("outside")), [0, 3]);
        assert_eq!(Partition::of_all(3).leaves(&Population::All), [0, 1, 2]);
    }
}
