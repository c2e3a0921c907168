//! Pictures that stand in content.

use super::lexer::{Lexer, Token, is_space};

/// Passes over a picture after its `BI`.
///
/// Its data may hold anything, `EI` included. The end is the first `EI` between white
/// space after which something follows that may be content. Gives how many bytes were
/// looked at to find it: more than are passed over, if none is followed so.
pub(crate) fn skip(lexer: &mut Lexer<'_>, content: &[u8]) -> usize {
    loop {
        match lexer.next() {
            Token::Keyword(b"ID") => break,
            // Without data.
            Token::Keyword(b"EI") | Token::End => return 0,
            _ => {}
        }
    }
    let start = lexer.position();
    let rest = content.get(start..).unwrap_or_default();
    let is_end = |window: &[u8]| match window {
        [before, b'E', b'I', after] => is_space(*before) && is_space(*after),
        _ => false,
    };
    let mut ends =
        rest.windows(4).enumerate().filter(|(_, window)| is_end(window)).map(|(at, _)| at + 3);
    let first = ends.next();
    let sound =
        first.into_iter().chain(ends).find(|end| is_content(rest.get(*end..).unwrap_or_default()));
    lexer.jump(start + sound.or(first).unwrap_or(rest.len()));
    sound.unwrap_or(rest.len())
}

/// Whether bytes look like content and not like data of a picture.
fn is_content(bytes: &[u8]) -> bool {
    bytes.iter().take(16).all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_may_look_like_the_end() {
        let content = b"/W 8 ID \x01 EI \x02\xff\x80 EI\nBT (x) Tj";
        let mut lexer = Lexer::new(content, 0);
        skip(&mut lexer, content);
        assert_eq!(lexer.next(), Token::Keyword(b"BT"));
        let mut lexer = Lexer::new(b"/W 8 ID \xff\xff", 0);
        skip(&mut lexer, b"/W 8 ID \xff\xff");
        assert_eq!(lexer.next(), Token::End);
    }
}
