//! A wide form asked of the tokens themselves: what tells a chance match.

use crate::terms::Terms;

use super::wide::Wide;

impl Wide {
    /// Whether an item with these tokens, and a view that is `view`, holds what the wide
    /// form asks for. If its view does and this does not, that is a chance match.
    #[must_use]
    pub fn is_true(&self, terms: &Terms, view: &[u8]) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.is_true(terms, view)),
            Self::Or(parts) => parts.iter().any(|part| part.is_true(terms, view)),
            Self::Not(part) => !part.is_true(terms, view),
            Self::Token { kind, token } => kind.tokens(terms).contains(token),
            Self::FactIn { fact, first, last } => (*first..=*last).contains(&fact.read(view)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Budget, Content,
        filter::Layout,
        query::{Dialect, Options, Query},
        terms::{ItemFacts, Terms},
    };

    #[test]
    fn chance_matches_are_told() {
        let mut content = Content::default();
        let text: String = (0..5_200).map(|number| format!("w{number}\u{2029}")).collect();
        content.text.push(&text, &mut Budget::new()).unwrap();
        let (layout, facts) = (Layout::TERMS_33, ItemFacts::default());
        let options = Options { wanted: layout.wanted(), ..Options::default() };
        let view = layout.view(&content, &facts).unwrap();
        let terms = Terms::of(&content, &facts, layout.wanted()).unwrap();
        let mut by_chance = 0;
        for number in 0..2_000 {
            let is_there = Query::parse(&format!("w{number}"), Dialect::Candor).unwrap();
            assert!(is_there.wide(&options).unwrap().is_true(&terms, &view));
            let is_not = Query::parse(&format!("x{number}"), Dialect::Candor).unwrap();
            let wide = is_not.wide(&options).unwrap();
            assert!(!wide.is_true(&terms, &view));
            by_chance += usize::from(wide.holds(layout, &view));
        }
        assert!(by_chance > 0, "a filter half full finds some words");
    }
}
