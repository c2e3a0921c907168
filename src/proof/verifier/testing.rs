//! What tests look up in a verifier's key.

use halo2_proofs::plonk::ConstraintSystem;

use super::Verifier;
use crate::argument::lane::LAST_ROW;
use crate::field::Scalar;
use crate::proof::fixed_columns::{FixedId, Group, GroupValues, StripLookups, Weighed};
use crate::proof::gates::lookup::lookups;

impl Verifier {
    pub(in crate::proof) fn constraint_system(&self) -> &ConstraintSystem<Scalar> {
        self.key.cs()
    }

    pub(in crate::proof) fn data_columns(&self) -> usize {
        self.fixed_columns.data_columns()
    }

    /// What each coefficient column weighs.
    pub(in crate::proof) fn weighed(&self) -> &[Weighed] {
        &self.fixed_columns.weighed
    }

    /// Look-ups of all lanes.
    pub(in crate::proof) fn lookups(&self) -> usize {
        lookups(&self.fixed_columns).len()
    }

    /// Groups of table entries.
    pub(in crate::proof) fn groups(&self) -> usize {
        self.fixed_columns.groups.len()
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

    /// The rows in which each look-up of a lane is active, those that none is left out.
    pub(in crate::proof) fn active_rows(&self) -> Vec<Vec<bool>> {
        let ids = |s: &StripLookups| [s.step_active, s.remainder_active];
        let embeddings = self.fixed_columns.embeddings.iter().filter_map(|(_, active)| *active);
        let columns = self.fixed_columns.strips.iter().flat_map(ids).flatten().chain(embeddings);
        let rows = |id: usize| self.fixed_columns.columns[id].iter().map(|v| *v != 0).collect();
        columns.map(rows).collect()
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
