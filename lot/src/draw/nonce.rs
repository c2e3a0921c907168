//! The judge's nonce, and what follows from it.

use std::fmt;

use candor::exchange::formats::text::Sha256Hex;
use rand_core::{OsRng, RngCore};
use sha2::{Digest, Sha256};

/// 32 bytes that nobody but the judge knows before the drawing.
#[derive(Clone, PartialEq, Eq)]
pub struct Nonce([u8; 32]);

impl Nonce {
    /// A fresh one from the operating system.
    #[must_use]
    pub fn fresh() -> Self {
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// A nonce that was shown.
    #[must_use]
    pub const fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, which end the secrecy of the sample.
    #[must_use]
    pub const fn shown(&self) -> [u8; 32] {
        self.0
    }

    /// What the lot holds of it.
    #[must_use]
    pub fn sha256(&self) -> Sha256Hex {
        hash(&[b"candor nonce 1\n", &self.0])
    }
}

// A secret does not reach logs or panic messages.
impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonce").finish_non_exhaustive()
    }
}

/// What all tickets of a lot follow from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed(Sha256Hex);

impl Seed {
    /// The seed of a lot, its seal and its nonce, by their digests.
    #[must_use]
    pub fn new(lot: Sha256Hex, seal: Sha256Hex, nonce: &Nonce) -> Self {
        Self(hash(&[b"candor seed 1\n", &lot.0, &seal.0, &nonce.0]))
    }

    /// The ticket of a leaf.
    #[must_use]
    pub fn ticket(&self, leaf: u64) -> [u8; 32] {
        hash(&[b"candor ticket 1\n", &self.0.0, &leaf.to_le_bytes()]).0
    }
}

fn hash(parts: &[&[u8]]) -> Sha256Hex {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    Sha256Hex(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_are_met() {
        let nonce = Nonce::of(std::array::from_fn(|i| i as u8));
        assert_eq!(
            nonce.sha256().to_string(),
            "87841a3d198299ebdc1c6c5d5fddc266350c161fdf7794d749167832271e88d0"
        );
        let seed = Seed::new(Sha256Hex([0x11; 32]), Sha256Hex([0x22; 32]), &nonce);
        assert_eq!(
            seed.0.to_string(),
            "e87d005a7af6c6d4d915ff5fdbf546f7210d3587f1411e2d983598f8b1cecfad"
        );
        assert_eq!(seed.ticket(9)[..4], [0x03, 0x8b, 0x1b, 0xc3]);
        assert_eq!(format!("{nonce:?}"), "Nonce { .. }");
    }
}
