//! Writing compound files by one fixed rule.
//!
//! Version 3, sectors of 512 bytes, all times and state bits zero. Entries stand in
//! the order in which they were added; siblings form a balanced tree by the format's
//! order of names; then come the long streams, the short stream, its table, the
//! directory, the allocation table and the list of its sectors.

use super::{
    CUTOFF, Compound, END_OF_CHAIN, ENTRY_BYTES, EntryId, FREE, IN_HEADER, LIST_SECTOR, NONE,
    SHORT_SECTOR, SIGNATURE, TABLE_SECTOR,
};
use crate::{Budget, Reason};

const SECTOR: usize = 512;
/// Slots of a sector of the allocation table.
const SLOTS: usize = SECTOR / 4;

/// A compound file that is being put together.
#[derive(Debug)]
pub(crate) struct Writer {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    name: Vec<u16>,
    class: [u8; 16],
    /// Bytes of a stream; a storage has none.
    contents: Option<Vec<u8>>,
    inside: Vec<usize>,
    left: u32,
    right: u32,
    child: u32,
    red: bool,
    first: u32,
}

impl Node {
    fn new(name: Vec<u16>, class: [u8; 16], contents: Option<Vec<u8>>) -> Self {
        let inside = Vec::new();
        let (left, right, child, first) = (NONE, NONE, NONE, 0);
        Self { name, class, contents, inside, left, right, child, red: false, first }
    }
}

impl Writer {
    /// The storage that holds all others.
    pub(crate) const ROOT: usize = 0;

    /// An empty file whose root has this class.
    pub(crate) fn new(class: [u8; 16]) -> Self {
        Self { nodes: vec![Node::new("Root Entry".encode_utf16().collect(), class, None)] }
    }

    /// Adds a storage.
    pub(crate) fn storage(&mut self, to: usize, name: Vec<u16>, class: [u8; 16]) -> usize {
        self.add(to, Node::new(name, class, None))
    }

    /// Adds a stream.
    pub(crate) fn stream(&mut self, to: usize, name: Vec<u16>, contents: Vec<u8>) {
        self.add(to, Node::new(name, [0; 16], Some(contents)));
    }

    fn add(&mut self, to: usize, node: Node) -> usize {
        let id = self.nodes.len();
        self.nodes.push(node);
        if let Some(storage) = self.nodes.get_mut(to) {
            storage.inside.push(id);
        }
        id
    }

    /// Copies what a storage of another file holds, with all that is below it.
    ///
    /// # Errors
    /// As [`Compound::stream`].
    pub(crate) fn copy(
        &mut self,
        from: &Compound<'_>,
        storage: EntryId,
        to: usize,
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        let mut left = vec![(storage, to)];
        while let Some((storage, to)) = left.pop() {
            for &id in from.inside(storage) {
                budget.take_entries(1)?;
                let name = from.name(id).collect();
                if from.is_storage(id) {
                    left.push((id, self.storage(to, name, from.class(id))));
                } else {
                    let contents = from.stream(id, budget)?;
                    self.stream(to, name, contents);
                }
            }
        }
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow it.
    pub(crate) fn finish(mut self, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
        for storage in 0..self.nodes.len() {
            self.grow(storage);
        }
        let sum: usize = self.nodes.iter().map(|node| node.size().next_multiple_of(SECTOR)).sum();
        // The directory, and the tables of at most one fiftieth.
        budget.take_bytes(sum.saturating_add(self.nodes.len() * (ENTRY_BYTES + 4)))?;

        let mut file = vec![0; SECTOR];
        let mut table = Vec::new();
        for node in self.nodes.iter_mut().filter(|node| node.is_long()) {
            node.first =
                append(&mut file, &mut table, node.contents.as_deref().unwrap_or_default());
        }
        let (short, short_table) = self.short_stream();
        let short_first = append(&mut file, &mut table, &short);
        let slots: Vec<u8> = short_table.iter().flat_map(|slot| slot.to_le_bytes()).collect();
        let short_table_first = append_filled(&mut file, &mut table, &slots, 0xff);
        if let Some(root) = self.nodes.first_mut() {
            root.first = short_first;
        }
        let directory = self.directory(short.len() as u64);
        let directory_first = append(&mut file, &mut table, &directory);

        // The table covers itself and the list of its sectors.
        let (mut tables, mut lists) = (0, 0);
        while (table.len() + tables + lists).div_ceil(SLOTS) > tables
            || tables.saturating_sub(IN_HEADER).div_ceil(SLOTS - 1) > lists
        {
            tables = (table.len() + tables + lists).div_ceil(SLOTS);
            lists = tables.saturating_sub(IN_HEADER).div_ceil(SLOTS - 1);
        }
        let tables_first = table.len();
        let lists_first = tables_first + tables;
        table.extend(std::iter::repeat_n(TABLE_SECTOR, tables));
        table.extend(std::iter::repeat_n(LIST_SECTOR, lists));
        table.resize(tables * SLOTS, FREE);
        file.extend(table.iter().flat_map(|slot| slot.to_le_bytes()));

        let number = |number: usize| u32::try_from(number).unwrap_or(NONE).to_le_bytes();
        let mut sectors = tables_first..lists_first;
        let header: Vec<[u8; 4]> = sectors.by_ref().take(IN_HEADER).map(number).collect();
        for list in 0..lists {
            let mut slots: Vec<_> = sectors.by_ref().take(SLOTS - 1).map(number).collect();
            slots.resize(SLOTS - 1, FREE.to_le_bytes());
            let last = list + 1 == lists;
            slots.push(if last {
                END_OF_CHAIN.to_le_bytes()
            } else {
                number(lists_first + list + 1)
            });
            file.extend(slots.as_flattened());
        }

        let end = END_OF_CHAIN.to_le_bytes();
        let mut head = Vec::with_capacity(SECTOR);
        head.extend(SIGNATURE);
        head.extend([0; 16]);
        // Minor and major version, order of bytes, sizes of sectors as powers of two.
        head.extend([0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0, 0, 0, 0, 0, 0, 0]);
        head.extend([0; 4]);
        head.extend(number(tables));
        head.extend(directory_first.to_le_bytes());
        head.extend([0; 4]);
        head.extend((CUTOFF as u32).to_le_bytes());
        head.extend(short_table_first.to_le_bytes());
        head.extend(number(slots.len().div_ceil(SECTOR)));
        head.extend(if lists == 0 { end } else { number(lists_first) });
        head.extend(number(lists));
        head.extend(header.as_flattened());
        head.resize(SECTOR, 0xff);
        file.splice(..SECTOR, head);
        Ok(file)
    }

    /// Puts the contents of a storage into a balanced tree.
    fn grow(&mut self, storage: usize) {
        let mut sorted =
            self.nodes.get(storage).map(|node| node.inside.clone()).unwrap_or_default();
        sorted.sort_by_cached_key(|&id| self.nodes.get(id).map(Node::key));
        let deepest = sorted.len().checked_ilog2().unwrap_or(0);
        let child = self.balance(&sorted, 0, deepest);
        if let Some(node) = self.nodes.get_mut(storage) {
            node.child = child;
        }
    }

    /// The root of a balanced tree. The deepest level is red, all others black, so
    /// that all paths pass as many black ones. Recurses as deep as the tree is.
    fn balance(&mut self, sorted: &[usize], depth: u32, deepest: u32) -> u32 {
        let (before, rest) = sorted.split_at(sorted.len() / 2);
        let Some((&middle, after)) = rest.split_first() else { return NONE };
        let left = self.balance(before, depth + 1, deepest);
        let right = self.balance(after, depth + 1, deepest);
        if let Some(node) = self.nodes.get_mut(middle) {
            (node.left, node.right) = (left, right);
            node.red = depth > 0 && depth == deepest;
        }
        u32::try_from(middle).unwrap_or(NONE)
    }

    /// The short stream, and the chains of its sectors.
    fn short_stream(&mut self) -> (Vec<u8>, Vec<u32>) {
        let (mut stream, mut table) = (Vec::new(), Vec::new());
        for node in self.nodes.iter_mut().filter(|node| node.contents.is_some() && !node.is_long())
        {
            let contents = node.contents.as_deref().unwrap_or_default();
            node.first = chain(&mut table, contents.len().div_ceil(SHORT_SECTOR));
            stream.extend_from_slice(contents);
            stream.resize(stream.len().next_multiple_of(SHORT_SECTOR), 0);
        }
        (stream, table)
    }

    fn directory(&self, short: u64) -> Vec<u8> {
        let mut directory = Vec::new();
        for (id, node) in self.nodes.iter().enumerate() {
            let units = node.name.get(..node.name.len().min(31)).unwrap_or_default();
            let mut name: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let length = name.len() as u8 + 2;
            name.resize(64, 0);
            directory.extend(name);
            directory.extend([length, 0]);
            let kind = match (id, &node.contents) {
                (0, _) => 5,
                (_, None) => 1,
                (_, Some(_)) => 2,
            };
            directory.extend([kind, u8::from(!node.red)]);
            directory
                .extend([node.left, node.right, node.child].map(u32::to_le_bytes).as_flattened());
            directory.extend(node.class);
            directory.extend([0; 4 + 8 + 8]);
            directory.extend(node.first.to_le_bytes());
            let length = if id == 0 { short } else { node.size() as u64 };
            directory.extend(length.to_le_bytes());
        }
        // Entries that are not used, up to the end of the sector.
        while !directory.len().is_multiple_of(SECTOR) {
            directory.extend([0; 68]);
            directory.extend([0xff; 12]);
            directory.extend([0; ENTRY_BYTES - 80]);
        }
        directory
    }
}

impl Node {
    fn size(&self) -> usize {
        self.contents.as_ref().map_or(0, Vec::len)
    }

    /// Whether the stream has sectors of its own.
    fn is_long(&self) -> bool {
        self.size() as u64 >= CUTOFF
    }

    /// What names are sorted by: the shorter first. Upper case goes by ASCII alone.
    fn key(&self) -> (usize, Vec<u16>) {
        let upper = |&unit: &u16| match u8::try_from(unit) {
            Ok(byte) => u16::from(byte.to_ascii_uppercase()),
            Err(_) => unit,
        };
        (self.name.len(), self.name.iter().map(upper).collect())
    }
}

/// Adds a chain of this many links to a table; gives its first, or the end mark.
fn chain(table: &mut Vec<u32>, links: usize) -> u32 {
    let first = table.len();
    for link in 1..links {
        table.push(u32::try_from(first + link).unwrap_or(END_OF_CHAIN));
    }
    if links == 0 {
        return END_OF_CHAIN;
    }
    table.push(END_OF_CHAIN);
    u32::try_from(first).unwrap_or(END_OF_CHAIN)
}

/// Adds sectors with these contents; gives the first.
fn append(file: &mut Vec<u8>, table: &mut Vec<u32>, contents: &[u8]) -> u32 {
    append_filled(file, table, contents, 0)
}

fn append_filled(file: &mut Vec<u8>, table: &mut Vec<u32>, contents: &[u8], fill: u8) -> u32 {
    file.extend_from_slice(contents);
    file.resize(file.len().next_multiple_of(SECTOR), fill);
    chain(table, contents.len().div_ceil(SECTOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Vec<u16> {
        name.encode_utf16().collect()
    }

    /// A file with a stream of each of these lengths, in a storage.
    fn file(lengths: &[usize]) -> Vec<u8> {
        let mut writer = Writer::new([7; 16]);
        let storage = writer.storage(Writer::ROOT, name("Storage"), [9; 16]);
        for (at, &length) in lengths.iter().enumerate() {
            writer.stream(storage, name(&format!("s{at}")), vec![at as u8; length]);
        }
        writer.stream(Writer::ROOT, name("empty"), Vec::new());
        writer.finish(&mut Budget::new()).unwrap()
    }

    fn check(lengths: &[usize]) {
        let bytes = file(lengths);
        assert_eq!(bytes.len() % SECTOR, 0);
        let budget = &mut Budget::new();
        let ours = Compound::open(&bytes, budget).unwrap();
        assert_eq!(ours.class(Compound::ROOT), [7; 16]);
        let storage = ours.find(Compound::ROOT, "sTORAGE").unwrap();
        assert_eq!((ours.class(storage), ours.inside(storage).len()), ([9; 16], lengths.len()));
        let mut theirs = cfb::CompoundFile::open_strict(std::io::Cursor::new(&bytes)).unwrap();
        for (at, &length) in lengths.iter().enumerate() {
            let expected = vec![at as u8; length];
            let found = ours.find_stream(storage, &format!("S{at}"), budget).unwrap();
            assert_eq!(found.as_ref(), Some(&expected));
            let mut stream = theirs.open_stream(format!("/Storage/s{at}")).unwrap();
            let mut found = Vec::new();
            std::io::Read::read_to_end(&mut stream, &mut found).unwrap();
            assert_eq!(found, expected);
        }
        let empty = ours.find_stream(Compound::ROOT, "empty", budget).unwrap();
        assert_eq!(empty, Some(Vec::new()));
    }

    #[test]
    fn what_is_written_is_read_by_us_and_by_a_strict_reader() {
        check(&[]);
        check(&[0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097]);
        check(&(0..100).map(|at| at * 50).collect::<Vec<_>>());
        // More sectors of the table than the header lists.
        check(&[8 << 20, 5]);
    }
}
