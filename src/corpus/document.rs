//! A document's file, read once.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use candor_documents::terms::ItemFacts;
use candor_documents::{Content, Kind, Meta, Moment, Record, kind_of};
use sha2::{Digest, Sha256};

use super::dates::{date, moment_of};
use super::error::CorpusError;
use super::missing::{Missing, Shown, covers};
use super::views::{self, Found, MAX_FILE_BYTES, TextView, UnreadableReason, View, ViewId};

/// The first bytes that tell the kind of a file too large to hold.
pub(super) const KIND_BYTES: usize = 1 << 16;

/// A document's file as it was read once.
pub struct Reading {
    /// SHA-256 of all bytes.
    pub sha256: [u8; 32],
    /// Their number.
    pub byte_length: u64,
    /// What it is.
    pub kind: Kind,
    /// The bytes, unless there are more than [`MAX_FILE_BYTES`].
    pub bytes: Option<Vec<u8>>,
    /// The file's time on disk, if it was read from one.
    pub modified: Option<Moment>,
    /// Its text and the size of its picture.
    found: Found,
}

impl Reading {
    /// What each view shows of the file with its record, in the order of `views`.
    #[must_use]
    pub fn canonicalise(&self, record: &Record, views: &[View]) -> Vec<Shown> {
        let covered = |view: &View| covers(&view.id(), self.kind);
        let read: Vec<View> = views.iter().filter(|view| covered(view)).cloned().collect();
        let shown = match &self.bytes {
            _ if read.is_empty() => Vec::new(),
            Some(bytes) => views::canonicalise_item(bytes, self.kind, &self.found, record, &read),
            None => vec![Err(UnreadableReason::TooManyBytes); read.len()],
        };
        let mut shown = shown.into_iter();
        let outside = Err(Missing::Outside(self.kind.coarse()));
        let of = |view: &View| {
            let next = covered(view).then(|| shown.next()).flatten();
            next.map_or_else(|| outside.clone(), |shown| shown.map_err(Missing::Unreadable))
        };
        views.iter().map(of).collect()
    }

    /// What one view shows of the file with its record.
    ///
    /// # Errors
    /// What stands under the marker.
    pub fn canonicalise_one(&self, record: &Record, view: &View) -> Shown {
        let mut shown = self.canonicalise(record, std::slice::from_ref(view));
        shown.pop().unwrap_or(Err(Missing::Outside(self.kind.coarse())))
    }

    /// What the views of terms read of the file with its record: its content, or, with
    /// `family` and of a top item, that of its family; and the facts beside it.
    ///
    /// # Errors
    /// Why they cannot read it.
    pub fn searched(
        &self,
        record: &Record,
        family: bool,
    ) -> Result<(Content, ItemFacts), UnreadableReason> {
        let bytes = self.bytes.as_ref().ok_or(UnreadableReason::TooManyBytes)?;
        views::searched(bytes, self.kind, &self.found.text, record, family)
    }

    /// How much of its picture the views leave out at the margins, in percent of its
    /// area, rounded up, where they leave out most; 0 unless a view of it was made.
    #[must_use]
    pub fn margins(&self, views: &[ViewId]) -> u32 {
        let Some(size) = self.found.size.get() else { return 0 };
        views.iter().map(|view| views::margins(view, *size)).max().unwrap_or(0)
    }

    /// How many tokens of its text the views leave out, where they leave out most; 0
    /// unless a view of it was made.
    #[must_use]
    pub fn tokens_beyond(&self, views: &[View]) -> u64 {
        let Some(Ok(content)) = self.found.text.get() else { return 0 };
        let beyond = |view: &View| match (view.id(), view.vocabulary()) {
            (ViewId::Text(TextView::Tokens(tokens)), Some(vocabulary)) => {
                vocabulary.beyond(&content.text, tokens)
            }
            _ => 0,
        };
        views.iter().map(beyond).max().unwrap_or(0)
    }

    /// Columns and rows of its picture, upright; `None` unless a view of it was made.
    #[must_use]
    pub fn picture_size(&self) -> Option<(usize, usize)> {
        self.found.size.get().copied()
    }

    /// What it says of itself, if it is a mail that can be read.
    #[must_use]
    pub fn mail(&self) -> Option<&Meta> {
        if !matches!(self.kind, Kind::Mail | Kind::Msg) {
            return None;
        }
        let bytes = self.bytes.as_ref()?;
        let text = self.found.text.get_or_init(|| views::read_item(bytes, self.kind));
        text.as_ref().ok().map(|content| &content.meta)
    }

    /// The record of the file if it stands in a plain folder, at this path under it.
    #[must_use]
    pub fn record(&self, path: Vec<u8>) -> Record {
        let text =
            |bytes: &Vec<u8>| self.found.text.get_or_init(|| views::read_item(bytes, self.kind));
        let content = self.bytes.as_ref().and_then(|bytes| text(bytes).as_ref().ok());
        let (date, date_from) = date(self.kind, content, None, self.modified);
        Record { date, date_from, ..Record::of_file(path) }
    }
}

/// Reads a document, holding at most [`MAX_FILE_BYTES`] of it.
///
/// # Errors
/// If it cannot be read or changes meanwhile.
pub fn read_document(path: &Path) -> Result<Reading, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let before = file.metadata().map_err(unreadable)?;
    let reading = read_content(&mut file, before.len(), path)?;
    let after = file.metadata().map_err(unreadable)?;
    let touched = matches!((before.modified(), after.modified()), (Ok(a), Ok(b)) if a != b);
    if touched || after.len() != reading.byte_length {
        return Err(CorpusError::Changed(path.to_owned()));
    }
    Ok(Reading { modified: before.modified().ok().and_then(moment_of), ..reading })
}

/// As [`read_document`], of bytes that are `length` in number, from wherever.
pub(crate) fn read_content(
    input: &mut impl Read,
    length: u64,
    path: &Path,
) -> Result<Reading, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    input.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let mut hasher = Sha256::new_with_prefix(&bytes);
    let mut byte_length = bytes.len() as u64;
    let held = byte_length <= MAX_FILE_BYTES;
    let kind = kind_of(if held { &bytes } else { bytes.get(..KIND_BYTES).unwrap_or(&bytes) });
    let bytes = held.then_some(bytes);
    if bytes.is_none() {
        // One byte more than there was: a file that grows would never end.
        let rest = (length + 1).saturating_sub(byte_length);
        byte_length += io::copy(&mut input.take(rest), &mut hasher).map_err(unreadable)?;
    }
    if byte_length != length {
        return Err(CorpusError::Changed(path.to_owned()));
    }
    Ok(Reading {
        sha256: hasher.finalize().into(),
        byte_length,
        kind,
        bytes,
        modified: None,
        found: Found::default(),
    })
}
