//! What a document is hashed into.

use ff::PrimeField;
use sha2::{Digest, Sha256};

use super::missing::Missing;
use super::views::{UnreadableReason, ViewId};
use crate::field::Scalar;
use crate::hash::sponge::{self, Domain};
use candor_documents::CoarseKind;

/// What a leaf commits to beside its views, each under a salt of its own, so that
/// each can be opened alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitments {
    /// Binds the bytes: [`file_commitment`].
    pub file: Scalar,
    /// Binds the record: [`record_commitment`].
    pub record: Scalar,
    /// Binds the place in a family: [`FamilyPlace::commitment`].
    pub family: Scalar,
}

/// Where an item stands in its family.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FamilyPlace {
    /// What all members of the family share, and no other item has; drawn uniformly.
    pub id: Scalar,
    /// Its number; the top item has 0.
    pub ordinal: u32,
    /// Members of the family, `1 ..= 65536`.
    pub count: u32,
}

impl FamilyPlace {
    /// Whether the ordinal is below the count, and the count within its range.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.ordinal < self.count && self.count <= candor_documents::MAX_MEMBERS
    }

    /// `H(FAMILY, [salt, id, ordinal, count])`.
    #[must_use]
    pub fn commitment(&self, salt: Scalar) -> Scalar {
        let [ordinal, count] = [self.ordinal, self.count].map(|n| Scalar::from(u64::from(n)));
        sponge::hash(Domain::Family, "", &[salt, self.id, ordinal, count])
    }
}

/// `H(FILE, [salt, SHA-256 as two words, byte length])`.
///
/// A SHA-256 value makes two words of 128 bits: its first and its last sixteen
/// bytes, each as a little-endian integer.
#[must_use]
pub fn file_commitment(salt: Scalar, sha256: &[u8; 32], byte_length: u64) -> Scalar {
    let [first, last] = halves(sha256);
    sponge::hash(Domain::File, "", &[salt, first, last, Scalar::from(byte_length)])
}

/// `H(RECORD, [salt, SHA-256 of the line as two words, byte length of the line])`
/// of a record's one line, [`candor_documents::Record::to_line`].
#[must_use]
pub fn record_commitment(salt: Scalar, line: &str) -> Scalar {
    let [first, last] = halves(&Sha256::digest(line).into());
    sponge::hash(Domain::Record, "", &[salt, first, last, Scalar::from(line.len() as u64)])
}

/// `H(LEAF, [file, record and family commitment, digest of each view in the
/// header's order])`, where the digest of a view is [`sponge::view_digest`] or a
/// [`marker`].
#[must_use]
pub fn leaf(commitments: &Commitments, view_digests: &[Scalar]) -> Scalar {
    let Commitments { file, record, family } = *commitments;
    let mut inputs = vec![file, record, family];
    inputs.extend_from_slice(view_digests);
    sponge::hash(Domain::Leaf, "", &inputs)
}

/// What stands for a view that the document does not have. It looks like any digest
/// until it is opened.
#[must_use]
pub fn marker(view: &ViewId, missing: Missing, salt: Scalar) -> Scalar {
    match missing {
        Missing::Unreadable(reason) => unreadable_marker(view, reason, salt),
        Missing::Outside(kind) => outside_marker(view, kind, salt),
    }
}

/// `H(UNREADABLE, view id, [reason's code, salt])`.
#[must_use]
pub fn unreadable_marker(view: &ViewId, reason: UnreadableReason, salt: Scalar) -> Scalar {
    let code = Scalar::from(u64::from(reason.code()));
    sponge::hash(Domain::Unreadable, &view.to_string(), &[code, salt])
}

/// `H(OUTSIDE, view id, [coarse kind's code, salt])`.
#[must_use]
pub fn outside_marker(view: &ViewId, kind: CoarseKind, salt: Scalar) -> Scalar {
    let code = Scalar::from(u64::from(kind.code()));
    sponge::hash(Domain::Outside, &view.to_string(), &[code, salt])
}

/// A SHA-256 value as two words.
pub(super) fn halves(digest: &[u8; 32]) -> [Scalar; 2] {
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

    fn number(n: u64) -> Scalar {
        Scalar::from(n)
    }

    #[test]
    fn halves_are_little_endian() {
        let mut digest = [0; 32];
        digest[1] = 1;
        digest[16] = 7;
        assert_eq!(halves(&digest), [Scalar::from(256), Scalar::from(7)]);
    }

    #[test]
    fn every_field_of_a_file_counts() {
        let base = file_commitment(number(1), &[2; 32], 3);
        let mut sha256 = [2; 32];
        sha256[31] = 3;
        for other in [
            file_commitment(number(2), &[2; 32], 3),
            file_commitment(number(1), &sha256, 3),
            file_commitment(number(1), &[2; 32], 4),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn every_field_of_a_record_and_a_place_counts() {
        let base = record_commitment(number(1), "{}");
        assert_ne!(base, record_commitment(number(2), "{}"));
        assert_ne!(base, record_commitment(number(1), "{} "));
        let place = FamilyPlace { id: number(4), ordinal: 1, count: 3 };
        let base = place.commitment(number(1));
        for (other, salt) in [
            (place, 2),
            (FamilyPlace { id: number(5), ..place }, 1),
            (FamilyPlace { ordinal: 2, ..place }, 1),
            (FamilyPlace { count: 4, ..place }, 1),
        ] {
            assert_ne!(base, other.commitment(number(salt)));
        }
        for (ordinal, count, possible) in
            [(0, 1, true), (1, 1, false), (65535, 65536, true), (0, 65537, false), (0, 0, false)]
        {
            assert_eq!(FamilyPlace { ordinal, count, ..place }.is_possible(), possible);
        }
    }

    #[test]
    fn all_that_a_leaf_commits_to_counts() {
        let base = Commitments { file: number(1), record: number(2), family: number(3) };
        let of = |commitments: Commitments| leaf(&commitments, &[number(9)]);
        for other in [
            Commitments { file: number(4), ..base },
            Commitments { record: number(4), ..base },
            Commitments { family: number(4), ..base },
        ] {
            assert_ne!(of(base), of(other));
        }
        assert_ne!(of(base), leaf(&base, &[number(8)]));
    }

    #[test]
    fn a_marker_binds_view_and_what_is_missing() {
        let gray = "image/gray-28x28".parse().unwrap();
        let rgb = "image/rgb-28x28".parse().unwrap();
        let salt = Scalar::from(5);
        let missing = Missing::Unreadable(UnreadableReason::NotAnImage);
        let base = marker(&gray, missing, salt);
        assert_ne!(base, marker(&rgb, missing, salt));
        assert_ne!(base, marker(&gray, Missing::Unreadable(UnreadableReason::Corrupt), salt));
        assert_ne!(base, marker(&gray, missing, Scalar::from(6)));
        // Code 1 of both.
        assert_ne!(base, marker(&gray, Missing::Outside(CoarseKind::Text), salt));
        let container = marker(&gray, Missing::Outside(CoarseKind::Container), salt);
        assert_ne!(container, marker(&gray, Missing::Outside(CoarseKind::Other), salt));
        assert_ne!(container, marker(&rgb, Missing::Outside(CoarseKind::Container), salt));
    }
}
