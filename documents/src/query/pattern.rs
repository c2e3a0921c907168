//! Words and phrases of a query, cut as text is.

use std::ops::Range;

use crate::{
    terms::{Cut, Link, is_word},
    unicode,
};

use super::{
    ast::{Pattern, PatternUnit},
    refusal::Refusal,
    rules::Dialect,
};

/// Most words of a phrase.
const MOST_UNITS: usize = 64;

/// The pattern of a word outside of quotes.
///
/// # Errors
/// What has two readings, or none.
pub(super) fn of_word(word: &str, at: Range<usize>, dialect: Dialect) -> Result<Pattern, Refusal> {
    let refuse = |what: &str| Refusal::new(at.clone(), what);
    let trimmed = word.trim_end_matches(['*', '!']);
    if dialect.star_is_any_ending() && word.ends_with('*') && trimmed.is_empty()
        || word.starts_with('*')
    {
        return Err(refuse(
            "a `*` before a word asks for every ending of a word, which no filter holds",
        )
        .or("an OR of the words"));
    }
    if word.ends_with('*') && !dialect.star_is_any_ending() {
        return Err(refuse("`*` is one letter in this dialect")
            .or("an OR of the forms")
            .or(format!("{trimmed}! for any ending")));
    }
    if word.ends_with('!') && !dialect.bang_is_any_ending() {
        return Err(
            refuse("`!` at a word's end has no meaning in this dialect").or(format!("{trimmed}*"))
        );
    }
    let stem = word.len() != trimmed.len();
    if word.len() - trimmed.len() > 1 {
        return Err(refuse("more than one sign stands at the word's end").or(format!("{trimmed}*")));
    }
    for (place, point) in trimmed.char_indices() {
        check(trimmed, place, point).map_err(|(what, reading)| refuse(what).or(reading))?;
    }
    let text;
    let trimmed = if dialect.parts_at_punctuation() {
        text = trimmed.replace(['-', '\'', '’', '.', '@', '&', '‐', '\u{2011}'], " ");
        &text
    } else {
        trimmed
    };
    let mut units = cut(trimmed, at.clone())?;
    if let Some(last) = units.last_mut() {
        last.stem = stem && !is_unspaced(&last.word);
    }
    if stem && !trimmed.chars().next_back().is_some_and(is_word) {
        return Err(
            refuse("`*` stands right after the letters of a word").or(format!("\"{trimmed}\""))
        );
    }
    Ok(Pattern { units })
}

/// Refuses characters that mean different things to different programs.
fn check(word: &str, place: usize, point: char) -> Result<(), (&'static str, String)> {
    let before = word.get(..place).unwrap_or_default();
    let after = word.get(place + point.len_utf8()..).unwrap_or_default();
    let digit = |text: Option<char>| text.is_some_and(|point| point.is_ascii_digit());
    let or_quotes = || format!("\"{word}\"");
    match point {
        '*' => Err(("`*` within a word", "an OR of the words".into())),
        '!' => Err(("`!` within a word", or_quotes())),
        '?' => Err(("`?` (one letter) is not held by any filter", "an OR of the forms".into())),
        '~' if after.starts_with('~') => {
            let end = after.trim_start_matches('~');
            Err(("`~~` is a range of numbers in some programs", format!("number:{before}..{end}")))
        }
        '~' | '%' => Err((
            "forms and spellings that are like a word are not held by any filter",
            "an OR of the forms".into(),
        )),
        ',' if digit(before.chars().next_back()) && digit(after.chars().next()) => Ok(()),
        ',' | ';' => {
            let or = format!("{} OR {}", before, if after.is_empty() { "…" } else { after });
            Err((
                "a comma outside of quotes may be OR or a pause",
                format!("{or} or {}", or_quotes()),
            ))
        }
        '/' | '\\' => {
            let end = after;
            Err((
                "a stroke may be OR or stand in a name",
                format!("{before} OR {end} or {}", or_quotes()),
            ))
        }
        '-' | '+' if before.is_empty() => Err((
            "a sign before a word is an operator in some programs",
            format!("AND NOT {after} or AND {after} or \"{after}\""),
        )),
        '&' | '|' if before.is_empty() || after.is_empty() => {
            Err(("a sign at a word may be an operator", format!("AND or OR or {}", or_quotes())))
        }
        '|' | '<' | '>' | '=' | '[' | ']' | '{' | '}' | '^' | '“' | '”' | '„' => {
            Err(("patterns and ranges of this kind are not known", or_quotes()))
        }
        _ => Ok(()),
    }
}

/// The pattern of a quoted text.
///
/// # Errors
/// What has two readings, or none.
pub(super) fn of_phrase(
    text: &str,
    at: Range<usize>,
    dialect: Dialect,
) -> Result<Pattern, Refusal> {
    let refuse = |what: &str| Refusal::new(at.clone(), what);
    for word in text.split_ascii_whitespace() {
        let lower = word.to_ascii_lowercase();
        if matches!(dialect.proximity(&lower), Some((_, number)) if !number.is_empty()) {
            return Err(refuse("proximity stands within quotes").or(format!("\"…\" {word} \"…\"")));
        }
        if word.contains(['?', '~', '%'])
            && word.trim_end_matches(['?', '~', '%']).contains(['?', '~', '%'])
        {
            return Err(refuse("`?`, `~` and `%` within a word are not held by any filter")
                .or("an OR of the forms"));
        }
    }
    let replaced;
    let text = if dialect.parts_at_punctuation() {
        replaced = text.replace(['-', '\'', '’', '.', '@', '&', '‐', '\u{2011}'], " ");
        &replaced
    } else {
        text
    };
    let stars: &[char] = match (dialect.star_is_any_ending(), dialect.bang_is_any_ending()) {
        (true, _) => &['*'],
        (false, _) if text.contains('*') => {
            return Err(refuse("`*` is one letter in this dialect").or("an OR of the forms"));
        }
        (false, _) => &['!'],
    };
    let mut units: Vec<PatternUnit> = Vec::new();
    let mut pieces = text.split(stars).peekable();
    while let Some(piece) = pieces.next() {
        let is_first = units.is_empty();
        let is_stem = pieces.peek().is_some();
        let begins = piece.chars().next().is_some_and(is_word);
        let ends = piece.chars().next_back().is_some_and(is_word);
        if (begins && !is_first) || (is_stem && !ends) {
            return Err(refuse("`*` stands at the end of a word alone").or("an OR of the words"));
        }
        // Behind the last `*` nothing need follow.
        if !is_first && !is_stem && !piece.contains(is_word) {
            break;
        }
        let mut more = cut(piece, at.clone())?;
        if let (false, Some(unit)) = (is_first, more.first_mut()) {
            unit.link = Link::Beside;
        }
        if let (true, Some(unit)) = (is_stem, more.last_mut()) {
            unit.stem = !is_unspaced(&unit.word);
        }
        units.append(&mut more);
    }
    if units.len() > MOST_UNITS {
        return Err(refuse("a phrase may be of 64 words").or("two phrases with AND"));
    }
    Ok(Pattern { units })
}

/// Adds a pattern behind another: a phrase of both.
pub(super) fn append(pattern: &mut Pattern, mut more: Pattern) {
    if let Some(unit) = more.units.first_mut() {
        unit.link = Link::Beside;
    }
    pattern.units.append(&mut more.units);
}

/// The units of a text, never none.
fn cut(text: &str, at: Range<usize>) -> Result<Vec<PatternUnit>, Refusal> {
    let cut = Cut::of_block(text).map_err(|_| Refusal::new(at.clone(), "it is too long"))?;
    if cut.is_empty() {
        return Err(Refusal::new(
            at,
            "no letter and no number stands there: no term is made of signs alone",
        ));
    }
    if cut.len() > MOST_UNITS {
        return Err(Refusal::new(at, "a phrase may be of 64 words").or("two phrases with AND"));
    }
    let link = |at| match cut.link(at) {
        Link::Divided => Link::Inner('-'),
        Link::Wrapped => Link::Run,
        link => link,
    };
    let unit = |at| PatternUnit { word: cut.word(at).to_string(), link: link(at), stem: false };
    Ok((0..cut.len()).map(unit).collect())
}

fn is_unspaced(word: &str) -> bool {
    word.chars().next().is_some_and(unicode::is_unspaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> String {
        of_word(text, 0..text.len(), Dialect::Candor).unwrap().to_string()
    }

    fn phrase(text: &str) -> String {
        of_phrase(text, 0..text.len(), Dialect::Candor).unwrap().to_string()
    }

    #[test]
    fn words_are_cut_as_text_is() {
        assert_eq!(word("O’Neil"), "o'neil");
        assert_eq!(word("Privileg*"), "privileg*");
        assert_eq!(word("privileg!"), "privileg*");
        assert_eq!(word("AT&T"), "at&t");
        assert_eq!(word("1,234.56"), "\"1 234.56\"");
        assert_eq!(word("alice.smith+x@example.com"), "\"alice.smith x@example.com\"");
        assert_eq!(word("秘密保持*"), "秘密保持");
        assert_eq!(word("C++"), "c");
        assert_eq!(phrase("and"), "\"and\"");
        assert_eq!(phrase("8(e)"), "\"8 e\"");
        assert_eq!(phrase("law firm*"), "\"law firm*\"");
        assert_eq!(phrase("law* firm* "), "\"law* firm*\"");
        assert_eq!(
            of_word("smith-jones", 0..0, Dialect::Relativity).unwrap().to_string(),
            "\"smith jones\""
        );
    }

    #[test]
    fn refuses_what_no_filter_holds_or_what_has_two_readings() {
        for text in [
            "*ing", "wom?n", "run~", "col%r", "a*b", "law,", "a;b", "and/or", "-law", "+law", "&a",
            "b&", "[a", "a^2", "...", "++", "12~~24", "a**", "*", "!", "'*",
        ] {
            assert!(of_word(text, 0..0, Dialect::Candor).is_err(), "{text}");
        }
        for text in ["a w/5 b", "wom?n", "a*b", "* a", "a *", "", " - ", "a* *"] {
            assert!(of_phrase(text, 0..0, Dialect::Candor).is_err(), "{text}");
        }
        assert!(of_word("contract*", 0..0, Dialect::Disco).is_err());
        assert!(of_word("contract!", 0..0, Dialect::Nuix).is_err());
    }
}
