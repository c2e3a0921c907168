//! The setup's points in the Lagrange basis.
//!
//! They follow from the powers of τ by an inverse FFT over the group, which
//! takes seconds, so `lagrange.bin` holds them: uncompressed, 96 bytes each,
//! in the order of the domain. Its digest is pinned, every point is checked to
//! be in the group, and a test derives the file again from the ceremony's
//! points.

use group::UncompressedEncoding;
use halo2curves::{G1Affine, G1Projective};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::argument::lane::ROWS;
use crate::proof::error::SetupError;

const POINTS: &[u8] = include_bytes!("lagrange.bin");
const POINT_BYTES: usize = 96;

/// SHA-256 of `lagrange.bin`.
pub const LAGRANGE_DIGEST: &str =
    "6758e7d4ec7e5f45c31441f7edc97eee5947f933a6479f4b283d1eaf86848397";

/// The point of each Lagrange polynomial of the domain.
///
/// # Errors
/// If the file is not the pinned one.
pub fn points() -> Result<Vec<G1Projective>, SetupError> {
    let got = hex::encode(Sha256::digest(POINTS));
    if got != LAGRANGE_DIGEST {
        return Err(SetupError::Digest { got, expected: LAGRANGE_DIGEST });
    }
    let (points, _) = POINTS.as_chunks::<POINT_BYTES>();
    if points.len() != ROWS {
        return Err(SetupError::Count { got: points.len() });
    }
    let decode = |(index, bytes): (usize, &[u8; POINT_BYTES])| {
        let mut repr = <G1Affine as UncompressedEncoding>::Uncompressed::default();
        repr.as_mut().copy_from_slice(bytes);
        let point: Option<G1Affine> = G1Affine::from_uncompressed(&repr).into();
        point.map(G1Projective::from).ok_or(SetupError::Point { index })
    };
    points.par_iter().enumerate().map(decode).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use halo2_proofs::utils::arithmetic::g_to_lagrange;

    use super::*;
    use crate::proof::setup;

    fn derived() -> Vec<u8> {
        let setup = setup::ethereum().unwrap();
        let points = g_to_lagrange(&setup.powers, ROWS.ilog2());
        points
            .iter()
            .flat_map(|point| G1Affine::from(point).to_uncompressed().as_ref().to_vec())
            .collect()
    }

    #[test]
    fn the_file_follows_from_the_ceremony() {
        assert!(derived() == POINTS, "lagrange.bin is not the setup's Lagrange basis");
    }

    /// Writes the file anew: `cargo test --lib write_the_file -- --ignored`.
    #[test]
    #[ignore = "writes src/proof/setup/lagrange.bin"]
    fn write_the_file() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/proof/setup/lagrange.bin");
        std::fs::write(path, derived()).unwrap();
    }
}
