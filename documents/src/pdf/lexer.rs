//! Words of PDF syntax.

use crate::hex::digit;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Integer(i64),
    Real(f64),
    String(Vec<u8>),
    Name(Vec<u8>),
    ArrayStart,
    ArrayEnd,
    DictStart,
    DictEnd,
    /// Anything else: operators, `obj`, `R`, `true`.
    Keyword(&'a [u8]),
    End,
}

/// Cuts bytes into words. What is no PDF syntax is passed over byte by byte.
#[derive(Clone)]
pub(crate) struct Lexer<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at: at.min(data.len()) }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn jump(&mut self, at: usize) {
        self.at = at.min(self.data.len());
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Passes over white space and comments.
    pub(crate) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    pub(crate) fn next(&mut self) -> Token<'a> {
        loop {
            self.skip_space();
            let start = self.at;
            let Some(byte) = self.take() else { return Token::End };
            match byte {
                b'(' => return Token::String(self.literal_string()),
                b'<' if self.peek() == Some(b'<') => {
                    self.at += 1;
                    return Token::DictStart;
                }
                b'<' => return Token::String(self.hex_string()),
                b'>' if self.peek() == Some(b'>') => {
                    self.at += 1;
                    return Token::DictEnd;
                }
                b'[' => return Token::ArrayStart,
                b']' => return Token::ArrayEnd,
                b'/' => return Token::Name(self.name()),
                b'{' | b'}' | b'>' | b')' => {}
                b'0'..=b'9' | b'+' | b'-' | b'.' => {
                    self.at = start;
                    return self.number();
                }
                _ => {
                    while self.peek().is_some_and(is_regular) {
                        self.at += 1;
                    }
                    return Token::Keyword(self.data.get(start..self.at).unwrap_or_default());
                }
            }
        }
    }

    /// A number. Signs and points too many are passed over, as other readers do.
    fn number(&mut self) -> Token<'a> {
        let start = self.at;
        let mut negative = false;
        let mut mantissa: u64 = 0;
        let mut digits = 0_u32;
        let mut scale: Option<u32> = None;
        let mut overflow = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'0'..=b'9' => {
                    digits = digits.saturating_add(1);
                    match mantissa
                        .checked_mul(10)
                        .and_then(|m| m.checked_add(u64::from(byte - b'0')))
                    {
                        Some(next) if next <= 1 << 53 => {
                            mantissa = next;
                            scale = scale.map(|scale| scale + 1);
                        }
                        // More digits than a number holds: after the point they do
                        // not count, before it the number is out of all use.
                        _ => overflow |= scale.is_none(),
                    }
                }
                b'-' if self.at == start => negative = true,
                b'-' if digits == 0 => {}
                // `12-34` and `1.2.3`: what comes after does not count.
                b'-' => {
                    while self.peek().is_some_and(|byte| byte.is_ascii_digit() || byte == b'-') {
                        self.at += 1;
                    }
                    continue;
                }
                b'+' if digits == 0 => {}
                b'.' if scale.is_none() => scale = Some(0),
                b'.' => {
                    while self.peek().is_some_and(|byte| byte.is_ascii_digit() || byte == b'.') {
                        self.at += 1;
                    }
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        if digits == 0 && scale.is_none() {
            while self.peek().is_some_and(is_regular) {
                self.at += 1;
            }
            return Token::Keyword(self.data.get(start..self.at).unwrap_or_default());
        }
        if overflow {
            mantissa = i32::MAX as u64;
        }
        match scale {
            None => {
                let value = mantissa as i64;
                Token::Integer(if negative { -value } else { value })
            }
            Some(scale) => {
                let mut value = mantissa as f64;
                let mut divisor = 1.0;
                for _ in 0..scale.min(30) {
                    divisor *= 10.0;
                }
                value /= divisor;
                Token::Real(if negative { -value } else { value })
            }
        }
    }

    fn literal_string(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut depth = 1_usize;
        while let Some(byte) = self.take() {
            match byte {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'\r' => {
                    if self.peek() == Some(b'\n') {
                        self.at += 1;
                    }
                    out.push(b'\n');
                    continue;
                }
                b'\\' => {
                    self.escape(&mut out);
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
        out
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        match self.take() {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'b') => out.push(8),
            Some(b'f') => out.push(12),
            Some(b'\r') if self.peek() == Some(b'\n') => self.at += 1,
            Some(b'\n' | b'\r') => {}
            Some(first @ b'0'..=b'7') => {
                let mut value = u16::from(first - b'0');
                for _ in 0..2 {
                    match self.peek() {
                        Some(digit @ b'0'..=b'7') => {
                            value = value * 8 + u16::from(digit - b'0');
                            self.at += 1;
                        }
                        _ => break,
                    }
                }
                out.push(value as u8);
            }
            Some(byte) => out.push(byte),
            None => {}
        }
    }

    fn hex_string(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut half: Option<u8> = None;
        while let Some(byte) = self.take() {
            if byte == b'>' {
                break;
            }
            let Some(digit) = digit(byte) else { continue };
            match half.take() {
                Some(high) => out.push(high << 4 | digit),
                None => half = Some(digit),
            }
        }
        if let Some(high) = half {
            out.push(high << 4);
        }
        out
    }

    fn name(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| is_regular(*byte)) {
            self.at += 1;
            if byte == b'#'
                && let [high, low, ..] = self.rest()
                && let (Some(high), Some(low)) = (digit(*high), digit(*low))
            {
                self.at += 2;
                out.push(high << 4 | low);
            } else {
                out.push(byte);
            }
        }
        out
    }
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

pub(crate) fn is_regular(byte: u8) -> bool {
    !is_space(byte)
        && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_written() {
        let read = |text: &'static [u8]| Lexer::new(text, 0).next();
        assert_eq!(read(b"12"), Token::Integer(12));
        assert_eq!(read(b"-.5"), Token::Real(-0.5));
        assert_eq!(read(b"+7."), Token::Real(7.0));
        assert_eq!(read(b"--3"), Token::Integer(-3));
        assert_eq!(read(b"1.25.9"), Token::Real(1.25));
        assert_eq!(read(b"12-3"), Token::Integer(12));
        assert_eq!(read(b"99999999999999999999"), Token::Integer(i64::from(i32::MAX)));
        assert_eq!(read(b"-"), Token::Keyword(b"-"));
        assert_eq!(
            read(b"0.12345678901234567890123456789012345678901234567890"),
            Token::Real(0.1234567890123456)
        );
    }

    #[test]
    fn strings_and_names_that_do_not_end() {
        assert_eq!(Lexer::new(b"(ab\\", 0).next(), Token::String(b"ab".to_vec()));
        assert_eq!(Lexer::new(b"<4", 0).next(), Token::String(b"@".to_vec()));
        assert_eq!(Lexer::new(b"/a#2", 0).next(), Token::Name(b"a#2".to_vec()));
        assert_eq!(Lexer::new(b"", 0).next(), Token::End);
    }
}
