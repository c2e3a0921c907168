//! The tokens of a cut text.

use std::collections::VecDeque;

use crate::Reason;

use super::{
    cut::Cut,
    edges::{Edge, MOST_UNITS_OF_WORD},
    near::{self, NEAR},
};

/// Lengths of the prefixes that are tokens, in characters.
pub const PREFIXES: std::ops::RangeInclusive<usize> = 3..=8;

/// Gives the words: units, words of more units, and pairs of characters in scripts
/// without spaces.
///
/// # Errors
/// What `sink` says.
pub(crate) fn of(
    cut: &Cut,
    sink: &mut dyn FnMut(&str) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let mut form = String::new();
    for edge in edges(cut) {
        sink(&edge.word)?;
        if cut.link(edge.end).is_run() {
            form.clear();
            form.push_str(&edge.word);
            form.push_str(cut.word(edge.end));
            sink(&form)?;
        }
    }
    Ok(())
}

/// Gives the joined forms of two words, and of three with an `@` among them:
/// `smith-jones`, `alice@example.com`.
///
/// # Errors
/// What `sink` says.
pub(crate) fn joined_forms(
    cut: &Cut,
    sink: &mut dyn FnMut(&str) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let mut form = String::new();
    for first in edges(cut) {
        let Some(joint) = cut.link(first.end).inner() else { continue };
        for second in cut.edges(first.end) {
            form.clear();
            form.push_str(&first.word);
            form.push(joint);
            form.push_str(&second.word);
            sink(&form)?;
            let length = form.len();
            let Some(next) = cut.link(second.end).inner() else { continue };
            if !is_joined_by_three(joint, next) {
                continue;
            }
            for third in cut.edges(second.end) {
                form.push(next);
                form.push_str(&third.word);
                sink(&form)?;
                form.truncate(length);
            }
        }
    }
    Ok(())
}

/// Whether three words that these characters join are one token: addresses are. All
/// other longer forms are found by each two of their words.
pub(crate) fn is_joined_by_three(first: char, second: char) -> bool {
    first == '@' || second == '@'
}

/// Gives the pairs of words that stand side by side: `first second`.
///
/// # Errors
/// What `sink` says.
pub(crate) fn pairs(
    cut: &Cut,
    sink: &mut dyn FnMut(&str) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let mut pair = String::new();
    for edge in edges(cut) {
        if cut.link(edge.end).is_pair() {
            for next in cut.edges(edge.end) {
                pair.clear();
                pair.extend([&*edge.word, " ", &*next.word]);
                sink(&pair)?;
            }
        }
    }
    Ok(())
}

/// Gives the prefixes of three to eight characters that are shorter than their word.
///
/// # Errors
/// What `sink` says.
pub(crate) fn prefixes(
    cut: &Cut,
    sink: &mut dyn FnMut(&str) -> Result<(), Reason>,
) -> Result<(), Reason> {
    for edge in edges(cut) {
        for length in PREFIXES {
            match near::first(&edge.word, length) {
                Some(prefix) if prefix.len() < edge.word.len() => sink(prefix)?,
                _ => break,
            }
        }
    }
    Ok(())
}

/// Gives the pairs of heads of words whose positions differ by one to ten.
///
/// # Errors
/// What `sink` says.
pub(crate) fn near_heads(
    cut: &Cut,
    sink: &mut dyn FnMut(&str) -> Result<(), Reason>,
) -> Result<(), Reason> {
    // The heads of words that begin at each position, and their ends: those of the
    // positions that a word here reaches.
    let mut ahead: VecDeque<Vec<(String, usize)>> = VecDeque::new();
    let mut next = 0;
    let mut pair = String::new();
    for at in 0..cut.len() {
        while next < cut.len() && ahead.len() <= MOST_UNITS_OF_WORD + NEAR {
            ahead.push_back(heads(cut, next));
            next += 1;
        }
        let Some(here) = ahead.pop_front() else { break };
        for (head, end) in &here {
            // Of what is ahead now, the first begins at `at + 1`.
            let skipped = end.saturating_sub(at + 1);
            for (other, _) in ahead.iter().skip(skipped).take(NEAR).flatten() {
                near::write_pair(&mut pair, head, other);
                sink(&pair)?;
            }
        }
    }
    Ok(())
}

/// The heads of the words that begin at a position, and the position after each.
fn heads(cut: &Cut, at: usize) -> Vec<(String, usize)> {
    let spaced = cut.edges(at).filter(|edge| !edge.unspaced);
    spaced.filter_map(|edge| Some((near::head(&edge.word)?.to_string(), edge.end))).collect()
}

fn edges(cut: &Cut) -> impl Iterator<Item = Edge<'_>> {
    (0..cut.len()).flat_map(|at| cut.edges(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tokens = fn(&Cut, &mut dyn FnMut(&str) -> Result<(), Reason>) -> Result<(), Reason>;

    fn tokens(of: Tokens, text: &str) -> String {
        let mut tokens = Vec::new();
        let cut = Cut::of_block(text).unwrap();
        of(&cut, &mut |token| {
            tokens.push(token.to_string());
            Ok(())
        })
        .unwrap();
        tokens.join(", ")
    }

    #[test]
    fn joined_forms_stand_beside_their_parts() {
        assert_eq!(tokens(of, "smith-jones AT&T R.J."), "smith, jones, at, t, r, rj, j");
        assert_eq!(tokens(joined_forms, "smith-jones AT&T R.J."), "smith-jones, at&t, r.j");
        assert_eq!(tokens(joined_forms, "aa@bb.cc.dd"), "aa@bb, aa@bb.cc, bb.cc, cc.dd");
        assert_eq!(tokens(joined_forms, "x-agree-\nment"), "x-agree, x-agreement, agree-ment");
    }
    #[test]
    fn scripts_without_spaces_give_characters_and_pairs() {
        assert_eq!(tokens(of, "契約書 x"), "契, 契約, 約, 約書, 書, x");
        assert_eq!(tokens(pairs, "契約書 第1条"), "書 第, 第 1, 1 条");
        // At a line end they are one run, or two.
        assert_eq!(tokens(of, "契\n約"), "契, 契約, 約");
        assert_eq!(tokens(pairs, "契\n約"), "契 約");
    }

    #[test]
    fn pairs_cross_words_of_more_units() {
        assert_eq!(
            tokens(pairs, "an agree-\nment is"),
            "an agree, an agreement, agree ment, agreement is, ment is"
        );
    }

    #[test]
    fn prefixes_are_shorter_than_their_word() {
        assert_eq!(
            tokens(prefixes, "plan straße abcdefghij"),
            "pla, str, stra, stras, strass, abc, abcd, abcde, abcdef, abcdefg, abcdefgh"
        );
    }

    #[test]
    fn heads_stand_at_most_ten_apart() {
        let text = format!("merger {} fraudulent", "the ".repeat(9));
        assert_eq!(tokens(near_heads, &text), "frau merg");
        let text = format!("merger {} fraudulent", "the ".repeat(10));
        assert_eq!(tokens(near_heads, &text), "");
    }
}
