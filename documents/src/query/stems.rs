//! Stems that find much.

use super::ast::{Operand, Pattern, Query};

/// English words of mail, in the order of their bytes, one a line: those of three letters
/// and more that stand in at least two of 300 mails of a public collection.
static WORDS: &str = include_str!("words.txt");

/// Words from which on a stem is warned of.
const MANY: usize = 12;
/// Words that a warning names.
const NAMED: usize = 6;

/// A stem that finds many words of a list of common ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StemWarning {
    /// The stem.
    pub stem: String,
    /// How many words of the list begin so.
    pub count: usize,
    /// How many words the list has.
    pub of: usize,
    /// Some of them.
    pub examples: Vec<&'static str>,
}

/// Warns of the stems of a search that find at least twelve words of the list.
#[must_use]
pub fn stem_warnings(query: &Query) -> Vec<StemWarning> {
    let mut stems = Vec::new();
    collect(query, &mut stems);
    stems.sort_unstable();
    stems.dedup();
    let words: Vec<&'static str> = WORDS.lines().collect();
    let warning = |stem: &str| {
        let first = words.partition_point(|word| *word < stem);
        let found = || words.iter().skip(first).take_while(|word| word.starts_with(stem));
        let count = found().count();
        let step = count.div_ceil(NAMED).max(1);
        let examples = found().step_by(step).copied().collect();
        StemWarning { stem: stem.to_string(), count, of: words.len(), examples }
    };
    stems.into_iter().map(warning).filter(|warning| warning.count >= MANY).collect()
}

fn collect<'a>(query: &'a Query, stems: &mut Vec<&'a str>) {
    let mut of = |pattern: &'a Pattern| {
        let found = pattern.units.iter().filter(|unit| unit.stem);
        stems.extend(found.map(|unit| unit.word.as_str()));
    };
    let both = |one: &'a Operand, other: &'a Operand| one.iter().chain(other);
    match query {
        Query::And(parts) | Query::Or(parts) => parts.iter().for_each(|part| collect(part, stems)),
        Query::Not(part) => collect(part, stems),
        Query::Text(pattern) => of(pattern),
        Query::Near(near) => both(&near.left, &near.right).for_each(of),
        Query::Field(_) | Query::Kind(_) | Query::Date(_) | Query::Size(_) | Query::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Dialect;

    #[test]
    fn short_stems_are_warned_of() {
        let query = Query::parse("con* OR privileg* OR pre* w/5 merger", Dialect::Candor).unwrap();
        let warnings = stem_warnings(&query);
        assert_eq!(
            warnings.iter().map(|warning| warning.stem.as_str()).collect::<Vec<_>>(),
            ["con", "pre"]
        );
        assert!(
            warnings.iter().all(|warning| warning.examples.len() <= NAMED && warning.count >= MANY)
        );
    }

    #[test]
    fn the_list_is_sorted() {
        let words: Vec<&str> = WORDS.lines().collect();
        assert!(words.len() > 2_000 && words.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
