//! The views `text/words-D`, `text/words12-D` and `text/chars-D`: counts of hashed words,
//! exactly those of scikit-learn's `HashingVectorizer`.
//!
//! `docs/text/words.md` gives the rule and the calls of scikit-learn that it equals.

mod grams;
mod murmur;

use crate::unicode;

/// A view of hashed n-grams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HashedView {
    grams: Grams,
    columns: u16,
    values: Values,
}

/// Which n-grams are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grams {
    /// Words: `ngram_range=(1, 1)`.
    Words,
    /// Words and each two in a row: `ngram_range=(1, 2)`.
    WordsAndPairs,
    /// Three to five characters within words: `analyzer="char_wb", ngram_range=(3, 5)`.
    Chars,
}

/// What the bytes of a view say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Values {
    /// The count, at most 255: `alternate_sign=False, norm=None`.
    Counts,
    /// 128 + the signed count, of at most 127 either way: `alternate_sign=True, norm=None`.
    Signed,
    /// 255 × the count over the root of the sum of all squares, rounded to the nearest:
    /// `alternate_sign=False, norm="l2"`.
    L2,
}

impl Grams {
    const NAMED: [(&'static str, Self); 3] =
        [("words", Self::Words), ("words12", Self::WordsAndPairs), ("chars", Self::Chars)];
}

impl Values {
    const NAMED: [(&'static str, Self); 3] =
        [("", Self::Counts), ("-signed", Self::Signed), ("-l2", Self::L2)];
}

impl HashedView {
    /// A view of 2¹⁰ to 2¹⁴ columns, a power of two; `None` for any other number.
    #[must_use]
    pub fn new(grams: Grams, columns: usize, values: Values) -> Option<Self> {
        let fits = columns.is_power_of_two() && (1 << 10..=1 << 14).contains(&columns);
        let columns = u16::try_from(columns).ok().filter(|_| fits)?;
        Some(Self { grams, columns, values })
    }

    /// The view of a name: `text/words-4096`, `text/words12-1024-signed`,
    /// `text/chars-16384-l2`.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (grams, rest) = name.strip_prefix("text/")?.split_once('-')?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (columns, values) = rest.split_at(digits);
        let &(_, grams) = Grams::NAMED.iter().find(|(known, _)| *known == grams)?;
        let &(_, values) = Values::NAMED.iter().find(|(known, _)| *known == values)?;
        let view = Self::new(grams, columns.parse().ok()?, values)?;
        (view.name() == name).then_some(view)
    }

    /// The view's name, of at most 25 bytes.
    #[must_use]
    pub fn name(self) -> String {
        let grams = Grams::NAMED.iter().find(|(_, grams)| *grams == self.grams);
        let values = Values::NAMED.iter().find(|(_, values)| *values == self.values);
        let (grams, values) =
            (grams.map_or("", |named| named.0), values.map_or("", |named| named.0));
        format!("text/{grams}-{}{values}", self.columns)
    }

    /// How many bytes the view has: one a column.
    #[must_use]
    pub fn columns(self) -> usize {
        self.columns.into()
    }

    /// The sums of `HashingVectorizer` with `norm=None`: how often an n-gram falls on each
    /// column; with [`Values::Signed`], every second one negative.
    #[must_use]
    pub fn sums(self, text: &str) -> Vec<i64> {
        let mut sums = vec![0i64; self.columns()];
        let columns = u32::from(self.columns);
        let mut count = |gram: &str| {
            let hash = murmur::murmur3(gram.as_bytes());
            // A power of two divides 2³¹, so the least hash falls on column 0, as in
            // scikit-learn.
            let column = hash.unsigned_abs() % columns;
            let sign = if self.values == Values::Signed && hash < 0 { -1 } else { 1 };
            if let Some(sum) = sums.get_mut(column as usize) {
                *sum += sign;
            }
        };
        let lower = unicode::python_lower(text);
        match self.grams {
            Grams::Words => grams::words(&lower, false, &mut count),
            Grams::WordsAndPairs => grams::words(&lower, true, &mut count),
            Grams::Chars => grams::chars_within_words(&lower, &mut count),
        }
        sums
    }

    /// The view of a text, a byte a column.
    #[must_use]
    pub fn view(self, text: &str) -> Vec<u8> {
        let sums = self.sums(text);
        let squares = sums.iter().map(|&sum| u128::from(sum.unsigned_abs()).pow(2)).sum();
        let byte = |&sum: &i64| match self.values {
            Values::Counts => sum.clamp(0, 255) as u8,
            Values::Signed => (128 + sum.clamp(-127, 127)) as u8,
            Values::L2 => share(sum.unsigned_abs(), squares),
        };
        sums.iter().map(byte).collect()
    }
}

/// 255 · count / √squares, rounded to the nearest, halves up: the greatest q of which
/// (2q − 1)² · squares ≤ (510 · count)². Counts are below 2⁴⁰, so nothing overflows.
fn share(count: u64, squares: u128) -> u8 {
    let most = (510 * u128::from(count)).pow(2);
    let fits = |q: u8| (2 * u128::from(q) - 1).pow(2) * squares <= most;
    // By halving: q = 0 always fits.
    let (mut fitting, mut beyond) = (0u8, 256u16);
    while count > 0 && beyond - u16::from(fitting) > 1 {
        let middle = (u16::from(fitting) + beyond) / 2;
        match u8::try_from(middle) {
            Ok(q) if fits(q) => fitting = q,
            _ => beyond = middle,
        }
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for (grams, values) in Grams::NAMED.into_iter().zip(Values::NAMED) {
            let view = HashedView::new(grams.1, 1 << 14, values.1).unwrap();
            assert_eq!(HashedView::of_name(&view.name()), Some(view));
            assert!(view.name().len() <= 25);
        }
        for name in [
            "text/words-1000",
            "text/words-512",
            "text/words-32768",
            "text/words-04096",
            "text/words-4096-x",
            "text/word-4096",
            "words-4096",
        ] {
            assert_eq!(HashedView::of_name(name), None, "{name}");
        }
    }

    #[test]
    fn shares_are_rounded_to_the_nearest() {
        assert_eq!((share(0, 0), share(1, 1), share(7, 49)), (0, 255, 255));
        // 255 · 3/5 = 153, 255 · 4/5 = 204.
        assert_eq!((share(3, 25), share(4, 25)), (153, 204));
        // 255/510 = ½ rounds up, and a little less does not.
        assert_eq!((share(1, 510 * 510), share(1, 510 * 510 + 1)), (1, 0));
        for squares in 1..2_000u64 {
            for count in 0..=squares.isqrt() {
                let exact = 255.0 * count as f64 / (squares as f64).sqrt();
                let got = f64::from(share(count, squares.into()));
                assert!((got - exact).abs() <= 0.5 + 1e-9, "{count} {squares}");
            }
        }
    }

    #[test]
    fn bytes_of_each_kind() {
        let view =
            |values| HashedView::new(Grams::Words, 1024, values).unwrap().view(&"foo ".repeat(300));
        let column = 156_908_512 % 1024;
        assert_eq!(view(Values::Counts)[column], 255);
        assert_eq!(view(Values::Signed)[column], 1);
        assert_eq!(view(Values::L2)[column], 255);
        assert_eq!(view(Values::Signed)[column + 1], 128);
        assert_eq!(view(Values::L2).iter().filter(|&&byte| byte > 0).count(), 1);
    }
}
