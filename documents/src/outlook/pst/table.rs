//! Tables: what a folder holds, the recipients of a message, its attachments.

use std::collections::BTreeMap;

use super::file::{File, Node, number};
use super::heap::{Heap, KIND_BITS};
use crate::containers::OpenError;
use crate::outlook::msg::decode_text;
use crate::outlook::property::kind;
use crate::{Budget, Reason};

/// What a heap with a table is for.
const TABLE: u8 = 0x7c;

/// A table: rows by number, each with some columns.
#[derive(Debug)]
pub(super) struct Table {
    heap: Heap,
    below: BTreeMap<u32, Node>,
    /// Types, places and bits of columns by number.
    columns: BTreeMap<u16, Column>,
    /// Numbers of the rows, with their places.
    rows: Vec<(u32, usize)>,
    /// The cells, in blocks that no row crosses.
    cells: Vec<Vec<u8>>,
    row_bytes: usize,
    /// Where the bits begin that tell which cells there are.
    bits: usize,
}

#[derive(Clone, Copy, Debug)]
struct Column {
    kind: u16,
    at: usize,
    size: usize,
    bit: usize,
}

impl Table {
    /// Reads the table of a node.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if it has none; [`Reason::TooLarge`] if the budget does not
    /// allow it.
    pub(super) fn read(
        file: &mut File<'_>,
        node: Node,
        budget: &mut Budget,
    ) -> Result<Self, OpenError> {
        let heap = Heap::new(file.data(node.data, budget)?)?;
        if heap.purpose() != TABLE {
            return Err(Reason::Damaged.into());
        }
        let info = heap.get(heap.root())?;
        let &[TABLE, count, ..] = info else { return Err(Reason::Damaged.into()) };
        let columns = info.get(22..).unwrap_or_default().as_chunks::<8>().0.iter();
        let column = |raw: &[u8; 8]| {
            let &[k0, k1, i0, i1, a0, a1, size, bit] = raw;
            let at = usize::from(u16::from_le_bytes([a0, a1]));
            let kind = u16::from_le_bytes([k0, k1]);
            let column = Column { kind, at, size: size.into(), bit: bit.into() };
            (u16::from_le_bytes([i0, i1]), column)
        };
        let columns = columns.take(count.into()).map(column).collect();
        let (bits, row_bytes) = (number(info, 6, 2) as usize, number(info, 8, 2) as usize);
        let index = heap.tree(number(info, 10, 4) as u32, budget)?;
        let row = |(key, place): (&[u8], &[u8])| {
            (number(key, 0, 4) as u32, number(place, 0, place.len()) as usize)
        };
        let rows = index.into_iter().map(row).collect();
        let below = file.below(node.below, budget)?;
        let at = number(info, 14, 4) as u32;
        let cells = if at & KIND_BITS == 0 {
            vec![heap.get(at)?.to_vec()]
        } else {
            let node = below.get(&at).ok_or(Reason::Damaged)?;
            file.data(node.data, budget)?
        };
        Ok(Self { heap, below, columns, rows, cells, row_bytes, bits })
    }

    /// The numbers of the rows, in the order of these numbers, with the places that
    /// [`Table::text`] and [`Table::number`] take.
    pub(super) fn rows(&self) -> &[(u32, usize)] {
        &self.rows
    }

    fn row(&self, place: usize) -> Option<&[u8]> {
        let a_block = self.cells.first()?.len().checked_div(self.row_bytes)?;
        let block = self.cells.get(place.checked_div(a_block)?)?;
        let start = (place % a_block).checked_mul(self.row_bytes)?;
        block.get(start..start.checked_add(self.row_bytes)?)
    }

    fn cell(&self, place: usize, id: u16) -> Option<(Column, &[u8])> {
        let column = *self.columns.get(&id)?;
        let row = self.row(place)?;
        let bits = *row.get(self.bits.checked_add(column.bit / 8)?)?;
        let is_there = bits & 0x80 >> (column.bit % 8) != 0;
        let cell = row.get(column.at..column.at.checked_add(column.size)?)?;
        is_there.then_some((column, cell))
    }

    /// A number of four bytes.
    pub(super) fn number(&self, place: usize, id: u16) -> Option<u32> {
        let (column, cell) = self.cell(place, id)?;
        (column.kind == kind::INTEGER).then(|| number(cell, 0, 4) as u32)
    }

    /// Text.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if it is not there; [`Reason::TooLarge`] if the budget does
    /// not allow it.
    pub(super) fn text(
        &self,
        place: usize,
        id: u16,
        page: Option<u16>,
        file: &mut File<'_>,
        budget: &mut Budget,
    ) -> Result<Option<String>, OpenError> {
        let Some((column, cell)) = self.cell(place, id) else { return Ok(None) };
        if ![kind::STRING, kind::STRING_8].contains(&column.kind) {
            return Ok(None);
        }
        let at = number(cell, 0, 4) as u32;
        let bytes = if at & KIND_BITS == 0 {
            let bytes = self.heap.get(at)?;
            budget.take_bytes(bytes.len())?;
            bytes.to_vec()
        } else {
            let node = self.below.get(&at).ok_or(Reason::Damaged)?;
            file.data(node.data, budget)?.concat()
        };
        let text = decode_text(&bytes, column.kind, page);
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}
