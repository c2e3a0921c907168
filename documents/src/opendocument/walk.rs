//! The text of `content.xml` and `styles.xml`.

use crate::flow::Flow;
use crate::office::strings;
use crate::xml::{Element, Event, Ns, Xml};
use crate::{Budget, Reason};

/// Reads a part whose characters are decoded: the body of `content.xml`, and of
/// `styles.xml` the pages' headers and footers. What was read before an error stands.
///
/// # Errors
/// As [`Xml::next`].
pub(super) fn walk(text: &str, flow: &mut Flow, budget: &mut Budget) -> Result<(), Reason> {
    let mut walker =
        Walker { flow, blocks: Vec::new(), sheets: false, masters: false, cells: Vec::new() };
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
            Event::Text(text) => walker.text(&text),
            Event::Done => return Ok(()),
        }
    }
}

struct Walker<'f> {
    flow: &'f mut Flow,
    /// For each open element that begins or ends a context: whether characters are text.
    blocks: Vec<bool>,
    /// Whether tables are sheets.
    sheets: bool,
    /// Whether what is read are master pages.
    masters: bool,
    /// Open cells, the innermost last.
    cells: Vec<Cell>,
}

/// A cell that is being read.
#[derive(Default)]
struct Cell {
    /// Its value, and strings in its formula.
    values: Vec<String>,
    /// The text that it shows, as far as it is compared with the value.
    shown: String,
}

/// How much of the text that a cell shows is compared with its value.
const COMPARED: usize = 4096;

impl Walker<'_> {
    /// Handles the start of an element; `false` if nothing in it is read.
    fn start(&mut self, xml: &Xml<'_>, element: &Element<'_>) -> Result<bool, Reason> {
        let (ns, name) = element.name();
        if is_passed_over(ns, name) || holds_place(xml, element, self.masters)? {
            return Ok(false);
        }
        if is_aside(ns, name) {
            self.flow.begin_aside();
        }
        if let Some(is_text) = context(ns, name) {
            self.blocks.push(is_text);
        }
        match (ns, name) {
            (Ns::Office, "spreadsheet") => self.sheets = true,
            (Ns::Office, "master-styles") => self.masters = true,
            (Ns::Text, "s") => self.flow.push(" "),
            (Ns::Text, "tab") => self.flow.push("\t"),
            (Ns::Text, "line-break") => self.flow.push("\n"),
            (Ns::Text, "soft-hyphen") => self.flow.push("\u{ad}"),
            (Ns::Text, "a") => {
                self.flow.attribute(xml, element, Ns::XLink, "href")?;
                self.flow.attribute(xml, element, Ns::Office, "title")?;
            }
            (Ns::Text, "hidden-text" | "conditional-text") => {
                self.flow.attribute(xml, element, Ns::Text, "string-value")?;
                self.flow.attribute(xml, element, Ns::Text, "string-value-if-true")?;
                self.flow.attribute(xml, element, Ns::Text, "string-value-if-false")?;
            }
            // Tables of a text have names, too, which nobody sees.
            (Ns::Table, "table") if self.sheets => {
                self.flow.attribute(xml, element, Ns::Table, "name")?;
                self.flow.end_block();
            }
            (Ns::Table, "named-range" | "named-expression") => {
                self.flow.attribute(xml, element, Ns::Table, "name")?;
                self.strings(xml, element, "expression")?;
            }
            (Ns::Table, "table-cell" | "covered-table-cell") => self.cell(xml, element)?,
            (Ns::Table, "content-validation") => self.strings(xml, element, "condition")?,
            (Ns::Table, "help-message" | "error-message") => {
                self.flow.attribute(xml, element, Ns::Table, "title")?;
            }
            (Ns::Form, _) => {
                for name in ["label", "title", "value", "current-value"] {
                    self.flow.attribute(xml, element, Ns::Form, name)?;
                }
            }
            _ => {}
        }
        Ok(true)
    }

    fn end(&mut self, ns: Ns, name: &str) {
        if context(ns, name).is_some() {
            self.blocks.pop();
        }
        if matches!((ns, name), (Ns::Table, "table-cell" | "covered-table-cell")) {
            self.end_cell();
        }
        match ns {
            // An equation is one block, in which the pieces are words.
            Ns::MathMl if name != "math" => self.flow.push(" "),
            Ns::MathMl | Ns::Table | Ns::Form => self.flow.end_block(),
            _ if context(ns, name).is_some() => self.flow.end_block(),
            _ => {}
        }
        if is_aside(ns, name) {
            self.flow.end_aside();
        }
    }

    fn text(&mut self, text: &str) {
        if self.blocks.last().copied().unwrap_or(false) {
            self.flow.push_collapsed(text);
            if let Some(cell) = self.cells.last_mut()
                && cell.shown.len() < COMPARED
            {
                cell.shown.push_str(text);
            }
        }
    }

    /// A cell's value where it is more than the text that it shows: 1234.5 may be shown
    /// as 1,235, and a date in any form.
    fn cell(&mut self, xml: &Xml<'_>, element: &Element<'_>) -> Result<(), Reason> {
        let mut cell = Cell::default();
        for name in ["value", "date-value", "time-value", "string-value"] {
            if let Some(value) = xml.attribute(element, Ns::Office, name)? {
                // Date and time are words only where a space divides them.
                let date = name == "date-value";
                cell.values.push(if date { value.replace('T', " ") } else { value });
            }
        }
        let formula = xml.attribute(element, Ns::Table, "formula")?;
        cell.values.extend(formula.iter().flat_map(|formula| strings(formula)));
        self.cells.push(cell);
        Ok(())
    }

    fn end_cell(&mut self) {
        if let Some(cell) = self.cells.pop() {
            for value in cell.values.iter().filter(|value| cell.shown.trim_ascii() != **value) {
                self.flow.aside(value);
            }
        }
    }

    fn strings(&mut self, xml: &Xml<'_>, element: &Element<'_>, name: &str) -> Result<(), Reason> {
        let formula = xml.attribute(element, Ns::Table, name)?;
        for string in formula.iter().flat_map(|formula| strings(formula)) {
            self.flow.aside(&string);
        }
        Ok(())
    }
}

/// Elements in which nothing is read: how things look and where, what a program put there
/// for itself, how words are spoken, who changed what and when, numbers of notes, bytes.
fn is_passed_over(ns: Ns, name: &str) -> bool {
    matches!(
        (ns, name),
        (Ns::Office, "automatic-styles" | "styles" | "font-face-decls" | "scripts")
            | (Ns::Office, "binary-data" | "change-info")
            | (Ns::Text, "ruby-text" | "note-citation")
    )
}

/// Whether a shape only holds the place of text that a slide may have, and of a master
/// page all places but those of headers and footers, which slides show.
fn holds_place(xml: &Xml<'_>, element: &Element<'_>, masters: bool) -> Result<bool, Reason> {
    if element.ns != Ns::Draw {
        return Ok(false);
    }
    let holds = xml.attribute(element, Ns::Presentation, "placeholder")?;
    if holds.as_deref() == Some("true") {
        return Ok(true);
    }
    let class = if masters { xml.attribute(element, Ns::Presentation, "class")? } else { None };
    let shown = ["header", "footer", "date-time", "page-number"];
    Ok(class.is_some_and(|class| !shown.contains(&class.as_str())))
}

/// Elements that begin a block whose characters are text (`true`), and elements in a
/// block that are none of it until a block begins in them again (`false`).
fn context(ns: Ns, name: &str) -> Option<bool> {
    match (ns, name) {
        (Ns::Text, "p" | "h" | "index-title-template")
        | (Ns::Presentation, "header-decl" | "footer-decl" | "date-time-decl")
        | (Ns::Svg, "title" | "desc")
        | (Ns::Dc, "creator") => Some(true),
        (Ns::MathMl, "mi" | "mn" | "mo" | "mtext") => Some(true),
        (Ns::Office, "annotation" | "event-listeners") | (Ns::Text, "note") | (Ns::Draw, _) => {
            Some(false)
        }
        _ => None,
    }
}

/// Elements that hold blocks in the middle of a block.
fn is_aside(ns: Ns, name: &str) -> bool {
    matches!(
        (ns, name),
        (Ns::Office, "annotation")
            | (Ns::Text, "note")
            | (Ns::Draw, _)
            | (Ns::Svg, "title" | "desc")
    )
}
