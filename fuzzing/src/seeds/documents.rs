//! Seeds of the readers of documents: the files with known answers, what stands in them,
//! and files that the tests of the readers make.

use candor_documents::{Budget, Kind, children, family, kind_of, read};

use super::folder;
use crate::parts;

/// Files with known answers.
const DATA: &str = "documents/tests/data";

/// The seeds of a target, if there is one of that name.
pub(super) fn seeds(target: &str) -> Option<Vec<Vec<u8>>> {
    let of = |kinds: &[Kind]| -> Vec<Vec<u8>> {
        items().into_iter().filter(|item| kinds.contains(&kind_of(item))).collect()
    };
    Some(match target {
        "pdf" => {
            let files = of(&[Kind::Pdf]);
            files.iter().map(|file| unpacked(file)).chain(files.clone()).collect()
        }
        "msg" => of(&[Kind::Msg]).into_iter().chain(folder("fuzzing/seeds/msg")).collect(),
        "pst" => folder("fuzzing/seeds/pst"),
        "zip" => of(&PACKAGES),
        "office" => of(&PACKAGES).iter().map(|file| parts::joined(&parts_of(file))).collect(),
        "xml" => of(&PACKAGES).iter().flat_map(|file| texts_of(file)).collect(),
        "mail" => of(&[Kind::Mail]),
        "rtf" => of(&[Kind::Rtf]),
        "html" => of(&[Kind::Html]),
        "text" => of(&[Kind::Text]),
        "seven_zip" => of(&[Kind::SevenZip]),
        "tar" => of(&[Kind::Tar]),
        "gzip" => of(&[Kind::Gzip]),
        "mbox" => of(&[Kind::Mbox]),
        "pages" => {
            let mut all = of(&[Kind::Tiff, Kind::Gif, Kind::Png, Kind::WebP]);
            all.extend(folder("fuzzing/seeds/pages"));
            all.extend(folder("tests/vectors/images/tiff"));
            all
        }
        "terms" => all_texts(),
        "query" => queries(),
        "tokens" => vocabularies(),
        "family" => folder(DATA),
        _ => return None,
    })
}

/// Kinds that are zip archives.
const PACKAGES: [Kind; 7] =
    [Kind::Zip, Kind::Docx, Kind::Xlsx, Kind::Pptx, Kind::Odt, Kind::Ods, Kind::Odp];

/// The files and all that stands in them, none of them long.
fn items() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for file in folder(DATA) {
        let mut inside = Vec::new();
        let kept: Result<(), ()> = family(
            &file,
            kind_of(&file),
            &mut |_, bytes| {
                inside.push(bytes);
                Ok(())
            },
            &mut |_| {},
        );
        assert!(kept.is_ok());
        all.push(file);
        all.extend(inside);
    }
    all.retain(|item| item.len() <= 1 << 17);
    all.sort_by_key(Vec::len);
    all.dedup();
    all
}

fn parts_of(package: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut parts = Vec::new();
    // Of an archive that is not opened to its end, what was given.
    let _ = children(package, Kind::Zip, &mut Budget::new(), &mut |child, _| {
        parts.extend(child.bytes.ok().map(|bytes| (child.name, bytes)));
        Ok(())
    });
    parts
}

/// Parts that hold text, each with the byte that chooses its package.
fn texts_of(package: &[u8]) -> Vec<Vec<u8>> {
    let choice = match kind_of(package) {
        Kind::Docx => 0,
        Kind::Xlsx => 1,
        Kind::Pptx => 2,
        Kind::Odt => 3,
        Kind::Ods => 4,
        _ => 5,
    };
    let parts = parts_of(package).into_iter().filter(|(name, _)| name.ends_with(b".xml"));
    parts.map(|(_, bytes)| [&[choice][..], &bytes].concat()).collect()
}

fn all_texts() -> Vec<Vec<u8>> {
    let contents = items().into_iter().map(|item| read(&item, kind_of(&item), &mut Budget::new()));
    let texts = contents.flatten().map(|content| content.text.as_str().as_bytes().to_vec());
    texts.filter(|text| !text.is_empty() && text.len() <= 1 << 16).collect()
}

/// A PDF in which what was deflated without parameters is not. Its places are wrong then,
/// and the reader looks for its objects.
fn unpacked(file: &[u8]) -> Vec<u8> {
    let find = |from: usize, what: &[u8]| {
        let rest = file.get(from..)?;
        rest.windows(what.len()).position(|window| window == what).map(|at| from + at)
    };
    let (mut out, mut done) = (Vec::new(), 0);
    while let Some(keyword) = find(done, b"stream") {
        let end = find(keyword, b"endstream").unwrap_or(file.len());
        let head = file.get(done..keyword).unwrap_or_default();
        let skipped = if file.get(keyword + 6) == Some(&b'\r') { 8 } else { 7 };
        let data = file.get(keyword + skipped..end).unwrap_or_default();
        let dictionary = String::from_utf8_lossy(head);
        let start = dictionary.rfind("obj").unwrap_or(0);
        let entries = dictionary.get(start..).unwrap_or_default();
        let simple = !entries.contains("DecodeParms") && !entries.contains('[');
        let plain = (simple && entries.contains("/FlateDecode"))
            .then(|| miniz_oxide::inflate::decompress_to_vec_zlib(data).ok())
            .flatten();
        match plain {
            Some(plain) => {
                let entries = entries.replacen("/FlateDecode", "/None", 1);
                let entries = entries.replacen("/Filter", "/Was", 1);
                let entries = entries.replacen("/Length", "/Then", 1);
                let entries = entries.replacen("<<", &format!("<</Length {} ", plain.len()), 1);
                out.extend_from_slice(dictionary.get(..start).unwrap_or_default().as_bytes());
                out.extend([entries.as_bytes(), b"stream\n", &plain, b"\nendstream"].concat());
            }
            None => {
                out.extend_from_slice(file.get(done..(end + 9).min(file.len())).unwrap_or_default())
            }
        }
        done = (end + 9).min(file.len());
    }
    out.extend_from_slice(file.get(done..).unwrap_or_default());
    out
}

/// Lines as lists hold them, in every dialect, over a text that some of them find.
/// Small vocabularies in each form, with a text.
fn vocabularies() -> Vec<Vec<u8>> {
    const LIST: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\nc\n.\n";
    const TOKENIZER: &str = r###"{"added_tokens":[],"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":null,"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[PAD]":0,"[UNK]":1,"a":2,"##b":3}}}"###;
    let list = candor_documents::tokens::import(LIST.as_bytes(), None).expect("a list").1;
    let files = [LIST.as_bytes(), TOKENIZER.as_bytes(), &list];
    let mut seeds: Vec<Vec<u8>> =
        files.iter().map(|file| [file, &b"\0Abb c. x"[..]].concat()).collect();
    seeds.extend(folder("documents/tests/vectors/tokens").into_iter().map(|file| {
        let text = "\0The naïve café's 12 [SEP] 北京\u{2029} <|endoftext|>";
        [file, text.as_bytes().to_vec()].concat()
    }));
    seeds
}

fn queries() -> Vec<Vec<u8>> {
    const TEXT: &str = "The merger of Smith-Jones & Co. (AT&T) was paid by the bank: fraud, \
        a bonus, 8(e), W-2 and contracts on 14 May 2019.\u{2029}東京の会議 privileged attorney";
    const LINES: [&str; 24] = [
        "merger",
        "(merger OR acquisition) AND NOT newsletter",
        "\"side letter\" OR bonus*",
        "(john OR jon) w/2 smith",
        "a* W/3 \"law firm*\"",
        "fraud NOT w/5 bank OR fraud PRE/2 bank",
        "number:1430..1432 w/2 patent",
        "from:alice@example.com AND date:2019..2020 AND NOT kind:picture",
        "subject:\"plan b\" AND size:..1MiB",
        "subject:\"The merger\" AND smith-jones",
        "at&t OR 8(e) OR \"w-2\"",
        "東京 AND 会議",
        "((privileged AND attorney) OR (fraud w/10 contract*))",
        "domain:example.com OR file:*.pdf",
        "contract! and fraud",
        "bank w/5 (fraud OR bonus OR merger) AND date:2019-05-14",
        "trade secret",
        "\"to be or not\"",
        "+merger -newsletter",
        "merge?",
        "fraud /s bank",
        "\"paid bank\"~3",
        "attachment:report AND custodian:jones",
        "is:undated AND NOT (spam OR \"out of office\")",
    ];
    let dialects = 0..=5_u8;
    dialects
        .flat_map(|dialect| {
            LINES.map(|line| [&[dialect], line.as_bytes(), b"\n", TEXT.as_bytes()].concat())
        })
        .collect()
}
