//! Channels that go much further than the others of their rows.
//!
//! Streams of pre-normalised transformers have a few channels whose values are up to a thousand
//! times as large as those of the others. In one unit the others are left with a few steps, so
//! such channels get wider ones.

use std::collections::BTreeMap;

use super::graph::{Graph, Op, TensorRef};
use super::program::MAX_EXPONENT;

/// How much further than the middle channel one goes at least where channels get units of their
/// own.
const MUCH: f64 = 32.0;
/// How much further than the middle channel one may go in the finest unit, about.
const ROOM: f64 = 8.0;

/// Of the tensors whose rows are standardised, by their node: how far each place of a row goes.
#[derive(Clone, Debug)]
pub(super) struct Furthest(BTreeMap<usize, Vec<f64>>);

impl Furthest {
    /// Nothing seen of the tensors of a graph.
    pub(super) fn of(graph: &Graph) -> Self {
        let rows = graph.nodes.iter().filter_map(|node| match (&node.op, node.inputs.first()) {
            (Op::Standardise(op), Some(TensorRef::Node(read))) => {
                Some((*read, vec![0.0; op.length]))
            }
            _ => None,
        });
        Self(rows.collect())
    }

    /// Sees the tensor of a node.
    pub(super) fn see(&mut self, node: usize, values: &[f64]) {
        let Some(furthest) = self.0.get_mut(&node) else { return };
        for row in values.chunks(furthest.len().max(1)) {
            for (furthest, value) in furthest.iter_mut().zip(row) {
                *furthest = furthest.max(value.abs());
            }
        }
    }

    /// Sees what another saw.
    pub(super) fn join(&mut self, other: &Self) {
        for (node, row) in &other.0 {
            self.see(*node, row);
        }
    }

    /// The nodes some of whose channels go much further, with the power of two by which the unit
    /// of each shall be wider.
    pub(super) fn units(&self) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
        self.0.iter().filter_map(|(node, row)| Some((*node, exponents(row)?)))
    }
}

/// The powers of two by which the units of channels are wider that go so far; `None` if one unit
/// will do.
fn exponents(furthest: &[f64]) -> Option<Vec<u8>> {
    let mut sorted = furthest.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (middle, most) = (*sorted.get(sorted.len() / 2)?, *sorted.last()?);
    // False where a number is not finite.
    let apart = middle > 0.0 && most > MUCH * middle && most < f64::INFINITY;
    if !apart {
        return None;
    }
    let widest = libm::log2(most / (ROOM * middle)).round();
    // At least 2, since MUCH is four times ROOM.
    let widest = widest.min(f64::from(MAX_EXPONENT)) as u8;
    // What goes no further has the finest unit.
    let reach = libm::ldexp(most, -i32::from(widest));
    let exponent = |value: &f64| {
        (0..widest).find(|k| *value <= libm::ldexp(reach, (*k).into())).unwrap_or(widest)
    };
    let exponents: Vec<u8> = furthest.iter().map(exponent).collect();
    exponents.contains(&0).then_some(exponents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_that_go_much_further_have_wider_units() {
        let mut row = vec![1.0; 12];
        (row[3], row[5], row[7]) = (1000.0, 60.0, 7.0);
        assert_eq!(exponents(&row), Some(vec![0, 0, 0, 7, 0, 3, 0, 0, 0, 0, 0, 0]));
        // 1000/2^7 is what the finest unit reaches.
        row[5] = 62.5;
        assert_eq!(exponents(&row).unwrap()[5], 3);
        row[5] = 62.6;
        assert_eq!(exponents(&row).unwrap()[5], 4);
    }

    #[test]
    fn channels_that_are_alike_have_one_unit() {
        for list in [&[][..], &[0.0; 4], &[0.0, 0.0, 0.0, 9.0], &[1.0, 1.0, 32.0], &[1.0; 7]] {
            assert_eq!(exponents(list), None, "{list:?}");
        }
        assert_eq!(exponents(&[1.0, 1.0, f64::INFINITY]), None);
        assert_eq!(exponents(&[1.0, 1.0, f64::NAN]), None);
        // No unit is so wide that another has none.
        let wide = exponents(&[1e-3, 1e-3, 1e9]).unwrap();
        assert_eq!(wide, [0, 0, MAX_EXPONENT]);
    }
}
