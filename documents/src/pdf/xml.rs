//! As much of XML as metadata and forms in PDF need. Nothing is expanded but the five
//! entities of XML and numbers.

use crate::Reason;

/// The value of a property in XMP: of an attribute, or of an element or the first item
/// of the list in it.
pub(crate) fn value(source: &str, name: &str) -> Option<String> {
    let mut rest = source;
    while let Some(at) = rest.find(name) {
        let before = rest.get(..at).unwrap_or_default();
        let after = rest.get(at + name.len()..).unwrap_or_default();
        rest = after;
        if before.ends_with('<') {
            let inner = element(after)?;
            let inner = match inner.find("<rdf:li") {
                Some(item) => element(inner.get(item + "<rdf:li".len()..)?)?,
                None => inner,
            };
            let mut text = String::new();
            // Nothing here says no.
            let _ = texts(inner, &mut |part| {
                text.push_str(part);
                text.push(' ');
                Ok(())
            });
            let text = text.trim_matches(' ').to_string();
            return Some(text).filter(|text| !text.is_empty());
        }
        let quoted = after.trim_start_matches([' ', '\n', '\r', '\t']).strip_prefix('=');
        if let Some(quoted) = quoted
            && before.ends_with([' ', '\n', '\r', '\t'])
        {
            let quoted = quoted.trim_start_matches([' ', '\n', '\r', '\t']);
            let mark = quoted.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
            let text = unescape(quoted.get(1..)?.split(mark).next()?);
            return Some(text).filter(|text| !text.is_empty());
        }
    }
    None
}

/// What stands between the start tag that `after` begins in and the next end tag of
/// the kind.
fn element(after: &str) -> Option<&str> {
    let (tag, inner) = after.split_once('>')?;
    if tag.ends_with('/') {
        return Some("");
    }
    // Lists stand in elements of the same kinds: what ends first is the innermost.
    Some(inner.split("</rdf:li").next().unwrap_or_default()).map(|inner| {
        if inner.contains("<rdf:li") { inner } else { inner.split("</").next().unwrap_or_default() }
    })
}

/// Gives the texts of a document to `each`, one for each stretch between tags, but
/// those of scripts and of pictures.
///
/// # Errors
/// What `each` says.
pub(crate) fn texts(
    source: &str,
    each: &mut dyn FnMut(&str) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let mut rest = source;
    let mut skipped: Option<&str> = None;
    loop {
        let (text, markup) = rest.split_once('<').unwrap_or((rest, ""));
        if skipped.is_none() {
            let text = unescape(text.trim_matches([' ', '\n', '\r', '\t']));
            if !text.is_empty() {
                each(&text)?;
            }
        }
        if markup.is_empty() {
            return Ok(());
        }
        let ends = |end: &str| markup.split_once(end).map_or("", |(_, rest)| rest);
        if markup.starts_with("!--") {
            rest = ends("-->");
        } else if let Some(data) = markup.strip_prefix("![CDATA[") {
            let (data, after) = data.split_once("]]>").unwrap_or((data, ""));
            if skipped.is_none() && !data.is_empty() {
                each(data)?;
            }
            rest = after;
        } else {
            let (tag, after) = markup.split_once('>').unwrap_or((markup, ""));
            rest = after;
            let name = tag
                .trim_start_matches('/')
                .split([' ', '\n', '\r', '\t', '/'])
                .next()
                .unwrap_or_default();
            let name = name.rsplit(':').next().unwrap_or_default();
            if tag.starts_with('/') {
                if skipped == Some(name) {
                    skipped = None;
                }
            } else if matches!(name, "script" | "image") && !tag.ends_with('/') && skipped.is_none()
            {
                skipped = Some(name);
            }
        }
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after.bytes().take(11).position(|byte| byte == b';');
        let known = end.and_then(|end| Some((entity(after.get(..end)?)?, after.get(end + 1..)?)));
        match known {
            Some((char, after)) => {
                out.push(char);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|char| *char >= ' ' && *char != '\u{2029}')?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_xmp() {
        let xmp = "<x xmp:ModifyDate='2019-05-14'><dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">A &amp; B</rdf:li></rdf:Alt></dc:title><xmp:CreateDate>2018</xmp:CreateDate><dc:creator/></x>";
        assert_eq!(value(xmp, "xmp:ModifyDate").as_deref(), Some("2019-05-14"));
        assert_eq!(value(xmp, "xmp:CreateDate").as_deref(), Some("2018"));
        assert_eq!(value(xmp, "dc:title").as_deref(), Some("A & B"));
        assert_eq!(value(xmp, "dc:creator"), None);
        assert_eq!(value("dc:title", "dc:title"), None);
    }

    #[test]
    fn texts_without_scripts() {
        let source =
            "<a>x <!-- no --><script>no<b>no</b></script><b>y</b><![CDATA[z<]]><image/>&#65;</a>";
        let mut found = Vec::new();
        texts(source, &mut |text| {
            found.push(text.to_string());
            Ok(())
        })
        .unwrap();
        assert_eq!(found, ["x", "y", "z<", "A"]);
    }
}
