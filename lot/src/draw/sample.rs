//! The leaves with the smallest tickets.

use std::collections::BinaryHeap;

use super::nonce::Seed;

/// The `number` of `leaves` with the smallest tickets, in the order of these; all if there
/// are no more. A shorter sample is the beginning of a longer one.
#[must_use]
pub fn sample(seed: &Seed, leaves: &[u64], number: u64) -> Vec<u64> {
    let number = usize::try_from(number).unwrap_or(usize::MAX).min(leaves.len());
    // The greatest ticket of those kept is on top.
    let mut kept: BinaryHeap<([u8; 32], u64)> = BinaryHeap::with_capacity(number);
    for leaf in leaves {
        let ticket = (seed.ticket(*leaf), *leaf);
        if kept.len() < number {
            kept.push(ticket);
        } else if kept.peek().is_some_and(|greatest| ticket < *greatest) {
            kept.pop();
            kept.push(ticket);
        }
    }
    kept.into_sorted_vec().into_iter().map(|(_, leaf)| leaf).collect()
}

#[cfg(test)]
mod tests {
    use candor::exchange::formats::text::Sha256Hex;

    use super::super::nonce::Nonce;
    use super::*;

    fn seed() -> Seed {
        let nonce = Nonce::of(std::array::from_fn(|i| i as u8));
        Seed::new(Sha256Hex([0x11; 32]), Sha256Hex([0x22; 32]), &nonce)
    }

    #[test]
    fn the_published_samples_are_met() {
        let upto = |end: u64| (0..end).collect::<Vec<_>>();
        assert_eq!(sample(&seed(), &upto(10), 10), [9, 3, 6, 2, 8, 4, 5, 7, 1, 0]);
        assert_eq!(sample(&seed(), &[1, 3, 5, 7, 9], 3), [9, 3, 5]);
        assert_eq!(
            sample(&seed(), &upto(1000), 10),
            [903, 55, 340, 953, 830, 635, 619, 309, 300, 694]
        );
    }

    #[test]
    fn looks_are_beginnings_and_all_is_all() {
        let leaves: Vec<u64> = (0..200).map(|leaf| leaf * 7).collect();
        let whole = sample(&seed(), &leaves, u64::MAX);
        let mut sorted = whole.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, leaves);
        for number in [0, 1, 2, 50, 199, 200, 201] {
            let number = number.min(whole.len());
            assert_eq!(sample(&seed(), &leaves, number as u64), whole[..number]);
        }
    }

    #[test]
    fn each_leaf_is_drawn_as_often_as_any_other() {
        // 4,000 draws of 3 of 12: each leaf 1,000 times, standard deviation 27.4.
        let mut counts = [0_u32; 12];
        let leaves: Vec<u64> = (0..12).collect();
        for trial in 0..4000_u32 {
            let mut nonce = [0; 32];
            nonce[..4].copy_from_slice(&trial.to_le_bytes());
            let digest = Sha256Hex([1; 32]);
            for leaf in sample(&Seed::new(digest, digest, &Nonce::of(nonce)), &leaves, 3) {
                counts[leaf as usize] += 1;
            }
        }
        assert!(counts.iter().all(|count| count.abs_diff(1000) < 137), "{counts:?}");
    }
}
