//! Heaps and the trees in them: the upper layer of a data file.

use super::file::number;
use crate::{Budget, Reason};

/// Bits of the number of an allocation that tell its kind: all zero.
pub(super) const KIND_BITS: u32 = 0x1f;
/// How deep trees are at most.
const DEPTH: u8 = 8;

/// A key and a value.
pub(super) type Record<'h> = (&'h [u8], &'h [u8]);

/// What a node's data hold: allocations by number.
#[derive(Debug)]
pub(super) struct Heap {
    blocks: Vec<Vec<u8>>,
}

impl Heap {
    /// The heap in a node's data.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if it is none.
    pub(super) fn new(blocks: Vec<Vec<u8>>) -> Result<Self, Reason> {
        let heap = Self { blocks };
        if heap.header().get(2) == Some(&0xec) { Ok(heap) } else { Err(Reason::Damaged) }
    }

    fn header(&self) -> &[u8] {
        self.blocks.first().map_or(&[], Vec::as_slice)
    }

    /// What the heap is for.
    pub(super) fn purpose(&self) -> u8 {
        self.header().get(3).copied().unwrap_or_default()
    }

    /// The allocation that its user begins with.
    pub(super) fn root(&self) -> u32 {
        number(self.header(), 4, 4) as u32
    }

    /// An allocation; empty for number 0.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if it is not there.
    pub(super) fn get(&self, id: u32) -> Result<&[u8], Reason> {
        if id == 0 {
            return Ok(&[]);
        }
        let get = || {
            let block = self.blocks.get((id >> 16) as usize)?;
            let index = (id >> 5 & 0x7ff) as usize;
            let map = number(block, 0, 2) as usize;
            let count = number(block, map, 2) as usize;
            // Allocations are numbered from 1; each ends where the next begins.
            let place = (1..=count).contains(&index).then(|| map + 4 + 2 * (index - 1))?;
            let (start, end) = (number(block, place, 2), number(block, place + 2, 2));
            block.get(start as usize..end as usize)
        };
        if id & KIND_BITS == 0 { get().ok_or(Reason::Damaged) } else { Err(Reason::Damaged) }
    }

    /// The entries of the tree whose header is an allocation: keys and values, in
    /// their order.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if it is none; [`Reason::TooLarge`] if the budget does not
    /// allow its entries.
    pub(super) fn tree(&self, header: u32, budget: &mut Budget) -> Result<Vec<Record<'_>>, Reason> {
        let &[0xb5, key, value, levels, ..] = self.get(header)? else {
            return Err(Reason::Damaged);
        };
        if key == 0 || levels > DEPTH {
            return Err(Reason::Damaged);
        }
        let (key, value) = (usize::from(key), usize::from(value));
        let mut entries = Vec::new();
        let mut left = vec![(number(self.get(header)?, 4, 4) as u32, levels)];
        while let Some((id, level)) = left.pop() {
            let bytes = self.get(id)?;
            if level > 0 {
                let records = bytes.chunks_exact(key + 4);
                budget.take_entries(records.len() as u64)?;
                left.extend(records.rev().map(|record| (number(record, key, 4) as u32, level - 1)));
            } else {
                let records = bytes.chunks_exact(key + value);
                budget.take_entries(records.len() as u64)?;
                entries.extend(records.map(|record| record.split_at(key)));
            }
        }
        Ok(entries)
    }
}
