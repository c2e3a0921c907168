//! The tokens that a pattern asks for.

use crate::{
    filter::TokenKind,
    terms::{Link, PREFIXES, Wanted, is_joined_by_three},
    unicode,
};

use super::{
    ast::{Pattern, PatternUnit},
    wide::{Wide, stem_tokens},
};

/// What every text that holds a pattern holds.
pub(super) fn of_text(pattern: &Pattern, wanted: Wanted) -> Wide {
    Wide::all(parts(pattern, wanted))
}

/// What every item that holds a pattern in a field holds. Pairs of words side by side
/// and beginnings of words are not held there.
pub(super) fn of_field(name: &str, pattern: &Pattern) -> Wide {
    Wide::all(parts(pattern, Wanted::Plain).into_iter().filter_map(|part| match part {
        Wide::Token { kind: TokenKind::Pair, token } if token.contains(' ') => None,
        Wide::Token { token, .. } => Some(Wide::token(TokenKind::Field, format!("{name}:{token}"))),
        _ => None,
    }))
}

fn parts(pattern: &Pattern, wanted: Wanted) -> Vec<Wide> {
    let whole = |at: Option<usize>| pattern.units.get(at?).filter(|unit| !unit.stem);
    let mut parts = Vec::new();
    for (at, unit) in pattern.units.iter().enumerate() {
        let next = pattern.units.get(at + 1);
        if unit.stem {
            parts.extend(stem_tokens(&unit.word).filter(|_| wanted == Wanted::All));
        } else if !unit.link.is_run() && !next.is_some_and(|next| next.link.is_run()) {
            // Where characters run on, their pairs say more than each of them.
            parts.push(Wide::token(TokenKind::Word, unit.word.as_str()));
        }
        let (Some(before), Some(_)) = (whole(at.checked_sub(1)), whole(Some(at))) else { continue };
        let two = |between: &str| format!("{}{between}{}", before.word, unit.word);
        let Some(joint) = unit.link.inner() else {
            parts.push(match unit.link {
                Link::Run | Link::Wrapped => Wide::token(TokenKind::Word, two("")),
                _ => Wide::token(TokenKind::Pair, two(" ")),
            });
            continue;
        };
        let three = |other: Link, joint| {
            other.inner().is_some_and(|other| is_joined_by_three(other, joint))
        };
        let first = whole(at.checked_sub(2)).filter(|_| three(before.link, joint));
        let covered = whole(Some(at + 1)).is_some_and(|next| three(next.link, joint));
        let two = two(joint.encode_utf8(&mut [0; 4]));
        match first {
            Some(first) => {
                let other = before.link.inner().unwrap_or_default();
                parts.push(Wide::token(TokenKind::Pair, format!("{}{other}{two}", first.word)));
            }
            None if covered => {}
            None => parts.push(Wide::token(TokenKind::Pair, two)),
        }
    }
    parts
}

/// Whether the tokens of a pattern are set, but for chance, only if a text holds it.
pub(super) fn is_exact(pattern: &Pattern, wanted: Wanted) -> bool {
    match pattern.units.as_slice() {
        [one] if one.stem => wanted == Wanted::All && PREFIXES.contains(&one.word.chars().count()),
        [_] => true,
        [one, two] => !one.stem && !two.stem,
        [one, two, three] => is_address(one, two, three),
        _ => false,
    }
}

/// The same for a pattern in a field.
pub(super) fn is_exact_in_field(pattern: &Pattern) -> bool {
    match pattern.units.as_slice() {
        [_] => true,
        [_, two] => two.link != Link::Beside,
        [one, two, three] => is_address(one, two, three),
        _ => false,
    }
}

/// Whether three units are one joined form.
fn is_address(one: &PatternUnit, two: &PatternUnit, three: &PatternUnit) -> bool {
    let whole = !one.stem && !two.stem && !three.stem;
    match (two.link.inner(), three.link.inner()) {
        (Some(first), Some(second)) => whole && is_joined_by_three(first, second),
        _ => false,
    }
}

pub(super) fn is_unspaced(word: &str) -> bool {
    word.chars().next().is_some_and(unicode::is_unspaced)
}
