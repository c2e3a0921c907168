//! Pages and blocks: the lower layer of a data file, nodes and their bytes.

use std::collections::BTreeMap;

use super::crypt::Crypt;
use crate::containers::{OpenError, Source};
use crate::{Budget, Reason};

/// Bytes of a page.
const PAGE: usize = 512;
/// How deep trees are at most: files of the greatest size have five levels.
const DEPTH: usize = 16;

/// A data file.
#[derive(Debug)]
pub(super) struct File<'s> {
    source: Source<'s>,
    /// Numbers of eight bytes, as since Outlook 2003; else of four.
    wide: bool,
    crypt: Crypt,
    /// Where the tree of nodes begins, and the tree of blocks.
    nodes: u64,
    blocks: u64,
}

/// Something with data, and perhaps with nodes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Number of the block with its data.
    pub(super) data: u64,
    /// Number of the block that lists its nodes; 0 if it has none.
    pub(super) below: u64,
    /// The node that it belongs to: the folder of a message.
    pub(super) parent: u32,
}

/// A place in the file.
struct Block {
    at: u64,
    length: usize,
}

impl<'s> File<'s> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Reason::NotOpened`] for a file of a version or disguise that is not read.
    pub(super) fn open(source: Source<'s>) -> Result<Self, OpenError> {
        let mut header = [0; 564];
        source.read_exact_at(0, &mut header)?;
        if !header.starts_with(b"!BDN") {
            return Err(Reason::Damaged.into());
        }
        let wide = match number(&header, 10, 2) {
            14 | 15 => false,
            // From 36 on, pages are larger and blocks compressed.
            20..=35 => true,
            _ => return Err(Reason::NotOpened.into()),
        };
        let (nodes, blocks, crypt) =
            if wide { (224, 240, header[513]) } else { (188, 196, header[461]) };
        let size = if wide { 8 } else { 4 };
        let (nodes, blocks) = (number(&header, nodes, size), number(&header, blocks, size));
        let crypt = Crypt::of(crypt).ok_or(Reason::NotOpened)?;
        Ok(Self { source, wide, crypt, nodes, blocks })
    }

    /// Bytes of a number that points somewhere.
    fn size(&self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    /// The level of a page of a tree, and its entries.
    fn page(&mut self, at: u64) -> Result<(u8, Vec<Vec<u8>>), OpenError> {
        let page = self.source.slice(at, PAGE)?;
        let end = if self.wide { 488 } else { 496 };
        let [count, _, size, level] =
            *page.get(end..).and_then(|rest| rest.first_chunk()).ok_or(Reason::Damaged)?;
        let least = if self.wide { 24 } else { 12 };
        if usize::from(size) < least {
            return Err(Reason::Damaged.into());
        }
        let entries = page.get(..end).unwrap_or_default().chunks_exact(size.into());
        Ok((level, entries.take(count.into()).map(<[u8]>::to_vec).collect()))
    }

    /// The entry of a key in a tree.
    fn find(
        &mut self,
        root: u64,
        key: u64,
        budget: &mut Budget,
    ) -> Result<Option<Vec<u8>>, OpenError> {
        let size = self.size();
        let mut at = root;
        for _ in 0..DEPTH {
            budget.take_work(PAGE as u64)?;
            let (level, entries) = self.page(at)?;
            let found = entries.into_iter().rfind(|entry| number(entry, 0, size) <= key);
            let Some(entry) = found else { return Ok(None) };
            if level == 0 {
                return Ok(Some(entry).filter(|entry| number(entry, 0, size) == key));
            }
            at = number(&entry, 2 * size, size);
        }
        Err(Reason::Damaged.into())
    }

    fn node_of(&self, entry: &[u8]) -> Node {
        let size = self.size();
        let parent = number(entry, 3 * size, 4) as u32;
        Node { data: number(entry, size, size), below: number(entry, 2 * size, size), parent }
    }

    /// The node of a number.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if there is none.
    pub(super) fn node(&mut self, number: u32, budget: &mut Budget) -> Result<Node, OpenError> {
        let entry = self.find(self.nodes, number.into(), budget)?.ok_or(Reason::Damaged)?;
        Ok(self.node_of(&entry))
    }

    /// All nodes of the file, by number.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if the tree is damaged.
    pub(super) fn all_nodes(
        &mut self,
        budget: &mut Budget,
    ) -> Result<BTreeMap<u32, Node>, OpenError> {
        let size = self.size();
        let mut nodes = BTreeMap::new();
        let mut left = vec![(self.nodes, 0)];
        while let Some((at, depth)) = left.pop() {
            budget.take_work(PAGE as u64)?;
            let (level, entries) = self.page(at)?;
            if level > 0 && depth == DEPTH {
                return Err(Reason::Damaged.into());
            }
            for entry in entries {
                if level > 0 {
                    left.push((number(&entry, 2 * size, size), depth + 1));
                } else {
                    nodes.insert(number(&entry, 0, 4) as u32, self.node_of(&entry));
                }
            }
        }
        Ok(nodes)
    }

    /// The bytes of a block. Bit 0 of its number means nothing.
    fn block(&mut self, id: u64, budget: &mut Budget) -> Result<Vec<u8>, OpenError> {
        let size = self.size();
        let key = id & !1;
        let entry = match self.find(self.blocks, key, budget)? {
            Some(entry) => entry,
            None => self.find(self.blocks, key | 1, budget)?.ok_or(Reason::Damaged)?,
        };
        let place =
            Block { at: number(&entry, size, size), length: number(&entry, 2 * size, 2) as usize };
        budget.take_bytes(place.length)?;
        let mut bytes = self.source.slice(place.at, place.length)?;
        if !is_internal(id) {
            self.crypt.decode(&mut bytes, id);
        }
        Ok(bytes)
    }

    /// The blocks of a node's data, in order.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if one is not there; [`Reason::TooLarge`] if the budget does
    /// not allow them.
    pub(super) fn data(&mut self, id: u64, budget: &mut Budget) -> Result<Vec<Vec<u8>>, OpenError> {
        let (size, mut blocks) = (self.size(), Vec::new());
        let mut left = vec![(id, 0)];
        while let Some((id, depth)) = left.pop() {
            if id == 0 {
                continue;
            }
            budget.take_entries(1)?;
            let block = self.block(id, budget)?;
            if !is_internal(id) {
                blocks.push(block);
                continue;
            }
            // A list of blocks, or of such lists.
            if block.first() != Some(&1) || depth == 2 {
                return Err(Reason::Damaged.into());
            }
            let count = number(&block, 2, 2) as usize;
            let ids = block.get(8..).unwrap_or_default().chunks_exact(size).take(count);
            let first = left.len();
            left.extend(ids.map(|id| (number(id, 0, size), depth + 1)));
            if let Some(added) = left.get_mut(first..) {
                added.reverse();
            }
        }
        Ok(blocks)
    }

    /// The nodes below a node.
    ///
    /// # Errors
    /// As [`File::data`].
    pub(super) fn below(
        &mut self,
        id: u64,
        budget: &mut Budget,
    ) -> Result<BTreeMap<u32, Node>, OpenError> {
        let size = self.size();
        // Numbers of eight bytes are aligned to them.
        let head = if self.wide { 8 } else { 4 };
        let mut nodes = BTreeMap::new();
        let mut left = vec![(id, 0)];
        while let Some((id, depth)) = left.pop() {
            if id == 0 {
                continue;
            }
            let block = self.block(id, budget)?;
            let &[kind, level, ..] = block.as_slice() else { return Err(Reason::Damaged.into()) };
            if kind != 2 || level > 1 || depth > 1 {
                return Err(Reason::Damaged.into());
            }
            let count = number(&block, 2, 2);
            budget.take_entries(count)?;
            let entry = if level == 0 { 3 * size } else { 2 * size };
            let entries = block.get(head..).unwrap_or_default().chunks_exact(entry);
            for entry in entries.take(count as usize) {
                let data = number(entry, size, size);
                if level == 0 {
                    let below = number(entry, 2 * size, size);
                    let node = Node { data, below, parent: 0 };
                    nodes.insert(number(entry, 0, 4) as u32, node);
                } else {
                    left.push((data, depth + 1));
                }
            }
        }
        Ok(nodes)
    }
}

/// Whether a block holds numbers of blocks, which are not disguised.
fn is_internal(id: u64) -> bool {
    id & 2 != 0
}

/// A number of up to eight bytes; 0 where bytes are missing.
pub(super) fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    let bytes = bytes.get(at..).and_then(|rest| rest.get(..size)).unwrap_or_default();
    bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}
