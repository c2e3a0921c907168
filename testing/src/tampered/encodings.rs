//! Encodings inside a proof that no honest prover writes.

use candor::field::{self, Scalar};
use group::{Group, GroupEncoding};
use halo2curves::G1Projective;

use super::{Attack, Mutation};

const POINT: usize = 48;
const SCALAR: usize = 32;

/// The modulus of the curve's base field, big-endian as in a compressed point.
const BASE_MODULUS: &str = "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";

/// Where the parts of a proof's end stand, counted from its last byte: the
/// last evaluation at x, the point f, two evaluations at x_3, the point π.
const LAST_EVALUATION: usize = OPENING + SCALAR;
const OPENING: usize = FIRST_AT_X3 + POINT;
const FIRST_AT_X3: usize = LAST_AT_X3 + SCALAR;
const LAST_AT_X3: usize = QUOTIENT + SCALAR;
const QUOTIENT: usize = POINT;

pub(super) const MUTATIONS: &[Mutation] = &[
    ("a data commitment off the curve", 4, |a| a.put_in_proof(0, &off_curve())),
    ("a data commitment out of the subgroup", 4, |a| a.put_in_proof(0, &out_of_subgroup())),
    ("a data commitment shifted by a point of the cofactor", 4, |a| {
        a.change_point(0, |point| point + torsion());
    }),
    ("a data commitment at infinity", 4, |a| a.put_in_proof(0, &infinity(0xc0))),
    ("a data commitment at infinity with a sign", 4, |a| a.put_in_proof(0, &infinity(0xe0))),
    ("a data commitment at infinity with a coordinate", 4, |a| {
        a.proof_bytes(0, |proof| proof[0] |= 0x40);
    }),
    ("a data commitment negated", 4, |a| a.proof_bytes(0, |proof| proof[0] ^= 0x20)),
    ("a data commitment not marked as compressed", 4, |a| {
        a.proof_bytes(0, |proof| proof[0] ^= 0x80);
    }),
    ("a data commitment whose coordinate is not reduced", 4, |a| {
        let columns = a.data_columns();
        a.proof_bytes(0, |proof| {
            let mut points = proof.chunks_exact_mut(POINT).take(columns);
            assert!(points.any(add_base_modulus), "no point has a small coordinate");
        });
    }),
    ("two data commitments exchanged", 4, |a| {
        a.proof_bytes(0, |proof| proof[..2 * POINT].rotate_left(POINT));
    }),
    ("the data commitments of another request's proof", 4, |a| {
        let columns = a.data_columns();
        let other = std::fs::read(a.others().request.bundle().join("data/proofs/00000000.proof"));
        let other = other.unwrap();
        a.proof_bytes(0, |proof| {
            proof[..columns * POINT].copy_from_slice(&other[..columns * POINT]);
        });
    }),
    ("an advice commitment off the curve", 4, |a| {
        a.put_in_proof(a.data_columns() * POINT, &off_curve());
    }),
    ("an advice commitment out of the subgroup", 4, |a| {
        a.put_in_proof(a.data_columns() * POINT, &out_of_subgroup());
    }),
    ("an advice commitment at infinity", 4, |a| {
        a.put_in_proof(a.data_columns() * POINT, &infinity(0xc0));
    }),
    ("the multi-opening's point off the curve", 4, |a| a.put_before_end(OPENING, &off_curve())),
    ("the multi-opening's point out of the subgroup", 4, |a| {
        a.put_before_end(OPENING, &out_of_subgroup());
    }),
    ("the last point out of the subgroup", 4, |a| a.put_before_end(QUOTIENT, &out_of_subgroup())),
    // No challenge is drawn after it, and a pairing alone might not see it.
    ("the last point shifted by a point of the cofactor", 4, |a| {
        let start = a.proof_len() - QUOTIENT;
        a.change_point(start, |point| point + torsion());
    }),
    ("the last point at infinity", 4, |a| a.put_before_end(QUOTIENT, &infinity(0xc0))),
    ("an evaluation that is not reduced", 4, |a| a.add_modulus(LAST_EVALUATION)),
    ("an evaluation of the multi-opening that is not reduced", 4, |a| a.add_modulus(FIRST_AT_X3)),
    ("the last evaluation that is not reduced", 4, |a| a.add_modulus(LAST_AT_X3)),
    ("an evaluation of the modulus itself", 4, |a| a.put_before_end(LAST_AT_X3, &modulus())),
    ("an evaluation of all ones", 4, |a| a.put_before_end(LAST_EVALUATION, &[0xff; SCALAR])),
    ("an evaluation of zero", 4, |a| a.put_before_end(LAST_EVALUATION, &[0; SCALAR])),
    ("a proof of zeros", 4, |a| a.proof_bytes(0, |proof| proof.fill(0))),
    ("a proof of ones", 4, |a| a.proof_bytes(0, |proof| proof.fill(0xff))),
    ("a proof of points at infinity and zeros", 4, |a| {
        let columns = a.data_columns();
        a.proof_bytes(0, |proof| {
            proof.fill(0);
            proof.chunks_exact_mut(POINT).take(columns).for_each(|point| point[0] = 0xc0);
        });
    }),
];

impl Attack<'_> {
    fn proof_len(&self) -> usize {
        std::fs::metadata(self.proof(0)).unwrap().len() as usize
    }

    fn put_in_proof(&self, start: usize, bytes: &[u8]) {
        self.proof_bytes(0, |proof| proof[start..start + bytes.len()].copy_from_slice(bytes));
    }

    fn put_before_end(&self, from_end: usize, bytes: &[u8]) {
        self.put_in_proof(self.proof_len() - from_end, bytes);
    }

    /// Changes a point, which must be one before and another after.
    fn change_point(&self, start: usize, change: impl FnOnce(G1Projective) -> G1Projective) {
        self.proof_bytes(0, |proof| {
            let bytes = &mut proof[start..start + POINT];
            let point = unchecked(bytes.try_into().unwrap()).expect("a point");
            let changed = change(point).to_bytes();
            assert_ne!(bytes, changed.as_ref());
            bytes.copy_from_slice(changed.as_ref());
        });
    }

    /// Writes the same field element another way: its integer plus the modulus.
    fn add_modulus(&self, from_end: usize) {
        let start = self.proof_len() - from_end;
        self.proof_bytes(0, |proof| {
            let bytes: &mut [u8; SCALAR] = (&mut proof[start..start + SCALAR]).try_into().unwrap();
            assert!(field::decode(bytes).is_some(), "an evaluation stands here");
            assert!(!add_little_endian(bytes, &modulus()));
            assert!(field::decode(bytes).is_none());
        });
    }
}

fn modulus() -> [u8; SCALAR] {
    let mut bytes = field::encode(&-Scalar::from(1));
    assert!(!add_little_endian(&mut bytes, &field::encode(&Scalar::from(1))));
    bytes
}

/// Adds in place; whether it overflows.
fn add_little_endian(sum: &mut [u8], other: &[u8]) -> bool {
    let mut carry = 0;
    for (byte, other) in sum.iter_mut().zip(other) {
        let total = u16::from(*byte) + u16::from(*other) + carry;
        *byte = total as u8;
        carry = total >> 8;
    }
    carry != 0
}

/// Adds the base field's modulus to the coordinate of a compressed point if
/// there is room below the three flag bits; whether there was.
fn add_base_modulus(point: &mut [u8]) -> bool {
    let mut modulus = hex::decode(BASE_MODULUS).unwrap();
    modulus.reverse();
    let flags = point[0] & 0xe0;
    let mut coordinate: Vec<u8> = point.iter().rev().copied().collect();
    coordinate[POINT - 1] &= 0x1f;
    if add_little_endian(&mut coordinate, &modulus) || coordinate[POINT - 1] > 0x1f {
        return false;
    }
    coordinate.reverse();
    coordinate[0] |= flags;
    point.copy_from_slice(&coordinate);
    true
}

fn infinity(first: u8) -> [u8; POINT] {
    let mut bytes = [0; POINT];
    bytes[0] = first;
    bytes
}

fn repr(bytes: [u8; POINT]) -> <G1Projective as GroupEncoding>::Repr {
    let mut repr = <G1Projective as GroupEncoding>::Repr::default();
    repr.as_mut().copy_from_slice(&bytes);
    repr
}

/// Decodes a point of the curve, in the subgroup or not.
fn unchecked(bytes: [u8; POINT]) -> Option<G1Projective> {
    G1Projective::from_bytes_unchecked(&repr(bytes)).into()
}

/// Decodes a point of the subgroup.
fn checked(bytes: [u8; POINT]) -> Option<G1Projective> {
    G1Projective::from_bytes(&repr(bytes)).into()
}

/// Compressed candidates with small coordinates.
fn candidates() -> impl Iterator<Item = [u8; POINT]> {
    (1..=u8::MAX).map(|x| {
        let mut bytes = infinity(0x80);
        bytes[POINT - 1] = x;
        bytes
    })
}

fn off_curve() -> [u8; POINT] {
    candidates().find(|bytes| unchecked(*bytes).is_none()).unwrap()
}

fn out_of_subgroup() -> [u8; POINT] {
    let mut on_curve = candidates().filter(|bytes| unchecked(*bytes).is_some());
    on_curve.find(|bytes| checked(*bytes).is_none()).unwrap()
}

/// A point whose order divides the cofactor: r times one out of the subgroup,
/// bit by bit, since scalars are taken mod r.
fn torsion() -> G1Projective {
    let point = unchecked(out_of_subgroup()).unwrap();
    let bits = modulus();
    let bits = bits.iter().rev().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let torsion = bits.fold(G1Projective::identity(), |sum, bit| {
        if bit == 1 { sum.double() + point } else { sum.double() }
    });
    assert!(!bool::from(torsion.is_identity()));
    torsion
}
