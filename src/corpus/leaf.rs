//! What a document is hashed into.

use ff::PrimeField;
use sha2::{Digest, Sha256};

use super::views::{UnreadableReason, ViewId};
use crate::field::Scalar;
use crate::hash::sponge::{self, Domain};

/// `H(FILE, [salt, sha256 as two words, byte length, SHA-256 of the relative
/// path as two words])`.
///
/// A SHA-256 value makes two words of 128 bits: its first and its last sixteen
/// bytes, each as a little-endian integer.
#[must_use]
pub fn file_commitment(
    salt: Scalar,
    sha256: &[u8; 32],
    byte_length: u64,
    relative_path: &[u8],
) -> Scalar {
    let [content_0, content_1] = halves(sha256);
    let [path_0, path_1] = halves(&Sha256::digest(relative_path).into());
    let length = Scalar::from(byte_length);
    sponge::hash(Domain::File, "", &[salt, content_0, content_1, length, path_0, path_1])
}

/// `H(LEAF, [file commitment, digest of each view in the header's order])`,
/// where the digest of a view is [`sponge::view_digest`] or [`unreadable_marker`].
#[must_use]
pub fn leaf(file_commitment: Scalar, view_digests: &[Scalar]) -> Scalar {
    let mut inputs = Vec::with_capacity(1 + view_digests.len());
    inputs.push(file_commitment);
    inputs.extend_from_slice(view_digests);
    sponge::hash(Domain::Leaf, "", &inputs)
}

/// `H(UNREADABLE, view id, [reason's code, salt])`: stands for a view that the
/// document does not have, and looks like any digest until it is opened.
#[must_use]
pub fn unreadable_marker(view: &ViewId, reason: UnreadableReason, salt: Scalar) -> Scalar {
    let code = Scalar::from(u64::from(reason.code()));
    sponge::hash(Domain::Unreadable, &view.to_string(), &[code, salt])
}

fn halves(digest: &[u8; 32]) -> [Scalar; 2] {
    let value = |bytes: &[u8]| {
        let bytes = bytes.iter().rev();
        Scalar::from_u128(bytes.fold(0, |sum, &byte| (sum << 8) | u128::from(byte)))
    };
    let (first, last) = digest.split_at(16);
    [value(first), value(last)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_little_endian() {
        let mut digest = [0; 32];
        digest[1] = 1;
        digest[16] = 7;
        assert_eq!(halves(&digest), [Scalar::from(256), Scalar::from(7)]);
    }

    #[test]
    fn every_field_of_a_file_counts() {
        let base = file_commitment(Scalar::from(1), &[2; 32], 3, b"a");
        let mut sha256 = [2; 32];
        sha256[31] = 3;
        for other in [
            file_commitment(Scalar::from(2), &[2; 32], 3, b"a"),
            file_commitment(Scalar::from(1), &sha256, 3, b"a"),
            file_commitment(Scalar::from(1), &[2; 32], 4, b"a"),
            file_commitment(Scalar::from(1), &[2; 32], 3, b"b"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn a_marker_binds_view_and_reason() {
        let gray = "image/gray-28x28".parse().unwrap();
        let rgb = "image/rgb-28x28".parse().unwrap();
        let salt = Scalar::from(5);
        let base = unreadable_marker(&gray, UnreadableReason::NotAnImage, salt);
        assert_ne!(base, unreadable_marker(&rgb, UnreadableReason::NotAnImage, salt));
        assert_ne!(base, unreadable_marker(&gray, UnreadableReason::Corrupt, salt));
        assert_ne!(base, unreadable_marker(&gray, UnreadableReason::NotAnImage, Scalar::from(6)));
    }
}
