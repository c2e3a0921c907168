//! What trees compare, as functions of single bytes of the view.

use std::collections::BTreeMap;

use crate::model::graph::{Affine, Constant, Graph, Op, TensorRef};
use crate::model::lowering::{CompileError, InputMap, Lowering};
use crate::model::operators::{self, Tensor, evaluate};

/// An element of a tensor: the byte it depends on, and its value for each value of the byte in
/// single precision. An element that is constant depends on no byte.
pub(super) struct Feature {
    pub(super) byte: Option<u32>,
    pub(super) values: Vec<f32>,
}

/// The first node on the way to a tensor whose elements are not each a function of one element
/// before it.
pub(crate) fn first_foreign(graph: &Graph, tensor: TensorRef) -> Option<usize> {
    let foreign = |index: &usize| {
        let elementwise = graph.nodes.get(*index).is_some_and(|node| {
            matches!(
                node.op,
                Op::Reshape
                    | Op::Transpose(_)
                    | Op::Concat(_)
                    | Op::Gather(_)
                    | Op::Affine(_)
                    | Op::Activation(_)
                    | Op::Function(_)
            )
        });
        !elementwise
    };
    let found = ancestors(graph, tensor);
    found.into_iter().find(foreign)
}

/// The nodes that a tensor depends on, itself included, in order.
fn ancestors(graph: &Graph, tensor: TensorRef) -> Vec<usize> {
    let mut needed = std::collections::BTreeSet::new();
    let mut open = vec![tensor];
    while let Some(tensor) = open.pop() {
        if let TensorRef::Node(index) = tensor
            && needed.insert(index)
            && let Some(node) = graph.nodes.get(index)
        {
            open.extend(&node.inputs);
        }
    }
    needed.into_iter().collect()
}

/// The wanted elements of a tensor, as functions of bytes.
///
/// # Errors
/// If that is too much work.
#[allow(
    clippy::indexing_slicing,
    reason = "elements are those of the tensor, which the reader has checked"
)]
pub(super) fn of_bytes(
    lowering: &mut Lowering<'_>,
    tensor: TensorRef,
    wanted: Vec<u32>,
) -> Result<BTreeMap<u32, Feature>, CompileError> {
    let graph = lowering.graph;
    if first_foreign(graph, tensor).is_some() {
        return Err(CompileError::Internal("trees over sums"));
    }
    let nodes = ancestors(graph, tensor);
    let elements = nodes.iter().map(|node| graph.len(TensorRef::Node(*node)));
    let elements = elements.fold(graph.len(TensorRef::Input), usize::saturating_add);
    lowering.emitter.spend(elements.saturating_mul(258))?;
    let InputMap { index, scale, offset, wide } = &lowering.input_map;
    if *wide {
        let problem = "trees compare bytes, and the view holds ids of two";
        return Err(CompileError::Input(problem.to_owned()));
    }
    let places = index.iter().map(|byte| f64::from(*byte)).collect();
    let places = moved(graph, &nodes, places, tensor);
    let feature = |at: u32| {
        let place = places[at as usize];
        let byte = (place >= 0.0).then_some(place as u32);
        (at, Feature { byte, values: Vec::with_capacity(256) })
    };
    let mut features: BTreeMap<u32, Feature> = wanted.into_iter().map(feature).collect();
    for byte in 0..=255u8 {
        let input =
            scale.iter().zip(offset).map(|(scale, offset)| f64::from(byte) * scale + offset);
        let values = evaluate::tensor(graph, input.collect(), tensor);
        for (at, feature) in &mut features {
            feature.values.push(values[*at as usize] as f32);
        }
    }
    Ok(features)
}

/// Where the elements of a tensor come from: the operators on the way to it, applied to places
/// instead of values. Below zero for constants.
fn moved(graph: &Graph, nodes: &[usize], input: Vec<f64>, wanted: TensorRef) -> Vec<f64> {
    let mut tensors: BTreeMap<TensorRef, Vec<f64>> = BTreeMap::from([(TensorRef::Input, input)]);
    for &index in nodes {
        let Some(node) = graph.nodes.get(index) else { continue };
        let values = |tensor: &TensorRef| tensors.get(tensor).map_or(&[][..], Vec::as_slice);
        let inputs: Vec<Tensor<'_>> = node
            .inputs
            .iter()
            .map(|tensor| Tensor { values: values(tensor), shape: graph.shape(*tensor) })
            .collect();
        let ones = |constant: &Constant| constant.map(|_| 1.0);
        let same: Op = match &node.op {
            Op::Affine(Affine { scale, offset }) => {
                Op::Affine(Affine { scale: ones(scale), offset: offset.map(|_| 0.0) })
            }
            Op::Gather(gather) => {
                let mut gather = gather.clone();
                gather.fill = -1.0;
                Op::Gather(gather)
            }
            Op::Activation(_) | Op::Function(_) => Op::Reshape,
            op => op.clone(),
        };
        let output = operators::of(&same).evaluate(&inputs, &node.shape);
        tensors.insert(TensorRef::Node(index), output);
    }
    tensors.remove(&wanted).unwrap_or_default()
}
