//! The pages of a document.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::file::File;
use super::object::{Dict, Object};
use crate::{Budget, Reason};

/// How deep the tree of pages may be.
const DEPTH: usize = 64;

/// A page.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) dict: Rc<Dict>,
    pub(crate) resources: Rc<Dict>,
    /// Width times height, in square points.
    pub(crate) area: f64,
}

/// The pages, and how many there should be.
#[derive(Default)]
pub(crate) struct Pages {
    pub(crate) pages: Vec<Page>,
    pub(crate) expected: usize,
    /// Whether a part of the tree leads to itself or is too deep.
    pub(crate) cut: bool,
}

/// What a page has from the nodes above it.
#[derive(Clone, Default)]
struct Inherited {
    resources: Rc<Dict>,
    media: Object,
    crop: Object,
}

/// Reads the tree of pages, in order.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn pages(file: &File<'_, '_>) -> Result<Pages, Reason> {
    let mut found = Pages::default();
    if let Some(root) = file.pages() {
        let count = file.entry(&root, b"Count").as_integer().unwrap_or(0);
        found.expected = usize::try_from(count).unwrap_or(0);
        walk(file, root, &mut found)?;
    }
    if found.pages.is_empty() {
        // No tree leads to a page: take those there are, in the order of their numbers.
        for number in file.numbers() {
            file.stop_if_spent()?;
            let object = file.object(number);
            if let Some(dict) = object.as_dict()
                && file.entry(dict, b"Type").as_name() == Some(b"Page")
            {
                add(file, dict.clone(), &Inherited::default(), &mut found)?;
            }
        }
        found.cut |= !found.pages.is_empty();
    }
    Ok(found)
}

fn walk(file: &File<'_, '_>, root: Rc<Dict>, found: &mut Pages) -> Result<(), Reason> {
    let mut seen = BTreeSet::new();
    // The nodes that are open, each with its children and the next of them.
    let mut open = vec![(kids(file, &root), 0, inherit(file, &root, &Inherited::default()))];
    while let Some((kids, next, inherited)) = open.last_mut() {
        file.work(1)?;
        let Some(kid) = kids.get(*next).cloned() else {
            open.pop();
            continue;
        };
        *next += 1;
        if let Object::Reference(number) = kid
            && !seen.insert(number)
        {
            found.cut = true;
            continue;
        }
        let kid = file.resolve(&kid);
        let Some(dict) = kid.as_dict().cloned() else { continue };
        let is_node = match file.entry(&dict, b"Type").as_name() {
            Some(b"Pages") => true,
            Some(b"Page") => false,
            _ => dict.contains_key(b"Kids".as_slice()),
        };
        if !is_node {
            let inherited = inherited.clone();
            add(file, dict, &inherited, found)?;
        } else {
            let inherited = inherit(file, &dict, inherited);
            if open.len() >= DEPTH {
                found.cut = true;
            } else {
                open.push((self::kids(file, &dict), 0, inherited));
            }
        }
    }
    Ok(())
}

fn kids(file: &File<'_, '_>, dict: &Dict) -> Rc<Vec<Object>> {
    file.entry(dict, b"Kids").as_array().cloned().unwrap_or_default()
}

fn inherit(file: &File<'_, '_>, dict: &Dict, above: &Inherited) -> Inherited {
    let either = |key: &[u8], above: &Object| {
        let own = file.entry(dict, key);
        if own.is_null() { above.clone() } else { own }
    };
    let resources = file.entry(dict, b"Resources");
    Inherited {
        resources: resources.as_dict().cloned().unwrap_or_else(|| above.resources.clone()),
        media: either(b"MediaBox", &above.media),
        crop: either(b"CropBox", &above.crop),
    }
}

fn add(
    file: &File<'_, '_>,
    dict: Rc<Dict>,
    above: &Inherited,
    found: &mut Pages,
) -> Result<(), Reason> {
    file.spend(|budget| budget.take_entries(1))?;
    let own = inherit(file, &dict, above);
    let media = rectangle(file, &own.media).unwrap_or([0.0, 0.0, 612.0, 792.0]);
    let crop = rectangle(file, &own.crop).unwrap_or(media);
    let width = smaller(media[2], crop[2]) - larger(media[0], crop[0]);
    let height = smaller(media[3], crop[3]) - larger(media[1], crop[1]);
    let area = if width > 0.0 && height > 0.0 { width * height } else { 0.0 };
    found.pages.push(Page { dict, resources: own.resources, area });
    Ok(())
}

fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Left, bottom, right and top of a rectangle.
fn rectangle(file: &File<'_, '_>, array: &Object) -> Option<[f64; 4]> {
    let numbers: Option<Vec<f64>> =
        array.as_array()?.iter().take(4).map(|number| file.resolve(number).as_number()).collect();
    let [a, b, c, d] = numbers?[..] else { return None };
    Some([smaller(a, c), smaller(b, d), larger(a, c), larger(b, d)])
}

/// The content of a page, and why some of it is missing.
///
/// # Errors
/// Only if the budget is spent.
pub(crate) fn content(
    file: &File<'_, '_>,
    page: &Page,
) -> Result<(Vec<u8>, Option<Reason>), Reason> {
    let contents = file.entry(&page.dict, b"Contents");
    let parts = match &contents {
        Object::Array(parts) => parts.clone(),
        Object::Null => {
            // A reference that leads nowhere is content that is missing.
            let missing = page.dict.contains_key(b"Contents".as_slice());
            return Ok((Vec::new(), missing.then_some(Reason::Damaged)));
        }
        other => Rc::new(vec![other.clone()]),
    };
    let mut content = Vec::new();
    let mut trouble = None;
    for part in parts.iter() {
        file.work(1)?;
        let part = file.resolve(part);
        let Some(stream) = part.as_stream() else {
            trouble.get_or_insert(Reason::Damaged);
            continue;
        };
        match file.unpack(stream) {
            Ok(data) if data.left.is_none() => {
                if content.len() + data.bytes.len() > Budget::STREAM_BYTES {
                    trouble.get_or_insert(Reason::TooLarge);
                    break;
                }
                if !data.whole {
                    trouble.get_or_insert(Reason::Damaged);
                }
                content.extend_from_slice(&data.bytes);
                // Words do not go on from one part to the next.
                content.push(b'\n');
            }
            Ok(_) => {
                trouble.get_or_insert(Reason::Damaged);
            }
            Err(reason) => {
                file.stop_if_spent()?;
                trouble.get_or_insert(reason);
            }
        }
    }
    Ok((content, trouble))
}
