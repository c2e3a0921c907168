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
/// Words that the wide sponge takes before each permutation.
pub const RATE: usize = WIDE_WIDTH - 1;
/// Bytes of a chunk: as many as one wide permutation takes.
pub const CHUNK_BYTES: usize = RATE * WORD_BYTES;
/// Most chunks of a view that is hashed in one piece.
pub const MAX_WHOLE_CHUNKS: usize = 8;
/// Most chunks whose digests go into the top sponge themselves; above, those of
/// groups do.
pub const MAX_UNGROUPED_CHUNKS: usize = 40;
/// Chunks in a group.
pub const GROUP_CHUNKS: usize = RATE;

/// What a digest stands for. Tags are part of the format and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Domain {
    /// A file: salt, SHA-256 and length.
    File = 1,
    /// The bytes of a view.
    View = 2,
    /// A view that a document does not have.
    Unreadable = 3,
    /// A document: what commits to its file, record and family, and its view digests.
    Leaf = 4,
    /// The whole corpus.
    Root = 5,
    /// An inner node of the tree of leaves.
    Node = 6,
    /// The header of a commitment.
    Header = 7,
    /// A record: salt, SHA-256 and length of its line.
    Record = 8,
    /// A place in a family: salt, the family's id, ordinal and count.
    Family = 9,
    /// A view that is of other kinds than the document.
    Outside = 10,
    /// A chunk of a long view.
    Chunk = 16,
    /// A group of chunks.
    ChunkGroup = 17,
    /// The digests of all chunks, or groups, of a long view.
    ChunkedView = 18,
}

/// The capacity element: `[domain, length as u32 LE, name length, name…]` as a
/// little-endian integer of at most 31 bytes.
///
/// `length` counts input words, or bytes for [`Domain::View`], [`Domain::Chunk`] and
/// [`Domain::ChunkedView`] (the salt, always there in the first and the last, is not
/// counted).
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

/// Whether the digest of a view of so many bytes is that of its chunks' digests, so
/// that a proof may open parts of it. Pictures are read whole by every model, and
/// are hashed in one piece whatever their size.
#[must_use]
pub fn is_chunked(view_id: &str, bytes: usize) -> bool {
    bytes > MAX_WHOLE_CHUNKS * CHUNK_BYTES && !view_id.starts_with("image/")
}

/// The digest of a view.
///
/// In one piece it is the wide sponge over the salt and the bytes packed as by
/// [`pack`], under `capacity(Domain::View, view_id, bytes.len())`. Of a view
/// [in chunks](is_chunked) it is the wide sponge over the salt and
/// [`ChunkDigests::tops`], under `capacity(Domain::ChunkedView, …)`.
///
/// # Panics
/// As [`capacity`], and if there are 2^32 bytes or more; the largest view has
/// 3 MiB.
#[must_use]
pub fn view_digest(view_id: &str, salt: Scalar, bytes: &[u8]) -> Scalar {
    let length = u32::try_from(bytes.len()).expect("fewer than 2^32 bytes");
    if is_chunked(view_id, bytes.len()) {
        return ChunkDigests::of(view_id, bytes).digest(view_id, salt, length);
    }
    absorb(
        poseidon::wide(),
        capacity(Domain::View, view_id, length),
        std::iter::once(salt).chain(bytes.chunks(WORD_BYTES).map(word)),
    )
}

/// The digests under a long view. None has a salt, so none may ever be published:
/// each would tell a guess of its chunk.
#[derive(Clone, PartialEq, Eq)]
pub struct ChunkDigests {
    /// Of each chunk.
    pub chunks: Vec<Scalar>,
    /// Of each group of [`GROUP_CHUNKS`], if there are more than
    /// [`MAX_UNGROUPED_CHUNKS`] chunks; else none.
    pub groups: Vec<Scalar>,
}

impl ChunkDigests {
    /// Hashes every chunk, and every group if there are groups.
    ///
    /// # Panics
    /// As [`capacity`].
    #[must_use]
    pub fn of(view_id: &str, bytes: &[u8]) -> Self {
        let permutation = poseidon::wide();
        // Views for search terms are mostly zeros.
        let mut zeros = None;
        let mut chunk = |bytes: &[u8]| {
            let digest = || {
                let capacity = capacity(Domain::Chunk, view_id, bytes.len() as u32);
                absorb(permutation, capacity, bytes.chunks(WORD_BYTES).map(word))
            };
            if bytes.len() == CHUNK_BYTES && bytes.iter().all(|byte| *byte == 0) {
                *zeros.get_or_insert_with(digest)
            } else {
                digest()
            }
        };
        let chunks: Vec<Scalar> = bytes.chunks(CHUNK_BYTES).map(&mut chunk).collect();
        let group = |digests: &[Scalar]| {
            let capacity = capacity(Domain::ChunkGroup, view_id, digests.len() as u32);
            absorb(permutation, capacity, digests.iter().copied())
        };
        let groups = if chunks.len() > MAX_UNGROUPED_CHUNKS {
            chunks.chunks(GROUP_CHUNKS).map(group).collect()
        } else {
            Vec::new()
        };
        Self { chunks, groups }
    }

    /// The digest of the view of so many bytes: [`view_digest`].
    ///
    /// # Panics
    /// As [`capacity`].
    #[must_use]
    pub fn digest(&self, view_id: &str, salt: Scalar, length: u32) -> Scalar {
        let capacity = capacity(Domain::ChunkedView, view_id, length);
        let inputs = std::iter::once(salt).chain(self.tops().iter().copied());
        absorb(poseidon::wide(), capacity, inputs)
    }

    /// What the top sponge takes after the salt.
    #[must_use]
    pub fn tops(&self) -> &[Scalar] {
        if self.groups.is_empty() { &self.chunks } else { &self.groups }
    }
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

    #[test]
    fn a_long_view_is_the_sponge_over_its_chunks() {
        for (bytes, groups) in [(1985, 0), (40 * CHUNK_BYTES, 0), (40 * CHUNK_BYTES + 1, 6)] {
            let bytes: Vec<u8> = (0..bytes).map(|i| (i % 251) as u8).collect();
            let digests = ChunkDigests::of("text/v", &bytes);
            assert_eq!(digests.chunks.len(), bytes.len().div_ceil(CHUNK_BYTES));
            assert_eq!(digests.groups.len(), groups);
            let mut state = [Scalar::ZERO; WIDE_WIDTH];
            state[0] = capacity(Domain::Chunk, "text/v", CHUNK_BYTES as u32);
            state[1..].copy_from_slice(&pack(&bytes[CHUNK_BYTES..2 * CHUNK_BYTES]));
            poseidon::wide().permute(&mut state);
            assert_eq!(digests.chunks[1], state[1]);
            let salt = Scalar::from(3);
            let capacity = capacity(Domain::ChunkedView, "text/v", bytes.len() as u32);
            let inputs = std::iter::once(salt).chain(digests.tops().iter().copied());
            let expected = absorb(poseidon::wide(), capacity, inputs);
            assert_eq!(view_digest("text/v", salt, &bytes), expected);
            // A picture of the same size is hashed in one piece.
            assert_ne!(view_digest("image/v", salt, &bytes), expected);
        }
    }

    #[test]
    fn chunks_have_an_order_and_a_length() {
        let mut bytes = vec![0; 2000];
        bytes[0] = 1;
        let digest = |bytes: &[u8]| view_digest("text/v", Scalar::ONE, bytes);
        let base = digest(&bytes);
        let mut swapped = bytes.clone();
        swapped.swap(0, CHUNK_BYTES);
        assert_ne!(digest(&swapped), base);
        bytes.push(0);
        assert_ne!(digest(&bytes), base);
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
