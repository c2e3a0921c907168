//! Public tables whose rows a document's own numbers select.

use super::builder::{MAX_TABLE_ENTRIES, ProgramBuilder};
use super::{NodeId, ProgramError};
use crate::model::linear::{MAX_WEIGHT, Range, Weights};

/// Index of an embedding in [`super::Program::embeddings`].
pub type EmbeddingId = usize;

/// Most ids of an embedding: two bytes.
pub const MAX_IDS: usize = 1 << 16;

/// A table of a row for each id, such as a vector for each token of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedding {
    /// Numbers of a row.
    pub columns: usize,
    /// The rows, one after the other. Ids past the last row read the last row.
    pub rows: Weights,
    /// Ids that may occur, from 0: at least as many as rows, at most [`MAX_IDS`].
    pub ids: usize,
}

impl Embedding {
    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len() / self.columns
    }

    /// Whether there are none, which no program has.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row that an id reads.
    #[must_use]
    pub fn row(&self, id: usize) -> impl ExactSizeIterator<Item = i64> + Clone + '_ {
        let first = id.min(self.len() - 1) * self.columns;
        (first..first + self.columns).map(|at| self.rows.get(at))
    }

    fn is_well_formed(&self) -> bool {
        self.columns > 0
            && !self.rows.is_empty()
            && self.rows.len().is_multiple_of(self.columns)
            && self.rows.largest() <= MAX_WEIGHT as u64
            && (self.len()..=MAX_IDS).contains(&self.ids)
    }

    /// The range of each column over all rows.
    fn hulls(&self) -> Vec<Range> {
        let point = |value: i64| Range::point(i128::from(value));
        let mut hulls: Vec<Range> = self.row(0).map(point).collect();
        for id in 1..self.len() {
            let row = self.row(id).map(point);
            hulls.iter_mut().zip(row).for_each(|(hull, value)| *hull = hull.union(value));
        }
        hulls
    }
}

impl ProgramBuilder {
    /// Adds an embedding, or finds the one that is equal.
    ///
    /// # Errors
    /// If it is malformed, or there is no room.
    pub fn embedding(&mut self, embedding: Embedding) -> Result<EmbeddingId, ProgramError> {
        let known = &mut self.program.embeddings;
        if let Some(id) = known.iter().position(|other| *other == embedding) {
            return Ok(id);
        }
        if !embedding.is_well_formed() {
            return Err(ProgramError::Embedding);
        }
        self.weights = self.weights.saturating_add(embedding.rows.len());
        if self.weights > self.most_weights {
            return Err(ProgramError::TooLarge("weights and indices of all nodes"));
        }
        self.table_entries = self.table_entries.saturating_add(embedding.ids);
        if self.table_entries > MAX_TABLE_ENTRIES {
            return Err(ProgramError::TooLarge("entries of tables"));
        }
        self.hulls.push(embedding.hulls());
        known.push(embedding);
        Ok(known.len() - 1)
    }

    /// The ranges of the rows that the elements of a node select.
    pub(super) fn bound_embedding(
        &self,
        node: NodeId,
        ids: NodeId,
        table: EmbeddingId,
    ) -> Result<Vec<Range>, ProgramError> {
        self.linear_in_cells(node, ids)?;
        let embedding = self.program.embeddings.get(table);
        let embedding = embedding.ok_or(ProgramError::Reference { node })?;
        let ranges = self.earlier(node, ids)?;
        let known = 0..embedding.ids as i128;
        for Range { low, high } in ranges.iter().copied() {
            if !known.contains(&low) || !known.contains(&high) {
                return Err(ProgramError::Coverage { node, low, high });
            }
        }
        let len = ranges.len().checked_mul(embedding.columns);
        Self::capped(len.unwrap_or(usize::MAX))?;
        Ok(ranges.iter().flat_map(|_| self.hulls[table].iter().copied()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::linear::{Dense, LinearMap};
    use crate::model::program::Op;

    fn table() -> Embedding {
        Embedding { columns: 2, rows: vec![1, -5, 7, 3, 2, 2].into(), ids: 256 }
    }

    #[test]
    fn ids_past_the_last_row_read_it_and_columns_have_their_own_range() {
        let mut b = ProgramBuilder::new("image/gray-2x1", 2).unwrap();
        let id = b.embedding(table()).unwrap();
        assert_eq!(b.embedding(table()), Ok(id));
        let node = b.push(Op::Embedding { ids: 0, table: id }).unwrap();
        let columns = [Range::new(1, 7), Range::new(-5, 3)];
        assert_eq!(b.ranges(node), [columns, columns].concat());
        assert!(table().row(1).eq([7, 3]));
        assert!(table().row(200).eq([2, 2]));
    }

    #[test]
    fn malformed_embeddings_and_ids_are_refused() {
        let mut b = ProgramBuilder::new("image/gray-2x1", 2).unwrap();
        let malformed = [
            Embedding { columns: 0, ..table() },
            Embedding { columns: 4, ..table() },
            Embedding { rows: vec![].into(), ..table() },
            Embedding { ids: 2, ..table() },
            Embedding { ids: MAX_IDS + 1, ..table() },
            Embedding { rows: vec![0, (1 << 40) + 1].into(), ..table() },
        ];
        for embedding in malformed {
            assert_eq!(b.embedding(embedding), Err(ProgramError::Embedding));
        }
        let narrow = b.embedding(Embedding { ids: 255, ..table() }).unwrap();
        let refused = b.push(Op::Embedding { ids: 0, table: narrow });
        assert_eq!(refused, Err(ProgramError::Coverage { node: 1, low: 0, high: 255 }));
        let id = b.embedding(table()).unwrap();
        let negative = LinearMap::Dense(Dense { rows: 1, columns: 2, weights: vec![0, -1].into() });
        let negative = b.push(Op::Linear { terms: vec![(0, negative)], bias: vec![0] }).unwrap();
        let refused = b.push(Op::Embedding { ids: negative, table: id });
        assert!(matches!(refused, Err(ProgramError::Coverage { .. })));
        let refused = b.push(Op::Embedding { ids: 0, table: 7 });
        assert!(matches!(refused, Err(ProgramError::Reference { .. })));
        // Read otherwise than in its own order, and as a matrix.
        let rows = b.push(Op::Embedding { ids: 0, table: id }).unwrap();
        let sum = LinearMap::Dense(Dense { rows: 1, columns: 4, weights: vec![1; 4].into() });
        let refused = b.push(Op::Linear { terms: vec![(rows, sum)], bias: vec![0] });
        assert!(matches!(refused, Err(ProgramError::Order { .. })));
        let matmul = Op::MatMul { left: rows, right: 0, batch: 1, rows: 2, inner: 2, columns: 1 };
        assert!(matches!(b.push(matmul), Err(ProgramError::Order { .. })));
    }
}
