//! Time grows with the length of a file and no faster: words that mean something to a
//! reader stand there again and again, thousands of times, after the start of a file.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use candor_documents::Budget;
use candor_fuzzing::mutate::Random;
use candor_fuzzing::{run, seeds};

/// Bytes of a file. What takes a microsecond a byte and byte would take days.
const LENGTH: usize = 1 << 19;
/// What no file of this length may take, on a machine that does other work, too.
const MOST: Duration = Duration::from_secs(20);

/// The words of a dictionary of libFuzzer.
fn words(name: &str) -> Vec<Vec<u8>> {
    let path = format!("../fuzz/dictionaries/{name}.dict");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    text.lines().map(|line| word(line.trim_matches('"'))).collect()
}

/// Bytes of a word with `\\`, `\"` and `\x00` in it.
fn word(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'\\', [b'x', high, low, left @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = left;
            }
            (b'\\', [escaped, left @ ..]) => {
                bytes.push(*escaped);
                rest = left;
            }
            _ => bytes.push(first),
        }
    }
    bytes
}

/// A target is given files of one to four words that stand there until the file is full.
fn grow(target: &'static str, dictionary: &str, starts: Vec<Vec<u8>>) {
    let mut words = words(dictionary);
    words.extend(
        [b"a", b" ", b"\n", b"=", b"\\", b"(", b"<", b"\"", b"\0"].map(|word| word.to_vec()),
    );
    // Others by hand: CANDOR_GROWTH=2000 cargo test -p candor-fuzzing --test growth.
    let number =
        |name: &str, least| std::env::var(name).ok().map_or(least, |text| text.parse().unwrap());
    let (count, mut random) =
        (number("CANDOR_GROWTH", 12), Random::new(number("CANDOR_FUZZ_SEED", 1) as u64));
    let work = move || {
        let mut slowest = Duration::ZERO;
        for _ in 0..count {
            let mut file = starts[random.below(starts.len())].clone();
            let phrase: Vec<u8> = (0..=random.below(4))
                .flat_map(|_| words[random.below(words.len())].clone())
                .collect();
            let pump = |file: &mut Vec<u8>, phrase: &[u8], length: usize| {
                while file.len() < length {
                    file.extend_from_slice(phrase);
                }
            };
            pump(&mut file, &phrase, LENGTH);
            let start = Instant::now();
            run(target, &file);
            let took = start.elapsed();
            if took > Duration::from_secs(2) {
                println!("{target}: {took:?}: {}", phrase.escape_ascii());
            }
            assert!(took < MOST, "{target} takes {took:?}: {}", phrase.escape_ascii());
            slowest = slowest.max(took);
        }
        println!("{target}: {count} files, the slowest in {slowest:?}");
    };
    thread::Builder::new().stack_size(Budget::STACK).spawn(work).unwrap().join().unwrap();
}

/// Starts of seeds, of several lengths.
fn starts(target: &str) -> Vec<Vec<u8>> {
    let lengths = [16, 64, 200, 600, 2000];
    let starts = seeds(target).into_iter().enumerate().map(|(at, mut seed)| {
        seed.truncate(lengths[at % lengths.len()]);
        seed
    });
    starts.collect()
}

#[test]
fn mail() {
    let mut all = starts("mail");
    for encoding in ["base64", "quoted-printable", "x-uuencode", "7bit"] {
        let start = format!("From: a\nContent-Transfer-Encoding: {encoding}\n\n");
        all.push(start.into_bytes());
    }
    for field in ["From", "To", "Subject", "Date", "Content-Type", "References", "DKIM-Signature"] {
        all.push(format!("{field}: ").into_bytes());
    }
    grow("mail", "mail", all);
}

#[test]
fn rtf() {
    grow("rtf", "rtf", vec![b"{\\rtf1 ".to_vec(), b"{\\rtf1{\\fonttbl{\\f0".to_vec()]);
}

#[test]
fn html() {
    grow("html", "html", vec![b"<html>".to_vec(), b"<p title=\"".to_vec(), b"<!--".to_vec()]);
}

#[test]
fn pdf() {
    let all = [
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj 3 0 obj<</Type/Page/Contents 4 0 R>>endobj 4 0 obj<<>>stream\n",
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 1/Kids[",
        "%PDF-1.4\n1 0 obj<<",
        "%PDF-1.4\nxref\n",
    ];
    let all = all.iter().map(|start| start.as_bytes().to_vec());
    grow("pdf", "pdf", all.chain(starts("pdf")).collect());
}

#[test]
fn xml() {
    let start = |kind: u8, text: &str| [&[kind], text.as_bytes()].concat();
    let word = "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>";
    let text = "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:text>";
    grow(
        "xml",
        "xml",
        [starts("xml"), vec![start(0, word), start(3, text), start(0, "<")]].concat(),
    );
}

#[test]
fn text() {
    grow(
        "text",
        "html",
        vec![Vec::new(), b"\x1b$B".to_vec(), b"+AGE-".to_vec(), b"BEGIN:VCALENDAR\n".to_vec()],
    );
}

#[test]
fn terms() {
    grow("terms", "query", vec![Vec::new()]);
}

#[test]
fn query() {
    grow("query", "query", (0..6).map(|dialect| vec![dialect]).collect());
}

#[test]
fn mbox() {
    grow("mbox", "mail", vec![b"From a Tue May 14 09:30:00 2019\n".to_vec(), Vec::new()]);
}

#[test]
fn kinds() {
    grow(
        "family",
        "mail",
        vec![Vec::new(), b"<!--".to_vec(), b"PK\x05\x06".to_vec(), b"\n%PDF-".to_vec()],
    );
    grow("family", "pdf", vec![Vec::new(), b"x %PDF-1".to_vec()]);
}
