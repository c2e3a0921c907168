//! Lowers a graph node by node.

use crate::model::graph::{Graph, Op, TensorRef};
use crate::model::lowering::{CompileError, Lowering};
use crate::model::operators::{self, quantize};

/// Lowers everything that a tensor depends on.
pub(super) fn lower(lowering: &mut Lowering<'_>, wanted: TensorRef) -> Result<(), CompileError> {
    let graph = lowering.graph;
    for (index, needed) in ancestors(graph, wanted).into_iter().enumerate() {
        if needed && !lowering.is_lowered(index) {
            node(lowering, index).map_err(|error| error.at(&graph.nodes[index]))?;
        }
        lowering.drop_unread(index);
    }
    Ok(())
}

/// Which nodes a tensor depends on.
fn ancestors(graph: &Graph, wanted: TensorRef) -> Vec<bool> {
    let mut needed = vec![false; graph.nodes.len()];
    let mut open = vec![wanted];
    while let Some(tensor) = open.pop() {
        if let TensorRef::Node(index) = tensor
            && !std::mem::replace(&mut needed[index], true)
        {
            open.extend(&graph.nodes[index].inputs);
        }
    }
    needed
}

fn node(lowering: &mut Lowering<'_>, index: usize) -> Result<(), CompileError> {
    let op = &lowering.graph.nodes[index].op;
    let before = lowering.emitter.builder.nodes();
    let rounded = quantize::with_function(index, op, lowering)?;
    let of_file = rounded.is_some() || keeps_integers(lowering, index);
    let value = match rounded {
        Some(value) => value,
        None => operators::of(op).lower(index, lowering)?,
    };
    lowering.claim(Some(index));
    for owner in lowering.owners.iter_mut().skip(before) {
        owner.get_or_insert(index);
    }
    let work = operators::of(op).lowering_work().saturating_mul(value.len);
    lowering.emitter.spend(value.size().saturating_add(work))?;
    // These end in levels, whose errors can be measured; the file's own have none.
    if of_file {
        lowering.of_file.insert(index);
    } else if matches!(op, Op::Activation(_) | Op::Function(_) | Op::MaxPool(_)) {
        lowering.record(index, &value);
    }
    lowering.set(index, value)
}

/// Whether a node's integers are the file's own: it makes them, or only moves or picks some.
fn keeps_integers(lowering: &Lowering<'_>, index: usize) -> bool {
    let node = &lowering.graph.nodes[index];
    let own = |input: &TensorRef| match input {
        TensorRef::Input => false,
        TensorRef::Node(input) => lowering.of_file.contains(input),
    };
    match node.op {
        Op::Quantize(_) => true,
        Op::Reshape | Op::Transpose(_) | Op::Gather(_) | Op::MaxPool(_) => {
            node.inputs.iter().all(own)
        }
        _ => false,
    }
}
