//! HTML: its text without a tree, so that nothing nests and nothing recurses.

pub(crate) mod entity;
mod token;
mod walk;

use token::{Token, Tokens};

use crate::encoding;
use crate::{Budget, Content, Meta, Reason, Text};

/// Reads an item that is HTML.
pub(crate) fn read_item(bytes: &[u8], budget: &mut Budget) -> Result<Content, Reason> {
    let mut text = Text::new();
    let subject = read(bytes, None, &mut text, budget)?;
    Ok(Content { meta: Meta { subject, ..Meta::default() }, text, unread: Vec::new() })
}

/// Adds the text of HTML and gives its title. An encoding that the transport declared
/// goes before one that the document declares.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow it.
pub(crate) fn read(
    bytes: &[u8],
    label: Option<&str>,
    text: &mut Text,
    budget: &mut Budget,
) -> Result<Option<String>, Reason> {
    // Decoding gives at most three bytes for one.
    budget.take_work(bytes.len() as u64)?;
    let label = label.filter(|label| encoding::is_label(label)).map(str::to_owned);
    let label = match label {
        Some(label) => Some(label),
        None => declared(bytes, budget)?,
    };
    read_str(&encoding::decode(bytes, label.as_deref()), text, budget)
}

/// Adds the text of HTML that is decoded, and gives its title.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow it.
pub(crate) fn read_str(
    html: &str,
    text: &mut Text,
    budget: &mut Budget,
) -> Result<Option<String>, Reason> {
    walk::Walk::new(text).read(html, 0, budget)
}

/// The encoding that a document declares: in a `meta` tag, wherever it stands (a
/// comment or script holds none), or in the declaration of XML.
fn declared(bytes: &[u8], budget: &mut Budget) -> Result<Option<String>, Reason> {
    // Tags are ASCII in every encoding that a tag can declare.
    let html = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0;
    for token in Tokens::new(&html) {
        budget.take_work(1)?;
        let Token::Start(name, attributes) = token else { continue };
        if !name.eq_ignore_ascii_case("meta") {
            continue;
        }
        let is_type = |value: &str| value.eq_ignore_ascii_case("content-type");
        let content = || {
            attributes.get("content").filter(|_| attributes.get("http-equiv").is_some_and(is_type))
        };
        if let Some(label) = attributes.get("charset").or_else(|| content().and_then(charset_of)) {
            let label = label.trim_matches(|char: char| char.is_ascii_whitespace());
            // A tag that can be read as ASCII is not in UTF-16.
            let wide = label.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("utf-16"));
            if wide {
                return Ok(Some("utf-8".to_owned()));
            }
            if encoding::is_label(label) {
                return Ok(Some(label.to_owned()));
            }
        }
    }
    Ok(xml_encoding(&html).filter(|label| encoding::is_label(label)).map(str::to_owned))
}

/// The value of `charset` in `text/html; charset=…`.
fn charset_of(content: &str) -> Option<&str> {
    let at = content.to_ascii_lowercase().find("charset")?;
    let value = content.get(at + 7..)?.trim_start_matches(|char: char| char.is_ascii_whitespace());
    let value =
        value.strip_prefix('=')?.trim_start_matches(|char: char| char.is_ascii_whitespace());
    match value.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.split(['"', '\'']).next(),
        None => value.split(|char: char| char == ';' || char.is_ascii_whitespace()).next(),
    }
}

/// The encoding in `<?xml version="1.0" encoding="…"?>`.
fn xml_encoding(html: &str) -> Option<&str> {
    let (declaration, _) =
        html.trim_start_matches([' ', '\t', '\r', '\n']).strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    value.split(['"', '\'']).nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        let mut text = Text::new();
        read_str(html, &mut text, &mut Budget::new()).unwrap();
        text.as_str().replace(Text::BLOCK, "|").replace('\n', "/")
    }

    #[test]
    fn blocks_and_lines() {
        assert_eq!(text("<p>Fi<b>r</b>st\n  line<p>second<br>line"), "First line|second/line|");
        assert_eq!(text("<table><tr><td>a<td>b</table>c<br><br>d<li>e"), "a|b|c|d|e|");
        assert_eq!(text("<pre>a\r\nb\n\nc</pre>d\ne"), "a/b|c|d e|");
        assert_eq!(text("<div> <i>x</i> <i>y</i>z </div>"), "x yz|");
    }

    #[test]
    fn attributes_follow_their_block() {
        assert_eq!(
            text("<p>wo<a href='http://x/?a=1&amp;b' title=t>rd</a>s<p>n"),
            "words|http://x/?a=1&b|t|n|"
        );
        assert_eq!(
            text("<a href='javascript:f()'>a</a><img alt='b  c'><input value=d>"),
            "a|b c|d|"
        );
        assert_eq!(text("<iframe srcdoc='&lt;p&gt;in&lt;/p&gt;'>out</iframe>"), "in|out|");
        assert_eq!(text("<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>"), "漢字|かん|じ|");
    }

    #[test]
    fn declarations() {
        let label = |html: &str| declared(html.as_bytes(), &mut Budget::new()).unwrap();
        assert_eq!(
            label("<!-- <meta charset=koi8-r> --><META CHARSET='big5'>").as_deref(),
            Some("big5")
        );
        assert_eq!(
            label("<meta http-equiv=Content-Type content='text/html; charset=\"sjis\"'>")
                .as_deref(),
            Some("sjis")
        );
        assert_eq!(label("<meta name=x content='charset=sjis'>"), None);
        assert_eq!(label("<meta charset=utf-16le>").as_deref(), Some("utf-8"));
        assert_eq!(
            label("<?xml version='1.0' encoding='euc-jp'?><html>").as_deref(),
            Some("euc-jp")
        );
    }

    #[test]
    fn a_title_is_the_subject() {
        let content = read_item(b"<title> A &amp;\n B </title>x", &mut Budget::new()).unwrap();
        assert_eq!(content.meta.subject.as_deref(), Some("A & B"));
    }
}
