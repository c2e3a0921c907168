//! Framed hashing: what a digest is a digest *of*.
//!
//! The capacity element (lane 0) is an injective code of domain, view name and
//! input length, so inputs of different kinds or lengths never meet. The other
//! lanes are the rate: inputs are added to them `T - 1` at a time, the last
//! chunk padded with zeros, with a permutation after each chunk and at least
//! one in all. The digest is lane 1.

use ff::Field;

use super::poseidon::{self, Poseidon};
use crate::field::{self, Scalar};

/// Bytes packed into one word: as many as always stay below the modulus.
pub const WORD_BYTES: usize = 31;
/// Longest view name that fits into the capacity element.
pub const MAX_NAME_BYTES: usize = WORD_BYTES - 6;
/// Lanes of the sponge for view bytes; its rate is one less.
pub const WIDE_WIDTH: usize = 9;

/// What a digest stands for. Tags are part of the format and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Domain {
    /// A file: salt, SHA-256, length and path.
    File = 1,
    /// The bytes of a view.
    View = 2,
    /// A view that a document does not have.
    Unreadable = 3,
    /// A document: its file commitment and view digests.
    Leaf = 4,
    /// The whole corpus.
    Root = 5,
    /// An inner node of the tree of leaves.
    Node = 6,
    /// The header of a commitment.
    Header = 7,
}

/// The capacity element: `[domain, length as u32 LE, name length, name…]` as a
/// little-endian integer of at most 31 bytes.
///
/// `length` counts input words, or bytes for [`Domain::View`] (the salt, always
/// there, is not counted).
///
/// # Panics
/// If `name` is longer than [`MAX_NAME_BYTES`]; view names are checked when
/// they are parsed.
#[must_use]
pub fn capacity(domain: Domain, name: &str, length: u32) -> Scalar {
    assert!(name.len() <= MAX_NAME_BYTES, "view name too long: {name}");
    let mut bytes = [0; field::SCALAR_BYTES];
    bytes[0] = domain as u8;
    bytes[1..5].copy_from_slice(&length.to_le_bytes());
    bytes[5] = name.len() as u8;
    bytes[6..6 + name.len()].copy_from_slice(name.as_bytes());
    word(&bytes[..WORD_BYTES])
}

/// Hashes a short input with the narrow permutation.
///
/// # Panics
/// As [`capacity`], and if there are 2^32 inputs or more.
#[must_use]
pub fn hash(domain: Domain, name: &str, inputs: &[Scalar]) -> Scalar {
    let length = u32::try_from(inputs.len()).expect("fewer than 2^32 inputs");
    absorb(poseidon::narrow(), capacity(domain, name, length), inputs.iter().copied())
}

/// The digest of a view: the wide sponge over the salt and the bytes packed as
/// by [`pack`], under `capacity(Domain::View, view_id, bytes.len())`.
///
/// # Panics
/// As [`capacity`], and if there are 2^32 bytes or more; the largest view has
/// 3 MiB.
#[must_use]
pub fn view_digest(view_id: &str, salt: Scalar, bytes: &[u8]) -> Scalar {
    let length = u32::try_from(bytes.len()).expect("fewer than 2^32 bytes");
    absorb(
        poseidon::wide(),
        capacity(Domain::View, view_id, length),
        std::iter::once(salt).chain(bytes.chunks(WORD_BYTES).map(word)),
    )
}

/// Packs bytes into words of 31, little-endian: byte `k` of a word weighs
/// `256^k`. The last word may be short; no bytes give no words.
#[must_use]
pub fn pack(bytes: &[u8]) -> Vec<Scalar> {
    bytes.chunks(WORD_BYTES).map(word).collect()
}

/// At most 31 bytes as a little-endian integer.
fn word(bytes: &[u8]) -> Scalar {
    let mut wide = [0; field::SCALAR_BYTES];
    wide[..bytes.len()].copy_from_slice(bytes);
    field::decode(&wide).expect("31 bytes are below the modulus")
}

fn absorb<const T: usize>(
    permutation: &Poseidon<T>,
    capacity: Scalar,
    mut inputs: impl Iterator<Item = Scalar>,
) -> Scalar {
    let mut state = [Scalar::ZERO; T];
    state[0] = capacity;
    let mut next = inputs.next();
    loop {
        for lane in &mut state[1..] {
            let Some(input) = next else { break };
            *lane += input;
            next = inputs.next();
        }
        permutation.permute(&mut state);
        if next.is_none() {
            return state[1];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalars(values: &[u64]) -> Vec<Scalar> {
        values.iter().copied().map(Scalar::from).collect()
    }

    #[test]
    fn capacity_is_the_documented_packing() {
        let capacity = field::encode(&capacity(Domain::View, "ab", 0x0102_0304));
        let mut expected = [0; 32];
        expected[..8].copy_from_slice(&[2, 4, 3, 2, 1, 2, b'a', b'b']);
        assert_eq!(capacity, expected);
    }

    #[test]
    fn padding_domain_name_and_length_change_the_digest() {
        let base = hash(Domain::Leaf, "a", &scalars(&[7]));
        for other in [
            hash(Domain::Leaf, "a", &scalars(&[7, 0])),
            hash(Domain::Leaf, "a", &scalars(&[])),
            hash(Domain::Leaf, "b", &scalars(&[7])),
            hash(Domain::Leaf, "", &scalars(&[7])),
            hash(Domain::File, "a", &scalars(&[7])),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn two_inputs_are_one_permutation() {
        let mut state = [capacity(Domain::Node, "", 2), Scalar::from(5), Scalar::from(6)];
        poseidon::narrow().permute(&mut state);
        assert_eq!(hash(Domain::Node, "", &scalars(&[5, 6])), state[1]);
    }

    #[test]
    fn view_digest_absorbs_salt_and_words_eight_at_a_time() {
        // Salt and eight words: nine inputs, two permutations.
        let bytes: Vec<u8> = (0..=230).collect();
        let words = pack(&bytes);
        assert_eq!(words.len(), 8);
        let mut state = [Scalar::ZERO; WIDE_WIDTH];
        state[0] = capacity(Domain::View, "v", 231);
        state[1] = Scalar::from(9);
        state[2..].copy_from_slice(&words[..7]);
        poseidon::wide().permute(&mut state);
        state[1] += words[7];
        poseidon::wide().permute(&mut state);
        assert_eq!(view_digest("v", Scalar::from(9), &bytes), state[1]);
    }

    #[test]
    fn packing_is_little_endian_and_keeps_length_apart() {
        assert_eq!(pack(&[1, 2]), scalars(&[0x0201]));
        assert_eq!(pack(&[]), []);
        assert_eq!(pack(&[0; 32]).len(), 2);
        let salt = Scalar::from(1);
        assert_ne!(view_digest("v", salt, &[0; 5]), view_digest("v", salt, &[0; 6]));
    }

    /// Printed, not asserted: `cargo test --lib sponge::tests::speed -- --ignored --nocapture`.
    #[test]
    #[ignore = "a measurement"]
    fn speed() {
        let mut state = [Scalar::ONE; WIDE_WIDTH];
        let start = std::time::Instant::now();
        for _ in 0..1000 {
            poseidon::wide().permute(&mut state);
        }
        println!("t = 9: {:?} a permutation", start.elapsed() / 1000);
        let mut state = [Scalar::ONE; 3];
        let start = std::time::Instant::now();
        for _ in 0..1000 {
            poseidon::narrow().permute(&mut state);
        }
        println!("t = 3: {:?} a permutation", start.elapsed() / 1000);
    }
}
