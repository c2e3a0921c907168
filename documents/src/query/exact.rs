//! Reading an item's text for a search: what settles the wide form.

use std::collections::BTreeSet;

use crate::{
    Content, Reason,
    terms::{Cut, ItemFacts, date, day, fields_of, texts},
};

use super::{
    ast::{KindAsked, Near, Nearness, Operand, Pattern, PatternUnit, Query, Value},
    reduce::word,
    wide::{Options, UndatedRule},
};

/// An item, cut and ready for searches.
#[derive(Debug)]
pub struct Reading<'a> {
    content: &'a Content,
    facts: &'a ItemFacts,
    cut: Cut,
    fields: BTreeSet<String>,
}

/// Positions of the first and the last word of a place.
type Place = (usize, usize);

impl<'a> Reading<'a> {
    /// Cuts an item.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if it has more than is cut.
    pub fn of(content: &'a Content, facts: &'a ItemFacts) -> Result<Self, Reason> {
        let mut fields = BTreeSet::new();
        fields_of(content, facts, &mut |token| {
            fields.insert(token);
            Ok(())
        })?;
        Ok(Self { content, facts, cut: Cut::of(&content.text)?, fields })
    }

    /// Whether the item holds a search. What it does not tell about itself (its size, its
    /// kind, and its date unless the options say otherwise) it holds, and holds the
    /// opposite of.
    #[must_use]
    pub fn holds(&self, query: &Query, options: &Options) -> bool {
        self.may_be(query, true, options)
    }

    /// Whether the search may be true, or may be false, of the item.
    fn may_be(&self, query: &Query, wanted: bool, options: &Options) -> bool {
        let is = |found: bool| found == wanted;
        match query {
            Query::And(parts) if wanted => {
                parts.iter().all(|part| self.may_be(part, true, options))
            }
            Query::And(parts) => parts.iter().any(|part| self.may_be(part, false, options)),
            Query::Or(parts) if wanted => parts.iter().any(|part| self.may_be(part, true, options)),
            Query::Or(parts) => parts.iter().all(|part| self.may_be(part, false, options)),
            Query::Not(part) => self.may_be(part, !wanted, options),
            Query::Text(pattern) => is(self.has(&self.cut, pattern)),
            Query::Near(near) => is(self.near(near)),
            Query::Field(field) => is(match &field.value {
                Value::Exact(value) => self.fields.contains(&format!("{}:{value}", field.name)),
                Value::Text(pattern) => texts(field.name, self.content, self.facts)
                    .into_iter()
                    .filter_map(|text| Cut::of_block(text).ok())
                    .any(|cut| self.has(&cut, pattern)),
            }),
            Query::Number(numbers) => {
                is(numbers.clone().any(|number| self.has(&self.cut, &word(&number.to_string()))))
            }
            Query::Kind(kind) => self.facts.kind.is_none_or(|own| {
                is(match kind {
                    KindAsked::Coarse(kind) => own.coarse() == *kind,
                    KindAsked::Kind(kind) => own == *kind,
                })
            }),
            Query::Size(bytes) => self.facts.size.is_none_or(|size| is(bytes.contains(&size))),
            Query::Date(days) => date(self.content, self.facts)
                .filter(|date| options.sources.contains(&date.source))
                .map_or(options.undated == UndatedRule::Both, |date| {
                    is(days.contains(&day(date.seconds)))
                }),
        }
    }

    fn has(&self, cut: &Cut, pattern: &Pattern) -> bool {
        let mut found = false;
        places(cut, pattern, &mut |_| {
            found = true;
            false
        });
        found
    }

    /// All places of an operand, in the order of their first words.
    fn places(&self, operand: &Operand) -> Vec<Place> {
        let mut all = Vec::new();
        for pattern in operand {
            places(&self.cut, pattern, &mut |place| {
                all.push(place);
                true
            });
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn near(&self, near: &Near) -> bool {
        let (left, right) = (self.places(&near.left), self.places(&near.right));
        let within = usize::from(near.within);
        match near.how {
            Nearness::Before => follows(&left, &right, within),
            Nearness::Within => follows(&left, &right, within) || follows(&right, &left, within),
            Nearness::NotWithin => {
                let mut ends: Vec<usize> = right.iter().map(|&(_, last)| last).collect();
                ends.sort_unstable();
                left.iter().any(|&place| stands_alone(place, &right, &ends, within))
            }
        }
    }
}

/// Whether a place of `after` begins at most `within` words behind the end of one of
/// `before`.
fn follows(before: &[Place], after: &[Place], within: usize) -> bool {
    before.iter().any(|&(_, last)| {
        let next = after.partition_point(|&(first, _)| first <= last);
        after.get(next).is_some_and(|&(first, _)| first - last <= within)
    })
}

/// Whether no place of `others` but `place` itself overlaps it or stands within some
/// words of it. `ends` are their last words, sorted.
fn stands_alone(place: Place, others: &[Place], ends: &[usize], within: usize) -> bool {
    let (first, last) = place;
    // Those that end before the reach begins, and those that begin behind it.
    let before = ends.partition_point(|&end| end.saturating_add(within) < first);
    let behind = others.partition_point(|&(start, _)| start <= last.saturating_add(within));
    let itself = usize::from(others.binary_search(&place).is_ok());
    behind.saturating_sub(before) <= itself
}

/// Gives the places of a pattern, in the order of their first words, until `sink` says
/// that it has enough.
fn places(cut: &Cut, pattern: &Pattern, sink: &mut dyn FnMut(Place) -> bool) {
    for at in 0..cut.len() {
        if !ends(cut, at, &pattern.units, &mut |end| sink((at, end.saturating_sub(1)))) {
            return;
        }
    }
}

/// Gives the position behind each way to spell `units` from a position on; says whether
/// to go on.
fn ends(cut: &Cut, at: usize, units: &[PatternUnit], sink: &mut dyn FnMut(usize) -> bool) -> bool {
    let Some((unit, rest)) = units.split_first() else { return true };
    for edge in cut.edges(at) {
        let is_it =
            if unit.stem { edge.word.starts_with(&unit.word) } else { edge.word == unit.word };
        if !is_it {
            continue;
        }
        let go_on = match rest.first() {
            None => sink(edge.end),
            Some(next) if cut.link(edge.end).answers(next.link) => ends(cut, edge.end, rest, sink),
            Some(_) => true,
        };
        if !go_on {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budget, query::Dialect};

    fn holds(text: &str, query: &str) -> bool {
        let mut content = Content::default();
        content.text.push(text, &mut Budget::new()).unwrap();
        let facts = ItemFacts::default();
        let query = Query::parse(query, Dialect::Candor).unwrap();
        Reading::of(&content, &facts).unwrap().holds(&query, &Options::default())
    }

    #[test]
    fn phrases_stop_at_blocks_and_proximity_does_not() {
        let text = "the merger\nagreement\u{2029}was signed";
        assert!(holds(text, "\"merger agreement\"") && !holds(text, "\"agreement was\""));
        assert!(
            holds(text, "agreement w/1 was")
                && holds(text, "merger w/2 was")
                && !holds(text, "merger w/1 was")
        );
        assert!(holds(text, "merger pre/5 signed") && !holds(text, "signed pre/5 merger"));
        assert!(holds(text, "(fraud OR sign*) w/5 \"merger agreement\""));
    }

    #[test]
    fn not_within_wants_one_that_stands_alone() {
        let text = "msa one two three four metropolitan msa";
        assert!(holds(text, "msa NOT w/1 metropolitan") && holds(text, "msa NOT w/3 one"));
        assert!(!holds(text, "one NOT w/1 msa"));
        assert!(!holds("metropolitan msa", "msa NOT w/1 metropolitan"));
        assert!(!holds("standard msa area", "msa NOT w/1 \"standard msa\""));
        assert!(holds("msa", "msa NOT w/5 msa") && !holds("msa msa", "msa NOT w/5 msa"));
    }

    #[test]
    fn joined_words_are_found_as_they_are_joined() {
        let text =
            "Smith-Jones wrote to alice@mail.example.com about the agree-\nment of R.J. O’Neil";
        for found in [
            "smith-jones",
            "\"smith jones\"",
            "jones",
            "mail.example.com",
            "alice@mail.example.com",
            "agreement",
            "\"the agreement of\"",
            "agree-ment",
            "rj",
            "r.j",
            "o'neil",
            "\"rj o'neil\"",
            "agreem*",
        ] {
            assert!(holds(text, found), "{found}");
        }
        for not_found in ["smith.jones", "alice-mail", "smithjones", "\"jones smith\"", "jr"] {
            assert!(!holds(text, not_found), "{not_found}");
        }
    }

    #[test]
    fn what_is_not_told_is_held_with_its_opposite() {
        assert!(holds("a", "a AND date:2019"));
        assert!(holds("a", "a AND NOT date:2019"));
        assert!(!holds("a", "a AND NOT (a OR date:2019)"));
    }
}
