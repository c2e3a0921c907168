//! The views of tokens against Hugging Face's `tokenizers`, by vectors that
//! `scripts/token-vectors.py` wrote.

use candor_documents::tokens::{Vocabulary, import};
use candor_documents::{Budget, Text};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const TEXTS: usize = 12_000;
const OF_A_BLOCK: usize = 100;

/// What random texts are made of.
#[derive(Deserialize)]
struct Pieces {
    words: Vec<String>,
    spaces: Vec<String>,
    ends: Vec<String>,
    points: Vec<(u32, u32)>,
}

/// The script's generator: SplitMix64, and texts made of drawn pieces.
struct Generator {
    state: u64,
    pieces: Pieces,
}

impl Generator {
    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = self.state;
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(24) {
            match self.below(8) {
                0..5 => {
                    let word = self.below(self.pieces.words.len());
                    text.push_str(&self.pieces.words[word]);
                }
                5 => {
                    let end = self.below(self.pieces.ends.len());
                    text.push_str(&self.pieces.ends[end]);
                }
                _ => {
                    for _ in 0..=self.below(6) {
                        let range = self.below(self.pieces.points.len());
                        let (first, last) = self.pieces.points[range];
                        let point = first + self.below((last - first + 1) as usize) as u32;
                        text.extend(char::from_u32(point));
                    }
                }
            }
            if self.below(4) > 0 {
                let space = self.below(self.pieces.spaces.len());
                text.push_str(&self.pieces.spaces[space]);
            }
        }
        text
    }
}

fn vocabulary(name: &str) -> Vocabulary {
    let file: &[u8] = match name {
        "uncased.txt" => include_bytes!("vectors/tokens/uncased.txt"),
        "cased.json" => include_bytes!("vectors/tokens/cased.json"),
        _ => include_bytes!("vectors/tokens/bytes.json"),
    };
    import(file, None).unwrap().0
}

fn digest(vocabulary: &Vocabulary, texts: &[String]) -> String {
    let mut lines = String::new();
    for one in texts {
        let mut text = Text::new();
        text.push(one, &mut Budget::new()).unwrap();
        let ids: Vec<String> = vocabulary.ids(&text).iter().map(u16::to_string).collect();
        lines.push_str(&ids.join(" "));
        lines.push('\n');
    }
    Sha256::digest(&lines).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[test]
fn equals_tokenizers() {
    let pieces = serde_json::from_str(include_str!("vectors/tokens/pieces.json")).unwrap();
    let mut generator = Generator { state: 1, pieces };
    let texts: Vec<String> = (0..TEXTS).map(|_| generator.text()).collect();
    let mut name = "";
    let mut read = None;
    let mut blocks = 0;
    for line in include_str!("vectors/tokens/ids.txt").lines() {
        let (of, rest) = line.split_once(' ').unwrap();
        let (what, expected) = rest.rsplit_once(' ').unwrap();
        if of != name {
            name = of;
            read = Some(vocabulary(name));
        }
        let texts = match what.parse::<usize>() {
            Ok(at) => {
                blocks += 1;
                &texts[at..at + OF_A_BLOCK]
            }
            Err(_) => &[serde_json::from_str(what).unwrap()],
        };
        let got = digest(read.as_ref().unwrap(), texts);
        assert_eq!(got, expected, "{name}, {what}");
    }
    assert_eq!(blocks, 3 * TEXTS / OF_A_BLOCK);
}
