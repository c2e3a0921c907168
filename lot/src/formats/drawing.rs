//! `drawing.json`: what was drawn. Whoever has the lot, the seal and the bundle
//! recomputes all of it from the nonce.

use candor::exchange::formats::text::Sha256Hex;
use serde::{Deserialize, Serialize};

use super::filed::Artefact;
use super::population::Population;

/// `drawing.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawing {
    /// [`Artefact::FORMAT`].
    pub format: String,
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Digest of the seal.
    pub seal: Sha256Hex,
    /// The nonce, 32 bytes.
    pub nonce: Sha256Hex,
    /// The strata of the lot, and every other stratum that is not empty, in the order of
    /// [`Population`]: together the whole corpus.
    pub strata: Vec<Drawn>,
}

/// What was drawn from a stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// The stratum.
    pub population: Population,
    /// Its leaves.
    pub size: u64,
    /// Which they are.
    pub leaves_sha256: Sha256Hex,
    /// The sample, in the order of its tickets; empty if the lot does not name the
    /// stratum.
    pub drawn: Vec<u64>,
}

impl Drawing {
    /// Number of leaves drawn.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.strata.iter().map(|stratum| stratum.drawn.len() as u64).sum()
    }

    /// The leaves drawn, ascending.
    #[must_use]
    pub fn leaves(&self) -> Vec<u64> {
        let mut leaves: Vec<u64> =
            self.strata.iter().flat_map(|stratum| stratum.drawn.iter().copied()).collect();
        leaves.sort_unstable();
        leaves
    }
}

impl Artefact for Drawing {
    const FORMAT: &'static str = "candor drawing 1";
    const MAX_BYTES: u64 = 1 << 28;

    fn format(&self) -> &str {
        &self.format
    }

    fn problem(&self) -> Option<String> {
        if !self.strata.is_sorted_by(|one, next| one.population < next.population) {
            return Some("strata are not in order, or one is named twice".into());
        }
        let more = self.strata.iter().find(|stratum| stratum.drawn.len() as u64 > stratum.size);
        if let Some(stratum) = more {
            return Some(format!("{}: more is drawn than there is", stratum.population));
        }
        let leaves = self.leaves();
        (!leaves.is_sorted_by(|one, next| one < next)).then(|| "a leaf is drawn twice".into())
    }
}

#[cfg(test)]
mod tests {
    use super::super::filed::Filed;
    use super::*;

    #[test]
    fn a_leaf_is_drawn_once_and_strata_have_an_order() {
        let digest = Sha256Hex([1; 32]);
        let drawn = |name: &str, size, drawn: &[u64]| Drawn {
            population: name.parse().unwrap(),
            size,
            leaves_sha256: digest,
            drawn: drawn.to_vec(),
        };
        let of = |strata| {
            let format = Drawing::FORMAT.to_owned();
            Filed::of(Drawing { format, lot: digest, seal: digest, nonce: digest, strata })
        };
        let whole = of(vec![drawn("nonmatching", 3, &[9, 3, 5]), drawn("unreadable", 2, &[])]);
        assert_eq!(Filed::parse(whole.bytes.clone()), Ok(whole.clone()));
        assert_eq!((whole.value.number(), whole.value.leaves()), (3, vec![3, 5, 9]));
        for odd in [
            vec![drawn("unreadable", 3, &[1]), drawn("nonmatching", 3, &[2])],
            vec![drawn("nonmatching", 1, &[1, 2])],
            vec![drawn("nonmatching", 3, &[1, 1])],
            vec![drawn("nonmatching", 3, &[1]), drawn("unreadable", 3, &[1])],
        ] {
            assert!(Filed::<Drawing>::parse(of(odd).bytes).is_err());
        }
    }
}
