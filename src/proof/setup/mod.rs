//! The powers of τ of Ethereum's KZG ceremony, checked.
//!
//! * [`lagrange`]: the same points in the Lagrange basis
//! * [`points`]: encodings of group elements
//!
//! The crate `ekzg-trusted-setup` ships them. Its default decoding skips the
//! subgroup checks, so every point is decoded again here, and a digest of all
//! of them is pinned (rule 11 of `docs/argument.md`).

pub mod lagrange;
pub mod points;

use std::io;
use std::sync::LazyLock;

use blake2b_simd::Params;
use group::{Group, GroupEncoding};
use halo2_proofs::poly::kzg::params::ParamsVerifierKZG;
use halo2_proofs::utils::SerdeFormat;
use halo2curves::pairing::{MillerLoopResult, MultiMillerLoop};
use halo2curves::{Bls12, G1Affine, G1Projective, G2Affine, G2Prepared, G2Projective};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::error::SetupError;
use crate::argument::lane::ROWS;
use crate::field::from_wide;

/// The curve's pairing engine.
pub(crate) type Engine = halo2curves::Bls12;

/// SHA-256 of the compressed points: τ^0..τ^4095 in G1, then 1 and τ in G2.
pub const SETUP_DIGEST: &str = "f7933dc8fb209cfcf6b30fd59308abcd8541410eeef8cdd387448c50847cbefd";

/// The checked points.
pub struct Setup {
    /// τ^i in G1, i below [`ROWS`].
    pub powers: Vec<G1Projective>,
    /// τ in G2.
    pub tau_g2: G2Projective,
    /// The verifier's form of it.
    pub verifier: ParamsVerifierKZG<Engine>,
    /// SHA-256 of the compressed points.
    pub digest: [u8; 32],
}

static SETUP: LazyLock<Result<Setup, SetupError>> = LazyLock::new(|| {
    let shipped = ekzg_trusted_setup::TrustedSetup::default();
    let g1: Vec<[u8; 48]> = shipped.g1_monomial.iter().map(|p| p.to_compressed()).collect();
    let g2: Vec<[u8; 96]> = shipped.g2_monomial.iter().take(2).map(|p| p.to_compressed()).collect();
    Setup::check(&g1, &g2, Some(SETUP_DIGEST))
});

/// The setup, checked once a process.
///
/// # Errors
/// If the library does not hold the ceremony's points.
pub fn ethereum() -> Result<&'static Setup, SetupError> {
    SETUP.as_ref().map_err(Clone::clone)
}

impl Setup {
    fn check(
        g1: &[[u8; 48]],
        g2: &[[u8; 96]],
        pinned: Option<&'static str>,
    ) -> Result<Self, SetupError> {
        if g1.len() != ROWS || g2.len() != 2 {
            return Err(SetupError::Count { got: g1.len() });
        }
        let mut hasher = Sha256::new();
        g1.iter().for_each(|point| hasher.update(point));
        g2.iter().for_each(|point| hasher.update(point));
        let digest: [u8; 32] = hasher.finalize().into();
        if let Some(expected) = pinned
            && hex::encode(digest) != expected
        {
            return Err(SetupError::Digest { got: hex::encode(digest), expected });
        }
        let powers = g1.par_iter().enumerate().map(|(index, bytes)| {
            points::decode::<G1Projective>(bytes).ok_or(SetupError::Point { index })
        });
        let powers: Vec<G1Projective> = powers.collect::<Result<_, _>>()?;
        let decode = |index: usize, bytes: &[u8; 96]| {
            points::decode::<G2Projective>(bytes).ok_or(SetupError::Point { index })
        };
        let [one, tau_g2] = [decode(ROWS, &g2[0])?, decode(ROWS + 1, &g2[1])?];
        if powers[0] != G1Projective::generator() || one != G2Projective::generator() {
            return Err(SetupError::Generator);
        }
        if !is_chain(&powers, &tau_g2, &digest) {
            return Err(SetupError::Chain);
        }
        let verifier =
            verifier_params(&tau_g2).map_err(|_| SetupError::Point { index: ROWS + 1 })?;
        Ok(Self { powers, tau_g2, verifier, digest })
    }
}

/// The library reads its verifier's parameters from bytes only.
fn verifier_params(tau_g2: &G2Projective) -> io::Result<ParamsVerifierKZG<Engine>> {
    let bytes = tau_g2.to_bytes();
    ParamsVerifierKZG::read(&mut bytes.as_ref(), SerdeFormat::Processed)
}

/// Whether e(P_{i+1}, 1) = e(P_i, τ) for all i, by one random combination.
fn is_chain(powers: &[G1Projective], tau_g2: &G2Projective, digest: &[u8; 32]) -> bool {
    let weights: Vec<_> = (1..powers.len() as u64)
        .map(|i| {
            let mut state = Params::new().hash_length(64).key(digest).to_state();
            state.update(&i.to_le_bytes());
            from_wide(state.finalize().as_array())
        })
        .collect();
    let low = G1Projective::multi_exp(&powers[..powers.len() - 1], &weights);
    let high = G1Projective::multi_exp(&powers[1..], &weights);
    let [low, high] = [G1Affine::from(low), G1Affine::from(-high)];
    let one = G2Prepared::from(G2Affine::from(G2Projective::generator()));
    let tau = G2Prepared::from(G2Affine::from(*tau_g2));
    let product = Bls12::multi_miller_loop(&[(&low, &tau), (&high, &one)]).final_exponentiation();
    product.is_identity().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> (Vec<[u8; 48]>, Vec<[u8; 96]>) {
        let setup = ethereum().unwrap();
        let g1 = setup.powers.iter().map(points::encode).collect();
        let g2 = [G2Projective::generator(), setup.tau_g2];
        (g1, g2.iter().map(points::encode).collect())
    }

    /// Checks changed points under no pinned digest, so that another check
    /// must refuse them.
    fn refusal(g1: &[[u8; 48]], g2: &[[u8; 96]]) -> SetupError {
        Setup::check(g1, g2, None).err().unwrap()
    }

    #[test]
    fn changed_points_are_refused() {
        let (g1, g2) = shipped();
        assert_eq!(refusal(&g1[..ROWS - 1], &g2), SetupError::Count { got: ROWS - 1 });

        let mut swapped = g1.clone();
        swapped.swap(7, 8);
        assert_eq!(refusal(&swapped, &g2), SetupError::Chain);
        let other = Setup::check(&swapped, &g2, Some(SETUP_DIGEST)).err().unwrap();
        assert!(matches!(other, SetupError::Digest { .. }));

        let mut shifted = g1.clone();
        shifted[0] = g1[1];
        assert_eq!(refusal(&shifted, &g2), SetupError::Generator);

        // On the curve (x = 4 has a square root), not in the subgroup.
        let mut outside = g1.clone();
        outside[5] = [0; 48];
        outside[5][0] = 0x80;
        outside[5][47] = 4;
        assert_eq!(refusal(&outside, &g2), SetupError::Point { index: 5 });
    }
}
