//! From nonce and seal to the sample.
//!
//! * [`nonce`]: the secret of the judge, the seed and the tickets
//! * [`partition`]: which leaf belongs to which stratum
//! * [`mod@sample`]: the leaves with the smallest tickets
//! * [`mod@verified`]: the strata of a bundle, from the run that verifies it
//!
//! ```text
//! nonce_sha256 = SHA-256("candor nonce 1\n" ‖ nonce)
//! seed         = SHA-256("candor seed 1\n" ‖ D(lot) ‖ D(seal) ‖ nonce)
//! ticket(leaf) = SHA-256("candor ticket 1\n" ‖ seed ‖ leaf as u64 LE)
//! ```
//!
//! The sample of a stratum are the leaves with the smallest tickets, in that order. With a
//! random oracle every sample of that size is equally likely, whoever chose the salt
//! without knowing the nonce, and whoever chose the nonce without knowing the salt.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod nonce;
pub mod partition;
pub mod sample;
pub mod verified;

use candor::exchange::formats::text::Sha256Hex;

pub use nonce::{Nonce, Seed};
pub use partition::{Partition, leaves_sha256};
pub use sample::sample;

use crate::formats::{Artefact, Drawing, Drawn, Filed, Lot, Seal};

/// The drawing that lot, seal, nonce and bundle give; there is no other.
#[must_use]
pub fn drawing(
    lot: &Filed<Lot>,
    seal: &Filed<Seal>,
    nonce: &Nonce,
    partition: &Partition,
) -> Filed<Drawing> {
    let seed = Seed::new(lot.digest, seal.digest, nonce);
    let strata = partition.strata().map(|(population, leaves)| {
        let size = leaves.len() as u64;
        let asked = lot.value.strata.iter().find(|stratum| stratum.population == *population);
        let number = asked.map_or(0, |stratum| stratum.sample.of(size));
        Drawn {
            population: population.clone(),
            size,
            leaves_sha256: leaves_sha256(leaves),
            drawn: sample(&seed, leaves, number),
        }
    });
    Filed::of(Drawing {
        format: Drawing::FORMAT.to_owned(),
        lot: lot.digest,
        seal: seal.digest,
        nonce: Sha256Hex(nonce.shown()),
        strata: strata.collect(),
    })
}
