//! Workbooks: sheets, shared strings, and the parts around them.

use std::collections::BTreeMap;

use super::escape::{header, strings, unescape};
use super::package::Relationship;
use super::styles::{Styles, iso};
use crate::xml::{Element, Event, Ns, Xml};
use crate::{Budget, Reason, Text};

/// What the main part says.
#[derive(Debug, Default)]
pub(super) struct Workbook {
    /// Names of sheets by the name of their part in lower case.
    pub(super) sheets: BTreeMap<String, String>,
    /// Names of ranges, and the strings that some stand for.
    names: Vec<String>,
    /// Whether days are counted from 1904.
    from_1904: bool,
    strings: SharedStrings,
    styles: Styles,
}

impl Workbook {
    /// Reads the main part.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub(super) fn read(
        text: &str,
        relationships: &[Relationship],
        budget: &mut Budget,
    ) -> Result<Self, Reason> {
        let parts: BTreeMap<&str, &str> =
            relationships.iter().map(|of| (of.id.as_str(), of.target.as_str())).collect();
        let mut workbook = Self::default();
        let mut formula: Option<String> = None;
        let mut xml = Xml::new(text);
        loop {
            match xml.next(budget)? {
                Event::Start(element) => match element.name() {
                    (Ns::S, "sheet") => {
                        let name = xml.attribute(&element, Ns::None, "name")?;
                        let id = xml.attribute(&element, Ns::Relation, "id")?;
                        let part = parts.get(id.unwrap_or_default().as_str());
                        if let (Some(name), Some(part)) = (name, part) {
                            workbook.sheets.insert(part.to_ascii_lowercase(), name);
                        }
                    }
                    (Ns::S, "workbookPr") => {
                        let flag = xml.attribute(&element, Ns::None, "date1904")?;
                        workbook.from_1904 = matches!(flag.as_deref(), Some("1" | "true" | "on"));
                    }
                    (Ns::S, "definedName") => {
                        workbook.names.extend(xml.attribute(&element, Ns::None, "name")?);
                        workbook.names.extend(xml.attribute(&element, Ns::None, "comment")?);
                        formula = Some(String::new());
                    }
                    _ => {}
                },
                Event::Text(text) => {
                    if let Some(formula) = &mut formula {
                        formula.push_str(&text);
                    }
                }
                Event::End(_) => {
                    let formula = formula.take();
                    workbook.names.extend(formula.iter().flat_map(|formula| strings(formula)));
                }
                Event::Done => return Ok(workbook),
            }
        }
    }

    /// Takes the strings that cells name by number.
    pub(super) fn with_strings(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        self.strings.read(text, budget)
    }

    /// Takes the formats of cells.
    pub(super) fn with_styles(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        self.styles = Styles::read(text, budget)?;
        Ok(())
    }

    /// Writes the names of ranges.
    pub(super) fn names(&self, out: &mut Text, budget: &mut Budget) -> Result<(), Reason> {
        self.names.iter().try_for_each(|name| out.push_block(name, budget))
    }
}

/// Strings that cells name by number.
#[derive(Debug, Default)]
struct SharedStrings {
    /// All of them, one after the other.
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl SharedStrings {
    fn read(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        let mut xml = Xml::new(text);
        let mut taking = false;
        let mut piece = String::new();
        loop {
            match xml.next(budget)? {
                Event::Start(element) => match element.name() {
                    // How the string is spoken.
                    (Ns::S, "rPh") => xml.skip(budget)?,
                    (Ns::S, "t") => taking = true,
                    _ => {}
                },
                Event::Text(text) if taking => piece.push_str(&text),
                Event::Text(_) => {}
                Event::End(end) => match end.name() {
                    (Ns::S, "t") => {
                        taking = false;
                        self.text.push_str(&unescape(&piece));
                        piece.clear();
                    }
                    (Ns::S, "si") => self.ends.push(self.text.len()),
                    _ => {}
                },
                Event::Done => return Ok(()),
            }
        }
    }

    fn get(&self, index: &str) -> Option<&str> {
        let index: usize = index.trim_ascii().parse().ok()?;
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }
}

/// The cell that is being read.
#[derive(Default)]
struct Cell {
    kind: String,
    style: usize,
    value: String,
    /// Text that stands in the cell itself.
    inline: String,
}

/// Where characters belong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Value,
    Inline,
    Formula,
    Header,
}

/// Reads a sheet: its cells in the order in which they stand, formulas' strings, then
/// links, prompts, headers and footers. Gives the number of cells that name a string
/// which is not there.
///
/// # Errors
/// As [`Xml::next`]. What was read before stands.
pub(super) fn sheet(
    text: &str,
    workbook: &Workbook,
    out: &mut Text,
    budget: &mut Budget,
) -> Result<u64, Reason> {
    let mut xml = Xml::new(text);
    let mut cell = Cell::default();
    let mut place = Place::Nowhere;
    let mut other = String::new();
    let mut missing = 0_u64;
    loop {
        match xml.next(budget)? {
            Event::Start(element) => match element.name() {
                (Ns::S, "c") => {
                    let style = xml.attribute(&element, Ns::None, "s")?;
                    cell = Cell {
                        kind: xml.attribute(&element, Ns::None, "t")?.unwrap_or_default(),
                        style: style.and_then(|style| style.parse().ok()).unwrap_or(0),
                        ..Cell::default()
                    };
                }
                (Ns::S, "v") => place = Place::Value,
                (Ns::S, "t") => place = Place::Inline,
                (Ns::S, "rPh") => xml.skip(budget)?,
                (Ns::S, "f" | "formula" | "formula1" | "formula2") => place = Place::Formula,
                (Ns::S, name) if is_header(name) => place = Place::Header,
                _ => attributes(&xml, &element, out, budget)?,
            },
            Event::Text(text) => match place {
                Place::Nowhere => {}
                Place::Value => cell.value.push_str(&text),
                Place::Inline => cell.inline.push_str(&text),
                Place::Formula | Place::Header => other.push_str(&text),
            },
            Event::End(end) => match end.name() {
                (Ns::S, "c") => {
                    let written = write(&std::mem::take(&mut cell), workbook, out, budget)?;
                    missing = missing.saturating_add(u64::from(!written));
                }
                (Ns::S, "v" | "t") => place = Place::Nowhere,
                _ if place == Place::Formula => {
                    place = Place::Nowhere;
                    for string in strings(&std::mem::take(&mut other)) {
                        push(&string, out, budget)?;
                    }
                }
                (Ns::S, name) if place == Place::Header && is_header(name) => {
                    place = Place::Nowhere;
                    push(&header(&unescape(&std::mem::take(&mut other))), out, budget)?;
                }
                _ => {}
            },
            Event::Done => return Ok(missing),
        }
    }
}

fn is_header(name: &str) -> bool {
    let names =
        ["oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"];
    names.contains(&name)
}

/// Attributes that are text.
fn attributes(
    xml: &Xml<'_>,
    element: &Element<'_>,
    out: &mut Text,
    budget: &mut Budget,
) -> Result<(), Reason> {
    let names: &[&str] = match element.name() {
        (Ns::S, "hyperlink") => &["display", "tooltip", "location"],
        (_, "dataValidation") => &["promptTitle", "prompt", "errorTitle", "error"],
        _ => return Ok(()),
    };
    for name in names {
        if let Some(value) = xml.attribute(element, Ns::None, name)? {
            push(&unescape(&value), out, budget)?;
        }
    }
    Ok(())
}

/// Writes a cell as a block; `false` if it names a string that is not there.
fn write(
    cell: &Cell,
    workbook: &Workbook,
    out: &mut Text,
    budget: &mut Budget,
) -> Result<bool, Reason> {
    let inline;
    let value = match cell.kind.as_str() {
        "s" => match workbook.strings.get(&cell.value) {
            Some(string) => string,
            None => return Ok(false),
        },
        "b" => match cell.value.trim_ascii() {
            "1" | "true" => "TRUE",
            _ => "FALSE",
        },
        "inlineStr" | "str" | "e" => {
            inline = unescape(if cell.inline.is_empty() { &cell.value } else { &cell.inline });
            &inline
        }
        // A date as ISO 8601 has it: its parts are words only where a space divides them.
        "d" if cell.value.contains('T') => {
            inline = format!("{}\n{}", cell.value, cell.value.replace('T', " "));
            &inline
        }
        _ => {
            if workbook.styles.is_date(cell.style)
                && let Some(date) = iso(&cell.value, workbook.from_1904)
            {
                inline = format!("{}\n{date}", cell.value.trim_ascii());
                &inline
            } else {
                &cell.value
            }
        }
    };
    push(value, out, budget)?;
    Ok(true)
}

/// Adds a block, control characters as spaces.
pub(super) fn push(text: &str, out: &mut Text, budget: &mut Budget) -> Result<(), Reason> {
    out.push_block(&crate::flow::clean(text), budget)
}

/// Reads a part with strings of a workbook that is no sheet: comments, what a pivot
/// table was made of, cells of other workbooks, earlier values of cells, connections.
///
/// # Errors
/// As [`Xml::next`]. What was read before stands.
pub(super) fn around(text: &str, out: &mut Text, budget: &mut Budget) -> Result<(), Reason> {
    let mut xml = Xml::new(text);
    let mut taking = false;
    let mut block = String::new();
    loop {
        match xml.next(budget)? {
            Event::Start(element) => {
                let names: &[&str] = match element.name() {
                    (Ns::S, "rPh") => {
                        xml.skip(budget)?;
                        continue;
                    }
                    (Ns::S, "t" | "v" | "author") => {
                        taking = true;
                        continue;
                    }
                    // Items of a pivot table: strings, dates, numbers.
                    (Ns::S, "s" | "d" | "n") => &["v"],
                    (Ns::S, "sheetName") => &["val"],
                    (Ns::S, "cacheField" | "definedName") => &["name"],
                    (Ns::S, "connection") => &["name", "description"],
                    (Ns::S, "dbPr") => &["connection", "command"],
                    (Ns::S, "webPr") => &["url"],
                    _ => &[],
                };
                for name in names {
                    if let Some(value) = xml.attribute(&element, Ns::None, name)? {
                        push(&unescape(&value), out, budget)?;
                    }
                }
            }
            Event::Text(text) if taking => block.push_str(&text),
            Event::Text(_) => {}
            Event::End(end) => match end.name() {
                (Ns::S, "t") => taking = false,
                (Ns::S, "v" | "author" | "comment" | "is" | "nc" | "oc") => {
                    taking = false;
                    push(&unescape(&std::mem::take(&mut block)), out, budget)?;
                }
                _ => {}
            },
            Event::Done => return Ok(()),
        }
    }
}
