//! Vocabularies, and texts cut into their tokens.

use candor_documents::tokens::{TokenView, Vocabulary, import};

use super::terms::content;
use crate::memory::bounded;

/// A vocabulary in one of the forms that are taken, a zero byte and a text. What is taken
/// makes a file that is read as itself, and no other file is; views have their length, their
/// ids are of the vocabulary, and what they show is the beginning of all.
pub(crate) fn tokens(data: &[u8]) {
    let at = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (file, rest) = data.split_at(at);
    let text = content(rest.get(1..).unwrap_or_default()).text;
    let Ok((vocabulary, made)) = bounded(|| import(file, Some(b"#version\na b\nab c\n"))) else {
        assert!(Vocabulary::read(file).is_err(), "a vocabulary that is not taken");
        return;
    };
    let again = Vocabulary::read(&made).expect("what was made of it");
    assert_eq!(again.digest(), vocabulary.digest());
    if Vocabulary::read(file).is_ok() {
        assert_eq!(made, file);
    }
    let all = bounded(|| vocabulary.ids(&text));
    assert_eq!(all.len() as u64, vocabulary.count(&text));
    for (tokens, ends) in [(4, false), (64, false), (64, true)] {
        let view = TokenView::new(vocabulary.scheme(), tokens, ends).expect("a view");
        let shown = bounded(|| vocabulary.view(&text, view)).expect("a view of its scheme");
        assert_eq!(shown.len(), view.byte_len());
        let ids: Vec<u16> = shown.chunks(2).map(|id| u16::from_le_bytes([id[0], id[1]])).collect();
        assert!(ids.iter().all(|id| usize::from(*id) < vocabulary.tokens()));
        assert!(!all.contains(&vocabulary.padding()), "a text with the id of padding");
        let mask = vocabulary.mask(&shown);
        assert!(mask.is_sorted_by(|a, b| a >= b), "padding before a token");
        let shows = mask.iter().map(|one| u64::from(*one)).sum::<u64>();
        assert!(shows >= all.len().min(tokens as usize - 2) as u64);
    }
}
