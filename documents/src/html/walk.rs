//! From tokens to text: which elements end a block, and which attributes are read.

use super::entity;
use super::token::{Attributes, Token, Tokens};
use crate::{Budget, Reason, Text};

/// Elements that end a block where they begin and where they end.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "audio",
    "blockquote",
    "body",
    "button",
    "canvas",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "iframe",
    "legend",
    "li",
    "listing",
    "main",
    "menu",
    "nav",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "p",
    "plaintext",
    "pre",
    "script",
    "search",
    "section",
    "select",
    "style",
    "summary",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "video",
    "xmp",
];

/// Elements in which line ends of the source are line ends.
const LINES: &[&str] = &["pre", "textarea", "xmp", "plaintext", "listing"];

/// Attributes that are read on every element.
const ATTRIBUTES: &[&str] = &[
    "title",
    "alt",
    "placeholder",
    "label",
    "summary",
    "abbr",
    "download",
    "aria-label",
    "aria-description",
];

/// How deep documents in `srcdoc` are read as markup.
const DEPTH: usize = 3;

/// Writes the text of HTML.
pub(super) struct Walk<'a> {
    text: &'a mut Text,
    /// What stands in the block that is being written, and was not given to `text` yet.
    line: String,
    /// Whether white space stands before the next character.
    space: bool,
    /// Whether the line has no character yet.
    empty: bool,
    /// Text of attributes and ruby, which would break words where it stands: it follows
    /// the block.
    beside: Vec<String>,
    /// How many elements are open in which line ends count.
    lines: usize,
    /// Whether ruby text is open.
    ruby: bool,
    /// The first title.
    title: Option<String>,
    in_title: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a mut Text) -> Self {
        Self {
            text,
            line: String::new(),
            space: false,
            empty: true,
            beside: Vec::new(),
            lines: 0,
            ruby: false,
            title: None,
            in_title: false,
        }
    }

    /// Reads a document and gives its title.
    pub(super) fn read(
        mut self,
        html: &str,
        depth: usize,
        budget: &mut Budget,
    ) -> Result<Option<String>, Reason> {
        self.end_block(budget)?;
        for token in Tokens::new(html) {
            budget.take_work(1)?;
            match token {
                Token::Text(text) => self.write(&entity::decode(text, false), budget)?,
                Token::Verbatim(text) => self.write(text, budget)?,
                Token::Start(name, attributes) => self.start(name, attributes, depth, budget)?,
                Token::End(name) => self.end(name, budget)?,
            }
        }
        self.end_block(budget)?;
        Ok(self.title)
    }

    fn write(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        if self.in_title && self.title.is_none() {
            self.title = Some(squeezed(text));
        }
        if self.ruby {
            return self.put_beside(text.to_owned(), budget);
        }
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '\n' | '\r' if self.lines > 0 => {
                    if char != '\r' || chars.peek() != Some(&'\n') {
                        self.end_line(budget)?;
                    }
                }
                '\0'..=' ' | '\u{7f}'..='\u{9f}' => self.space = true,
                _ => {
                    if self.space && !self.empty {
                        self.line.push(' ');
                    }
                    self.space = false;
                    self.empty = false;
                    self.line.push(char);
                }
            }
        }
        // The line lasts until its element ends, which may be far.
        if self.line.len() > 1 << 16 {
            self.flush(budget)?;
        }
        Ok(())
    }

    fn flush(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        self.text.push(&self.line, budget)?;
        self.line.clear();
        Ok(())
    }

    /// Ends a line; an empty one ends the block.
    fn end_line(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        self.flush(budget)?;
        if self.empty {
            self.text.end_block();
        } else {
            self.text.end_line();
        }
        self.space = false;
        self.empty = true;
        Ok(())
    }

    fn end_block(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        self.flush(budget)?;
        self.text.end_block();
        for beside in std::mem::take(&mut self.beside) {
            self.text.push_block(&beside, budget)?;
        }
        self.space = false;
        self.empty = true;
        Ok(())
    }

    fn put_beside(&mut self, text: String, budget: &mut Budget) -> Result<(), Reason> {
        let text = squeezed(&text);
        if !text.is_empty() {
            budget.take_bytes(text.len())?;
            self.beside.push(text);
        }
        Ok(())
    }

    fn start(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        depth: usize,
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        let name = &name.get(..name.len().min(16)).unwrap_or_default().to_ascii_lowercase();
        if BLOCKS.contains(&name.as_str()) {
            self.end_block(budget)?;
        }
        match name.as_str() {
            "br" => self.end_line(budget)?,
            "rt" | "rp" => self.ruby = true,
            "rb" => self.ruby = false,
            "title" => self.in_title = true,
            name if LINES.contains(&name) => self.lines = self.lines.saturating_add(1),
            _ => {}
        }
        let is_type = name == "meta" && is_type(attributes);
        for (attribute, value) in attributes {
            budget.take_work(1)?;
            if value.is_empty() {
                continue;
            }
            let attribute =
                attribute.get(..attribute.len().min(20)).unwrap_or_default().to_ascii_lowercase();
            let value = || entity::decode(value, true);
            let read = match (name.as_str(), attribute.as_str()) {
                (_, attribute) if ATTRIBUTES.contains(&attribute) => true,
                ("a" | "area", "href") => !has_scheme(&value(), &["javascript:", "data:"]),
                ("input" | "button" | "option" | "data" | "param", "value") => true,
                ("meta", "content") => !is_type,
                ("iframe", "srcdoc") if depth < DEPTH => {
                    self.end_block(budget)?;
                    Walk::new(self.text).read(&value(), depth + 1, budget)?;
                    false
                }
                ("iframe", "srcdoc") => true,
                _ => false,
            };
            if read {
                self.put_beside(value().into_owned(), budget)?;
            }
        }
        if name == "meta" {
            self.end_block(budget)?;
        }
        Ok(())
    }

    fn end(&mut self, name: &str, budget: &mut Budget) -> Result<(), Reason> {
        let name = &name.get(..name.len().min(16)).unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            // Browsers take an end tag of these for a start tag.
            "br" => self.end_line(budget)?,
            "rt" | "rp" | "ruby" => self.ruby = false,
            "title" => self.in_title = false,
            name if LINES.contains(&name) => self.lines = self.lines.saturating_sub(1),
            _ => {}
        }
        if BLOCKS.contains(&name.as_str()) {
            self.end_block(budget)?;
        }
        Ok(())
    }
}

/// Whether a `meta` says nothing but what the document's type is.
fn is_type(attributes: Attributes<'_>) -> bool {
    attributes.get("http-equiv").is_some_and(|value| {
        ["content-type", "content-style-type", "content-script-type", "x-ua-compatible"]
            .iter()
            .any(|known| value.eq_ignore_ascii_case(known))
    })
}

fn has_scheme(address: &str, schemes: &[&str]) -> bool {
    let address = address.trim_start_matches(|char: char| char <= ' ');
    schemes.iter().any(|scheme| {
        address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Text on one line, with single spaces.
fn squeezed(text: &str) -> String {
    let words = text.split(|char| matches!(char, '\0'..=' ' | '\u{7f}'..='\u{9f}'));
    let mut squeezed = String::with_capacity(text.len());
    for word in words.filter(|word| !word.is_empty()) {
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    squeezed
}
