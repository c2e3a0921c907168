//! Made images: smooth ground, a few rectangles, a little noise.

use super::encoder::VOCABULARY;
use super::shapes::Shape;

/// A generator of numbers, for images that are the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        // Knuth's MMIX constants; the upper half of the state is used.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) % limit
    }
}

/// The bytes of image `number` as the model's view has them: row by row,
/// channels last.
pub(crate) fn image(shape: &Shape, number: u64) -> Vec<u8> {
    let Shape { side, channels, .. } = *shape;
    if channels == 2 {
        return tokens(side, number);
    }
    let mut random = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995);
    let mut bytes = vec![0u8; side * side * channels];
    for channel in 0..channels {
        let [corner, down, across] = [(); 3].map(|()| random.below(128) as usize);
        for (pixel, value) in bytes.iter_mut().skip(channel).step_by(channels).enumerate() {
            let (y, x) = (pixel / side, pixel % side);
            *value = ((corner + (down * y + across * x) / side) * 2 / 3) as u8;
        }
    }
    for _ in 0..6 {
        let [top, left, height, width] = [(); 4].map(|()| random.below(side as u64) as usize);
        let colour: Vec<u8> = (0..channels).map(|_| random.below(240) as u8).collect();
        for y in top..(top + height / 2).min(side) {
            for x in left..(left + width / 2).min(side) {
                bytes[(y * side + x) * channels..][..channels].copy_from_slice(&colour);
            }
        }
    }
    for value in &mut bytes {
        *value = value.saturating_add(random.below(16) as u8);
    }
    bytes
}

/// Ids of tokens, two bytes each, the lower one first: at least half of the view, then padding.
fn tokens(count: usize, number: u64) -> Vec<u8> {
    let mut random = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995);
    let used = count / 2 + random.below(count as u64 / 2 + 1) as usize;
    let id = |at: usize, random: &mut Random| match at {
        _ if at >= used => 0,
        // The ids of bert-base-uncased that a text begins and ends with.
        0 => 101,
        _ if at + 1 == used => 102,
        _ => 1000 + random.below(VOCABULARY as u64 - 1000) as u16,
    };
    (0..count).flat_map(|at| id(at, &mut random).to_le_bytes()).collect()
}
