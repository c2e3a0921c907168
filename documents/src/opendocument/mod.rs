//! OpenDocument (ISO/IEC 26300): texts, spreadsheets, presentations, drawings.

mod children;
mod package;
mod walk;

pub(crate) use children::children;
use package::Package;

use crate::flow::Flow;
use crate::xml::{self, Event, Ns, Xml};
use crate::{Budget, Content, DateSource, Dated, Kind, Reason, time};

/// Media types of documents and their templates.
const KINDS: [(&str, Kind); 4] = [
    ("application/vnd.oasis.opendocument.text", Kind::Odt),
    ("application/vnd.oasis.opendocument.spreadsheet", Kind::Ods),
    ("application/vnd.oasis.opendocument.presentation", Kind::Odp),
    // A drawing is a presentation of one page.
    ("application/vnd.oasis.opendocument.graphics", Kind::Odp),
];

/// What kind of document a zip archive is by its media type; `None` if it has none.
pub(crate) fn kind(bytes: &[u8], budget: &mut Budget) -> Option<Kind> {
    let package = Package::open(bytes, budget).ok()?;
    let media_type = package.media_type(budget)?;
    let of = KINDS.iter().find(|(name, _)| {
        let rest = media_type.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    of.map(|(_, kind)| *kind)
}

/// Reads a document: its properties, its content, headers and footers of its pages,
/// then the documents that are embedded in it, each in the same order.
///
/// # Errors
/// [`Reason::Encrypted`] under a password; why its content is not read.
pub(crate) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Content, Reason> {
    let package = Package::open(bytes, budget)?;
    if package.is_encrypted(budget) {
        return Err(Reason::Encrypted);
    }
    let mut content = Content::default();
    if package.has("meta.xml") {
        let read = package.part("meta.xml", budget).and_then(|part| {
            let text = xml::decode(&part)?;
            properties(&text, &mut content, budget)
        });
        note(&mut content, "meta.xml", read);
    }
    let own = package.part("content.xml", budget)?;
    let own = xml::decode(&own)?;
    let folders = package.folders(budget)?;
    for folder in &folders {
        for file in ["content.xml", "styles.xml"] {
            let name = format!("{}{file}", folder.name);
            let read = if name == "content.xml" {
                flow(&own, &mut content, budget)
            } else if package.has(&name) {
                package
                    .part(&name, budget)
                    .and_then(|part| flow(&xml::decode(&part)?, &mut content, budget))
            } else {
                Ok(())
            };
            if let Err(reason) = read
                && name == "content.xml"
                && content.text.is_blank()
            {
                return Err(reason);
            }
            note(&mut content, &name, read);
        }
    }
    content.unread.extend(package.unread(&folders));
    Ok(content)
}

fn note(content: &mut Content, name: &str, read: Result<(), Reason>) {
    if let Err(reason) = read {
        content.unread.push((name.to_owned(), reason));
    }
}

fn flow(text: &str, content: &mut Content, budget: &mut Budget) -> Result<(), Reason> {
    let mut flow = Flow::default();
    let read = walk::walk(text, &mut flow, budget);
    content.text.push_block(&flow.finish(), budget)?;
    read
}

/// Reads `meta.xml`: all properties as text, title and date as metadata.
fn properties(text: &str, content: &mut Content, budget: &mut Budget) -> Result<(), Reason> {
    let mut xml = Xml::new(text);
    let mut value = String::new();
    let (mut created, mut modified) = (None, None);
    loop {
        match xml.next(budget)? {
            Event::Start(element) => {
                value.clear();
                if element.name() == (Ns::Meta, "user-defined")
                    && let Some(name) = xml.attribute(&element, Ns::Meta, "name")?
                {
                    content.text.push_block(&crate::flow::clean(&name), budget)?;
                }
            }
            Event::Text(text) => value.push_str(&text),
            Event::End(end) => {
                let value = std::mem::take(&mut value);
                match end.name() {
                    (Ns::Meta, "creation-date") => created = time::parse_iso(&value),
                    (Ns::Dc, "date") => modified = time::parse_iso(&value),
                    (Ns::Dc, "title" | "subject" | "description" | "creator")
                    | (Ns::Meta, "keyword" | "initial-creator" | "user-defined") => {
                        content.text.push_block(&crate::flow::clean(value.trim_ascii()), budget)?;
                        if end.name() == (Ns::Dc, "title") && !value.trim_ascii().is_empty() {
                            content.meta.subject = Some(value);
                        }
                    }
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
