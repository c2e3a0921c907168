//! Operators over runs of elements: the axes that a run lies along have to be the last ones.

use std::collections::BTreeSet;

use super::{Built, Chain};
use crate::model::graph::{Op, TensorRef};

/// An operator over the runs along some axes: those are moved to the end, and back.
pub(super) fn along(tensor: TensorRef, shape: &[usize], axes: &BTreeSet<usize>, op: Op) -> Built {
    let rank = shape.len();
    let kept = |axis: &usize| !axes.contains(axis);
    let order: Vec<usize> = (0..rank).filter(kept).chain(axes.iter().copied()).collect();
    let mut chain = Chain::new();
    let wide = order.iter().filter(|axis| shape.get(**axis).is_some_and(|size| *size > 1));
    if wide.is_sorted() {
        chain.then(tensor, op, shape);
        return chain.build();
    }
    let turned = chain.turn(tensor, shape, order.clone());
    chain.then(tensor, op, &turned);
    let place = |axis: usize| order.iter().position(|from| *from == axis);
    chain.turn(tensor, &turned, (0..rank).filter_map(place).collect());
    chain.build()
}
