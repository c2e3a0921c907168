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

#[cfg(test)]
mod tests {
    use group::Group;
    use halo2curves::G1Projective;

    use super::*;

    /// Compressed candidates with small coordinates.
    fn candidates() -> impl Iterator<Item = [u8; G1_BYTES]> {
        (1..=u8::MAX).map(|x| {
            let mut bytes = [0; G1_BYTES];
            (bytes[0], bytes[G1_BYTES - 1]) = (0x80, x);
            bytes
        })
    }

    fn unchecked(bytes: &[u8; G1_BYTES]) -> Option<G1Projective> {
        let mut repr = <G1Projective as GroupEncoding>::Repr::default();
        repr.as_mut().copy_from_slice(bytes);
        G1Projective::from_bytes_unchecked(&repr).into()
    }

    #[test]
    fn only_points_of_the_group_in_their_one_encoding_are_read() {
        let generator = G1Projective::generator();
        let encoded: [u8; G1_BYTES] = encode(&generator);
        assert_eq!(decode::<G1Projective>(&encoded), Some(generator));
        let (on_curve, off_curve): (Vec<_>, Vec<_>) =
            candidates().partition(|bytes| unchecked(bytes).is_some());
        assert!(!on_curve.is_empty() && !off_curve.is_empty());
        // The subgroup is 2^-126 of the curve.
        for bytes in on_curve.into_iter().chain(off_curve) {
            assert_eq!(decode::<G1Projective>(&bytes), None);
        }
        // Flags that belong to another form, and other lengths.
        for flag in [0x80, 0x40] {
            let mut bytes = encoded;
            bytes[0] ^= flag;
            assert_eq!(decode::<G1Projective>(&bytes), None);
        }
        assert_eq!(decode::<G1Projective>(&encoded[1..]), None);
        assert_eq!(decode::<G1Projective>(&[&encoded[..], &[0]].concat()), None);
    }
}
