//! Of a map whose outputs are selected, the rows that are.
//!
//! Exporters compute queries, keys and values by one matrix and split what it gives. Each of the
//! three is written to the program with the rows of its own, not with the whole matrix.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::value::{FloatConv, FloatDense, Map, Term};

impl Term {
    /// The same with no rows of weights but those that are selected; `None` if all are, or if
    /// rows do not stand for themselves.
    pub(super) fn picked(&self) -> Option<Self> {
        let select = self.select.as_ref()?;
        let (rows, plane) = match &self.map {
            Map::Conv(conv) if conv.groups == 1 => (conv.channels, conv.plane()),
            Map::Dense(dense) => (dense.rows, 1),
            Map::Conv(_) | Map::Scaled(_) => return None,
        };
        let plane = plane.max(1);
        let split = |at: u32| (at as usize / plane, at as usize % plane);
        let mut places = BTreeMap::new();
        for at in select.iter().flatten() {
            places.insert(split(*at).0, 0);
        }
        if places.is_empty() || places.len() >= rows {
            return None;
        }
        for (place, slot) in places.values_mut().enumerate() {
            *slot = place;
        }
        let kept = places.len();
        let moved = |at: &Option<u32>| {
            let (row, inside) = split((*at)?);
            let place = places.get(&row)?;
            u32::try_from(place * plane + inside).ok()
        };
        let select = Some(Rc::new(select.iter().map(moved).collect()));
        let map = match &self.map {
            Map::Conv(conv) => {
                let weights = conv.weights.picked(places.keys().copied());
                Map::Conv(FloatConv { channels: kept, weights, ..conv.clone() })
            }
            Map::Dense(dense) => {
                let weights = dense.weights.picked(places.keys().copied());
                Map::Dense(FloatDense { rows: kept, weights, ..dense.clone() })
            }
            Map::Scaled(_) => return None,
        };
        Some(Self { node: self.node, map, select })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lowering::Coefficients;

    fn dense(select: Vec<Option<u32>>) -> Term {
        let weights = Coefficients::new((0..8).map(f64::from).collect::<Vec<_>>().into(), 2);
        let map = Map::Dense(FloatDense { rows: 4, columns: 2, weights });
        Term { node: 0, map, select: Some(Rc::new(select)) }
    }

    #[test]
    fn the_rows_that_are_selected_are_kept_in_order() {
        let picked = dense(vec![Some(3), None, Some(1), Some(3)]).picked().unwrap();
        let Map::Dense(FloatDense { rows, columns, weights }) = picked.map else { panic!() };
        assert_eq!((rows, columns), (2, 2));
        let mut all = Vec::new();
        weights.each_row(|row| all.extend_from_slice(row));
        assert_eq!(all, [2.0, 3.0, 6.0, 7.0]);
        assert_eq!(*picked.select.unwrap(), [Some(1), None, Some(0), Some(1)]);
    }

    #[test]
    fn where_all_rows_are_selected_nothing_changes() {
        assert!(dense((0..4).rev().map(Some).collect()).picked().is_none());
        assert!(dense(vec![None]).picked().is_none());
    }
}
