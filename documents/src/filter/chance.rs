//! How often a token that an item does not hold is found in its filter.

use super::{Layout, TokenKind, WORD_BITS};

/// How many distinct tokens of each kind a filter holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Words, fields and prefixes: the tokens of eight bits.
    pub words: usize,
    /// Pairs of words.
    pub pairs: usize,
    /// Pairs of heads.
    pub near: usize,
}

impl Layout {
    /// The probability that a token which an item does not hold is found in its filter,
    /// for hashes like random ones.
    ///
    /// Exact: the probability that given bits are all set is an alternating sum, over
    /// subsets of them, of the probability that all bits of the subset are unset; and
    /// tokens are placed independently. Only plain arithmetic, so that every machine
    /// prints the same. The error is below 1e-13.
    #[must_use]
    pub fn chance(self, kind: TokenKind, load: Load) -> f64 {
        let bits = self.bits(kind);
        let mut sum = 0.0;
        let mut choices = 1.0;
        for subset in 0..=bits {
            let sign = if subset.is_multiple_of(2) { 1.0 } else { -1.0 };
            sum += sign * choices * self.unset(subset, load);
            choices = choices * (bits - subset) as f64 / (subset + 1) as f64;
        }
        sum.max(0.0)
    }

    /// The most that [`Layout::chance`] is in a filter that is not saturated: that of one
    /// of which half the bits are expected to be set, by tokens of eight bits, which heap
    /// most.
    #[must_use]
    pub fn chance_at_most(self, kind: TokenKind) -> f64 {
        self.chance(kind, self.fullest())
    }

    /// The fewest words that are expected to set half of all bits.
    fn fullest(self) -> Load {
        let load = |words| Load { words, ..Load::default() };
        let (mut below, mut enough) = (0, self.words() * WORD_BITS);
        while enough - below > 1 {
            let middle = below.midpoint(enough);
            let half = self.unset(1, load(middle)) <= 0.5;
            if half { enough = middle } else { below = middle }
        }
        load(enough)
    }

    /// The probability that `count` given bits of a word are all unset.
    fn unset(self, count: usize, load: Load) -> f64 {
        let words = self.words() as f64;
        // That one token of `bits` bits sets none of them.
        let missed = |bits: usize| {
            let within: f64 = (0..bits)
                .map(|bit| WORD_BITS.saturating_sub(count + bit) as f64 / (WORD_BITS - bit) as f64)
                .product();
            1.0 - (1.0 - within) / words
        };
        power(missed(self.bits(TokenKind::Word)), load.words)
            * power(missed(self.bits(TokenKind::Pair)), load.pairs)
            * power(missed(self.bits(TokenKind::Near)), load.near)
    }
}

/// By repeated squaring: `powi` of the platform may round otherwise.
fn power(mut base: f64, mut exponent: usize) -> f64 {
    let mut out = 1.0;
    while exponent > 0 {
        if exponent % 2 == 1 {
            out *= base;
        }
        base *= base;
        exponent /= 2;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills a filter with random tokens and asks for others.
    fn simulated(layout: Layout, kind: TokenKind, load: Load, asked: usize) -> f64 {
        let mut view = vec![0; layout.bytes()];
        for (kind, count) in [
            (TokenKind::Word, load.words),
            (TokenKind::Pair, load.pairs),
            (TokenKind::Near, load.near),
        ] {
            for token in 0..count {
                for place in layout.places(kind, &format!("in {token}")) {
                    place.set(&mut view);
                }
            }
        }
        let found =
            (0..asked).filter(|token| layout.has(&view, kind, &format!("out {token}"))).count();
        found as f64 / asked as f64
    }

    #[test]
    fn the_formula_is_what_happens() {
        let load = Load { words: 4_000, pairs: 8_000, near: 3_000 };
        for kind in [TokenKind::Word, TokenKind::Pair, TokenKind::Near] {
            let expected = Layout::TERMS_33.chance(kind, load);
            let found = simulated(Layout::TERMS_33, kind, load, 100_000);
            assert!((found / expected - 1.0).abs() < 0.1, "{kind:?}: {found} for {expected}");
        }
    }

    #[test]
    fn goals_of_an_item_of_2000_words_are_met() {
        let load = Load { words: 2_000, pairs: 5_230, near: 0 };
        let chances = |layout: Layout| {
            (layout.chance(TokenKind::Word, load), layout.chance(TokenKind::Pair, load))
        };
        let (word, pair) = chances(Layout::TERMS_33);
        assert!(word < 1.5e-3 && pair < 0.07, "{word} {pair}");
        let (word, pair) = chances(Layout::TERMS_132);
        assert!(word < 1e-6 && pair < 1e-3, "{word} {pair}");
    }

    #[test]
    fn the_bound_is_above_every_load_that_fits() {
        for layout in Layout::ALL {
            for kind in [TokenKind::Word, TokenKind::Pair] {
                let most = layout.chance_at_most(kind);
                for words in [0, 1_000, 4_000] {
                    let mut load = Load { words, ..Load::default() };
                    while layout.unset(1, load) > 0.5 {
                        assert!(layout.chance(kind, load) <= most);
                        load.pairs += 500;
                        load.near += 700;
                    }
                }
            }
        }
    }
}
