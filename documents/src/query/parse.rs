//! From a line to a search.

use std::ops::Range;

use crate::terms::Link;

use super::{
    ast::{Near, Nearness, Pattern, PatternUnit, Query},
    field,
    lex::{Token, What, tokens},
    pattern,
    reduce::{Joint, Part, reduce},
    refusal::Refusal,
    rules::{Beside, Dialect, Sign},
};

/// How deep parentheses may stand in parentheses.
const DEPTH: usize = 32;
/// Fewest letters of a stem that stands for itself.
const STEM: usize = 3;

impl Query {
    /// Reads a line.
    ///
    /// # Errors
    /// What has two readings or none, with what to write instead.
    pub fn parse(line: &str, dialect: Dialect) -> Result<Self, Refusal> {
        let tokens = tokens(line, dialect)?;
        let mut parser = Parser { tokens: &tokens, at: 0, end: line.len(), dialect };
        let query = parser.query(0)?;
        if let Some(token) = parser.peek() {
            return Err(Refusal::new(token.at.clone(), "a parenthesis is closed that is not open"));
        }
        check_stems(&query, 0..line.len())?;
        super::wide::check(&query, 0..line.len())?;
        Ok(query)
    }
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    end: usize,
    dialect: Dialect,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    fn query(&mut self, depth: usize) -> Result<Query, Refusal> {
        let mut parts = vec![self.part(Joint::And, false, depth)?];
        while let Some(token) = self.peek() {
            let (joint, steps) = match token.what {
                What::Close => break,
                What::Sign(Sign::And) => (Joint::And, 1),
                What::Sign(Sign::Or) => (Joint::Or, 1),
                What::Near(how, within) => (Joint::Near(how, within), 1),
                What::Sign(Sign::Not) => (self.bare_not(token)?, 0),
                _ => (self.beside(parts.last(), token)?, 0),
            };
            self.at += steps;
            let not = matches!(self.peek(), Some(Token { what: What::Sign(Sign::Not), .. }));
            if not && joint != Joint::And {
                let at = self.peek().map_or(0..0, |token| token.at.clone());
                return Err(Refusal::new(at, "NOT stands after AND alone").or("a AND NOT b"));
            }
            self.at += usize::from(not);
            parts.push(self.part(joint, not, depth)?);
        }
        reduce(parts, self.dialect.order())
    }

    /// NOT without an AND before it.
    fn bare_not(&self, token: &Token) -> Result<Joint, Refusal> {
        if self.dialect == Dialect::Candor {
            return Err(
                Refusal::new(token.at.clone(), "NOT stands without AND before it").or("AND NOT")
            );
        }
        Ok(Joint::And)
    }

    /// What joins two parts with nothing between.
    fn beside(&self, before: Option<&Part>, token: &Token) -> Result<Joint, Refusal> {
        let first = before.map(|part| part.query.to_string()).unwrap_or_default();
        match self.dialect.beside() {
            Beside::And => Ok(Joint::And),
            Beside::Or => Ok(Joint::Or),
            Beside::Refused | Beside::Phrase => {
                let second = match token.what {
                    What::Word(word) | What::Phrase(word) => word,
                    _ => "…",
                };
                let bare = first.trim_matches('"');
                Err(Refusal::new(token.at.clone(), "nothing joins this to what stands before it")
                    .or(format!("\"{bare} {second}\" for words side by side"))
                    .or(format!("{first} AND {second}"))
                    .or(format!("{first} OR {second}")))
            }
        }
    }

    fn part(&mut self, by: Joint, not: bool, depth: usize) -> Result<Part, Refusal> {
        let Some(token) = self.peek() else {
            return Err(Refusal::new(self.end..self.end, "the line ends where a word is awaited"));
        };
        let start = token.at.start;
        self.at += 1;
        let at = token.at.clone();
        let query = match token.what {
            What::Open => {
                if depth >= DEPTH {
                    return Err(Refusal::new(at, "parentheses stand more than 32 deep"));
                }
                let query = self.query(depth + 1)?;
                if self.peek().is_none() {
                    return Err(Refusal::new(at, "a parenthesis is opened and not closed"));
                }
                self.at += 1;
                query
            }
            What::Word(word) => self.phrase(pattern::of_word(word, at, self.dialect)?)?,
            What::Phrase(text) => self.phrase(pattern::of_phrase(text, at, self.dialect)?)?,
            What::Slop(text, moves) => {
                slop(pattern::of_phrase(text, at.clone(), self.dialect)?, moves, at)?
            }
            What::Field(name, text, quoted) => field::parse(name, text, quoted, at, self.dialect)?,
            What::Sign(Sign::Not) => {
                return Err(
                    Refusal::new(at, "NOT alone asks for nearly everything").or("a AND NOT b")
                );
            }
            What::Close | What::Sign(_) | What::Near(..) => {
                return Err(Refusal::new(at, "a word or a phrase is awaited here"));
            }
        };
        let end = self.at.checked_sub(1).and_then(|last| self.tokens.get(last));
        Ok(Part { by, not, query, at: start..end.map_or(start, |token| token.at.end) })
    }

    /// A pattern with the words beside it, where they are a phrase.
    fn phrase(&mut self, mut pattern: Pattern) -> Result<Query, Refusal> {
        while self.dialect.beside() == Beside::Phrase
            && let Some(token) = self.peek()
        {
            let more = match token.what {
                What::Word(word) => pattern::of_word(word, token.at.clone(), self.dialect)?,
                What::Phrase(text) => pattern::of_phrase(text, token.at.clone(), self.dialect)?,
                _ => break,
            };
            self.at += 1;
            pattern::append(&mut pattern, more);
        }
        Ok(Query::Text(pattern))
    }
}

/// Refuses stems of fewer than three letters that stand for themselves: nearly every
/// item holds a word that begins so.
fn check_stems(query: &Query, at: Range<usize>) -> Result<(), Refusal> {
    match query {
        Query::And(parts) | Query::Or(parts) => {
            parts.iter().try_for_each(|part| check_stems(part, at.clone()))
        }
        Query::Not(part) => check_stems(part, at),
        Query::Text(pattern) => {
            let short = |text: &str| text.chars().count() < STEM;
            match pattern.units.iter().find(|unit| unit.stem && short(&unit.word)) {
                Some(unit) => {
                    Err(Refusal::new(at, format!("`{}*` has fewer than three letters", unit.word))
                        .or("a longer stem")
                        .or("an OR of the forms"))
                }
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// `"a b"~N`: to bring the words together takes at most N moves of one word by one place.
/// In order, a move is a word between; in reverse, one more move passes the other word,
/// and standing on one place counts as one.
fn slop(pattern: Pattern, moves: u8, at: Range<usize>) -> Result<Query, Refusal> {
    let mut units = pattern.units.into_iter();
    let (Some(first), Some(mut second), None) = (units.next(), units.next(), units.next()) else {
        return Err(
            Refusal::new(at, "`~` after a phrase is understood for two words alone").or("a w/N b")
        );
    };
    second.link = Link::Apart;
    let operand = |unit: &PatternUnit| vec![Pattern { units: vec![unit.clone()] }];
    let near = |left, right, within| {
        Query::Near(Near {
            left: operand(left),
            how: Nearness::Before,
            within,
            right: operand(right),
        })
    };
    let in_order = near(&first, &second, moves.saturating_add(1));
    if moves < 2 {
        return Ok(in_order);
    }
    Ok(Query::Or(vec![in_order, near(&second, &first, moves - 1)]))
}
