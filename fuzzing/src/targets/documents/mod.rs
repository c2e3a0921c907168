//! Readers of documents.
//!
//! Of any bytes: no panic, the same twice, no more memory than [`crate::memory`] allows,
//! and no more bytes given than the budget of an item has.

pub(crate) mod archive;
pub(crate) mod item;
pub(crate) mod office;
pub(crate) mod query;
pub(crate) mod terms;
pub(crate) mod tokens;

use std::hash::{DefaultHasher, Hash, Hasher};

use candor_documents::{Budget, Content, Kind, Reason, children, kind_of, read};

use crate::memory::bounded;

/// Reads an item and opens it.
fn check(bytes: &[u8], kind: Kind) -> Result<Content, Reason> {
    assert!(bounded(|| kind_of(bytes)) == kind_of(bytes), "two kinds of one file");
    opened(bytes, kind);
    contents(bytes, kind)
}

/// Reads an item.
fn contents(bytes: &[u8], kind: Kind) -> Result<Content, Reason> {
    let content = bounded(|| read(bytes, kind, &mut Budget::new()));
    assert!(content == read(bytes, kind, &mut Budget::new()), "two texts of one file");
    if let Ok(content) = &content {
        assert!(content.text.as_str().len() as u64 <= Budget::BYTES);
    }
    content
}

/// Opens an item.
fn opened(bytes: &[u8], kind: Kind) {
    let first = bounded(|| summary(bytes, kind));
    assert!(first == summary(bytes, kind), "two lists of children of one file");
}

/// A digest of the children of an item, and how their list ends.
fn summary(bytes: &[u8], kind: Kind) -> (u64, Result<(), Reason>) {
    let (mut digest, mut sum) = (DefaultHasher::new(), 0);
    let opened = children(bytes, kind, &mut Budget::new(), &mut |child, _| {
        sum += child.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        child.bytes.map_err(Reason::code).hash(&mut digest);
        (child.name, child.modified, child.detail).hash(&mut digest);
        Ok(())
    });
    assert!(sum <= Budget::BYTES, "{sum} bytes of children");
    (digest.finish(), opened)
}
