//! Writing small data files, as [MS-PST] has them, without checksums.

use crate::outlook::property::kind;

/// The value of a property.
pub(super) enum Value {
    Number(u32),
    Text(&'static str),
    Bytes(Vec<u8>),
    /// Bytes in a node below, with its number.
    Below(u32, Vec<u8>),
    /// A message in a node below.
    Message(u32, Below),
    Time(u64),
}

/// What stands below a node, with its own data first.
#[derive(Default)]
pub(super) struct Below {
    pub(super) data: Vec<u8>,
    pub(super) nodes: Vec<(u32, Below)>,
}

/// A file, with nodes and blocks so far.
pub(super) struct Builder {
    bytes: Vec<u8>,
    /// Numbers of blocks, places, lengths.
    blocks: Vec<(u64, u64, u16)>,
    /// Numbers of nodes, of their data, of what is below, of their parent.
    nodes: Vec<(u32, u64, u64, u32)>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; 0x400], blocks: Vec::new(), nodes: Vec::new() }
    }

    pub(super) fn node(&mut self, number: u32, parent: u32, contents: Below) {
        let data = self.data(&contents.data);
        let below = self.below(contents.nodes);
        self.nodes.push((number, data, below, parent));
    }

    fn block(&mut self, bytes: &[u8], internal: bool) -> u64 {
        let id = 4 * (self.blocks.len() as u64 + 1) + if internal { 2 } else { 0 };
        self.bytes.resize(self.bytes.len().next_multiple_of(64), 0);
        self.blocks.push((id, self.bytes.len() as u64, bytes.len() as u16));
        self.bytes.extend(bytes);
        id
    }

    /// Blocks of at most 100 bytes, so that lists of blocks are needed; a heap is one.
    fn data(&mut self, data: &[u8]) -> u64 {
        if data.get(2) == Some(&0xec) || data.len() <= 100 {
            return self.block(data, false);
        }
        let ids: Vec<u64> = data.chunks(100).map(|chunk| self.block(chunk, false)).collect();
        let mut lists = Vec::new();
        for ids in ids.chunks(3) {
            let mut list = vec![1, 1];
            list.extend((ids.len() as u16).to_le_bytes());
            list.extend([0; 4]);
            list.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
            lists.push(self.block(&list, true));
        }
        let mut list = vec![1, 2];
        list.extend((lists.len() as u16).to_le_bytes());
        list.extend([0; 4]);
        list.extend(lists.iter().flat_map(|id| id.to_le_bytes()));
        self.block(&list, true)
    }

    fn below(&mut self, nodes: Vec<(u32, Below)>) -> u64 {
        if nodes.is_empty() {
            return 0;
        }
        let mut list = vec![2, 0];
        list.extend((nodes.len() as u16).to_le_bytes());
        list.extend([0; 4]);
        for (number, contents) in nodes {
            let data = self.data(&contents.data);
            let below = self.below(contents.nodes);
            list.extend([u64::from(number), data, below].iter().flat_map(|id| id.to_le_bytes()));
        }
        self.block(&list, true)
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.nodes.sort_unstable();
        let node = |&(number, data, below, parent): &(u32, u64, u64, u32)| {
            let mut entry: Vec<u8> =
                [number.into(), data, below].iter().flat_map(|id: &u64| id.to_le_bytes()).collect();
            entry.extend(u64::from(parent).to_le_bytes());
            entry
        };
        let nodes: Vec<Vec<u8>> = self.nodes.iter().map(node).collect();
        let block = |&(id, at, length): &(u64, u64, u16)| {
            let mut entry: Vec<u8> = [id, at].iter().flat_map(|id| id.to_le_bytes()).collect();
            entry.extend(u64::from(length).to_le_bytes());
            entry
        };
        let blocks: Vec<Vec<u8>> = self.blocks.iter().map(block).collect();
        let nodes = self.tree(nodes);
        let blocks = self.tree(blocks);
        self.bytes[..4].copy_from_slice(b"!BDN");
        self.bytes[10] = 23;
        self.bytes[224..232].copy_from_slice(&nodes.to_le_bytes());
        self.bytes[240..248].copy_from_slice(&blocks.to_le_bytes());
        self.bytes
    }

    /// A tree of two levels.
    fn tree(&mut self, entries: Vec<Vec<u8>>) -> u64 {
        let mut upper = Vec::new();
        for entries in entries.chunks(7) {
            let mut entry = entries[0][..8].to_vec();
            entry.extend([0; 8]);
            entry.extend(self.page(entries, 0).to_le_bytes());
            upper.push(entry);
        }
        self.page(&upper, 1)
    }

    fn page(&mut self, entries: &[Vec<u8>], level: u8) -> u64 {
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
        let at = self.bytes.len();
        self.bytes.extend(entries.concat());
        self.bytes.resize(at + 488, 0);
        self.bytes.extend([entries.len() as u8, 20, entries[0].len() as u8, level]);
        self.bytes.resize(at + 512, 0);
        at as u64
    }
}

/// A heap. Allocation 1 is its root.
fn heap(purpose: u8, allocations: &[Vec<u8>]) -> Vec<u8> {
    let mut heap = vec![0, 0, 0xec, purpose, 0x20, 0, 0, 0, 0, 0, 0, 0];
    let mut places = Vec::new();
    for allocation in allocations {
        places.push(heap.len() as u16);
        heap.extend(allocation);
    }
    places.push(heap.len() as u16);
    let map = heap.len() as u16;
    heap[..2].copy_from_slice(&map.to_le_bytes());
    heap.extend((allocations.len() as u16).to_le_bytes());
    heap.extend([0; 2]);
    heap.extend(places.iter().flat_map(|place| place.to_le_bytes()));
    heap
}

/// The number of an allocation, which is added.
fn allocate(allocations: &mut Vec<Vec<u8>>, bytes: Vec<u8>) -> u32 {
    allocations.push(bytes);
    (allocations.len() as u32) << 5
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A set of properties.
pub(super) fn object(properties: Vec<(u16, Value)>, mut nodes: Vec<(u32, Below)>) -> Below {
    let mut allocations = vec![Vec::new()];
    let mut records: Vec<(u16, u16, u32)> = Vec::new();
    for (id, value) in properties {
        let (kind, value) = match value {
            Value::Number(number) => (kind::INTEGER, number),
            Value::Text(text) => (kind::STRING, allocate(&mut allocations, utf_16(text))),
            Value::Bytes(bytes) => (kind::BINARY, allocate(&mut allocations, bytes)),
            Value::Time(ticks) => {
                (kind::TIME, allocate(&mut allocations, ticks.to_le_bytes().to_vec()))
            }
            Value::Below(number, data) => {
                nodes.push((number, Below { data, nodes: Vec::new() }));
                (kind::BINARY, number)
            }
            Value::Message(number, message) => {
                nodes.push((number, message));
                let record = [number.to_le_bytes(), [0; 4]].concat();
                (kind::OBJECT, allocate(&mut allocations, record))
            }
        };
        records.push((id, kind, value));
    }
    records.sort_unstable();
    let record = |&(id, kind, value): &(u16, u16, u32)| {
        [&id.to_le_bytes()[..], &kind.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let records = allocate(&mut allocations, records.iter().flat_map(record).collect());
    allocations[0] = [&[0xb5, 2, 6, 0][..], &records.to_le_bytes()].concat();
    Below { data: heap(0xbc, &allocations), nodes }
}

/// A table of recipients: names, addresses and roles; of other rows by number alone.
pub(super) fn table(rows: &[(u32, &str, &str, u32)]) -> Below {
    let mut allocations = vec![Vec::new()];
    let (mut index, mut cells) = (Vec::new(), Vec::new());
    for (place, &(number, name, address, role)) in rows.iter().enumerate() {
        index.extend(number.to_le_bytes());
        index.extend((place as u32).to_le_bytes());
        let name = allocate(&mut allocations, utf_16(name));
        let address = allocate(&mut allocations, utf_16(address));
        cells.extend([number, name, address, role].iter().flat_map(|cell| cell.to_le_bytes()));
        // Which of the cells are there: all, but no address where none is given.
        cells.push(if rows[place].2.is_empty() { 0b1101_0000 } else { 0b1111_0000 });
    }
    let index = allocate(&mut allocations, index);
    let tree = allocate(&mut allocations, [&[0xb5, 4, 4, 0][..], &index.to_le_bytes()].concat());
    let cells = allocate(&mut allocations, cells);
    let mut info = vec![0x7c, 4];
    info.extend([16_u16, 16, 16, 17].iter().flat_map(|place| place.to_le_bytes()));
    info.extend([tree, cells, 0].iter().flat_map(|id| id.to_le_bytes()));
    for (bit, (id, kind)) in [
        (0x67f2_u16, kind::INTEGER),
        (0x3001, kind::STRING),
        (0x39fe, kind::STRING),
        (0x0c15, kind::INTEGER),
    ]
    .into_iter()
    .enumerate()
    {
        info.extend(kind.to_le_bytes());
        info.extend(id.to_le_bytes());
        info.extend((4 * bit as u16).to_le_bytes());
        info.extend([4, bit as u8]);
    }
    allocations[0] = info;
    Below { data: heap(0x7c, &allocations), nodes: Vec::new() }
}
