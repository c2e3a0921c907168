//! The kinds of row, and what is held for each of them.

use std::fmt;
use std::ops::{Index, IndexMut};

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A kind of row of a trace, and of strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// (q, r, y).
    Table,
    /// (u, v).
    Sbox,
    /// (x, y, z).
    Product,
    /// (x, y, z) of a product of matrices, committed to once τ is known.
    Inner,
    /// (id, f) of a row of an embedding, committed to once τ is known.
    Embedding,
}

/// The rounds in which the prover commits to data: the second one's cells depend on τ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Before τ is drawn.
    First,
    /// After τ and before ρ.
    Second,
}

impl RowKind {
    /// Number of kinds.
    pub const COUNT: usize = 5;
    /// Cells of a row of the kind that has most.
    pub const MOST_COLUMNS: usize = 3;
    /// All kinds, in the order in which their columns stand: those of the first round
    /// come first.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Table, Self::Sbox, Self::Product, Self::Inner, Self::Embedding];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Sbox => "sbox",
            Self::Product => "product",
            Self::Inner => "inner",
            Self::Embedding => "embedding",
        }
    }

    /// The round in which its cells are committed to.
    #[must_use]
    pub const fn round(self) -> Round {
        match self {
            Self::Table | Self::Sbox | Self::Product => Round::First,
            Self::Inner | Self::Embedding => Round::Second,
        }
    }

    /// Whether its cells are looked up.
    #[must_use]
    pub const fn is_looked_up(self) -> bool {
        matches!(self, Self::Table | Self::Embedding)
    }

    /// Cells of a row, and so columns of a strip.
    #[must_use]
    pub const fn columns(self) -> usize {
        match self {
            Self::Table | Self::Product | Self::Inner => 3,
            Self::Sbox | Self::Embedding => 2,
        }
    }
}

/// One thing for each kind of row, in the order of [`RowKind::ALL`].
///
/// Serialised as a map from the kinds' names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerKind<T>(pub [T; RowKind::COUNT]);

impl<T> PerKind<T> {
    /// What `of` gives for each kind.
    pub fn of(of: impl FnMut(RowKind) -> T) -> Self {
        Self(RowKind::ALL.map(of))
    }
}

impl<T> Index<RowKind> for PerKind<T> {
    type Output = T;

    fn index(&self, kind: RowKind) -> &T {
        &self.0[kind as usize]
    }
}

impl<T> IndexMut<RowKind> for PerKind<T> {
    fn index_mut(&mut self, kind: RowKind) -> &mut T {
        &mut self.0[kind as usize]
    }
}

impl<T: Serialize> Serialize for PerKind<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(RowKind::COUNT))?;
        for kind in RowKind::ALL {
            map.serialize_entry(kind.name(), &self[kind])?;
        }
        map.end()
    }
}

/// As people read it. Most programs have neither products of matrices nor embeddings.
impl fmt::Display for PerKind<usize> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([table, sbox, product, inner, embedding]) = self;
        write!(f, "{table} table, {sbox} S-box, {product} product")?;
        for (rows, name) in [(inner, "inner"), (embedding, "embedding")] {
            if *rows > 0 {
                write!(f, ", {rows} {name}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_for_each_kind_is_reported_under_its_name() {
        let rows = PerKind::of(|kind| 10 * kind.columns() + kind as usize);
        assert_eq!(RowKind::ALL.map(|kind| rows[kind]), rows.0);
        let json = serde_json::to_string(&rows).unwrap();
        assert_eq!(PerKind([3, 2, 0, 1, 0]).to_string(), "3 table, 2 S-box, 0 product, 1 inner");
        assert_eq!(json, r#"{"table":30,"sbox":21,"product":32,"inner":33,"embedding":24}"#);
    }
}
