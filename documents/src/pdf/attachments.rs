//! Files inside a PDF.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::file::File;
use super::object::{Dict, Object, Stream};
use super::pages::Page;
use super::strings::{date, text_string};
use crate::Reason;

/// How deep trees of names are followed.
const DEPTH: usize = 64;

/// A file inside the document.
pub(crate) struct Attachment {
    pub(crate) name: String,
    /// In seconds since 1970.
    pub(crate) modified: Option<i64>,
    /// Nothing if the document has only its name.
    pub(crate) stream: Option<Rc<Stream>>,
}

/// The files: those of the document's list in its order, those associated with it,
/// then page by page those that annotations hold or that are associated with the page.
/// Each stream once.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn attachments(file: &File<'_, '_>, pages: &[Page]) -> Result<Vec<Attachment>, Reason> {
    let mut list = List { file, found: Vec::new(), seen: BTreeSet::new() };
    if let Some(catalog) = file.catalog() {
        let names = file.entry(&catalog, b"Names");
        if let Some(names) = names.as_dict() {
            list.tree(&file.entry(names, b"EmbeddedFiles"))?;
        }
        list.associated(&catalog)?;
    }
    for page in pages {
        file.work(1)?;
        let annotations = file.entry(&page.dict, b"Annots");
        for annotation in annotations.as_array().map(|list| list.as_slice()).unwrap_or_default() {
            file.work(1)?;
            let annotation = file.resolve(annotation);
            let Some(annotation) = annotation.as_dict() else { continue };
            if file.entry(annotation, b"Subtype").as_name() == Some(b"FileAttachment") {
                list.add(None, &file.entry(annotation, b"FS"))?;
            }
            list.associated(annotation)?;
        }
        list.associated(&page.dict)?;
    }
    Ok(list.found)
}

struct List<'f, 'a, 'b> {
    file: &'f File<'a, 'b>,
    found: Vec<Attachment>,
    /// Where the streams begin that were added.
    seen: BTreeSet<usize>,
}

impl List<'_, '_, '_> {
    /// A tree of names: nodes in order, each name before its file.
    fn tree(&mut self, root: &Object) -> Result<(), Reason> {
        let file = self.file;
        let mut seen = BTreeSet::new();
        let mut open: Vec<(Rc<Vec<Object>>, usize)> = vec![(Rc::new(vec![root.clone()]), 0)];
        while let Some((kids, next)) = open.last_mut() {
            file.work(1)?;
            let Some(kid) = kids.get(*next).cloned() else {
                open.pop();
                continue;
            };
            *next += 1;
            if let Object::Reference(number) = kid
                && !seen.insert(number)
            {
                continue;
            }
            let node = file.resolve(&kid);
            let Some(node) = node.as_dict() else { continue };
            let names = file.entry(node, b"Names");
            for pair in
                names.as_array().map(|names| names.as_slice()).unwrap_or_default().chunks_exact(2)
            {
                let [name, specification] = pair else { continue };
                let name = file.resolve(name);
                self.add(name.as_string(), &file.resolve(specification))?;
            }
            if let Some(kids) = file.entry(node, b"Kids").as_array()
                && open.len() < DEPTH
            {
                open.push((kids.clone(), 0));
            }
        }
        Ok(())
    }

    fn associated(&mut self, holder: &Dict) -> Result<(), Reason> {
        let files = self.file.entry(holder, b"AF");
        match &files {
            Object::Array(list) => {
                for specification in list.iter() {
                    self.add(None, &self.file.resolve(specification))?;
                }
            }
            single => self.add(None, single)?,
        }
        Ok(())
    }

    /// Adds the file of a file specification.
    fn add(&mut self, key: Option<&[u8]>, specification: &Object) -> Result<(), Reason> {
        let file = self.file;
        let Some(specification) = specification.as_dict() else { return Ok(()) };
        file.spend(|budget| budget.take_entries(1))?;
        let embedded = file.entry(specification, b"EF");
        let stream = embedded.as_dict().and_then(|embedded| {
            [b"UF".as_slice(), b"F", b"DOS", b"Mac", b"Unix"]
                .into_iter()
                .find_map(|key| file.entry(embedded, key).as_stream().cloned())
        });
        let name = [b"UF".as_slice(), b"F", b"DOS", b"Mac", b"Unix"]
            .into_iter()
            .find_map(|key| file.entry(specification, key).as_string().map(text_string))
            .filter(|name| !name.is_empty())
            .or_else(|| key.map(text_string))
            .unwrap_or_default();
        match &stream {
            Some(stream) if !self.seen.insert(stream.start) => return Ok(()),
            // A name of a file elsewhere.
            None if embedded.is_null() => return Ok(()),
            _ => {}
        }
        let parameters = stream.as_ref().map(|stream| file.entry(&stream.dict, b"Params"));
        let modified = parameters.as_ref().and_then(Object::as_dict).and_then(|parameters| {
            let moment = |key: &[u8]| file.entry(parameters, key).as_string().and_then(date);
            moment(b"ModDate").or_else(|| moment(b"CreationDate"))
        });
        let modified = modified.map(crate::Moment::seconds);
        self.found.push(Attachment { name: name.replace('\n', " "), modified, stream });
        Ok(())
    }
}
