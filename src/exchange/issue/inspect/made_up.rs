//! Documents that nobody wrote, for ranges before there are real ones.

use crate::model::quantize::ViewDims;

/// Views whose bytes are drawn, of each kind.
const DRAWN: u64 = 4;

/// Black, white, ramps in both directions, noise, and noise on black and on white: the same
/// for each view of these dimensions.
pub(super) fn views(dims: ViewDims) -> Vec<Vec<u8>> {
    let ViewDims { height, width, channels } = dims;
    let ramp = |at: usize, length: usize| (at * 255 / (length - 1).max(1)) as u8;
    let each = |of: &dyn Fn(usize, usize) -> u8| -> Vec<u8> {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
        pixels.flat_map(|(y, x)| std::iter::repeat_n(of(y, x), channels)).collect()
    };
    let mut views = vec![vec![0; dims.len()], vec![255; dims.len()]];
    views.push(each(&|_, x| ramp(x, width)));
    views.push(each(&|y, _| ramp(y, height)));
    for seed in 0..DRAWN {
        let noise: Vec<u8> = drawn(seed).take(dims.len()).collect();
        // One byte in eight is kept.
        let sparse = |rest: u8| {
            let kept = noise.iter().zip(drawn(seed + DRAWN));
            kept.map(|(byte, draw)| if draw < 32 { *byte } else { rest }).collect()
        };
        views.extend([sparse(0), sparse(255)]);
        views.push(noise);
    }
    views
}

/// Bytes from a generator of small quality (SplitMix64), the same each time.
fn drawn(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_have_the_length_of_the_view_and_differ() {
        for (height, width, channels) in [(1, 1, 1), (2, 3, 3), (1, 4096, 1), (28, 28, 1)] {
            let dims = ViewDims { height, width, channels };
            let all = views(dims);
            assert!(all.iter().all(|view| view.len() == dims.len()));
            assert_eq!(all, views(dims), "the same each time");
        }
        let mut all = views(ViewDims { height: 8, width: 8, channels: 3 });
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
