//! Text, cut into terms and put into views.

use candor_documents::filter::{Layout, TokenKind};
use candor_documents::terms::{ItemFacts, Terms, Wanted};
use candor_documents::{Budget, Content, plain_bytes};

use crate::memory::bounded;

/// The content with a text, which is whatever is UTF-8 in bytes.
pub(super) fn content(data: &[u8]) -> Content {
    let mut content = Content::default();
    let text = String::from_utf8_lossy(data);
    content.text.push(&text, &mut Budget::new()).expect("it fits into the budget");
    content.meta.subject = text.get(..text.len() / 2).map(str::to_owned);
    content
}

/// All terms of a text are in its views, and none holds a control character.
pub(crate) fn terms(data: &[u8]) {
    let (content, facts) = (content(data), ItemFacts::default());
    let terms = bounded(|| Terms::of(&content, &facts, Wanted::All));
    assert!(terms == Terms::of(&content, &facts, Wanted::All), "two lists of terms of one text");
    let plain = Terms::of(&content, &facts, Wanted::Plain);
    for length in [1, 100] {
        assert_eq!(plain_bytes::head(&content.text, length).len(), length);
        assert_eq!(plain_bytes::ends(&content.text, length).len(), length);
    }
    let Ok(terms) = terms else { return };
    let plain = plain.expect("fewer terms are read, too");
    assert!((&plain.words, &plain.pairs) == (&terms.words, &terms.pairs));
    let kinds = [
        (TokenKind::Word, &terms.words),
        (TokenKind::Pair, &terms.pairs),
        (TokenKind::Field, &terms.fields),
        (TokenKind::Prefix, &terms.prefixes),
        (TokenKind::Near, &terms.near),
    ];
    for (_, tokens) in &kinds {
        assert!(!tokens.iter().any(|token| token.is_empty() || token.contains(char::is_control)));
    }
    for layout in Layout::ALL {
        let view = bounded(|| layout.view(&content, &facts));
        assert!(view == layout.view(&content, &facts), "two views of one text");
        let Ok(view) = view else { continue };
        assert_eq!(view.len(), layout.bytes());
        let served = if layout.wanted() == Wanted::All { 5 } else { 3 };
        for (kind, tokens) in kinds.iter().take(served) {
            assert!(tokens.iter().all(|token| layout.has(&view, *kind, token)), "a term is lost");
        }
    }
}
