//! The hashed views against scikit-learn, by vectors that `scripts/hashing-vectors.py`
//! wrote.

use std::fmt::Write;

use candor_documents::hashing::{Grams, HashedView, Values};
use sha2::{Digest, Sha256};

#[test]
fn equals_scikit_learn() {
    let all = [Grams::Words, Grams::WordsAndPairs, Grams::Chars];
    let views: Vec<HashedView> = all
        .into_iter()
        .flat_map(|grams| [(grams, 1 << 10, Values::Counts), (grams, 1 << 14, Values::Signed)])
        .map(|(grams, columns, values)| HashedView::new(grams, columns, values).unwrap())
        .collect();
    let vectors = include_str!("vectors/hashing.txt");
    let mut cases = 0;
    for line in vectors.split_terminator('\n') {
        let (expected, text) = line.split_once(' ').unwrap();
        let text: String = serde_json::from_str(text).unwrap();
        let mut rows = String::new();
        for view in &views {
            for (column, sum) in
                view.sums(&text).into_iter().enumerate().filter(|(_, sum)| *sum != 0)
            {
                write!(rows, "{column}:{sum} ").unwrap();
            }
            rows.push('\n');
        }
        let digest = Sha256::digest(&rows)
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(&digest[..16], expected, "{text:?}");
        cases += 1;
    }
    assert!(cases >= 6_000);
}
