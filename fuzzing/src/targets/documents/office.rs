//! Office packages, given as parts: [`crate::parts`].

use candor_documents::kind_of;

use super::check;
use crate::parts;
use crate::targets::split;

/// The parts of a package.
pub(crate) fn office(data: &[u8]) {
    let package = parts::zipped(&parts::split(data));
    let _ = check(&package, kind_of(&package));
}

/// The part that holds the text, of a package that is chosen by the first byte.
pub(crate) fn xml(data: &[u8]) {
    let (kind, part) = split(data);
    let package = match kind % 6 {
        0 => open_xml("word/document.xml", "wordprocessingml.document", part),
        1 => open_xml("xl/workbook.xml", "spreadsheetml.sheet", part),
        2 => open_xml("ppt/presentation.xml", "presentationml.presentation", part),
        kind => {
            let kind = ["text", "spreadsheet", "presentation"][usize::from(kind - 3)];
            let kind = format!("application/vnd.oasis.opendocument.{kind}");
            parts::zipped(&[(b"mimetype", kind.as_bytes()), (b"content.xml", part)])
        }
    };
    let kind = kind_of(&package);
    let _ = check(&package, kind);
}

fn open_xml(path: &str, kind: &str, part: &[u8]) -> Vec<u8> {
    let types = format!(
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Override PartName=\"/{path}\" ContentType=\"application/vnd.openxmlformats-officedocument.{kind}.main+xml\"/></Types>"
    );
    let relations = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"{path}\"/></Relationships>"
    );
    parts::zipped(&[
        (b"[Content_Types].xml", types.as_bytes()),
        (b"_rels/.rels", relations.as_bytes()),
        (path.as_bytes(), part),
    ])
}
