//! Office Open XML (ISO/IEC 29500, ECMA-376): documents, workbooks, presentations.
//!
//! Parts are found by relationships and told apart by namespaces, the transitional and
//! the strict ones.

mod children;
mod escape;
pub(crate) mod ole;
mod package;
mod properties;
mod relation;
mod styles;
mod walk;
mod workbook;

pub(crate) use children::children;
pub(crate) use escape::strings;
pub(crate) use package::resolve;
use package::{Package, Part};
use relation::Use;
use walk::Mode;
use workbook::Workbook;

use crate::flow::Flow;
use crate::xml::{self, Ns, Xml};
use crate::{Budget, Content, Kind, Reason, kind_of};

/// What kind of document a zip archive is by its main part; `None` if it is no package.
pub(crate) fn kind(bytes: &[u8], budget: &mut Budget) -> Option<Kind> {
    let package = Package::index(bytes, budget).ok()?;
    let relationships = package.relationships("", budget).ok()?;
    let main = relationships.iter().find(|relationship| relationship.role == Use::Main)?;
    let of_type = package.content_type(&main.target, budget).and_then(|of| kind_of_type(&of));
    of_type.or_else(|| {
        let bytes = package.text_bytes(&main.target, budget).ok()?;
        match Xml::root(&xml::decode(&bytes).ok()?, budget)?.0 {
            Ns::W => Some(Kind::Docx),
            Ns::S => Some(Kind::Xlsx),
            Ns::P => Some(Kind::Pptx),
            _ => None,
        }
    })
}

/// Documents, templates, with macros or without, in either form.
fn kind_of_type(content_type: &str) -> Option<Kind> {
    let content_type = content_type.to_ascii_lowercase();
    let families = [
        (["wordprocessingml", "ms-word"], Kind::Docx),
        (["spreadsheetml", "ms-excel"], Kind::Xlsx),
        (["presentationml", "ms-powerpoint"], Kind::Pptx),
    ];
    let family = families.iter().find(|(words, _)| {
        words.iter().any(|word| content_type.contains(word)) && content_type.contains("main")
    });
    family.map(|(_, kind)| *kind)
}

/// Reads a document: its properties, its main part, then each part that hangs on it.
///
/// # Errors
/// Why its main part is not read.
pub(crate) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Content, Reason> {
    let package = Package::open(bytes, budget)?;
    let main = package.main().ok_or(Reason::Damaged)?;
    let mut reader = Reader {
        package: &package,
        content: Content { unread: package.unread.clone(), ..Content::default() },
        workbook: Workbook::default(),
    };
    for part in package.parts.iter().filter(|part| part.role == Use::Properties) {
        let read = reader.properties(part, budget);
        reader.note(&part.name, read)?;
    }
    reader.main(main, budget)?;
    let shown = package.shown();
    for part in &package.parts {
        if part.role == Use::Layout && !shown.contains(&part.name.to_ascii_lowercase()) {
            continue;
        }
        let read = reader.part(part, budget);
        reader.note(&part.name, read)?;
    }
    Ok(reader.content)
}

struct Reader<'p> {
    package: &'p Package<'p>,
    content: Content,
    workbook: Workbook,
}

impl Reader<'_> {
    /// Writes down that a part was not read to its end.
    fn note(&mut self, name: &str, read: Result<(), Reason>) -> Result<(), Reason> {
        match read {
            Ok(()) => Ok(()),
            // Nothing that follows could be read either.
            Err(Reason::TooLarge) if self.content.text.is_blank() => Err(Reason::TooLarge),
            Err(reason) => {
                self.content.unread.push((name.to_owned(), reason));
                Ok(())
            }
        }
    }

    /// Reads the main part; without it there is no document.
    fn main(&mut self, main: &Part, budget: &mut Budget) -> Result<(), Reason> {
        let bytes = self.package.text_bytes(&main.name, budget)?;
        // A binary workbook is a package, too, but its parts are no XML.
        let text = match xml::decode(&bytes) {
            Ok(text) if text.trim_ascii_start().starts_with('<') => text,
            _ if main.name.to_ascii_lowercase().ends_with(".bin") => return Err(Reason::NotOpened),
            _ => return Err(Reason::Damaged),
        };
        let (ns, _) = Xml::root(&text, budget).ok_or(Reason::Damaged)?;
        if ns == Ns::S {
            self.workbook = Workbook::read(&text, &main.relationships, budget)?;
            self.tables(main, budget)?;
            return self.workbook.names(&mut self.content.text, budget);
        }
        let read = self.flow(&text, Mode::Content, budget);
        self.links(main, budget)?;
        match read {
            Err(reason) if self.content.text.is_blank() => Err(reason),
            read => self.note(&main.name, read),
        }
    }

    /// Reads what cells refer to, before any sheet.
    fn tables(&mut self, main: &Part, budget: &mut Budget) -> Result<(), Reason> {
        for relationship in &main.relationships {
            let table = matches!(relationship.role, Use::SharedStrings | Use::Styles);
            if !table || relationship.external {
                continue;
            }
            let read = self.package.text_bytes(&relationship.target, budget).and_then(|bytes| {
                let text = xml::decode(&bytes)?;
                match relationship.role {
                    Use::SharedStrings => self.workbook.with_strings(&text, budget),
                    _ => self.workbook.with_styles(&text, budget),
                }
            });
            self.note(&relationship.target, read)?;
        }
        Ok(())
    }

    fn properties(&mut self, part: &Part, budget: &mut Budget) -> Result<(), Reason> {
        let bytes = self.package.text_bytes(&part.name, budget)?;
        let text = xml::decode(&bytes)?;
        properties::read(&text, &mut self.content, budget)
    }

    /// Reads a part other than the main one, if there is something to read in it.
    fn part(&mut self, part: &Part, budget: &mut Budget) -> Result<(), Reason> {
        let mode = match part.role {
            Use::Text | Use::Slide | Use::Sheet => Mode::Content,
            Use::Layout => Mode::Layout,
            Use::Vml => Mode::Vml,
            Use::Chunk => return self.chunk(part, budget),
            Use::Other => return Err(Reason::NotOpened),
            Use::Main
            | Use::SharedStrings
            | Use::Styles
            | Use::Properties
            | Use::Child
            | Use::Object
            | Use::Nothing => return Ok(()),
        };
        if part.role == Use::Sheet
            && let Some(name) = self.workbook.sheets.get(&part.name.to_ascii_lowercase())
        {
            workbook::push(name, &mut self.content.text, budget)?;
        }
        let bytes = self.package.text_bytes(&part.name, budget)?;
        let text = xml::decode(&bytes)?;
        let read = match (part.role, Xml::root(&text, budget)) {
            (Use::Sheet, _) => self.sheet(part, &text, budget),
            (_, Some((Ns::S, _))) => workbook::around(&text, &mut self.content.text, budget),
            _ => self.flow(&text, mode, budget),
        };
        read.and(self.links(part, budget))
    }

    fn sheet(&mut self, part: &Part, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        let out = &mut self.content.text;
        let missing = workbook::sheet(text, &self.workbook, out, budget)?;
        if missing > 0 {
            let name = format!("{}: {missing} cells whose strings are not there", part.name);
            self.content.unread.push((name, Reason::Damaged));
        }
        Ok(())
    }

    fn flow(&mut self, text: &str, mode: Mode, budget: &mut Budget) -> Result<(), Reason> {
        let mut flow = Flow::default();
        let read = walk::walk(text, mode, &mut flow, budget);
        self.content.text.push_block(&flow.finish(), budget)?;
        read
    }

    /// Writes the addresses that links of a part lead to.
    fn links(&mut self, part: &Part, budget: &mut Budget) -> Result<(), Reason> {
        for relationship in part.relationships.iter().filter(|of| of.is_link()) {
            workbook::push(&relationship.target, &mut self.content.text, budget)?;
        }
        Ok(())
    }

    /// Reads a part that stands for a paragraph and is of another kind. What is no text
    /// is a child.
    fn chunk(&mut self, part: &Part, budget: &mut Budget) -> Result<(), Reason> {
        let bytes = self.package.text_bytes(&part.name, budget)?;
        let kind = kind_of(&bytes);
        if !is_read_in_place(kind) {
            return Ok(());
        }
        let chunk = crate::read(&bytes, kind, budget)?;
        self.content.unread.extend(chunk.unread);
        self.content.text.push_block(chunk.text.as_str(), budget)
    }
}

/// Whether a chunk of this kind is text of the document, and no child of it.
fn is_read_in_place(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Html | Kind::Rtf | Kind::Empty)
}

/// The last segment of a part's name.
pub(crate) fn file_name(part: &str) -> &str {
    part.rsplit('/').next().unwrap_or(part)
}
