//! What each layer of a model costs in a program, and what its range cuts off.

use serde::Serialize;

use crate::argument::rows::RowKind;
use crate::argument::shape::Shape;
use crate::model::graph::Graph;
use crate::model::layers::saturation;
use crate::model::program::{Node, Op, Program};
use crate::model::quantize::{CalibratedRanges, Compiled};
use crate::model::reference::{FloatError, FloatModel};

/// A layer of a model in a program.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Layer {
    /// The node of the model; `null` for the view and the decision, which belong to none.
    pub node: Option<String>,
    /// Its operator.
    pub operator: Option<String>,
    /// Rows of one document, those of its hash apart.
    pub rows: u64,
    /// The share of its values that its range cuts off, in percent; `null` where it is
    /// not rounded.
    pub cut_off_percent: Option<f64>,
}

/// Rows that the elements of a node take.
fn rows(program: &Program, node: &Node) -> usize {
    match node.op {
        Op::Table { shift, .. } if program.has_upper_limb(shift) => node.len + node.len.div_ceil(2),
        Op::Table { .. } | Op::Max { .. } | Op::Product { .. } => node.len,
        Op::MatMul { batch, inner, .. } => batch * inner,
        Op::Embedding { ids, .. } => program.nodes()[ids].len,
        Op::Input | Op::Linear { .. } | Op::Rounded { .. } => 0,
        Op::Softmax { shift, row, .. } => {
            let upper = if program.has_upper_limb(shift) { node.len.div_ceil(2) } else { 0 };
            node.len + upper + 2 * (node.len / row)
        }
        Op::Limbs { .. } => node.len.div_ceil(2),
        Op::Mean { .. } => 3 * node.len,
        Op::Rsqrt { mean, limbs, .. } => {
            let products = if mean.is_some() { 3 } else { 2 };
            node.len * (1 + limbs as usize + products)
        }
    }
}

/// Rows that the program takes for each node of a model.
pub(super) fn rows_of(graph: &Graph, compiled: &Compiled) -> Vec<usize> {
    let mut own = vec![0; graph.nodes.len()];
    for (node, owner) in compiled.program.nodes().iter().zip(&compiled.owners) {
        if let Some(owner) = owner {
            own[*owner] += rows(&compiled.program, node);
        }
    }
    own
}

/// The layers that take rows or cut off values, in the model's order, then what belongs to
/// none. What they cut off is measured on `views`.
pub(super) fn layers<'a>(
    graph: &Graph,
    compiled: &Compiled,
    model: &FloatModel<'_>,
    ranges: &CalibratedRanges,
    views: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Layer>, FloatError> {
    Ok(with(graph, compiled, &saturation(compiled, model, ranges, views)?))
}

/// The layers that take rows, in the model's order, then what belongs to none.
pub(super) fn unmeasured(graph: &Graph, compiled: &Compiled) -> Vec<Layer> {
    with(graph, compiled, &[])
}

/// The layers, with the share that some of them cut off.
fn with(graph: &Graph, compiled: &Compiled, saturation: &[(usize, f64)]) -> Vec<Layer> {
    let own = rows_of(graph, compiled);
    let mut layers: Vec<Layer> = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        let cut = saturation.iter().find(|(tensor, _)| *tensor == at).map(|(_, share)| share);
        if own[at] > 0 || cut.is_some() {
            layers.push(Layer {
                node: Some(node.name.clone()),
                operator: Some(node.operator.clone()),
                rows: own[at] as u64,
                cut_off_percent: cut.map(|share| 100.0 * share),
            });
        }
    }
    let all = Shape::of(&compiled.program).rows;
    let hashed = all[RowKind::Sbox];
    let rest = (all.0.iter().sum::<usize>() - hashed).saturating_sub(own.iter().sum());
    layers.push(Layer { node: None, operator: None, rows: rest as u64, cut_off_percent: None });
    layers
}
