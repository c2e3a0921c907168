//! XML of packages: a pull parser with namespaces, and nothing that grows.
//!
//! No entity is expanded but the five of XML itself, no document type is followed, no
//! function recurses. Of alternatives (`mc:AlternateContent`) the first choice is read,
//! else the fallback.

mod decode;
mod namespace;

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesEnd, BytesStart, Event as Token};

use crate::{Budget, Reason};
pub(crate) use decode::decode;
pub(crate) use namespace::Ns;

/// How deep elements may stand in elements.
const DEPTH: usize = 1024;
/// Most namespace declarations in scope.
const BINDINGS: usize = 256;

/// What stands next in a document.
pub(crate) enum Event<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// An element ends: one that is written as empty, too.
    End(End<'a>),
    /// Characters, in pieces of any length.
    Text(Cow<'a, str>),
    /// The document is complete.
    Done,
}

/// The beginning of an element.
pub(crate) struct Element<'a> {
    /// Its namespace.
    pub(crate) ns: Ns,
    start: BytesStart<'a>,
}

impl Element<'_> {
    /// Its namespace and its name without the prefix.
    pub(crate) fn name(&self) -> (Ns, &str) {
        (self.ns, self.start.local_name().into_inner())
    }
}

/// The end of an element.
pub(crate) struct End<'a> {
    ns: Ns,
    end: BytesEnd<'a>,
}

impl End<'_> {
    /// As [`Element::name`].
    pub(crate) fn name(&self) -> (Ns, &str) {
        (self.ns, self.end.local_name().into_inner())
    }
}

struct Binding<'a> {
    /// Empty for the default namespace.
    prefix: Cow<'a, str>,
    ns: Ns,
    /// Number of open elements outside the one that declares it.
    depth: usize,
}

/// Reads a document piece by piece.
pub(crate) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    /// Namespaces of the open elements.
    open: Vec<Ns>,
    bindings: Vec<Binding<'a>>,
    /// For each open `mc:AlternateContent`: its depth, and whether one was chosen.
    alternatives: Vec<(usize, bool)>,
    root_seen: bool,
}

impl<'a> Xml<'a> {
    /// Reads a decoded document.
    pub(crate) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        Self {
            reader,
            open: Vec::new(),
            bindings: Vec::new(),
            alternatives: Vec::new(),
            root_seen: false,
        }
    }

    /// What stands next. Comments and processing instructions are passed over.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if the document is not well-formed or names an entity that
    /// XML does not have; [`Reason::TooLarge`] if it is too deep or too long.
    pub(crate) fn next(&mut self, budget: &mut Budget) -> Result<Event<'a>, Reason> {
        loop {
            budget.take_work(1)?;
            match self.reader.read_event().map_err(|_| Reason::Damaged)? {
                Token::Start(start) => {
                    let element = self.start(start, budget)?;
                    if self.is_other_alternative(&element) {
                        self.skip(budget)?;
                        continue;
                    }
                    return Ok(Event::Start(element));
                }
                Token::End(end) => return self.end(end),
                Token::Text(text) => {
                    let text = match text.into_inner() {
                        Cow::Borrowed(text) if !text.contains('\r') => Cow::Borrowed(text),
                        text => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
                    };
                    return Ok(Event::Text(text));
                }
                Token::CData(text) => return Ok(Event::Text(text.into_inner())),
                Token::GeneralRef(reference) => {
                    return reference_text(&reference).map(Event::Text).ok_or(Reason::Damaged);
                }
                Token::Eof => {
                    let complete = self.open.is_empty() && self.root_seen;
                    return if complete { Ok(Event::Done) } else { Err(Reason::Damaged) };
                }
                Token::Empty(_)
                | Token::Comment(_)
                | Token::Decl(_)
                | Token::PI(_)
                | Token::DocType(_) => {}
            }
        }
    }

    /// Number of open elements.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Passes over what stands in the element that began last, and over its end.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub(crate) fn skip(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        let depth = self.depth();
        while self.depth() >= depth {
            budget.take_work(1)?;
            match self.reader.read_event().map_err(|_| Reason::Damaged)? {
                Token::Start(start) => {
                    self.start(start, budget)?;
                }
                Token::End(end) => {
                    self.end(end)?;
                }
                Token::Eof => return Err(Reason::Damaged),
                _ => {}
            }
        }
        Ok(())
    }

    /// An attribute of an element that began last. `ns` is the attribute's namespace;
    /// one without a prefix counts as of its element's.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if the attributes are malformed.
    pub(crate) fn attribute(
        &self,
        element: &Element<'_>,
        ns: Ns,
        name: &str,
    ) -> Result<Option<String>, Reason> {
        for attribute in element.start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| Reason::Damaged)?;
            let (local, prefix) = attribute.key.decompose();
            if local.into_inner() != name {
                continue;
            }
            let of = prefix.map(|prefix| self.resolve(prefix.into_inner()));
            if of.map_or(ns == Ns::None || ns == element.ns, |of| of == ns) {
                let value = attribute.normalized_value_with(XmlVersion::Explicit1_0, 1, predefined);
                return value.map(|value| Some(value.into_owned())).map_err(|_| Reason::Damaged);
            }
        }
        Ok(None)
    }

    /// The namespace of the root element, if the document has one.
    pub(crate) fn root(text: &str, budget: &mut Budget) -> Option<(Ns, String)> {
        let mut xml = Xml::new(text);
        loop {
            match xml.next(budget).ok()? {
                Event::Start(element) => {
                    let (ns, name) = element.name();
                    return Some((ns, name.to_owned()));
                }
                Event::Text(_) => {}
                Event::End(_) | Event::Done => return None,
            }
        }
    }

    fn start(&mut self, start: BytesStart<'a>, budget: &mut Budget) -> Result<Element<'a>, Reason> {
        let depth = self.depth();
        if depth >= DEPTH {
            return Err(Reason::TooLarge);
        }
        if depth == 0 && std::mem::replace(&mut self.root_seen, true) {
            return Err(Reason::Damaged);
        }
        budget.take_work(self.bindings.len() as u64 / 16)?;
        if start.attributes_raw().contains("xmlns") {
            self.declare(&start, depth)?;
        }
        let prefix = start.name().prefix().map_or("", |prefix| prefix.into_inner());
        let ns = self.resolve(prefix);
        self.open.push(ns);
        Ok(Element { ns, start })
    }

    fn declare(&mut self, start: &BytesStart<'a>, depth: usize) -> Result<(), Reason> {
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| Reason::Damaged)?;
            let (local, prefix) = attribute.key.decompose();
            let prefix = match (prefix.map(|prefix| prefix.into_inner()), local.into_inner()) {
                (None, "xmlns") => String::new(),
                (Some("xmlns"), prefix) => prefix.to_owned(),
                _ => continue,
            };
            if self.bindings.len() >= BINDINGS {
                return Err(Reason::TooLarge);
            }
            let uri = attribute.normalized_value_with(XmlVersion::Explicit1_0, 1, predefined);
            let ns = Ns::of(&uri.map_err(|_| Reason::Damaged)?);
            self.bindings.push(Binding { prefix: Cow::Owned(prefix), ns, depth });
        }
        Ok(())
    }

    fn resolve(&self, prefix: &str) -> Ns {
        let binding = self.bindings.iter().rev().find(|binding| binding.prefix == prefix);
        match binding {
            Some(binding) => binding.ns,
            None if prefix.is_empty() => Ns::None,
            None => Ns::Unknown,
        }
    }

    fn end(&mut self, end: BytesEnd<'a>) -> Result<Event<'a>, Reason> {
        let ns = self.open.pop().ok_or(Reason::Damaged)?;
        let depth = self.depth();
        while self.bindings.last().is_some_and(|binding| binding.depth >= depth) {
            self.bindings.pop();
        }
        while self.alternatives.last().is_some_and(|(of, _)| *of > depth) {
            self.alternatives.pop();
        }
        Ok(Event::End(End { ns, end }))
    }

    /// Whether an element is a choice or a fallback after one that was chosen.
    fn is_other_alternative(&mut self, element: &Element<'_>) -> bool {
        let depth = self.depth();
        match element.name() {
            (Ns::Mc, "AlternateContent") => {
                self.alternatives.push((depth, false));
                false
            }
            (Ns::Mc, "Choice" | "Fallback") => match self.alternatives.last_mut() {
                Some((of, chosen)) if of.saturating_add(1) == depth => {
                    std::mem::replace(chosen, true)
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// The five entities that XML has.
fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

fn reference_text(reference: &quick_xml::events::BytesRef<'_>) -> Option<Cow<'static, str>> {
    match reference.resolve_char_ref().ok()? {
        Some(char) => Some(Cow::Owned(char.to_string())),
        None => predefined(reference).map(Cow::Borrowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(document: &str) -> Result<String, Reason> {
        let budget = &mut Budget::new();
        let mut xml = Xml::new(document);
        let mut text = String::new();
        loop {
            match xml.next(budget)? {
                Event::Text(piece) => text.push_str(&piece),
                Event::Done => return Ok(text),
                _ => {}
            }
        }
    }

    #[test]
    fn only_the_entities_of_xml_are_known() {
        assert_eq!(text("<a>1 &lt; &#50;<![CDATA[ & ]]>\r\n&#x33;</a>").unwrap(), "1 < 2 & \n3");
        let bomb = "<!DOCTYPE a [<!ENTITY e 'xx'>]><a>&e;</a>";
        for damaged in [bomb, "<a>&nbsp;</a>", "<a>", "<a></b>", "", "<a/><b/>", "<a>&#0;</a>"] {
            assert_eq!(text(damaged), Err(Reason::Damaged), "{damaged}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(text(&"<a>".repeat(DEPTH + 1)), Err(Reason::TooLarge));
    }

    #[test]
    fn one_alternative_is_read() {
        let mc = "http://schemas.openxmlformats.org/markup-compatibility/2006";
        let document = format!(
            "<a xmlns:m='{mc}'><m:AlternateContent><m:Choice>1<m:AlternateContent><m:Fallback>2\
             </m:Fallback></m:AlternateContent></m:Choice><m:Choice>3</m:Choice><m:Fallback>4\
             </m:Fallback></m:AlternateContent>5</a>"
        );
        assert_eq!(text(&document).unwrap(), "125");
    }

    #[test]
    fn names_are_resolved_by_address() {
        let w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
        let document = format!("<x:p xmlns:x='{w}'><p xmlns='{w}' x:v='1' v='2'/><p v='3'/></x:p>");
        let budget = &mut Budget::new();
        let mut xml = Xml::new(&document);
        let mut seen = Vec::new();
        loop {
            match xml.next(budget).unwrap() {
                Event::Start(element) => {
                    let value = xml.attribute(&element, Ns::W, "v").unwrap();
                    seen.push((element.ns, value.unwrap_or_default()));
                }
                Event::Done => break,
                _ => {}
            }
        }
        let seen: Vec<_> = seen.iter().map(|(ns, value)| (*ns, value.as_str())).collect();
        assert_eq!(seen, [(Ns::W, ""), (Ns::W, "1"), (Ns::None, "")]);
    }
}
