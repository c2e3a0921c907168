//! Vocabularies read, imported and applied.

use super::*;
use crate::{Budget, Text};

const WORDS: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\nc\n.\n";

fn text(text: &str) -> Text {
    let mut all = Text::new();
    all.push_block(text, &mut Budget::new()).unwrap();
    all
}

fn ids(vocabulary: &Vocabulary, name: &str, of: &str) -> Vec<u16> {
    let view = TokenView::of_name(name).unwrap();
    let bytes = vocabulary.view(&text(of), view).unwrap();
    assert_eq!(bytes.len(), view.byte_len());
    bytes.chunks(2).map(|id| u16::from_le_bytes([id[0], id[1]])).collect()
}

/// All bytes and `b` with `c`, that with `d`, and a token for padding.
fn bytes(prefix_space: bool) -> String {
    let mut tokens = String::new();
    for byte in 0..=255 {
        tokens.push_str(&format!("{}\n", byte_level::character(byte)));
    }
    format!(
        "{{\"format\":\"candor vocabulary 1\",\"scheme\":\"bpe\",\"tokens\":259,\"merges\":2,\"begin\":null,\"end\":null,\"padding\":258,\"unknown\":null,\"lower_case\":false,\"strip_accents\":false,\"split_ideographs\":false,\"prefix_space\":{prefix_space}}}\n{tokens}cd\nbcd\n<|endoftext|>\nc d\nb cd\n"
    )
}

#[test]
fn a_view_of_pieces_begins_ends_and_is_padded() {
    let (vocabulary, file) = import(WORDS.as_bytes(), None).unwrap();
    assert!(file.starts_with(
        br#"{"format":"candor vocabulary 1","scheme":"wordpiece","tokens":8,"merges":0,"begin":2,"end":3,"padding":0,"unknown":1,"lower_case":true,"#
    ));
    assert_eq!(ids(&vocabulary, "text/wordpiece-8", "Abb x."), [2, 4, 5, 5, 1, 7, 3, 0]);
    assert_eq!(ids(&vocabulary, "text/wordpiece-5", "Abb x."), [2, 4, 5, 5, 3]);
    assert_eq!(ids(&vocabulary, "text/wordpiece-6-ends", "Abb x."), [2, 4, 5, 1, 7, 3]);
    assert_eq!(ids(&vocabulary, "text/wordpiece-7-ends", "Abb x."), [2, 4, 5, 5, 1, 7, 3]);
    assert_eq!(ids(&vocabulary, "text/wordpiece-5-ends", "c. a abbb"), [2, 6, 7, 5, 3]);
    assert_eq!(ids(&vocabulary, "text/wordpiece-4", "[SEP]"), [2, 1, 1, 3], "a text is text");
    let nothing = TokenView::of_name("text/wordpiece-4").unwrap();
    let empty = vocabulary.view(&Text::new(), nothing).unwrap();
    assert_eq!(empty, [2, 0, 3, 0, 0, 0, 0, 0]);
    assert_eq!(vocabulary.mask(&empty), [1, 1, 0, 0]);
    assert_eq!(vocabulary.count(&text("Abb x.")), 5);
    assert_eq!(vocabulary.beyond(&text("Abb x."), nothing), 3);
    let other = TokenView::of_name("text/bpe-8").unwrap();
    vocabulary.view(&Text::new(), other).unwrap_err();
}

#[test]
fn a_view_of_bytes() {
    let vocabulary = Vocabulary::read(bytes(false).as_bytes()).unwrap();
    let (a, b, space) = (u16::from(b'a'), u16::from(b'b'), u16::from(b' '));
    assert_eq!(ids(&vocabulary, "text/bpe-5", "abcd b"), [a, 257, space, b, 258]);
    assert_eq!(ids(&vocabulary, "text/bpe-4-ends", "abcdbbcd"), [a, 257, b, 257]);
    assert_eq!(ids(&vocabulary, "text/bpe-5-ends", "aaaabbcd"), [a, a, a, b, 257]);
    assert_eq!(ids(&vocabulary, "text/bpe-4", "a\u{2029}b\n"), [a, 10, b, 258]);
    let spaced = Vocabulary::read(bytes(true).as_bytes()).unwrap();
    assert_eq!(ids(&spaced, "text/bpe-4", "a"), [space, a, 258, 258]);
    assert_eq!(ids(&spaced, "text/bpe-4", " a"), [space, a, 258, 258]);
    assert_eq!(ids(&spaced, "text/bpe-4", ""), [258; 4]);
    assert_ne!(spaced.digest(), vocabulary.digest());
}

#[test]
fn the_last_tokens_are_those_of_the_whole() {
    let (pieces, _) = import(WORDS.as_bytes(), None).unwrap();
    let merges = Vocabulary::read(bytes(false).as_bytes()).unwrap();
    let long = "abb c. abbbb x cc\u{2029}bcd a  bcdbcd ".repeat(9);
    for (vocabulary, scheme) in [(pieces, Scheme::WordPiece), (merges, Scheme::Bpe)] {
        let all = vocabulary.ids(&text(&long));
        let around = if scheme == Scheme::WordPiece { 1 } else { 0 };
        for tokens in 4..70 {
            let room = tokens as usize - 2 * around;
            for ends in [false, true] {
                let name = TokenView::new(scheme, tokens, ends).unwrap().name();
                let shown = ids(&vocabulary, &name, &long);
                let shown = &shown[around..around + room];
                let head = if ends { room - room / 2 } else { room };
                assert_eq!(shown[..head], all[..head], "{name}");
                assert_eq!(shown[head..], all[all.len() - (room - head)..], "{name}");
            }
        }
    }
}

/// The file of WORDS with a text in the place of another.
fn changed(from: &str, to: &str) -> Result<Vocabulary, VocabularyError> {
    let (_, file) = import(WORDS.as_bytes(), None).unwrap();
    let file = String::from_utf8(file).unwrap();
    assert!(file.contains(from), "{from}");
    Vocabulary::read(file.replacen(from, to, 1).as_bytes())
}

#[test]
fn a_vocabulary_has_one_encoding() {
    changed("##b", "##d").unwrap();
    for (from, to) in [
        ("candor vocabulary 1", "candor vocabulary 2"),
        ("{\"format\"", "{ \"format\""),
        ("\"merges\":0", "\"merges\":1"),
        ("\"merges\":0", "\"merges\":-1"),
        ("\"tokens\":8", "\"tokens\":7"),
        ("\"tokens\":8", "\"tokens\":9"),
        ("\"tokens\":8", "\"tokens\":65537"),
        ("\"tokens\":8", "\"tokens\":4294967296"),
        ("\"padding\":0", "\"padding\":8"),
        ("\"padding\":0", "\"padding\":4"),
        ("\"padding\":0", "\"padding\":5"),
        ("\"end\":3", "\"end\":7"),
        ("\"padding\":0", "\"padding\":3"),
        ("\"unknown\":1", "\"unknown\":0"),
        ("\"unknown\":1", "\"unknown\":8"),
        ("\"unknown\":1", "\"unknown\":null"),
        ("\"prefix_space\":false", "\"prefix_space\":true"),
        ("\"prefix_space\":false}", "\"prefix_space\":false,\"more\":1}"),
        ("\"scheme\":\"wordpiece\"", "\"scheme\":\"bpe\""),
        ("\n##b\n", "\na\n"),
        ("\n##b\n", "\n\n"),
        ("\n##b\n", "\n"),
        ("\n.\n", "\n."),
        ("\n.\n", "\n.\n\n"),
    ] {
        changed(from, to).expect_err(to);
    }
    changed("##b", &"b".repeat(512)).unwrap();
    changed("##b", &"b".repeat(513)).unwrap_err();
    assert!(Vocabulary::read(b"").is_err() && Vocabulary::read(b"{}\n").is_err());
    let long = vec![b'a'; Vocabulary::MAX_BYTES as usize + 1];
    assert_eq!(Vocabulary::read(&long).unwrap_err(), VocabularyError::TooLong(long.len()));
}

#[test]
fn merges_are_checked() {
    let file = bytes(false);
    for (from, to) in [
        ("\nc d\n", "\nc  d\n"),
        ("\nc d\n", "\ncd\n"),
        ("\nc d\n", "\nc e\n"),
        ("\nc d\n", "\ncd cd\n"),
        ("\nb cd\n", "\nc d\n"),
        ("\"padding\":258", "\"padding\":257"),
        ("\"padding\":258", "\"padding\":3"),
        ("\"unknown\":null", "\"unknown\":1"),
        ("\"lower_case\":false", "\"lower_case\":true"),
        ("\na\n", "\naa\n"),
    ] {
        assert!(file.contains(from), "{from}");
        Vocabulary::read(file.replacen(from, to, 1).as_bytes()).expect_err(to);
    }
}

/// Whatever a byte is changed to, the file is refused or read without a panic, and what is
/// read gives views of their length with ids of the vocabulary.
#[test]
fn changed_vocabularies_do_no_harm() {
    let (_, pieces) = import(WORDS.as_bytes(), None).unwrap();
    let mut state = 7_u64;
    let mut next = |bound: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let mut read = 0;
    for file in [pieces, bytes(true).into_bytes()] {
        for _ in 0..3000 {
            let mut file = file.clone();
            for _ in 0..=next(3) {
                let at = next(file.len());
                match next(4) {
                    0 => file[at] = b"0123456789\n #{}\":,ab"[next(20)],
                    1 => file[at] = next(256) as u8,
                    2 => drop(file.remove(at)),
                    _ => file.insert(at, b"019\n #\"cd"[next(9)]),
                }
            }
            let _ = import(&file, None);
            let Ok(vocabulary) = Vocabulary::read(&file) else { continue };
            read += 1;
            for ends in [false, true] {
                let view = TokenView::new(vocabulary.scheme(), 16, ends).unwrap();
                let shown = vocabulary.view(&text("abcd [PAD] <|endoftext|> ##b é\u{301}."), view);
                let shown = shown.unwrap();
                assert_eq!(shown.len(), 32);
                for id in shown.chunks(2) {
                    let id = u16::from_le_bytes([id[0], id[1]]);
                    assert!(usize::from(id) < vocabulary.tokens());
                }
            }
        }
    }
    assert!(read > 100, "{read}");
}

#[test]
fn lists_of_others_are_taken() {
    let cased = import(b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nA\n", None).unwrap().0;
    assert!(!cased.lower_case());
    assert_eq!(ids(&cased, "text/wordpiece-4", "A a"), [2, 4, 1, 3]);
    // Line ends of Windows.
    let windows = WORDS.replace('\n', "\r\n");
    assert_eq!(
        import(windows.as_bytes(), None).unwrap().1,
        import(WORDS.as_bytes(), None).unwrap().1
    );
    for list in ["", "a\nb\n", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\na\n"] {
        import(list.as_bytes(), None).expect_err(list);
    }
    let tokens: Vec<String> = (0..=255)
        .map(|byte| format!("{:?}:{byte}", byte_level::character(byte).to_string()))
        .collect();
    let json = |more: &str| format!("{{{},\"cd\":256,\"bcd\":257{more}}}", tokens.join(","));
    let map = json(",\"<|endoftext|>\":258");
    assert!(needs_merges(map.as_bytes()) && !needs_merges(WORDS.as_bytes()));
    let merges = b"#version: 0.2\nc d\nb cd\n";
    let (made, file) = import(map.as_bytes(), Some(merges)).unwrap();
    assert_eq!(String::from_utf8(file.clone()).unwrap(), bytes(false));
    assert!(!needs_merges(&file));
    assert_eq!(import(&file, None).unwrap().1, file);
    assert_eq!(made.digest(), Vocabulary::read(&file).unwrap().digest());
    import(map.as_bytes(), None).unwrap_err();
    for more in ["", ",\"<|endoftext|>\":259", ",\"cd\":258,\"<|endoftext|>\":259"] {
        import(json(more).as_bytes(), Some(merges)).expect_err(more);
    }
}

#[test]
fn tokenizers_are_taken_if_they_do_what_is_done_here() {
    let tokenizer = |from: &str, to: &str| {
        let whole = r###"{"version":"1.0","truncation":{"max_length":8},"padding":null,"added_tokens":[{"id":0,"content":"[PAD]","special":true},{"id":5,"content":"[MASK]","special":true}],"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}]},"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"a":4}}}"###;
        assert!(whole.contains(from), "{from}");
        import(whole.replacen(from, to, 1).as_bytes(), None)
    };
    let vocabulary = tokenizer("1.0", "1.0").unwrap().0;
    assert_eq!(vocabulary.tokens(), 6);
    assert_eq!(ids(&vocabulary, "text/wordpiece-6", "A b"), [2, 4, 1, 3, 0, 0]);
    let bare = r#"{"SpecialToken":{"id":"[SEP]","type_id":0}}"#;
    let without = tokenizer(&format!(",{bare}"), "").unwrap().0;
    assert_eq!(ids(&without, "text/wordpiece-6", "A b"), [2, 4, 1, 0, 0, 0]);
    let padded = tokenizer("\"padding\":null", "\"padding\":{\"pad_id\":5}").unwrap().0;
    assert_eq!(padded.padding(), 5);
    for (from, to) in [
        ("\"special\":true", "\"special\":false"),
        ("BertNormalizer", "Lowercase"),
        ("\"clean_text\":true", "\"clean_text\":false"),
        ("BertPreTokenizer", "Whitespace"),
        ("TemplateProcessing", "Other"),
        (bare, "{\"Sequence\":{\"id\":\"B\"}}"),
        ("[SEP]\",\"type_id\"", "[END]\",\"type_id\""),
        ("\"##\"", "\"@@\""),
        ("100", "200"),
        ("\"WordPiece\"", "\"Unigram\""),
        ("\"unk_token\":\"[UNK]\"", "\"unk_token\":\"<unk>\""),
        ("\"a\":4", "\"a\":6"),
        ("\"a\":4", "\"[UNK]\":4"),
        ("\"padding\":null", "\"padding\":{\"pad_id\":4}"),
        ("\"padding\":null", "\"padding\":{\"pad_id\":65536}"),
    ] {
        assert!(tokenizer(from, to).is_err(), "{to}");
    }
}
