//! The tokens of HTML (HTML Standard 13.2.5), without a tree: text, start tags and end
//! tags. Comments, doctypes, processing instructions, scripts and styles give none.

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Text in which references are not decoded yet.
    Text(&'a str),
    /// Text as it stands: `xmp`, `plaintext`, CDATA.
    Verbatim(&'a str),
    /// A start tag: its name as written, and what stands behind it.
    Start(&'a str, Attributes<'a>),
    /// An end tag: its name as written.
    End(&'a str),
}

/// Reads tokens.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// An element whose content is no markup, if one has begun.
    raw: Option<&'a str>,
    /// Whether the document is XML: `<x/>` has no content, and CDATA is text.
    xml: bool,
    /// How many elements of SVG and MathML are open; CDATA is text inside them.
    foreign: usize,
}

/// Elements whose content is text without markup. Those without text for a reader
/// (`script`, `style`) are skipped. The content of `iframe`, `noembed`, `noframes` and
/// `noscript` is read like any other.
const RAW: [&str; 6] = ["script", "style", "title", "textarea", "xmp", "plaintext"];

fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        let xml = html.trim_start_matches(is_space).starts_with("<?xml");
        Self { rest: html, raw: None, xml, foreign: 0 }
    }

    /// Takes everything before the first `end`, and `end` itself; everything if it does
    /// not occur.
    fn take_through(&mut self, end: &str) -> &'a str {
        let rest = self.rest;
        if let Some((taken, left)) = rest.split_once(end) {
            self.rest = left;
            return taken;
        }
        self.rest = "";
        rest
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// A comment, after `<!--`.
    fn skip_comment(&mut self) {
        if self.rest.starts_with('>') {
            return self.skip(1);
        }
        if self.rest.starts_with("->") {
            return self.skip(2);
        }
        // `-->` or `--!>`, whichever comes first.
        while let Some(dashes) = self.rest.find("--") {
            self.skip(dashes + 1);
            let after = self.rest.get(1..).unwrap_or_default();
            if after.starts_with('>') {
                return self.skip(2);
            }
            if after.starts_with("!>") {
                return self.skip(3);
            }
        }
        self.rest = "";
    }

    /// Markup that begins with `<!`, `<?` or `</` and is no tag. Gives text if it is
    /// CDATA in XML.
    fn skip_declaration(&mut self) -> Option<Token<'a>> {
        if let Some(rest) = self.rest.strip_prefix("<!--") {
            self.rest = rest;
            self.skip_comment();
            return None;
        }
        if let Some(rest) = self.rest.strip_prefix("<![CDATA[")
            && (self.xml || self.foreign > 0)
        {
            self.rest = rest;
            return Some(Token::Verbatim(self.take_through("]]>")));
        }
        self.take_through(">");
        None
    }

    /// A tag whose name begins after `skip` bytes. A tag without an end is none.
    fn tag(&mut self, skip: usize) -> Option<(&'a str, Attributes<'a>)> {
        self.skip(skip);
        let ends = |char: char| is_space(char) || char == '/' || char == '>';
        let (name, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        let mut scan = Attributes { rest };
        while scan.step().is_some() {}
        let Some(left) = scan.rest.strip_prefix('>') else {
            self.rest = "";
            return None;
        };
        self.rest = left;
        // What stands between the name and `>`.
        let length = rest.len().saturating_sub(left.len() + 1);
        let behind = rest.get(..length).unwrap_or_default();
        Some((name, Attributes { rest: behind }))
    }

    /// The content of an element without markup, up to its end tag. A script may hold
    /// `<!-- <script> … </script> -->` (HTML Standard 13.2.5.20 to 13.2.5.31).
    fn raw_content(&mut self, name: &str) -> &'a str {
        let whole = self.rest;
        let script = name == "script";
        let (mut at, mut escaped, mut nested) = (0, false, false);
        while let Some(rest) = whole.get(at..)
            && let Some(next) = rest.find(['<', '-'])
        {
            at += next;
            let here = whole.get(at..).unwrap_or_default();
            let names = |prefix: &str| {
                let after = here.strip_prefix(prefix)?;
                let (start, after) = after.split_at_checked(name.len())?;
                let ends = |char: char| is_space(char) || char == '/' || char == '>';
                (start.eq_ignore_ascii_case(name) && after.starts_with(ends)).then_some(())
            };
            if script && here.starts_with("<!--") {
                escaped = true;
            } else if script && here.starts_with("-->") {
                (escaped, nested) = (false, false);
            } else if escaped && !nested && names("<").is_some() {
                nested = true;
            } else if names("</").is_some() {
                if !nested {
                    self.rest = here;
                    return whole.get(..at).unwrap_or_default();
                }
                nested = false;
            }
            at += 1;
        }
        self.rest = "";
        whole
    }

    /// The content of the raw element that has begun, if it is text.
    fn next_raw(&mut self, name: &str) -> Option<Token<'a>> {
        let raw = RAW.into_iter().find(|raw| name.eq_ignore_ascii_case(raw))?;
        if raw == "plaintext" {
            return Some(Token::Verbatim(std::mem::take(&mut self.rest)));
        }
        let content = self.raw_content(raw);
        match raw {
            "title" | "textarea" => Some(Token::Text(content)),
            "xmp" => Some(Token::Verbatim(content)),
            _ => None,
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take()
            && let Some(token) = self.next_raw(name)
        {
            return Some(token);
        }
        while !self.rest.is_empty() {
            let letter =
                |at: usize| self.rest.as_bytes().get(at).is_some_and(u8::is_ascii_alphabetic);
            if !self.rest.starts_with('<') {
                let (text, rest) =
                    self.rest.split_at(self.rest.find('<').unwrap_or(self.rest.len()));
                self.rest = rest;
                return Some(Token::Text(text));
            }
            if letter(1) {
                let (name, attributes) = self.tag(1)?;
                let empty = attributes.rest.ends_with('/');
                if !(self.xml && empty) && RAW.iter().any(|raw| name.eq_ignore_ascii_case(raw)) {
                    self.raw = Some(name);
                }
                self.foreign += usize::from(!empty && is_foreign(name));
                return Some(Token::Start(name, attributes));
            }
            if self.rest.starts_with("</") && letter(2) {
                let (name, _) = self.tag(2)?;
                self.foreign = self.foreign.saturating_sub(usize::from(is_foreign(name)));
                return Some(Token::End(name));
            }
            if self.rest.starts_with("</>") {
                self.skip(3);
                continue;
            }
            if self.rest.starts_with("<!")
                || self.rest.starts_with("<?")
                || self.rest.starts_with("</")
            {
                if let Some(token) = self.skip_declaration() {
                    return Some(token);
                }
                continue;
            }
            // A less-than sign that begins nothing.
            let (text, rest) = self.rest.split_at(1);
            self.rest = rest;
            return Some(Token::Text(text));
        }
        None
    }
}

fn is_foreign(name: &str) -> bool {
    name.eq_ignore_ascii_case("svg") || name.eq_ignore_ascii_case("math")
}

/// The attributes of a tag, in order: names as written, values with references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    /// The next attribute. `None` before `>` and at the end.
    fn step(&mut self) -> Option<(&'a str, &'a str)> {
        let rest = self.rest.trim_start_matches(|char| is_space(char) || char == '/');
        self.rest = rest;
        if rest.is_empty() || rest.starts_with('>') {
            return None;
        }
        // `=` may begin a name.
        let after_first = rest.chars().next().map_or(0, char::len_utf8);
        let ends = |char: char| is_space(char) || matches!(char, '/' | '>' | '=');
        let tail = rest.get(after_first..).unwrap_or_default();
        let length = tail.find(ends).map_or(rest.len(), |end| end + after_first);
        let (name, rest) = rest.split_at(length);
        self.rest = rest;
        let Some(value) = rest.trim_start_matches(is_space).strip_prefix('=') else {
            return Some((name, ""));
        };
        let value = value.trim_start_matches(is_space);
        let quote = value.chars().next().filter(|&char| char == '"' || char == '\'');
        let (value, rest) = match quote {
            Some(quote) => {
                let value = value.get(1..).unwrap_or_default();
                value.split_once(quote).unwrap_or((value, ""))
            }
            None => value
                .split_at(value.find(|char| is_space(char) || char == '>').unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, value))
    }

    /// The first value of an attribute, with its references.
    pub(super) fn get(self, wanted: &str) -> Option<&'a str> {
        self.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.step()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        Tokens::new(html)
            .map(|token| match token {
                Token::Text(text) => text.to_owned(),
                Token::Verbatim(text) => format!("[{text}]"),
                Token::End(name) => format!("</{name}>"),
                Token::Start(name, attributes) => {
                    attributes.fold(format!("<{name}"), |tag, (name, value)| {
                        format!("{tag} {name}={value}")
                    }) + ">"
                }
            })
            .collect()
    }

    #[test]
    fn tags_and_attributes() {
        assert_eq!(shown("a<b x=1 y='2>' z>c</B >d"), "a<b x=1 y=2> z=>c</B>d");
        assert_eq!(shown("<br/><a href=/x/>t"), "<br><a href=/x/>t");
        assert_eq!(shown("1 < 2 <3 </> <"), "1 < 2 <3  <");
        assert_eq!(shown("x<a title=\"never closed"), "x");
    }

    #[test]
    fn what_is_no_text() {
        assert_eq!(
            shown(
                "<!doctype html>a<!-- > -- b -->c<!--->d<!-->e<!--f--!>g<?x y?>h<![CDATA[ i ]]>j"
            ),
            "acdeghj"
        );
        assert_eq!(shown("<svg><![CDATA[a<b]]></svg>"), "<svg>[a<b]</svg>");
        assert_eq!(
            shown("<script>a</scr<!-- <script>b</script>c --> d</SCRIPT >e"),
            "<script></SCRIPT>e"
        );
        assert_eq!(
            shown("<style>a<b></style >c<title>d<e>&amp;</title>"),
            "<style></style>c<title>d<e>&amp;</title>"
        );
        assert_eq!(
            shown("<xmp><b></xmp><plaintext></plaintext>"),
            "<xmp>[<b>]</xmp><plaintext>[</plaintext>]"
        );
        assert_eq!(shown("<?xml version='1.0'?><script/>a<title/>b"), "<script>a<title>b");
    }
}
