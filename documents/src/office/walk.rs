//! The text of parts that flow: documents, slides, drawings, charts, diagrams, comments.

use crate::flow::Flow;
use crate::xml::{Element, Event, Ns, Xml};
use crate::{Budget, Reason};

/// What is read of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// All text.
    Content,
    /// No shapes that only hold the place of text: layouts and masters.
    Layout,
    /// Text of VML shapes, which is HTML in shape.
    Vml,
}

/// Reads a part whose characters are decoded. What was read before an error stands.
///
/// # Errors
/// As [`Xml::next`].
pub(super) fn walk(
    text: &str,
    mode: Mode,
    flow: &mut Flow,
    budget: &mut Budget,
) -> Result<(), Reason> {
    let mut walker = Walker { flow, mode, taking: 0, shown: Vec::new(), layout: false };
    let mut xml = Xml::new(text);
    loop {
        match xml.next(budget)? {
            Event::Start(element) => {
                if !walker.start(&xml, &element)? {
                    xml.skip(budget)?;
                }
            }
            Event::End(end) => {
                let (ns, name) = end.name();
                walker.end(ns, name);
            }
            Event::Text(text) if walker.taking > 0 => walker.flow.push(&text),
            Event::Text(_) => {}
            Event::Done => return Ok(()),
        }
    }
}

struct Walker<'f> {
    flow: &'f mut Flow,
    mode: Mode,
    /// Number of open elements whose characters are text.
    taking: usize,
    /// For each open shape of a layout or master: whether its text is shown.
    shown: Vec<bool>,
    /// Whether the part is a layout.
    layout: bool,
}

impl Walker<'_> {
    /// Handles the start of an element; `false` if nothing in it is read.
    fn start(&mut self, xml: &Xml<'_>, element: &Element<'_>) -> Result<bool, Reason> {
        let (ns, name) = element.name();
        if self.is_text(ns, name) {
            self.taking = self.taking.saturating_add(1);
        }
        if is_aside(ns, name) {
            self.flow.begin_aside();
        }
        match (ns, name) {
            // How things look, what a program put there for itself, how words are spoken.
            (Ns::W, "pPr" | "rPr" | "sdtPr" | "sectPr" | "rt") => return Ok(false),
            (Ns::W, "tab" | "ptab") => self.flow.push("\t"),
            (Ns::W, "br" | "cr") | (Ns::A, "br") => self.flow.push("\n"),
            (Ns::W, "noBreakHyphen") => self.flow.push("-"),
            (Ns::W, "softHyphen") => self.flow.push("\u{ad}"),
            (Ns::W, "sym") => {
                let code = xml.attribute(element, Ns::W, "char")?;
                self.flow.push(&symbol(code.as_deref().unwrap_or_default()).to_string());
            }
            (Ns::W, "hyperlink") => self.flow.attribute(xml, element, Ns::W, "tooltip")?,
            (Ns::W, "tblCaption" | "tblDescription" | "listEntry") => {
                self.flow.attribute(xml, element, Ns::W, "val")?;
            }
            (Ns::W, "comment") => {
                self.flow.attribute(xml, element, Ns::W, "author")?;
                self.flow.end_block();
            }
            (Ns::A, "hlinkClick" | "hlinkMouseOver" | "hlinkHover") => {
                self.flow.attribute(xml, element, Ns::None, "tooltip")?;
            }
            (Ns::P, "cmAuthor") | (Ns::PComment, "author") | (Ns::P14, "section") => {
                self.flow.attribute(xml, element, Ns::None, "name")?;
            }
            (Ns::Threaded, "person") => {
                self.flow.attribute(xml, element, Ns::None, "displayName")?
            }
            (Ns::V, "textpath") => self.flow.attribute(xml, element, Ns::None, "string")?,
            (Ns::V, _) => self.flow.attribute(xml, element, Ns::None, "alt")?,
            // Each kind of drawing has these under a namespace of its own.
            (_, "docPr" | "cNvPr") => {
                self.flow.attribute(xml, element, Ns::None, "title")?;
                self.flow.attribute(xml, element, Ns::None, "descr")?;
            }
            (Ns::P, "sp") if self.mode == Mode::Layout => {
                self.flow.begin_aside();
                self.shown.push(!self.layout);
            }
            // Of a layout, what a user drew is shown on slides; the rest are prompts.
            (Ns::P, "sldLayout") => self.layout = true,
            (Ns::P, "nvPr") => {
                let drawn = xml.attribute(element, Ns::None, "userDrawn")?;
                if let Some(shown) = self.shown.last_mut() {
                    *shown |= matches!(drawn.as_deref(), Some("1" | "true"));
                }
            }
            (Ns::P, "ph") => {
                if let Some(shown) = self.shown.last_mut() {
                    *shown = false;
                }
            }
            _ => {}
        }
        Ok(true)
    }

    fn end(&mut self, ns: Ns, name: &str) {
        if self.is_text(ns, name) {
            self.taking = self.taking.saturating_sub(1);
        }
        match (ns, name) {
            (Ns::W | Ns::A, "p")
            | (Ns::C | Ns::Cx, "v" | "pt")
            | (Ns::P | Ns::Threaded, "text")
            | (Ns::V, "textbox") => self.flow.end_block(),
            // Parts of a fraction, of a root, of a sum.
            (Ns::M, "num" | "den" | "e" | "sup" | "sub" | "deg" | "lim" | "fName") => {
                self.flow.push(" ");
            }
            (Ns::None, "div" | "br") if self.mode == Mode::Vml => self.flow.push("\n"),
            (Ns::P, "sp") if self.mode == Mode::Layout => {
                if self.shown.pop().unwrap_or(true) {
                    self.flow.end_aside();
                } else {
                    self.flow.drop_aside();
                }
            }
            _ => {}
        }
        if is_aside(ns, name) {
            self.flow.end_aside();
        }
    }

    fn is_text(&self, ns: Ns, name: &str) -> bool {
        match (ns, name) {
            (Ns::W, "t" | "delText")
            | (Ns::A | Ns::M, "t")
            | (Ns::C, "v")
            | (Ns::Cx, "v" | "pt")
            | (Ns::P | Ns::Threaded, "text") => true,
            (Ns::V, "textbox") => self.mode == Mode::Vml,
            _ => false,
        }
    }
}

/// Elements that hold blocks in the middle of a block.
fn is_aside(ns: Ns, name: &str) -> bool {
    matches!(
        (ns, name),
        (Ns::W, "txbxContent") | (Ns::C | Ns::Cx, "rich") | (Ns::Dgm, "t") | (_, "txBody")
    )
}

/// The character of a symbol; of one of a symbol font's own, which is no character, a space.
fn symbol(code: &str) -> char {
    let code = u32::from_str_radix(code, 16).unwrap_or(0);
    let private = (0xe000..=0xf8ff).contains(&code);
    char::from_u32(code).filter(|char| !private && *char > ' ').unwrap_or(' ')
}
