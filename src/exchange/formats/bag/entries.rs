//! Reads a `.jsonl` file entry by entry.

use std::marker::PhantomData;

use super::failed;
use crate::exchange::error::Stop;
use crate::exchange::formats::bundle::{Entry, MAX_LINE_BYTES};
use crate::exchange::formats::json;
use crate::exchange::formats::sealed::Reading;

/// The entries of a `.jsonl` file.
#[derive(Debug)]
pub(crate) struct Entries<T> {
    name: &'static str,
    input: Reading,
    documents: u64,
    next: u64,
    peeked: Option<T>,
    kind: PhantomData<T>,
}

impl<T: Entry> Entries<T> {
    /// The entries of what `input` reads, leaves ascending below `documents`.
    pub(super) fn new(name: &'static str, input: Reading, documents: u64) -> Self {
        Self { name, input, documents, next: 0, peeked: None, kind: PhantomData }
    }

    /// The entry of this leaf, if there is one; leaves must be asked for in
    /// ascending order, and those between are passed over.
    pub(crate) fn of_leaf(&mut self, leaf: u64) -> Result<Option<T>, Stop> {
        while self.peeked.as_ref().is_none_or(|entry| entry.leaf() < leaf) {
            self.peeked = self.read()?;
            if self.peeked.is_none() {
                return Ok(None);
            }
        }
        Ok(self.peeked.take_if(|entry| entry.leaf() == leaf))
    }

    /// The file as it was read, to be compared with other readings of it.
    pub(crate) fn into_reading(self) -> Reading {
        self.input
    }

    fn read(&mut self) -> Result<Option<T>, Stop> {
        let bytes = self.input.line(MAX_LINE_BYTES)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let entry: T = json::from_line(&bytes)
            .map_err(|error| failed(self.name, "a line of canonical JSON", error))?;
        if !(self.next..self.documents).contains(&entry.leaf()) {
            let expected = format!("ascending leaves below {}", self.documents);
            return Err(failed(self.name, expected, format!("leaf {}", entry.leaf())));
        }
        if let Some(problem) = entry.problem() {
            return Err(failed(self.name, "a well-formed entry", problem));
        }
        self.next = entry.leaf().saturating_add(1);
        Ok(Some(entry))
    }
}

impl<T: Entry> Iterator for Entries<T> {
    type Item = Result<T, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.peeked.take() {
            Some(entry) => Some(Ok(entry)),
            None => self.read().transpose(),
        }
    }
}
