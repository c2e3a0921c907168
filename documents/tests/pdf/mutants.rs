//! Samples with bytes changed: nothing panics, and nothing takes long.

use std::time::{Duration, Instant};

use candor_documents::{Budget, Kind, children, read};

use super::build::{Pdf, stream};
use super::samples::samples;

/// Pseudo-random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    const WORDS: [&[u8]; 12] = [
        b"<<",
        b">>",
        b"[",
        b"]",
        b"(",
        b"99999999",
        b"-1",
        b" 0 R",
        b"endobj",
        b"stream\n",
        b"/Kids",
        b"0",
    ];
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        match random.below(8) {
            0 => bytes.truncate(at),
            1 => {
                let end = (at + random.below(200)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let end = (at + random.below(200)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, copy);
            }
            3 | 4 => {
                let word = WORDS[random.below(WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            5 => {
                // Another digit where one stands.
                if let Some(digit) = bytes.iter_mut().skip(at).find(|byte| byte.is_ascii_digit()) {
                    *digit = b'0' + random.below(10) as u8;
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.below(256) as u8;
                }
            }
        }
    }
}

/// A file in which most of what is read is not packed.
fn open_file() -> Vec<u8> {
    let cmap = b"begincmap 2 beginbfchar <0041> <0042> <0043> <00440045> endbfchar 1 beginbfrange <0050> <0060> <0070> endbfrange endcmap";
    Pdf::with_stream(
        stream("", b"q /F 12 Tf BT 1 0 0 1 9 9 Tm [(ab) -300 (c)] TJ (d) ' ET /Span<</ActualText(x)>>BDC /G 9 Tf <00410043> Tj EMC /X Do BI /W 1 ID x EI Q"),
        "/XObject<</X 6 0 R>>",
    )
    .set(5, "<</Font<</F<</Subtype/Type3/Encoding<</Differences[97/a/b/c]>>/FirstChar 97/Widths[500 500 500]/FontMatrix[.001 0 0 .001 0 0]>>/G<</Subtype/Type0/Encoding/Identity-H/ToUnicode 7 0 R/DescendantFonts[<</W[0 9 500 65[1 2 3]]>>]>>>>/XObject<</X 6 0 R>>>>")
    .add(stream("/Subtype/Form/Matrix[1 0 0 1 0 0]", b"BT /F 9 Tf (a) Tj ET"))
    .add(stream("", cmap))
    .set(1, "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(n)<</F(n)/EF<</F 6 0 R>>>>]>>>>/Outlines<</First<</Title(t)>>>>/AcroForm<</Fields[<</T(a)/V(v)/FT/Tx>>]>>>>")
    .finish()
}

#[test]
fn mutants_are_read_or_refused() {
    // More of them by hand: MUTANTS=20000 cargo test --release.
    let rounds = std::env::var("MUTANTS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(60);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut sources = samples();
    sources.push(open_file());
    if let Ok(folder) = std::env::var("MUTANTS_OF") {
        for entry in std::fs::read_dir(folder).unwrap() {
            sources.push(std::fs::read(entry.unwrap().path()).unwrap());
        }
    }
    let mut slowest = Duration::ZERO;
    for source in sources {
        for _ in 0..rounds {
            let mut bytes = source.clone();
            mutate(&mut random, &mut bytes);
            let start = Instant::now();
            let _ = read(&bytes, Kind::Pdf, &mut Budget::new());
            let _ = children(&bytes, Kind::Pdf, &mut Budget::new(), &mut |_, _| Ok(()));
            slowest = slowest.max(start.elapsed());
        }
    }
    eprintln!("slowest: {slowest:?}");
    assert!(slowest < Duration::from_secs(30));
}
