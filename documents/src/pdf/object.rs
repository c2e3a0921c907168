//! The objects of a PDF, and how their bytes are read.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::crypt::ObjectKey;
use super::lexer::{Lexer, Token};
use crate::Reason;

/// How deep arrays and dictionaries may stand in each other.
const DEPTH: usize = 256;
/// Most values in one object: a value takes up to 100 bytes of memory.
const VALUES: usize = 1 << 20;

/// A value. Copies share what they hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Object {
    #[default]
    Null,
    Bool(bool),
    Integer(i64),
    Real(f64),
    String(Rc<[u8]>),
    Name(Rc<[u8]>),
    Array(Rc<Vec<Object>>),
    Dict(Rc<Dict>),
    Reference(u32),
    Stream(Rc<Stream>),
}

/// A dictionary. Of entries of one name, the last counts.
pub(crate) type Dict = BTreeMap<Rc<[u8]>, Object>;

/// A stream: its dictionary, and where its bytes stand in the file.
#[derive(Debug, PartialEq)]
pub(crate) struct Stream {
    pub(crate) dict: Rc<Dict>,
    /// Number and generation of the object, for its key.
    pub(crate) id: (u32, u32),
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Object {
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            Self::Real(value) => Some(*value as i64),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn as_string(&self) -> Option<&[u8]> {
        match self {
            Self::String(string) => Some(string),
            _ => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&Rc<Vec<Object>>> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    /// The dictionary itself, or that of a stream.
    pub(crate) fn as_dict(&self) -> Option<&Rc<Dict>> {
        match self {
            Self::Dict(dict) => Some(dict),
            Self::Stream(stream) => Some(&stream.dict),
            _ => None,
        }
    }

    pub(crate) fn as_stream(&self) -> Option<&Rc<Stream>> {
        match self {
            Self::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// What stands at a place where values and keywords may stand.
#[derive(Debug, PartialEq)]
pub(crate) enum Item<'a> {
    Value(Object),
    /// A word that is no value: `obj`, `stream`, an operator.
    Keyword(&'a [u8]),
    End,
}

/// Reads values from bytes.
pub(crate) struct Parser<'a, 'k> {
    pub(crate) lexer: Lexer<'a>,
    /// Whether `1 0 R` is a reference: not in content.
    references: bool,
    key: Option<ObjectKey<'k>>,
    values: usize,
    /// Where the words begin that [`Parser::take_work`] has not told of.
    from: usize,
}

/// What was read since it was last asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) values: usize,
    /// Steps for the budget: values, and bytes, since one word may be as long as a file.
    pub(crate) steps: usize,
}

impl<'a, 'k> Parser<'a, 'k> {
    /// Reads content, where no references stand.
    pub(crate) fn content(data: &'a [u8]) -> Self {
        Self { lexer: Lexer::new(data, 0), references: false, key: None, values: 0, from: 0 }
    }

    /// Reads an object of the file; `key` opens its strings.
    pub(crate) fn object(data: &'a [u8], at: usize, key: Option<ObjectKey<'k>>) -> Self {
        let lexer = Lexer::new(data, at);
        Self { from: lexer.position(), lexer, references: true, key, values: 0 }
    }

    /// What was read since the last call.
    pub(crate) fn take_work(&mut self) -> Work {
        let values = std::mem::take(&mut self.values);
        let from = std::mem::replace(&mut self.from, self.lexer.position());
        Work { values, steps: values + self.lexer.position().saturating_sub(from) / 2 }
    }

    /// The next value or keyword. Brackets that close nothing are passed over.
    ///
    /// # Errors
    /// [`Reason::TooDeep`] or [`Reason::TooLarge`] for a value beyond the limits.
    pub(crate) fn next(&mut self) -> Result<Item<'a>, Reason> {
        loop {
            let token = self.lexer.next();
            match token {
                Token::End => return Ok(Item::End),
                Token::Keyword(word) => {
                    if let Some(value) = constant(word) {
                        return Ok(Item::Value(value));
                    }
                    return Ok(Item::Keyword(word));
                }
                Token::ArrayEnd | Token::DictEnd => {}
                token => return Ok(Item::Value(self.value(token, 0)?)),
            }
        }
    }

    fn value(&mut self, token: Token<'a>, depth: usize) -> Result<Object, Reason> {
        self.values += 1;
        if self.values > VALUES {
            return Err(Reason::TooLarge);
        }
        if depth > DEPTH {
            return Err(Reason::TooDeep);
        }
        Ok(match token {
            Token::Integer(value) => self.reference(value).unwrap_or(Object::Integer(value)),
            Token::Real(value) => Object::Real(value),
            Token::Name(name) => Object::Name(name.into()),
            Token::String(string) => match &self.key {
                Some(key) => Object::String(key.string(&string).into()),
                None => Object::String(string.into()),
            },
            Token::ArrayStart => self.array(depth)?,
            Token::DictStart => self.dict(depth)?,
            Token::Keyword(word) => constant(word).unwrap_or(Object::Null),
            Token::ArrayEnd | Token::DictEnd | Token::End => Object::Null,
        })
    }

    /// A reference, if two more words make one.
    fn reference(&mut self, number: i64) -> Option<Object> {
        if !self.references {
            return None;
        }
        let number = u32::try_from(number).ok()?;
        let before = self.lexer.position();
        if let Token::Integer(generation) = self.lexer.next()
            && (0..=65535).contains(&generation)
            && self.lexer.next() == Token::Keyword(b"R")
        {
            return Some(Object::Reference(number));
        }
        self.lexer.jump(before);
        None
    }

    fn array(&mut self, depth: usize) -> Result<Object, Reason> {
        let mut array = Vec::new();
        loop {
            let before = self.lexer.position();
            match self.lexer.next() {
                Token::ArrayEnd | Token::End => break,
                // A missing bracket: the keyword belongs to what surrounds the array.
                Token::Keyword(word) if is_end(word) => {
                    self.lexer.jump(before);
                    break;
                }
                Token::DictEnd => {}
                token => array.push(self.value(token, depth + 1)?),
            }
        }
        Ok(Object::Array(Rc::new(array)))
    }

    fn dict(&mut self, depth: usize) -> Result<Object, Reason> {
        let mut dict = Dict::new();
        loop {
            let before = self.lexer.position();
            match self.lexer.next() {
                Token::DictEnd | Token::End => break,
                Token::Keyword(word) if is_end(word) => {
                    self.lexer.jump(before);
                    break;
                }
                Token::Name(name) => {
                    let before = self.lexer.position();
                    let value = match self.lexer.next() {
                        Token::DictEnd | Token::End => {
                            self.lexer.jump(before);
                            Object::Null
                        }
                        token => self.value(token, depth + 1)?,
                    };
                    dict.insert(name.into(), value);
                }
                _ => {}
            }
        }
        Ok(Object::Dict(Rc::new(dict)))
    }
}

fn constant(word: &[u8]) -> Option<Object> {
    match word {
        b"true" => Some(Object::Bool(true)),
        b"false" => Some(Object::Bool(false)),
        b"null" => Some(Object::Null),
        _ => None,
    }
}

fn is_end(word: &[u8]) -> bool {
    matches!(word, b"endobj" | b"obj" | b"stream" | b"endstream" | b"xref" | b"trailer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8]) -> Result<Object, Reason> {
        match Parser::object(data, 0, None).next()? {
            Item::Value(value) => Ok(value),
            _ => Ok(Object::Null),
        }
    }

    #[test]
    fn values_of_all_kinds() {
        let value =
            read(b"<</A[1 0 R -2.5(x(y)\\n\\101\\\n)<4 1 4>/B#20c true null]/D<<>>>>").unwrap();
        let dict = value.as_dict().unwrap();
        let array = dict.get(b"A".as_slice()).unwrap().as_array().unwrap();
        assert_eq!(array.len(), 7);
        assert_eq!(array[0], Object::Reference(1));
        assert_eq!(array[1], Object::Real(-2.5));
        assert_eq!(array[2].as_string(), Some(b"x(y)\nA".as_slice()));
        assert_eq!(array[3].as_string(), Some(b"A@".as_slice()));
        assert_eq!(array[4].as_name(), Some(b"B c".as_slice()));
    }

    #[test]
    fn nesting_ends() {
        assert_eq!(read(&b"[".repeat(5000)), Err(Reason::TooDeep));
        assert_eq!(read(&b"<</A".repeat(5000)), Err(Reason::TooDeep));
        assert!(read(&b"[".repeat(200)).is_ok());
    }

    #[test]
    fn values_are_counted() {
        assert_eq!(read(&[b"[".as_slice(), &b"1 ".repeat(VALUES)].concat()), Err(Reason::TooLarge));
    }
}
