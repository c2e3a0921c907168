//! The wide form of a search: what a filter can say of it.

use std::collections::BTreeSet;

use crate::{
    DateSource,
    filter::{Fact, Layout, Load, TokenKind, Truth, date_code, kind_code, size_class, source_code},
    terms::{NEAR, PREFIXES, Wanted, first, head, pair_of_heads, stem_head},
};

use super::{
    ast::{KindAsked, Near, Nearness, Operand, Pattern, Query, Value},
    refusal::Refusal,
    tokens,
};

/// A Boolean over the bits of a view of terms: what a proof computes. Every item that
/// holds the search holds its wide form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wide {
    /// All of these; of none, everything.
    And(Vec<Wide>),
    /// At least one of these; of none, nothing.
    Or(Vec<Wide>),
    /// Not this token.
    Not(Box<Wide>),
    /// All bits of a token are set.
    Token {
        /// Its kind.
        kind: TokenKind,
        /// The token.
        token: String,
    },
    /// The code of a fact in the first chunk is one of a range. Code 0: it is missing.
    FactIn {
        /// Which fact.
        fact: Fact,
        /// The least code.
        first: u32,
        /// The greatest code.
        last: u32,
    },
}

/// How a search is read as a wide form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which tokens the view has.
    pub wanted: Wanted,
    /// What NOT over words is.
    pub not: NotRule,
    /// The sources of dates that count. A date of another source is like none.
    pub sources: Vec<DateSource>,
    /// What an item without a date satisfies.
    pub undated: UndatedRule,
}

/// What an item without a date satisfies of a range of dates and of its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndatedRule {
    /// Both: an item is not passed over because it hides its date.
    Both,
    /// Neither: what matches so does not match for want of a date.
    Neither,
}

/// What NOT over tokens of the filter is. NOT over facts is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRule {
    /// It is left to the reading of the text: nothing is lost.
    Settle,
    /// It is asked of the filter: an item may be lost by a chance match.
    Filter,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            wanted: Wanted::All,
            not: NotRule::Settle,
            sources: SOURCES.to_vec(),
            undated: UndatedRule::Both,
        }
    }
}

const SOURCES: [DateSource; 3] = [DateSource::Header, DateSource::Property, DateSource::File];

/// Most pairs of patterns that a proximity asks for one by one.
const MOST_PAIRS: usize = 64;

impl Query {
    /// What a filter can say of the search.
    ///
    /// # Errors
    /// Every item would hold the wide form: nothing of the search can be asked.
    pub fn wide(&self, options: &Options) -> Result<Wide, Refusal> {
        let wide = self.widest(options);
        if wide.is_everything() {
            let refusal =
                Refusal::new(0..0, format!("nothing of `{self}` can be asked of a filter"));
            return Err(match options.wanted {
                Wanted::Plain => {
                    refusal.or("it for the view text/terms-264, which holds beginnings of words")
                }
                Wanted::All => refusal.or("AND and a word"),
            });
        }
        Ok(wide)
    }

    /// As [`Query::wide`], also where that is everything.
    #[must_use]
    pub fn widest(&self, options: &Options) -> Wide {
        upper(self, options)
    }
}

/// Refuses a search of which no filter can say anything.
pub(super) fn check(query: &Query, at: std::ops::Range<usize>) -> Result<(), Refusal> {
    query.wide(&Options::default()).map(drop).map_err(|refusal| Refusal { at, ..refusal })
}

impl Wide {
    pub(super) fn token(kind: TokenKind, token: impl Into<String>) -> Self {
        Self::Token { kind, token: token.into() }
    }

    fn everything() -> Self {
        Self::And(Vec::new())
    }

    fn nothing() -> Self {
        Self::Or(Vec::new())
    }

    fn is_everything(&self) -> bool {
        *self == Self::everything()
    }

    fn is_nothing(&self) -> bool {
        *self == Self::nothing()
    }

    /// All of these, each once.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut out: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                _ if part.is_nothing() => return Self::nothing(),
                Self::And(parts) => out.extend(parts),
                part => out.push(part),
            }
        }
        only(out, Self::And)
    }

    /// Any of these, each once.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut out: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                _ if part.is_everything() => return Self::everything(),
                Self::Or(parts) => out.extend(parts),
                part => out.push(part),
            }
        }
        only(out, Self::Or)
    }

    fn negated(self) -> Self {
        match self {
            Self::And(parts) => Self::any(parts.into_iter().map(Self::negated)),
            Self::Or(parts) => Self::all(parts.into_iter().map(Self::negated)),
            Self::Not(part) => *part,
            Self::Token { .. } => Self::Not(Box::new(self)),
            Self::FactIn { fact, first, last } => {
                let below = first.checked_sub(1).map(|last| (0, last));
                let above = last.checked_add(1).map(|first| (first, fact.most()));
                let ranges = [below, above].into_iter().flatten();
                Self::any(
                    ranges
                        .filter(|(first, last)| first <= last)
                        .map(|(first, last)| Self::FactIn { fact, first, last }),
                )
            }
        }
    }

    /// Whether a view holds it: what a proof computes.
    #[must_use]
    pub fn holds(&self, layout: Layout, view: &[u8]) -> bool {
        self.is_so(&|kind, token| layout.has(view, kind, token), &|fact| fact.read(view))
    }

    /// Whether an item's own tokens and facts hold it. Of a wide form without NOT the view
    /// says so, too, and it may say so where this does not: by chance.
    #[must_use]
    pub fn is_true(&self, truth: &Truth) -> bool {
        self.is_so(&|kind, token| truth.has(kind, token), &|fact| truth.fact(fact))
    }

    fn is_so(&self, has: &dyn Fn(TokenKind, &str) -> bool, code: &dyn Fn(Fact) -> u32) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.is_so(has, code)),
            Self::Or(parts) => parts.iter().any(|part| part.is_so(has, code)),
            Self::Not(part) => !part.is_so(has, code),
            Self::Token { kind, token } => has(*kind, token),
            Self::FactIn { fact, first, last } => (*first..=*last).contains(&code(*fact)),
        }
    }

    /// At most the probability that an item which lacks what the wide form asks for is
    /// found all the same, whatever it holds, if its filter is not saturated. What the
    /// reading of the text settles is not counted: that is no chance.
    #[must_use]
    pub fn chance_at_most(&self, layout: Layout) -> f64 {
        match self {
            // At least one part is lacking, and is found by chance.
            Self::And(parts) => {
                parts.iter().map(|part| part.chance_at_most(layout)).fold(0.0, f64::max)
            }
            Self::Or(parts) => {
                parts.iter().map(|part| part.chance_at_most(layout)).sum::<f64>().min(1.0)
            }
            Self::Token { kind, .. } => layout.chance_at_most(*kind),
            Self::Not(_) | Self::FactIn { .. } => 0.0,
        }
    }

    /// At most the probability that an item of a load is lost to NOT, by a chance match
    /// of what NOT stands before.
    #[must_use]
    pub fn chance_of_miss(&self, layout: Layout, load: Load) -> f64 {
        self.sum_of_negated(&|kind| layout.chance(kind, load))
    }

    /// At most that, of any item whose filter is not fuller than the view allows.
    #[must_use]
    pub fn chance_of_miss_at_most(&self, layout: Layout) -> f64 {
        self.sum_of_negated(&|kind| layout.chance_at_most(kind)).min(1.0)
    }

    /// The sum of the chances of all tokens behind NOT.
    fn sum_of_negated(&self, chance: &dyn Fn(TokenKind) -> f64) -> f64 {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().map(|part| part.sum_of_negated(chance)).sum()
            }
            Self::Not(part) => match &**part {
                Self::Token { kind, .. } => chance(*kind),
                part => part.sum_of_negated(chance),
            },
            Self::Token { .. } | Self::FactIn { .. } => 0.0,
        }
    }
}

/// The parts, each where it stands first; a single part alone.
fn only(parts: Vec<Wide>, all: fn(Vec<Wide>) -> Wide) -> Wide {
    let mut seen = BTreeSet::new();
    let is_first: Vec<bool> = parts.iter().map(|part| seen.insert(part)).collect();
    let kept = parts.into_iter().zip(is_first).filter(|(_, is_first)| *is_first);
    let mut parts: Vec<Wide> = kept.map(|(part, _)| part).collect();
    match (parts.len(), parts.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            parts.extend(last);
            all(parts)
        }
    }
}

/// What every item that holds the search holds.
fn upper(query: &Query, options: &Options) -> Wide {
    match query {
        Query::And(parts) => Wide::all(parts.iter().map(|part| upper(part, options))),
        Query::Or(parts) => Wide::any(parts.iter().map(|part| upper(part, options))),
        Query::Not(part) => lower(part, options).negated(),
        Query::Text(pattern) => text(pattern, options),
        Query::Near(near) => near_tokens(near, options),
        Query::Field(field) => match &field.value {
            Value::Exact(value) => Wide::token(TokenKind::Field, format!("{}:{value}", field.name)),
            Value::Text(pattern) => tokens::of_field(field.name, pattern),
        },
        Query::Date(_) if options.undated == UndatedRule::Neither => certain(query, options),
        Query::Kind(_) | Query::Date(_) => {
            Wide::any([certain(query, options), unknown(query, options)])
        }
        Query::Size(_) => unknown(query, options),
        Query::Number(numbers) => Wide::any(
            numbers.clone().map(|number| Wide::token(TokenKind::Word, number.to_string())),
        ),
    }
}

/// What holds, but for chance, only in items that hold the search.
fn lower(query: &Query, options: &Options) -> Wide {
    let exact = |is_exact: bool| {
        if is_exact && options.not == NotRule::Filter {
            upper(query, options)
        } else {
            Wide::nothing()
        }
    };
    match query {
        Query::And(parts) => Wide::all(parts.iter().map(|part| lower(part, options))),
        Query::Or(parts) => Wide::any(parts.iter().map(|part| lower(part, options))),
        Query::Not(part) => upper(part, options).negated(),
        Query::Text(pattern) => exact(tokens::is_exact(pattern, options.wanted)),
        Query::Near(_) => Wide::nothing(),
        Query::Field(field) => exact(match &field.value {
            Value::Exact(_) => true,
            Value::Text(pattern) => tokens::is_exact_in_field(pattern),
        }),
        Query::Number(_) => exact(true),
        // Of what is then no match by NOT, undated items are a part.
        Query::Date(_) if options.undated == UndatedRule::Neither => {
            Wide::any([certain(query, options), unknown(query, options)])
        }
        Query::Kind(_) | Query::Date(_) | Query::Size(_) => certain(query, options),
    }
}

/// What facts say that an item certainly holds.
fn certain(query: &Query, options: &Options) -> Wide {
    let within = |fact, first: u32, last: u32| {
        if first > last { Wide::nothing() } else { Wide::FactIn { fact, first, last } }
    };
    match query {
        Query::Kind(KindAsked::Coarse(kind)) => {
            within(Fact::CoarseKind, *kind as u32, *kind as u32)
        }
        Query::Kind(KindAsked::Kind(kind)) => {
            let code = kind_code(*kind).into();
            within(Fact::Kind, code, code)
        }
        Query::Date(days) => {
            let in_range =
                within(Fact::Date, date_code(*days.start()).max(1), date_code(*days.end()));
            let sources = SOURCES.into_iter().filter(|source| options.sources.contains(source));
            let counts = Wide::any(sources.map(|source| {
                let code = source_code(source).into();
                within(Fact::DateSource, code, code)
            }));
            let all_count = SOURCES.iter().all(|source| options.sources.contains(source));
            if all_count { in_range } else { Wide::all([in_range, counts]) }
        }
        Query::Size(bytes) => {
            // Classes of which every size lies within; the last of sizes is class 252.
            let (start, end) = (*bytes.start(), *bytes.end());
            let cut = |size: u64, beyond: Option<u64>| {
                beyond.is_some_and(|beyond| size_class(beyond) == size_class(size))
            };
            let first = u32::from(size_class(start)) + u32::from(cut(start, start.checked_sub(1)));
            let last = u32::from(size_class(end)) - u32::from(cut(end, end.checked_add(1)));
            within(Fact::SizeClass, first, last)
        }
        _ => Wide::nothing(),
    }
}

/// What facts say of items of which they do not tell whether they hold it; of sizes, also
/// of those that hold it.
fn unknown(query: &Query, options: &Options) -> Wide {
    let is = |fact, code: u32| Wide::FactIn { fact, first: code, last: code };
    match query {
        Query::Kind(KindAsked::Coarse(_)) => is(Fact::CoarseKind, 0),
        Query::Kind(KindAsked::Kind(_)) => is(Fact::Kind, 0),
        Query::Date(_) => {
            let others = SOURCES.into_iter().filter(|source| !options.sources.contains(source));
            let others = others.map(|source| is(Fact::DateSource, source_code(source).into()));
            Wide::any(std::iter::once(is(Fact::Date, 0)).chain(others))
        }
        // All classes of which a size lies within.
        Query::Size(bytes) => Wide::any([
            is(Fact::SizeClass, 0),
            Wide::FactIn {
                fact: Fact::SizeClass,
                first: size_class(*bytes.start()).into(),
                last: size_class(*bytes.end()).into(),
            },
        ]),
        _ => Wide::nothing(),
    }
}

fn text(pattern: &Pattern, options: &Options) -> Wide {
    tokens::of_text(pattern, options.wanted)
}

fn near_tokens(near: &Near, options: &Options) -> Wide {
    let any = |operand: &Operand| Wide::any(operand.iter().map(|pattern| text(pattern, options)));
    if near.how == Nearness::NotWithin {
        return any(&near.left);
    }
    let apart = Wide::all([any(&near.left), any(&near.right)]);
    if !asks_heads(near, options) {
        return apart;
    }
    let pairs = near.left.iter().flat_map(|left| near.right.iter().map(move |right| (left, right)));
    Wide::any(pairs.map(|(left, right)| {
        let heads = heads(near.how, left, right).map_or_else(Wide::everything, Wide::any);
        Wide::all([text(left, options), text(right, options), heads])
    }))
}

/// Whether heads are asked for: the view has them, they reach so far, and not too many
/// pairs are asked for.
fn asks_heads(near: &Near, options: &Options) -> bool {
    let pairs = near.left.len().saturating_mul(near.right.len());
    options.wanted == Wanted::All && usize::from(near.within) <= NEAR && pairs <= MOST_PAIRS
}

/// Whether the filter says of every pair of a proximity that its heads are near.
pub(super) fn has_all_heads(near: &Near, options: &Options) -> bool {
    asks_heads(near, options)
        && near
            .left
            .iter()
            .all(|left| near.right.iter().all(|right| heads(near.how, left, right).is_some()))
}

/// The near heads of two patterns, of which one is set if they stand near; `None` if a
/// head is not known. Near each other are the last word of one and the first of the other.
fn heads(how: Nearness, left: &Pattern, right: &Pattern) -> Option<Vec<Wide>> {
    let pair = |before: &Pattern, after: &Pattern| {
        let ends = (before.units.last()?, after.units.first()?);
        let head = |unit: &super::ast::PatternUnit| {
            let head = if unit.stem { stem_head(&unit.word) } else { head(&unit.word) };
            head.filter(|_| !tokens::is_unspaced(&unit.word)).map(str::to_string)
        };
        let token = pair_of_heads(&head(ends.0)?, &head(ends.1)?);
        Some(Wide::token(TokenKind::Near, token))
    };
    match how {
        Nearness::Before => Some(vec![pair(left, right)?]),
        Nearness::Within | Nearness::NotWithin => {
            Some(vec![pair(left, right)?, pair(right, left)?])
        }
    }
}

/// The token of the first letters of a stem, with the word that is the stem itself;
/// `None` for stems of fewer than three letters.
pub(super) fn stem_tokens(stem: &str) -> Option<Wide> {
    let (least, most) = (*PREFIXES.start(), *PREFIXES.end());
    let length = stem.chars().count();
    if length < least {
        return None;
    }
    if length > most {
        return first(stem, most).map(|prefix| Wide::token(TokenKind::Prefix, prefix));
    }
    Some(Wide::any([Wide::token(TokenKind::Word, stem), Wide::token(TokenKind::Prefix, stem)]))
}
