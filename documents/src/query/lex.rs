//! Cutting a line into operators, words and phrases.

use std::ops::Range;

use crate::unicode;

use super::{
    ast::Nearness,
    refusal::Refusal,
    rules::{Dialect, Sign},
};

/// Most bytes of a line.
const MOST_BYTES: usize = 1 << 16;
/// Most operators, words and phrases of a line.
const MOST_TOKENS: usize = 4096;
/// Most words that may lie between.
const MOST_APART: u8 = 50;

/// A part of a line and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) at: Range<usize>,
    pub(super) what: What<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What<'a> {
    Open,
    Close,
    Sign(Sign),
    Near(Nearness, u8),
    Word(&'a str),
    Phrase(&'a str),
    /// `"…"~N`.
    Slop(&'a str, u8),
    /// `name:value`, and whether the value stands in quotes.
    Field(&'a str, &'a str, bool),
}

/// Cuts a line.
///
/// # Errors
/// What is not understood.
pub(super) fn tokens(line: &str, dialect: Dialect) -> Result<Vec<Token<'_>>, Refusal> {
    if line.len() > MOST_BYTES {
        return Err(Refusal::new(0..line.len(), "a line may be of 65,536 bytes"));
    }
    let mut lexer = Lexer { line, at: 0, dialect };
    let mut tokens: Vec<Token> = Vec::new();
    while let Some(token) = lexer.next()? {
        // `NOT w/5` is one operator.
        let before = tokens.last().map(|token| token.what);
        if let (Some(What::Sign(Sign::Not)), What::Near(how, within)) = (before, token.what) {
            let start = tokens.pop().map_or(token.at.start, |not| not.at.start);
            let at = start..token.at.end;
            if how != Nearness::Within {
                return Err(
                    Refusal::new(at, "NOT stands before w/N alone").or(format!("NOT w/{within}"))
                );
            }
            tokens.push(Token { at, what: What::Near(Nearness::NotWithin, within) });
            continue;
        }
        if tokens.len() >= MOST_TOKENS {
            return Err(Refusal::new(token.at, "a line may be of 4,096 words and operators"));
        }
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    line: &'a str,
    at: usize,
    dialect: Dialect,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// Takes the next bytes.
    fn take(&mut self, bytes: usize) -> &'a str {
        let taken = self.rest().get(..bytes).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    fn next(&mut self) -> Result<Option<Token<'a>>, Refusal> {
        let blank =
            self.rest().len() - self.rest().trim_start_matches(unicode::is_python_space).len();
        self.take(blank);
        let start = self.at;
        let what = match self.rest().chars().next() {
            None => return Ok(None),
            Some('(') => {
                self.take(1);
                What::Open
            }
            Some(')') => {
                self.take(1);
                What::Close
            }
            Some('"') => self.phrase()?,
            Some('“' | '”' | '„' | '«' | '»' | '‘') => return Err(self.curly()),
            Some(_) => self.word()?,
        };
        Ok(Some(Token { at: start..self.at, what }))
    }

    fn curly(&self) -> Refusal {
        let quotes = ['“', '”', '„', '«', '»', '‘'];
        let inner = self.rest().trim_start_matches(quotes);
        let inner = inner.split(['“', '”', '„', '«', '»', '’']).next().unwrap_or_default();
        Refusal::new(self.at..self.line.len(), "curly quotes are not told from quoted text")
            .or(format!("\"{inner}\""))
    }

    /// Takes a quoted text.
    fn quoted(&mut self) -> Result<&'a str, Refusal> {
        let start = self.at;
        self.take(1);
        let Some(length) = self.rest().find('"') else {
            return Err(Refusal::new(start..self.line.len(), "a quote is opened and not closed"));
        };
        let text = self.take(length);
        self.take(1);
        Ok(text)
    }

    fn phrase(&mut self) -> Result<What<'a>, Refusal> {
        let start = self.at;
        let text = self.quoted()?;
        let Some(rest) = self.rest().strip_prefix('~') else {
            return Ok(What::Phrase(text));
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest.get(..digits).unwrap_or_default();
        if !self.dialect.has_slop() {
            let what = "`~` after a phrase counts words between in some programs, and moves of words in others";
            return Err(Refusal::new(start..self.at + 1 + digits, what)
                .or("a w/N b, where N is 1 for words side by side"));
        }
        self.take(1 + digits);
        let within = distance(number, start..self.at)?;
        Ok(What::Slop(text, within))
    }

    fn word(&mut self) -> Result<What<'a>, Refusal> {
        let start = self.at;
        let end = |point: char| unicode::is_python_space(point) || matches!(point, '(' | ')' | '"');
        let length = self.rest().find(end).unwrap_or(self.rest().len());
        let word = self.take(length);
        let at = start..self.at;
        if let Some(sign) = self.sign(word, at.clone())? {
            return Ok(What::Sign(sign));
        }
        let lower = word.to_ascii_lowercase();
        if let Some((how, number)) = self.dialect.proximity(&lower) {
            if number.is_empty() {
                let next = self.rest().split_ascii_whitespace().next().unwrap_or("N");
                return Err(Refusal::new(at, "a blank stands before the number")
                    .or(format!("{word}{next}")));
            }
            return Ok(What::Near(how, distance(number, at)?));
        }
        if let Some(refusal) = other_unit(&lower, at.clone()) {
            return Err(refusal);
        }
        let Some((name, value)) = word.split_once(':') else { return Ok(What::Word(word)) };
        if !value.is_empty() {
            return Ok(What::Field(name, value, false));
        }
        match self.rest().chars().next() {
            Some('"') => Ok(What::Field(name, self.quoted()?, true)),
            Some('(') => Err(Refusal::new(at, "a field is of one value")
                .or(format!("({name}:first OR {name}:second)"))),
            _ => Err(Refusal::new(at, "a value stands right after the colon")
                .or(format!("{name}:value"))),
        }
    }

    /// The operator that a word is.
    fn sign(&self, word: &str, at: Range<usize>) -> Result<Option<Sign>, Refusal> {
        if let Some(sign) = self.dialect.sign(word) {
            return Ok(Some(sign));
        }
        if matches!(word, "&" | "&&" | "|" | "||" | "%" | "!" | "+" | "-" | "/") {
            return Err(Refusal::new(at, format!("`{word}` alone is no operator"))
                .or("AND")
                .or("OR"));
        }
        let sign = match word.to_ascii_uppercase().as_str() {
            "AND" => Sign::And,
            "OR" => Sign::Or,
            "NOT" => Sign::Not,
            _ => return Ok(None),
        };
        let capitals = word.bytes().all(|byte| byte.is_ascii_uppercase());
        if capitals || self.dialect.ignores_case() {
            return Ok(Some(sign));
        }
        Err(Refusal::new(at, format!("`{word}` may be an operator or a word"))
            .or(format!("{} for the operator", word.to_ascii_uppercase()))
            .or(format!("\"{word}\" for the word")))
    }
}

/// The number of a proximity operator.
fn distance(number: &str, at: Range<usize>) -> Result<u8, Refusal> {
    let within = number.parse().unwrap_or(0);
    if !(1..=MOST_APART).contains(&within) {
        return Err(Refusal::new(at, "words may be 1 to 50 apart").or("AND"));
    }
    Ok(within)
}

/// Refuses proximity by sentence or paragraph.
fn other_unit(word: &str, at: Range<usize>) -> Option<Refusal> {
    let sentence = matches!(word, "/s" | "w/s" | "w/sent" | "/sent");
    let paragraph = matches!(word, "/p" | "w/p" | "w/para" | "/para" | "/seg" | "w/seg");
    (sentence || paragraph).then(|| {
        Refusal::new(at, "sentences and paragraphs are not told apart").or(if sentence {
            "w/15"
        } else {
            "w/50"
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str, dialect: Dialect) -> String {
        tokens(line, dialect).unwrap_err().to_string()
    }

    #[test]
    fn operators_of_two_words_are_one() {
        let tokens = tokens("a NOT w/3 (b)", Dialect::Candor).unwrap();
        let whats: Vec<_> = tokens.iter().map(|token| token.what).collect();
        assert_eq!(
            whats,
            [
                What::Word("a"),
                What::Near(Nearness::NotWithin, 3),
                What::Open,
                What::Word("b"),
                What::Close
            ]
        );
        assert_eq!(tokens[1].at, 2..9);
    }

    #[test]
    fn refuses_what_has_two_readings() {
        assert!(
            refused("a and b", Dialect::Candor)
                .contains("AND for the operator or \"and\" for the word")
        );
        assert!(refused("a w/ 5 b", Dialect::Candor).ends_with("write w/5"));
        assert!(refused("“a b”", Dialect::Candor).ends_with("write \"a b\""));
        assert!(refused("\"a b", Dialect::Nuix).starts_with("at byte 0: a quote"));
        assert!(refused("a w/51 b", Dialect::Candor).contains("1 to 50"));
        assert!(refused("a w/s b", Dialect::Lexis).ends_with("w/15"));
        assert!(refused("\"a b\"~5", Dialect::Candor).contains("w/N"));
        assert!(refused("from:(a b)", Dialect::Candor).contains("from:first OR"));
        assert!(refused("from: a", Dialect::Candor).contains("right after"));
        assert!(refused("a & b", Dialect::Candor).contains("no operator"));
        assert!(refused(&"a".repeat(70_000), Dialect::Candor).contains("65,536"));
        assert!(refused(&"a ".repeat(5_000), Dialect::Candor).contains("4,096"));
    }
}
