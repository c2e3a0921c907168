//! The directory: storages and streams by name.

use super::chains::Chains;
use super::{ENTRY_BYTES, NONE, u16_at, u32_at};
use crate::{Budget, Reason};

/// A storage or stream of a file.
pub(crate) type EntryId = usize;

/// An open compound file.
#[derive(Clone, Debug)]
pub(crate) struct Compound<'a> {
    chains: Chains<'a>,
    directory: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    is_storage: bool,
    /// Storages and streams in this storage, in the order of its tree.
    inside: Vec<EntryId>,
    first: u32,
    length: u64,
}

impl<'a> Compound<'a> {
    /// The storage that holds all others.
    pub(crate) const ROOT: EntryId = 0;

    /// Opens a file.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if the directory is not whole or holds an entry twice;
    /// [`Reason::TooLarge`] if the budget does not allow it.
    pub(crate) fn open(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, Reason> {
        let chains = Chains::open(bytes, budget)?;
        let directory = chains.whole(chains.header(48)?, budget)?;
        let count = directory.len() / ENTRY_BYTES;
        budget.take_entries(count as u64)?;
        // With sectors of 512 bytes, the upper half of a length is not defined.
        let mask = if chains.header(28)? >> 16 == 9 { u64::from(u32::MAX) } else { u64::MAX };
        let entries = directory.chunks_exact(ENTRY_BYTES).map(|entry| Entry::read(entry, mask));
        let mut compound = Self { entries: entries.collect(), directory: Vec::new(), chains };
        compound.directory = directory;
        compound.link(budget)?;
        let first = compound.entries.first().ok_or(Reason::Damaged)?.first;
        compound.chains.set_short_stream(first, budget)?;
        Ok(compound)
    }

    /// Gives every storage its contents. A storage's contents are a binary tree,
    /// which is walked from left to right; an entry may stand in one tree only.
    fn link(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        let mut seen = vec![false; self.entries.len()];
        *seen.first_mut().ok_or(Reason::Damaged)? = true;
        let mut storages = vec![Self::ROOT];
        while let Some(storage) = storages.pop() {
            let mut inside = Vec::new();
            let mut above = Vec::new();
            let mut next = self.link_of(storage, 76);
            loop {
                while let Some(id) = next {
                    budget.take_work(1)?;
                    let seen = seen.get_mut(id).ok_or(Reason::Damaged)?;
                    if std::mem::replace(seen, true) {
                        return Err(Reason::Damaged);
                    }
                    above.push(id);
                    next = self.link_of(id, 68);
                }
                let Some(id) = above.pop() else { break };
                inside.push(id);
                next = self.link_of(id, 72);
            }
            storages.extend(inside.iter().filter(|&&id| self.is_storage(id)));
            if let Some(entry) = self.entries.get_mut(storage) {
                entry.inside = inside;
            }
        }
        Ok(())
    }

    /// Another entry that an entry names at an offset.
    fn link_of(&self, id: EntryId, at: usize) -> Option<EntryId> {
        let link = u32_at(self.raw(id)?, at)?;
        (link != NONE).then(|| usize::try_from(link).ok()).flatten()
    }

    /// The entry's bytes in the directory.
    fn raw(&self, id: EntryId) -> Option<&[u8]> {
        let start = id.checked_mul(ENTRY_BYTES)?;
        self.directory.get(start..start.checked_add(ENTRY_BYTES)?)
    }

    /// Whether an entry is a storage.
    pub(crate) fn is_storage(&self, id: EntryId) -> bool {
        self.entries.get(id).is_some_and(|entry| entry.is_storage)
    }

    /// What a storage holds, in the order of its tree.
    pub(crate) fn inside(&self, storage: EntryId) -> &[EntryId] {
        self.entries.get(storage).map_or(&[], |entry| &entry.inside)
    }

    /// The units of UTF-16 of an entry's name.
    pub(crate) fn name(&self, id: EntryId) -> impl Iterator<Item = u16> {
        let raw = self.raw(id).unwrap_or_default();
        let bytes = u16_at(raw, 64).map_or(0, |length| usize::from(length).min(64));
        let name = raw.get(..bytes.saturating_sub(2)).unwrap_or_default();
        name.as_chunks().0.iter().map(|&unit| u16::from_le_bytes(unit))
    }

    /// The name where it is ASCII; anything else as `?`.
    pub(crate) fn ascii_name(&self, id: EntryId) -> String {
        let char = |unit| u8::try_from(unit).ok().filter(u8::is_ascii).map_or('?', char::from);
        self.name(id).map(char).collect()
    }

    /// The class of the object in a storage.
    pub(crate) fn class(&self, id: EntryId) -> [u8; 16] {
        let class = self.raw(id).and_then(|raw| raw.get(80..)).and_then(|rest| rest.first_chunk());
        class.copied().unwrap_or_default()
    }

    /// The storage or stream of a name in a storage. Letters of ASCII in either
    /// case are alike, as the format has it.
    pub(crate) fn find(&self, storage: EntryId, name: &str) -> Option<EntryId> {
        let upper = |unit: u16| match u8::try_from(unit) {
            Ok(byte) => u16::from(byte.to_ascii_uppercase()),
            Err(_) => unit,
        };
        let alike = |id: EntryId| self.name(id).map(upper).eq(name.encode_utf16().map(upper));
        self.inside(storage).iter().copied().find(|&id| alike(id))
    }

    /// The bytes of a stream.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if fewer are there than stated, or it is a storage;
    /// [`Reason::TooLarge`] if the budget does not allow them.
    pub(crate) fn stream(&self, id: EntryId, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
        let entry =
            self.entries.get(id).filter(|entry| !entry.is_storage).ok_or(Reason::Damaged)?;
        self.chains.stream(entry.first, entry.length, budget)
    }

    /// The bytes of the stream of a name in a storage, if there is one.
    ///
    /// # Errors
    /// As [`Compound::stream`].
    pub(crate) fn find_stream(
        &self,
        storage: EntryId,
        name: &str,
        budget: &mut Budget,
    ) -> Result<Option<Vec<u8>>, Reason> {
        self.find(storage, name).map(|id| self.stream(id, budget)).transpose()
    }
}

impl Entry {
    fn read(raw: &[u8], mask: u64) -> Self {
        let length = |low, high| u64::from(low) | u64::from(high) << 32;
        Self {
            // 1: a storage, 5: the root.
            is_storage: matches!(raw.get(66), Some(1 | 5)),
            inside: Vec::new(),
            first: u32_at(raw, 116).unwrap_or(NONE),
            length: u32_at(raw, 120)
                .zip(u32_at(raw, 124))
                .map_or(0, |(low, high)| length(low, high))
                & mask,
        }
    }
}
