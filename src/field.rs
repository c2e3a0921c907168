//! The scalar field of BLS12-381, in which everything is committed and proved.

pub mod hex;
mod inner;
mod sums;

pub use hex::ScalarHex;
pub use inner::inner;
pub use sums::{ResidueSum, SmallSums};

use ff::{FromUniformBytes, PrimeField};

/// An element of the BLS12-381 scalar field (255 bits).
pub type Scalar = halo2curves::Fq;

/// Bytes of an encoded [`Scalar`].
pub const SCALAR_BYTES: usize = 32;

/// Encodes a scalar as 32 little-endian bytes, always the canonical residue.
#[must_use]
pub fn encode(scalar: &Scalar) -> [u8; SCALAR_BYTES] {
    let repr = scalar.to_repr();
    let mut bytes = [0; SCALAR_BYTES];
    bytes.copy_from_slice(repr.as_ref());
    bytes
}

/// Decodes 32 little-endian bytes; `None` unless they are below the modulus.
#[must_use]
pub fn decode(bytes: &[u8; SCALAR_BYTES]) -> Option<Scalar> {
    let mut repr = <Scalar as PrimeField>::Repr::default();
    repr.as_mut().copy_from_slice(bytes);
    Scalar::from_repr(repr).into()
}

/// Reduces 64 uniform bytes to a scalar, 2^-257 from uniform.
#[must_use]
pub fn from_wide(bytes: &[u8; 64]) -> Scalar {
    Scalar::from_uniform_bytes(bytes)
}

/// The scalar of a signed integer.
#[must_use]
pub fn from_i64<F: PrimeField>(value: i64) -> F {
    let magnitude = F::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

/// A scalar as 64 lower-case hexadecimal digits of its little-endian bytes.
#[must_use]
pub fn to_hex(scalar: &Scalar) -> String {
    ::hex::encode(encode(scalar))
}

/// Reads what [`to_hex`] wrote; `None` for any other spelling.
#[must_use]
pub fn from_hex(text: &str) -> Option<Scalar> {
    if text.len() != 2 * SCALAR_BYTES || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; SCALAR_BYTES];
    ::hex::decode_to_slice(text, &mut bytes).ok()?;
    decode(&bytes)
}
