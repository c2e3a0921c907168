//! The kinds of row, and what is held for each of them.

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
}

impl RowKind {
    /// Number of kinds.
    pub const COUNT: usize = 3;
    /// All kinds, in the order in which their columns stand.
    pub const ALL: [Self; Self::COUNT] = [Self::Table, Self::Sbox, Self::Product];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Sbox => "sbox",
            Self::Product => "product",
        }
    }

    /// Cells of a row, and so columns of a strip.
    #[must_use]
    pub const fn columns(self) -> usize {
        match self {
            Self::Table | Self::Product => 3,
            Self::Sbox => 2,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_for_each_kind_is_reported_under_its_name() {
        let rows = PerKind::of(|kind| 10 * kind.columns() + kind as usize);
        assert_eq!([rows[RowKind::Table], rows[RowKind::Sbox], rows[RowKind::Product]], rows.0);
        let json = serde_json::to_string(&rows).unwrap();
        assert_eq!(json, r#"{"table":30,"sbox":21,"product":32}"#);
    }
}
