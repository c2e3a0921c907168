//! The entries that look-ups may hit.
//!
//! Every function table and every range stands in one list of entries
//! `(tag, q, y)`, non-negative and tagged, cut into *groups* of a column's
//! height. A table may straddle groups: a look-up hits the union.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::model::program::{EmbeddingId, LIMB_BITS, MAX_LOWER_BITS, Op, Program, TableId};

/// The public name of a table or range inside a look-up; distinct for
/// distinct ones, never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(u32);

impl Tag {
    /// The bytes 0..=255, which are the range of an 8-bit remainder.
    pub const BYTE: Self = Self::range(8);

    /// The numbers 0..2^bits, for remainders or limbs of them.
    #[must_use]
    pub const fn range(bits: u32) -> Self {
        assert!(bits <= MAX_LOWER_BITS, "a limb has at most 16 bits");
        // Those of 13 to 16 bits came later: tables keep their tags, and are fewer than 2^23.
        Self(if bits <= LIMB_BITS { 1 + bits } else { (1 << 23) + bits })
    }

    /// A function table of the program.
    #[must_use]
    pub const fn table(id: TableId) -> Self {
        Self(2 + LIMB_BITS + id as u32)
    }

    /// An embedding of the program: its entries are `(tag, id, f)`, f a sum over the row
    /// of id that follows from τ. There are fewer tables than 2^24.
    #[must_use]
    pub const fn embedding(id: EmbeddingId) -> Self {
        Self((1 << 24) + id as u32)
    }

    /// The number that stands in the columns.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0 as u64
    }
}

/// An entry `(tag, q, y)`; y is zero in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which table.
    pub tag: Tag,
    /// The argument less the table's smallest one, or the remainder.
    pub q: u64,
    /// The value less the table's smallest one.
    pub y: u64,
}

/// All entries of a program's tables and ranges.
#[derive(Clone, Debug)]
pub struct Entries {
    entries: Vec<Entry>,
    first: BTreeMap<Tag, usize>,
}

impl Entries {
    /// The entries a program's traces may hit.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let mut ranges = BTreeSet::from([8]);
        for node in program.nodes() {
            if let Some((_, shift)) = node.op.division() {
                ranges.extend(program.limbs(shift).into_iter().filter(|bits| *bits > 0));
            }
            match node.op {
                Op::Softmax { digits, .. } => ranges.extend([LIMB_BITS, digits - 1]),
                Op::Limbs { .. } | Op::Mean { .. } | Op::Rsqrt { .. } => {
                    ranges.insert(LIMB_BITS);
                }
                _ => {}
            }
        }
        let mut this = Self { entries: Vec::new(), first: BTreeMap::new() };
        for bits in ranges {
            let tag = Tag::range(bits);
            this.extend(tag, (0..1u64 << bits).map(|q| Entry { tag, q, y: 0 }));
        }
        for (id, table) in program.tables().iter().enumerate() {
            let (tag, min) = (Tag::table(id), table.min());
            let stored = |y: &i64| y.abs_diff(min);
            let entries = (0..).zip(&table.values);
            this.extend(tag, entries.map(|(q, y)| Entry { tag, q, y: stored(y) }));
        }
        this
    }

    fn extend(&mut self, tag: Tag, entries: impl Iterator<Item = Entry>) {
        self.first.insert(tag, self.entries.len());
        self.entries.extend(entries);
    }

    /// All entries in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Entry] {
        &self.entries
    }

    /// Where the entries of `tag` stand, in the order of q; empty if the tag is of no table.
    #[must_use]
    pub fn range(&self, tag: Tag) -> Range<usize> {
        let Some(first) = self.first.get(&tag) else { return 0..0 };
        let len = self.entries[*first..].partition_point(|entry| entry.tag == tag);
        *first..first + len
    }

    /// The position of the entry of `tag` with argument `q`; `None` if the
    /// table has none.
    #[must_use]
    pub fn position(&self, tag: Tag, q: u64) -> Option<usize> {
        let position = self.first.get(&tag)?.checked_add(usize::try_from(q).ok()?)?;
        let entry = self.entries.get(position)?;
        // The table's entries stand in the order of q.
        (entry.tag == tag).then_some(position)
    }
}
