//! Whether there are mails among the documents, before any view is fixed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use candor_documents::kind_of;
use rayon::prelude::*;

use super::document::{KIND_BYTES, read_document};
use super::error::CorpusError;
use super::items;
use super::missing::covers;
use super::scan::scan;
use super::views::ViewId;
use crate::readers;

/// The first bytes of a compound file, in which an Outlook message is not told from a
/// Word document by its beginning.
const COMPOUND: [u8; 4] = [0xd0, 0xcf, 0x11, 0xe0];

/// Whether a folder, plain or of expanded items, holds a document that the view
/// `mail/thread` reads. Of a plain file the first 64 KiB are looked at.
///
/// # Errors
/// If the folder, its list or a file cannot be read.
pub fn holds_mail(directory: &Path) -> Result<bool, CorpusError> {
    if let Some(listed) = items::list(directory)? {
        return Ok(listed.iter().any(|item| covers(&ViewId::Thread, item.kind)));
    }
    let found = scan(directory)?;
    // The first mail or error ends the search.
    let first = readers::in_parallel(|| {
        let looked = found.par_iter().map(|found| is_mail(&found.location));
        looked.find_any(|found| !matches!(found, Ok(false)))
    });
    first.unwrap_or(Ok(false))
}

fn is_mail(path: &Path) -> Result<bool, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut head = Vec::new();
    file.take(KIND_BYTES as u64).read_to_end(&mut head).map_err(unreadable)?;
    let kind = if head.starts_with(&COMPOUND) { read_document(path)?.kind } else { kind_of(&head) };
    Ok(covers(&ViewId::Thread, kind))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_mail_among_other_files_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write("a.txt", b"From here on, nothing but text.");
        write("b.png", b"\x89PNG\r\n\x1a\n");
        write("c", b"");
        assert!(!holds_mail(folder.path()).unwrap());
        write("d", b"From: a@example.com\nTo: b@example.com\nSubject: x\n\ntext\n");
        assert!(holds_mail(folder.path()).unwrap());
        assert!(holds_mail(&folder.path().join("none")).is_err());
    }
}
