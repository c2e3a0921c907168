//! MurmurHash3, x86, 32 bits, seed 0.

/// The hash, as the signed number that scikit-learn takes it for.
pub(super) fn murmur3(bytes: &[u8]) -> i32 {
    let mixed =
        |block: u32| block.wrapping_mul(0xCC9E_2D51).rotate_left(15).wrapping_mul(0x1B87_3593);
    let little_endian =
        |bytes: &[u8]| bytes.iter().rev().fold(0u32, |word, &byte| word << 8 | u32::from(byte));
    let mut blocks = bytes.chunks_exact(4);
    let mut hash = blocks.by_ref().fold(0u32, |hash, block| {
        (hash ^ mixed(little_endian(block)))
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xE654_6B64)
    });
    hash ^= mixed(little_endian(blocks.remainder()));
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85EB_CA6B);
    hash = (hash ^ hash >> 13).wrapping_mul(0xC2B2_AE35);
    (hash ^ hash >> 16) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes() {
        let known = [
            ("", 0),
            ("foo", -156_908_512),
            ("the", -1_132_748_958),
            ("privileged", -1_219_854_277),
            ("straße", 2_095_602_437),
            ("a b", 1_033_158_525),
        ];
        for (text, hash) in known {
            assert_eq!(murmur3(text.as_bytes()), hash, "{text}");
        }
    }
}
