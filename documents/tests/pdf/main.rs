//! PDF: files with known answers, files made here, and files that mean harm.

mod bombs;
mod build;
mod children;
mod mutants;
mod samples;
mod text;

use candor_documents::{Budget, Child, Content, Kind, Reason, children, read};

/// Reads a document twice, and asserts that both are the same.
fn read_pdf(bytes: &[u8]) -> Result<Content, Reason> {
    let first = read(bytes, Kind::Pdf, &mut Budget::new());
    assert_eq!(first, read(bytes, Kind::Pdf, &mut Budget::new()));
    first
}

/// The text of a document, blocks shown by `|`.
fn text_of(bytes: &[u8]) -> String {
    read_pdf(bytes).unwrap().text.as_str().replace('\u{2029}', "|")
}

fn children_of(bytes: &[u8]) -> Result<Vec<Child>, Reason> {
    let mut found = Vec::new();
    children(bytes, Kind::Pdf, &mut Budget::new(), &mut |child, _| {
        found.push(child);
        Ok(())
    })?;
    Ok(found)
}
