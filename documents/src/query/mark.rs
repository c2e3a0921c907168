//! What of a search is proved, and how many terms it is.

use crate::{filter::size_class, terms::Wanted};

use super::{
    ast::{Nearness, Operand, Pattern, Query, Value},
    tokens,
    wide::{NotRule, Options, has_all_heads},
};

/// How much of a part of a search the filter proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// T: it rests on tokens that only `text/terms-264` has.
    pub more_tokens: bool,
    /// S: the filter finds more than the search, and the reading of the text settles it.
    pub settled: bool,
}

impl Mark {
    /// `E`, `T`, `S` or `TS`.
    #[must_use]
    pub fn letters(self) -> &'static str {
        match (self.more_tokens, self.settled) {
            (false, false) => "E",
            (true, false) => "T",
            (false, true) => "S",
            (true, true) => "TS",
        }
    }
}

/// A part of a search and its mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedPart {
    /// The part, as understood.
    pub part: String,
    /// Its mark.
    pub mark: Mark,
}

const EXACT: Mark = Mark { more_tokens: false, settled: false };
const SETTLED: Mark = Mark { more_tokens: false, settled: true };

impl Query {
    /// Every part of the search with its mark, in order.
    #[must_use]
    pub fn marks(&self, options: &Options) -> Vec<MarkedPart> {
        let mut marks = Vec::new();
        collect(self, options, &mut marks);
        marks
    }

    /// How many terms this is as orders on discovery count them: a conjunction is one; a
    /// disjunction counts each of its words and phrases, unless they are variants of one.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::And(parts) => parts
                .iter()
                .filter(|part| !matches!(part, Self::Not(_)))
                .fold(1, |product, part| usize::saturating_mul(product, part.count())),
            Self::Or(parts) => count_or(parts),
            Self::Near(near) => {
                let left = count_operand(&near.left);
                if near.how == Nearness::NotWithin {
                    left
                } else {
                    left.saturating_mul(count_operand(&near.right))
                }
            }
            Self::Number(numbers) => {
                let more = numbers.end().saturating_sub(*numbers.start());
                usize::try_from(more).map_or(usize::MAX, |more| more.saturating_add(1))
            }
            Self::Not(_)
            | Self::Text(_)
            | Self::Field(_)
            | Self::Kind(_)
            | Self::Date(_)
            | Self::Size(_) => 1,
        }
    }
}

fn collect(query: &Query, options: &Options, marks: &mut Vec<MarkedPart>) {
    let mark = match query {
        Query::And(parts) | Query::Or(parts) => {
            return parts.iter().for_each(|part| collect(part, options, marks));
        }
        // NOT over facts is exact. Over words it is settled, or asked of the filter as far
        // as the filter is exact.
        Query::Not(part) if is_of_facts(part) => of_facts(part),
        Query::Not(part) if options.not == NotRule::Filter => {
            let marks = part.marks(options);
            Mark {
                more_tokens: marks.iter().any(|marked| marked.mark.more_tokens),
                settled: marks.iter().any(|marked| marked.mark.settled),
            }
        }
        Query::Not(_) => SETTLED,
        Query::Text(pattern) => of_text(pattern, options),
        Query::Near(near) => Mark {
            more_tokens: (near.how != Nearness::NotWithin && has_all_heads(near, options))
                || [&near.left, &near.right]
                    .into_iter()
                    .flatten()
                    .any(|pattern| of_text(pattern, options).more_tokens),
            settled: true,
        },
        Query::Field(field) => match &field.value {
            Value::Text(pattern) if !tokens::is_exact_in_field(pattern) => SETTLED,
            _ => EXACT,
        },
        Query::Number(_) => EXACT,
        Query::Kind(_) | Query::Date(_) | Query::Size(_) => of_facts(query),
    };
    marks.push(MarkedPart { part: query.to_string(), mark });
}

fn of_text(pattern: &Pattern, options: &Options) -> Mark {
    let has_stem = pattern.units.iter().any(|unit| unit.stem);
    Mark {
        more_tokens: has_stem && options.wanted == Wanted::All,
        settled: !tokens::is_exact(pattern, options.wanted),
    }
}

fn is_of_facts(query: &Query) -> bool {
    match query {
        Query::And(parts) | Query::Or(parts) => parts.iter().all(is_of_facts),
        Query::Not(part) => is_of_facts(part),
        Query::Kind(_) | Query::Date(_) | Query::Size(_) => true,
        _ => false,
    }
}

/// Facts are exact, but for a size within a class.
fn of_facts(query: &Query) -> Mark {
    match query {
        Query::And(parts) | Query::Or(parts) => {
            let settled = parts.iter().any(|part| of_facts(part).settled);
            Mark { more_tokens: false, settled }
        }
        Query::Not(part) => of_facts(part),
        Query::Size(bytes) => {
            let cut = |size: u64, other: Option<u64>| {
                other.is_some_and(|other| size_class(other) == size_class(size))
            };
            let (start, end) = (*bytes.start(), *bytes.end());
            let settled = cut(start, start.checked_sub(1)) || cut(end, end.checked_add(1));
            Mark { more_tokens: false, settled }
        }
        _ => EXACT,
    }
}

fn count_or(parts: &[Query]) -> usize {
    let texts: Operand = parts
        .iter()
        .filter_map(|part| match part {
            Query::Text(pattern) => Some(pattern.clone()),
            _ => None,
        })
        .collect();
    let others = parts.iter().filter(|part| !matches!(part, Query::Text(_)));
    others.fold(count_operand(&texts), |sum, part| sum.saturating_add(part.count()))
}

/// How many of some patterns are not variants of one before.
fn count_operand(operand: &Operand) -> usize {
    let mut kept: Vec<String> = Vec::new();
    for pattern in operand {
        let letters: String = pattern.units.iter().map(|unit| unit.word.as_str()).collect();
        if !kept.iter().any(|other| are_variants(other, &letters)) {
            kept.push(letters);
        }
    }
    kept.len()
}

/// Whether two words are forms of one: they differ in endings of at most four letters
/// behind a common beginning of at least four, or in what joins their parts alone.
fn are_variants(one: &str, other: &str) -> bool {
    let common = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let most = one.chars().count().max(other.chars().count());
    one == other || (common >= 4 && most.saturating_sub(common) <= 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Dialect;

    fn parse(line: &str) -> Query {
        Query::parse(line, Dialect::Candor).unwrap()
    }

    fn marks(line: &str) -> String {
        let marks = parse(line).marks(&Options::default());
        marks.iter().map(|marked| marked.mark.letters()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn marks_are_those_of_the_table() {
        assert_eq!(marks("merger OR from:alice OR \"plan b\""), "E E E");
        assert_eq!(
            marks("\"attorney client privilege\" OR priv* OR privileges* OR \"law firm*\""),
            "S T TS TS"
        );
        assert_eq!(marks("merger w/10 fraud"), "TS");
        assert_eq!(marks("merger w/11 fraud OR merger w/5 the OR msa NOT w/1 area"), "S S S");
        assert_eq!(marks("a AND NOT b AND NOT date:2019 AND date:2019"), "E S E E");
        let filter = Options { not: NotRule::Filter, ..Options::default() };
        let marked = parse("a AND NOT ban* AND NOT \"b c d\"").marks(&filter);
        assert_eq!(marked.iter().map(|marked| marked.mark.letters()).collect::<String>(), "ETS");
        assert_eq!(
            marks("size:1024..2047 OR size:1000..2000 OR kind:pdf OR number:1..5"),
            "E S E E"
        );
        assert_eq!(marks("alice@example.com OR www.example.com OR 契約 OR 契約書"), "E S E S");
        assert_eq!(marks("subject:merger OR subject:\"merger plan\" OR file:report.pdf"), "E S E");
    }

    #[test]
    fn counts_as_orders_do() {
        let counts = [
            ("computer AND system", 1),
            ("computer OR system", 2),
            ("merge OR merger OR merging OR mergers", 1),
            ("e-mail OR email OR mail", 2),
            ("(a OR b) AND (c OR d) AND NOT e", 4),
            ("(fraud OR theft) w/5 (bank OR banks)", 2),
            ("number:1..3", 3),
            ("msa NOT w/1 (area OR zone)", 1),
        ];
        for (line, count) in counts {
            assert_eq!(parse(line).count(), count, "{line}");
        }
    }
}
