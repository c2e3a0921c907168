//! A search that is understood.

use std::{fmt, ops::RangeInclusive};

use crate::{Kind, terms::Link};

/// A search. Where it prints itself, it prints what it was understood as: that text
/// parses to the same search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// All of these.
    And(Vec<Query>),
    /// At least one of these.
    Or(Vec<Query>),
    /// Not this. Stands only within [`Query::And`].
    Not(Box<Query>),
    /// A word, a phrase or the beginning of a word.
    Text(Pattern),
    /// Two of them near each other.
    Near(Near),
    /// `name:value`.
    Field(Field),
    /// `kind:pdf`.
    Kind(KindAsked),
    /// `date:A..B`: days counted from 1970-01-01, both included.
    Date(RangeInclusive<i64>),
    /// `size:A..B`: bytes, both included.
    Size(RangeInclusive<u64>),
    /// `number:A..B`: one of at most 64 numbers.
    Number(RangeInclusive<u64>),
}

/// What stands on one side of `w/N`: one of some patterns.
pub type Operand = Vec<Pattern>;

/// Two operands near each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// What stands on the left.
    pub left: Operand,
    /// How near.
    pub how: Nearness,
    /// How far their nearest words may be apart: 1 is side by side.
    pub within: u8,
    /// What stands on the right.
    pub right: Operand,
}

/// How two operands stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// `w/N`: in any order.
    Within,
    /// `pre/N`: the left one first.
    Before,
    /// `NOT w/N`: the left one stands somewhere without the right one near.
    NotWithin,
}

/// Words side by side, as a query's text is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub(super) units: Vec<PatternUnit>,
}

/// A word of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PatternUnit {
    pub(super) word: String,
    /// How it stands to the one before.
    pub(super) link: Link,
    /// Whether any word that begins so is meant.
    pub(super) stem: bool,
}

/// `name:value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name of the field.
    pub name: &'static str,
    /// What is asked of it.
    pub value: Value,
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A value as the field holds it.
    Exact(String),
    /// Words of a field that holds text.
    Text(Pattern),
}

/// What is asked of an item's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindAsked {
    /// One of `text`, `picture`, `sound`, `container`, `other`.
    Coarse(crate::CoarseKind),
    /// One kind.
    Kind(Kind),
}

impl Pattern {
    /// Whether it is one word or beginning of a word.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.units.len() == 1
    }

    /// The beginning of a word, if that is what it is.
    #[must_use]
    pub fn stem(&self) -> Option<&str> {
        match self.units.as_slice() {
            [unit] if unit.stem => Some(&unit.word),
            _ => None,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = ["and", "or", "not"]
            .iter()
            .any(|word| self.units[..].first().is_some_and(|unit| unit.word == *word));
        let quoted = operator || self.units.iter().any(|unit| unit.link == Link::Beside);
        let quote = if quoted { "\"" } else { "" };
        f.write_str(quote)?;
        for unit in &self.units {
            match unit.link {
                Link::Beside => f.write_str(" ")?,
                link => {
                    if let Some(joint) = link.inner() {
                        write!(f, "{joint}")?;
                    }
                }
            }
            f.write_str(&unit.word)?;
            f.write_str(if unit.stem { "*" } else { "" })?;
        }
        f.write_str(quote)
    }
}

/// Writes parts with a word between.
fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T], between: &str) -> fmt::Result {
    for (count, part) in parts.iter().enumerate() {
        f.write_str(if count == 0 { "" } else { between })?;
        write!(f, "{part}")?;
    }
    Ok(())
}

struct Shown<'a>(&'a Operand);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "{one}"),
            more => {
                f.write_str("(")?;
                list(f, more, " OR ")?;
                f.write_str(")")
            }
        }
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.how {
            Nearness::Within => "w",
            Nearness::Before => "pre",
            Nearness::NotWithin => "NOT w",
        };
        write!(f, "{} {how}/{} {}", Shown(&self.left), self.within, Shown(&self.right))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Exact(value) => write!(f, "{}:{value}", self.name),
            Value::Text(pattern) => write!(f, "{}:{pattern}", self.name),
        }
    }
}

impl fmt::Display for KindAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(super::kinds::name(*self))
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parts of more than one word stand in parentheses.
        struct Part<'a>(&'a Query);
        impl fmt::Display for Part<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.0 {
                    Query::And(_) | Query::Or(_) => write!(f, "({})", self.0),
                    _ => write!(f, "{}", self.0),
                }
            }
        }
        let parts = |queries: &[Query]| -> Vec<String> {
            queries.iter().map(|query| Part(query).to_string()).collect()
        };
        match self {
            Self::And(queries) => list(f, &parts(queries), " AND "),
            Self::Or(queries) => list(f, &parts(queries), " OR "),
            Self::Not(query) => write!(f, "NOT {}", Part(query)),
            Self::Text(pattern) => write!(f, "{pattern}"),
            Self::Near(near) => write!(f, "{near}"),
            Self::Field(field) => write!(f, "{field}"),
            Self::Kind(kind) => write!(f, "kind:{kind}"),
            Self::Date(days) => {
                let (first, last) =
                    (super::day::show(*days.start()), super::day::show(*days.end()));
                write!(f, "date:{first}..{last}")
            }
            Self::Size(bytes) => write!(f, "size:{}..{}", bytes.start(), bytes.end()),
            Self::Number(numbers) => write!(f, "number:{}..{}", numbers.start(), numbers.end()),
        }
    }
}
