//! Mutations that repeat: the same seed gives the same bytes on every machine.

/// A generator of small quality (SplitMix64), for mutations.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator; equal seeds give equal numbers.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `limit`; 0 if there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        self.next().checked_rem(limit as u64).unwrap_or(0) as usize
    }
}

/// Numbers at which arithmetic breaks; the low bytes serve shorter fields.
const EXTREMES: [u64; 10] = [
    0,
    1,
    u64::MAX,
    i64::MAX as u64,
    i64::MIN as u64,
    u32::MAX as u64,
    i32::MAX as u64,
    1 << 31,
    0xff80,
    0x7ff0_0000_0000_0000,
];

/// The seed with one to four changes; `other` is another one to splice with.
#[must_use]
pub fn mutated(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        change(&mut bytes, other, random);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len());
    let count = 1 + random.below(8).min(bytes.len().saturating_sub(at + 1));
    match random.below(8) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.below(256) as u8;
            }
        }
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..(at + count).min(bytes.len()))),
        4 => {
            let extra: Vec<u8> = (0..count).map(|_| random.below(256) as u8).collect();
            bytes.splice(at..at, extra);
        }
        5 => overwrite(bytes, at, random),
        6 => {
            // A stretch stands twice.
            let end = (at + 1 + random.below(64)).min(bytes.len());
            let again = bytes.get(at..end).unwrap_or_default().to_vec();
            bytes.splice(at..at, again);
        }
        _ => {
            // The rest is another's.
            let from = random.below(other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(other.get(from..).unwrap_or_default());
        }
    }
}

/// An extreme number over one, two, four or eight bytes.
fn overwrite(bytes: &mut [u8], at: usize, random: &mut Random) {
    let width = 1 << random.below(4);
    let number = EXTREMES[random.below(EXTREMES.len())].to_le_bytes();
    let mut number = number[..width].to_vec();
    if random.below(2) == 0 {
        number.reverse();
    }
    for (byte, new) in bytes.iter_mut().skip(at).zip(number) {
        *byte = new;
    }
}
