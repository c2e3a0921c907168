//! Compressed points of the curve's groups.

use group::GroupEncoding;

/// Bytes of a compressed point of G1.
pub const G1_BYTES: usize = 48;

/// Decodes a compressed point: canonical, on the curve, in the subgroup, or
/// `None`.
pub(crate) fn decode<P: GroupEncoding>(bytes: &[u8]) -> Option<P> {
    let mut repr = P::Repr::default();
    if repr.as_ref().len() != bytes.len() {
        return None;
    }
    repr.as_mut().copy_from_slice(bytes);
    P::from_bytes(&repr).into()
}

#[cfg(any(test, feature = "prove"))]
/// Encodes a point in `N` bytes, which must be its compressed length.
pub(crate) fn encode<P: GroupEncoding, const N: usize>(point: &P) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(point.to_bytes().as_ref());
    bytes
}
