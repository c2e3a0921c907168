//! The tokens of RTF.

use crate::hex;

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// A control word and its number.
    Word(&'a str, Option<i32>),
    /// A control symbol.
    Symbol(u8),
    /// `\'hh`
    Hex(u8),
    /// Bytes of text as they stand, without line ends.
    Text(&'a [u8]),
    /// The bytes of `\bin`.
    Binary(&'a [u8]),
}

/// Reads tokens. It never fails: what is no token is text.
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(rtf: &'a [u8]) -> Self {
        Self { rest: rtf }
    }

    /// Takes bytes off the front, as many as there are.
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, is: impl Fn(u8) -> bool) -> &'a [u8] {
        let count = self.rest.iter().take_while(|&&byte| is(byte)).count();
        self.take(count)
    }

    /// What follows a backslash.
    fn control(&mut self) -> Option<Token<'a>> {
        let &first = self.rest.first()?;
        if first == b'\'' {
            self.take(1);
            if let [high, low, ..] = self.rest
                && let Some(byte) = hex::byte(*high, *low)
            {
                self.take(2);
                return Some(Token::Hex(byte));
            }
            return Some(Token::Symbol(b'\''));
        }
        if !first.is_ascii_alphabetic() {
            self.take(1);
            return Some(Token::Symbol(first));
        }
        // A word has 32 letters at most; letters are ASCII, so they are valid UTF-8.
        let name = self.take_while(|byte| byte.is_ascii_alphabetic());
        let name = std::str::from_utf8(name).unwrap_or_default();
        let negative =
            self.rest.first() == Some(&b'-') && self.rest.get(1).is_some_and(u8::is_ascii_digit);
        if negative {
            self.take(1);
        }
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let number = (!digits.is_empty()).then(|| {
            let value = digits.iter().fold(0i32, |value, &digit| {
                value.saturating_mul(10).saturating_add(i32::from(digit.saturating_sub(b'0')))
            });
            if negative { value.saturating_neg() } else { value }
        });
        if self.rest.first() == Some(&b' ') {
            self.take(1);
        }
        if name == "bin" {
            return Some(Token::Binary(
                self.take(usize::try_from(number.unwrap_or(0)).unwrap_or(0)),
            ));
        }
        Some(Token::Word(name, number))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let &first = self.rest.first()?;
            match first {
                b'{' | b'}' => {
                    self.take(1);
                    return Some(if first == b'{' { Token::Open } else { Token::Close });
                }
                b'\\' => {
                    self.take(1);
                    return self.control();
                }
                b'\r' | b'\n' | 0 => {
                    self.take(1);
                }
                b'\t' => {
                    self.take(1);
                    return Some(Token::Word("tab", None));
                }
                _ => {
                    let text = self.take_while(|byte| {
                        !matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | b'\t' | 0)
                    });
                    return Some(Token::Text(text));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        let rtf = b"{\\rtf1\\u-10 a\\'e9\\~\\bin3 }}{b\r\nc\\par\\'zz\\";
        let found: Vec<Token<'_>> = Tokens::new(rtf).collect();
        let expected = [
            Token::Open,
            Token::Word("rtf", Some(1)),
            Token::Word("u", Some(-10)),
            Token::Text(b"a"),
            Token::Hex(0xe9),
            Token::Symbol(b'~'),
            Token::Binary(b"}}{"),
            Token::Text(b"b"),
            Token::Text(b"c"),
            Token::Word("par", None),
            Token::Symbol(b'\''),
            Token::Text(b"zz"),
        ];
        assert_eq!(found, expected);
    }
}
