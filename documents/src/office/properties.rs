//! Properties: title, author, dates, and those that users define.

use crate::xml::{Event, Ns, Xml};
use crate::{Budget, Content, DateSource, Dated, Reason, time};

/// Reads a part with properties into the content: all of them as text, title and date as
/// metadata.
///
/// # Errors
/// As [`Xml::next`].
pub(super) fn read(text: &str, content: &mut Content, budget: &mut Budget) -> Result<(), Reason> {
    let mut xml = Xml::new(text);
    let mut value = String::new();
    let mut own = false;
    let mut created = None;
    let mut modified = None;
    loop {
        match xml.next(budget)? {
            Event::Start(element) => {
                value.clear();
                if element.name() == (Ns::Custom, "property") {
                    own = true;
                    let name = xml.attribute(&element, Ns::None, "name")?.unwrap_or_default();
                    push(&name, content, budget)?;
                }
            }
            Event::Text(text) => value.push_str(&text),
            Event::End(end) => {
                let value = std::mem::take(&mut value);
                match end.name() {
                    (Ns::DcTerms, "created") => created = time::parse_iso(&value),
                    (Ns::DcTerms, "modified") => modified = time::parse_iso(&value),
                    (Ns::Dc, "title") => {
                        push(&value, content, budget)?;
                        if !value.trim_ascii().is_empty() {
                            content.meta.subject = Some(value);
                        }
                    }
                    (Ns::Dc, "subject" | "creator" | "description" | "identifier")
                    | (Ns::Core, "keywords" | "keyword" | "value" | "category")
                    | (Ns::Core, "lastModifiedBy" | "contentStatus")
                    | (Ns::App, "Company" | "Manager" | "HyperlinkBase") => {
                        push(&value, content, budget)?;
                    }
                    (Ns::Custom, "property") => own = false,
                    // The value of a property that a user defines, whatever its type.
                    (Ns::Unknown, _) if own => push(&value, content, budget)?,
                    _ => {}
                }
            }
            Event::Done => {
                if let Some(seconds) = modified.or(created) {
                    content.meta.date = Some(Dated { seconds, source: DateSource::Property });
                }
                return Ok(());
            }
        }
    }
}

fn push(value: &str, content: &mut Content, budget: &mut Budget) -> Result<(), Reason> {
    super::workbook::push(value.trim_ascii(), &mut content.text, budget)
}
