//! Joining the parts of a search in the order in which a dialect binds.

use std::ops::Range;

use super::{
    ast::{Near, Nearness, Operand, Pattern, PatternUnit, Query},
    refusal::Refusal,
    rules::Order,
};
use crate::terms::Link;

/// A part of a search with what stands before it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// What joins it to the part before; of no meaning for the first.
    pub(super) by: Joint,
    /// Whether NOT stands before it. Never where OR or proximity joins.
    pub(super) not: bool,
    pub(super) query: Query,
    pub(super) at: Range<usize>,
}

/// What joins two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    And,
    Or,
    Near(Nearness, u8),
}

/// Joins parts to one search.
///
/// # Errors
/// What may be joined in two ways.
pub(super) fn reduce(parts: Vec<Part>, order: Order) -> Result<Query, Refusal> {
    let joints = || parts.iter().skip(1).map(|part| part.by);
    let has_or = joints().any(|joint| joint == Joint::Or);
    let has_and = joints().any(|joint| joint == Joint::And);
    let has_near = joints().any(|joint| matches!(joint, Joint::Near(..)));
    let at = span(&parts);
    if order == Order::OrThenAnd && has_or && has_near {
        return Err(Refusal::new(at, "proximity stands beside OR without parentheses")
            .or("(a w/5 b) OR c")
            .or("a w/5 (b OR c)"));
    }
    if order == Order::Refused && has_and && has_or {
        let near = join_near(parts)?;
        let and_first = join_or(join_and(near.clone()))?;
        let or_first = join_and(join_or(near)?);
        return Err(Refusal::new(at, "AND stands beside OR without parentheses")
            .or(shown(and_first))
            .or(shown(or_first)));
    }
    let parts = match order {
        Order::Refused | Order::AndThenOr => join_or(join_and(join_near(parts)?))?,
        Order::OrThenAnd => join_and(join_or(join_near(parts)?)?),
        Order::OrThenNearThenAnd => join_and(join_near(join_or(parts)?)?),
    };
    let first = parts.into_iter().next().map(|part| part.query);
    first.ok_or_else(|| Refusal::new(at, "nothing stands here"))
}

fn span(parts: &[Part]) -> Range<usize> {
    parts.first().map_or(0, |part| part.at.start)..parts.last().map_or(0, |part| part.at.end)
}

fn shown(parts: Vec<Part>) -> String {
    parts.into_iter().next().map(|part| part.query.to_string()).unwrap_or_default()
}

/// Joins runs of parts that satisfy `joins` by `join`.
fn runs(
    parts: Vec<Part>,
    joins: impl Fn(Joint) -> bool,
    join: impl Fn(Vec<Part>) -> Result<Part, Refusal>,
) -> Result<Vec<Part>, Refusal> {
    let mut out = Vec::new();
    let mut run: Vec<Part> = Vec::new();
    for part in parts {
        if !run.is_empty() && !joins(part.by) {
            out.push(join(std::mem::take(&mut run))?);
        }
        run.push(part);
    }
    out.push(join(run)?);
    Ok(out)
}

fn join_or(parts: Vec<Part>) -> Result<Vec<Part>, Refusal> {
    runs(parts, |joint| joint == Joint::Or, |run| Ok(joined(run, |part| part.query, Query::Or)))
}

fn join_and(parts: Vec<Part>) -> Vec<Part> {
    let query = |part: Part| if part.not { Query::Not(Box::new(part.query)) } else { part.query };
    let joined = runs(
        parts,
        |joint| joint == Joint::And,
        |run| {
            let mut part = joined(run, query, Query::And);
            part.not = false;
            Ok(part)
        },
    );
    joined.unwrap_or_default()
}

/// One part of a run.
fn joined(run: Vec<Part>, query: impl Fn(Part) -> Query, all: fn(Vec<Query>) -> Query) -> Part {
    let at = span(&run);
    let (by, not) = run.first().map_or((Joint::And, false), |part| (part.by, part.not));
    let mut queries: Vec<Query> = run.into_iter().map(query).collect();
    let query = match (queries.len(), queries.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            queries.extend(last);
            all(queries)
        }
    };
    Part { by, not, query, at }
}

fn join_near(parts: Vec<Part>) -> Result<Vec<Part>, Refusal> {
    runs(
        parts,
        |joint| matches!(joint, Joint::Near(..)),
        |run| {
            let at = span(&run);
            let mut run = run.into_iter();
            match (run.next(), run.next(), run.next()) {
                (Some(part), None, _) => Ok(part),
                (Some(left), Some(right), None) => {
                    let Joint::Near(how, within) = right.by else { return Ok(left) };
                    let query = near(left.query, how, within, right.query, &at)?;
                    Ok(Part { by: left.by, not: left.not, query, at })
                }
                (Some(first), Some(second), Some(third)) => {
                    let by = |joint| match joint {
                        Joint::Near(_, within) => within,
                        _ => 1,
                    };
                    let (a, b, c) = (first.query, second.query, third.query);
                    let (m, n) = (by(second.by), by(third.by));
                    Err(Refusal::new(at, "a chain of proximity may tie the last word to the one before or to the first")
                    .or(format!("({a} w/{m} {b}) AND ({b} w/{n} {c})"))
                    .or(format!("({a} w/{m} {b}) AND ({a} w/{n} {c})")))
                }
                (None, ..) => Err(Refusal::new(at, "nothing stands here")),
            }
        },
    )
}

fn near(
    left: Query,
    how: Nearness,
    within: u8,
    right: Query,
    at: &Range<usize>,
) -> Result<Query, Refusal> {
    for (side, other) in [(&left, &right), (&right, &left)] {
        if let Query::And(parts) = side {
            let readings: Vec<String> =
                parts.iter().map(|part| format!("({part} w/{within} {other})")).collect();
            return Err(Refusal::new(at.clone(), "AND stands on a side of proximity")
                .or(readings.join(" AND ")));
        }
    }
    let side = |query: Query| {
        let shown = query.to_string();
        operand(query).ok_or_else(|| {
            Refusal::new(at.clone(), format!("`{shown}` stands on a side of proximity"))
                .or("words, phrases or an OR of them there")
        })
    };
    Ok(Query::Near(Near { left: side(left)?, how, within, right: side(right)? }))
}

/// A word, a phrase, or an OR of them.
fn operand(query: Query) -> Option<Operand> {
    match query {
        Query::Text(pattern) => Some(vec![pattern]),
        Query::Number(numbers) => Some(numbers.map(|number| word(&number.to_string())).collect()),
        Query::Or(parts) => {
            let operands: Option<Vec<Operand>> = parts.into_iter().map(operand).collect();
            Some(operands?.concat())
        }
        _ => None,
    }
}

/// The pattern of one word in normal form.
pub(super) fn word(word: &str) -> Pattern {
    Pattern { units: vec![PatternUnit { word: word.to_string(), link: Link::Apart, stem: false }] }
}
