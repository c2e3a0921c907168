//! What tests look up in a verifier's key.

use halo2_proofs::plonk::ConstraintSystem;

use super::Verifier;
use crate::argument::lane::LAST_ROW;
use crate::field::Scalar;
use crate::proof::fixed_columns::{FixedId, Group, GroupValues, StripLookups};

impl Verifier {
    pub(in crate::proof) fn constraint_system(&self) -> &ConstraintSystem<Scalar> {
        self.key.cs()
    }

    pub(in crate::proof) fn data_columns(&self) -> usize {
        self.fixed_columns.data_columns()
    }

    /// How many rotations each data column is queried at.
    pub(in crate::proof) fn data_column_rotations(&self) -> Vec<usize> {
        let mut rotations = vec![0; self.fixed_columns.data_columns()];
        for (column, _) in self.key.cs().instance_queries() {
            if let Some(count) = rotations.get_mut(column.index()) {
                *count += 1;
            }
        }
        rotations
    }

    /// One past the last row in which a look-up is active.
    pub(in crate::proof) fn active_rows_end(&self) -> usize {
        let ids = |s: &StripLookups| [s.step_active, s.remainder_active];
        let embeddings = self.fixed_columns.embeddings.iter().filter_map(|(_, active)| *active);
        let columns = self.fixed_columns.strips.iter().flat_map(ids).flatten().chain(embeddings);
        let end = |id: usize| self.fixed_columns.columns[id].iter().rposition(|v| *v != 0);
        columns.filter_map(end).max().map_or(0, |last| last + 1)
    }

    /// Every row of every table group that the running sum adds.
    pub(in crate::proof) fn table_rows(&self) -> Vec<[u64; 3]> {
        let at = |id: FixedId, row: usize| id.map_or(0, |id| self.fixed_columns.columns[id][row]);
        let rows = |group: &Group| {
            let group = *group;
            (0..LAST_ROW)
                .map(move |row| {
                    let y = match group.y {
                        GroupValues::Fixed(id) => at(id, row),
                        GroupValues::Public(_) => 0,
                    };
                    [at(group.tag, row), at(group.q, row), y]
                })
                .collect::<Vec<_>>()
        };
        self.fixed_columns.groups.iter().flat_map(rows).collect()
    }
}
