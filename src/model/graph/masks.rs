//! Masks of softmaxes: elements that are to have no share get a very negative number added, or put
//! in their place.
//!
//! Such a number would make levels of all others too wide, so the softmax is told which elements
//! have a share, and the sum goes. A tensor is a mask if it takes a few values for whatever
//! document, each of them 0 or very negative. Which values a tensor may take is found by going
//! through what makes it, from comparisons on.

use std::collections::{BTreeMap, BTreeSet};

use super::op::{Affine, Constant, Gather, Op, Softmax, Sum};
use super::shape::broadcast_index;
use super::{Elementary, Function, Graph, TensorRef};

/// A number as low as that leaves an element of a softmax no share. Exporters take −10,000, −10⁹
/// or the least number there is; learned biases stay far above.
pub(crate) const CLOSED: f64 = -1000.0;
/// Most values that a tensor may take.
const MAX_VALUES: usize = 8;
/// Most tensors that are gone through for one.
const MAX_DEPTH: usize = 32;
/// Most nodes between a softmax and its scores: many softmaxes may read one chain of them.
const MAX_CHAIN: usize = 16;

/// Tells softmaxes their masks; whether there was any.
pub(super) fn recognise(graph: &mut Graph) -> bool {
    let mut found = Found { graph, values: BTreeMap::new(), of_truth: BTreeMap::new() };
    let mut changes = Vec::new();
    for index in 0..found.graph.nodes.len() {
        if let Some(change) = found.masked(index) {
            changes.push((index, change));
        }
    }
    // What a mask is of one truth value, whatever it was made of.
    let mut direct = Vec::new();
    for mask in changes.iter().flat_map(|(_, (_, inputs))| inputs.iter().skip(1)) {
        if let Some(OfTruth { root, nothing, one }) = found.of_truth(*mask, MAX_DEPTH)
            && root != *mask
            && found.graph.shape(root) == found.graph.shape(*mask)
        {
            let (scale, offset) = (Constant::scalar(one - nothing), Constant::scalar(nothing));
            direct.push((*mask, root, Affine { scale, offset }));
        }
    }
    let any = !changes.is_empty();
    for (mask, root, affine) in direct {
        if let TensorRef::Node(index) = mask
            && let Some(node) = graph.nodes.get_mut(index)
        {
            node.op = Op::Affine(affine);
            node.inputs = vec![root];
        }
    }
    for (index, (softmax, inputs)) in changes {
        if let Some(node) = graph.nodes.get_mut(index) {
            node.op = Op::Softmax(softmax);
            node.inputs = inputs;
        }
    }
    any
}

/// Nodes that add a number that is none in single precision, and whose result is no mask.
pub(crate) fn infinite(graph: &Graph) -> Vec<usize> {
    let mut read: BTreeMap<TensorRef, bool> = BTreeMap::from([(graph.output, true)]);
    let mut found = Vec::new();
    let limit = f64::from(f32::MAX);
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        // Whether anything reads it but as a mask.
        let counts = read.get(&TensorRef::Node(index)).copied().unwrap_or(false);
        for (at, input) in node.inputs.iter().enumerate() {
            let as_mask = matches!(node.op, Op::Softmax(_)) && at > 0;
            let slot = read.entry(*input).or_default();
            *slot |= !as_mask && (counts || matches!(node.op, Op::Softmax(_)));
        }
        if let Op::Affine(affine) = &node.op
            && counts
            && affine.offset.values.iter().chain(&affine.scale.values).any(|v| v.abs() >= limit)
        {
            found.push(index);
        }
    }
    found
}

/// The values that a tensor may take, by their bits.
type Values = Option<BTreeSet<u64>>;

/// A tensor whose elements depend on the same element of one of truth values alone.
#[derive(Clone, Copy)]
struct OfTruth {
    root: TensorRef,
    /// What it is where that is 0.
    nothing: f64,
    /// And where it is 1.
    one: f64,
}

struct Found<'a> {
    graph: &'a Graph,
    values: BTreeMap<TensorRef, Values>,
    of_truth: BTreeMap<TensorRef, Option<OfTruth>>,
}

impl Found<'_> {
    /// A softmax with its masks, and what it reads, if it has any.
    fn masked(&mut self, index: usize) -> Option<(Softmax, Vec<TensorRef>)> {
        let node = self.graph.nodes.get(index)?;
        let (Op::Softmax(softmax), [input]) = (&node.op, node.inputs.as_slice()) else {
            return None;
        };
        let shape = &node.shape;
        let (mut scores, mut masks, mut closed) = (*input, Vec::new(), Vec::<bool>::new());
        // What constants add to each element.
        let mut added = Vec::<f64>::new();
        let graph = self.graph;
        for _ in 0..MAX_CHAIN {
            let Some(before) = graph.node(scores).filter(|before| before.shape == *shape) else {
                break;
            };
            let whole = |tensor: TensorRef| graph.shape(tensor) == shape;
            match (&before.op, before.inputs.as_slice()) {
                (Op::Sum(Sum { subtract: false }), [left, right]) => {
                    if whole(*left) && self.is_mask(*right) {
                        (scores, _) = (*left, masks.push(*right));
                    } else if whole(*right) && self.is_mask(*left) {
                        (scores, _) = (*right, masks.push(*left));
                    } else {
                        break;
                    }
                }
                (Op::Affine(affine), [source]) if whole(*source) => {
                    let Some(mut own) = shut(affine, shape) else { break };
                    own.iter_mut().zip(&added).for_each(|(own, before)| *own += before);
                    if !leaves_shares(&own, softmax.length) {
                        break;
                    }
                    closed = own.iter().map(|own| *own != 0.0).collect();
                    (scores, added) = (*source, own);
                }
                (Op::Gather(gather), [source]) if whole(*source) && moves_none(gather, &closed) => {
                    scores = *source;
                }
                // What is put in the place of scores: where it is, they do not count.
                (Op::Gate, [gate, source])
                    if whole(*source) && masks.iter().any(|mask| self.shuts(*mask, *gate)) =>
                {
                    scores = *source;
                }
                _ => break,
            }
        }
        if masks.is_empty() && closed.is_empty() {
            return None;
        }
        let inputs = [vec![scores], masks].concat();
        Some((Softmax { closed, ..softmax.clone() }, inputs))
    }

    /// Whether a tensor is 0 or very negative.
    fn is_mask(&mut self, tensor: TensorRef) -> bool {
        self.values(tensor, MAX_DEPTH).is_some_and(|values| {
            let mut values = values.iter().map(|bits| f64::from_bits(*bits));
            values.clone().any(|value| value == 0.0)
                && values.all(|value| value == 0.0 || value <= CLOSED)
        })
    }

    fn values(&mut self, tensor: TensorRef, depth: usize) -> Values {
        if let Some(known) = self.values.get(&tensor) {
            return known.clone();
        }
        let found = self.of_node(tensor, depth).filter(|values| values.len() <= MAX_VALUES);
        self.values.insert(tensor, found.clone());
        found
    }

    /// Whether a mask closes all elements at which a gate is shut.
    fn shuts(&mut self, mask: TensorRef, gate: TensorRef) -> bool {
        let (Some(mask), Some(gate)) =
            (self.of_truth(mask, MAX_DEPTH), self.of_truth(gate, MAX_DEPTH))
        else {
            return false;
        };
        let fits = |(mask, gate): (f64, f64)| gate == 1.0 || gate == 0.0 && mask <= CLOSED;
        mask.root == gate.root
            && [(mask.nothing, gate.nothing), (mask.one, gate.one)].into_iter().all(fits)
    }

    /// What a tensor is of truth values.
    fn of_truth(&mut self, tensor: TensorRef, depth: usize) -> Option<OfTruth> {
        if let Some(known) = self.of_truth.get(&tensor) {
            return *known;
        }
        let found = self.made_of_truth(tensor, depth);
        self.of_truth.insert(tensor, found);
        found
    }

    fn made_of_truth(&mut self, tensor: TensorRef, depth: usize) -> Option<OfTruth> {
        let depth = depth.checked_sub(1)?;
        let node = self.graph.node(tensor)?;
        let itself = Some(OfTruth { root: tensor, nothing: 0.0, one: 1.0 });
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for input in &node.inputs {
            let alike = self.graph.shape(*input) == node.shape;
            inputs.push(self.of_truth(*input, depth).filter(|_| alike));
        }
        let first = inputs.first().copied().flatten();
        let each = |of: &dyn Fn(f64) -> f64| {
            first.map(|own| OfTruth { nothing: of(own.nothing), one: of(own.one), ..own })
        };
        let both = |of: &dyn Fn(f64, f64) -> f64| match inputs.as_slice() {
            [Some(left), Some(right)] if left.root == right.root => Some(OfTruth {
                nothing: of(left.nothing, right.nothing),
                one: of(left.one, right.one),
                ..*left
            }),
            _ => None,
        };
        match &node.op {
            Op::Function(function) if first.is_some() => {
                each(&|x| function.apply(x, &mut Vec::new()))
            }
            Op::Function(function) if function.is_truth() => itself,
            Op::Activation(activation) => each(&|x| activation.apply(x)),
            Op::Affine(Affine { scale, offset }) => {
                let (scale, offset) = (scale.number()?, offset.number()?);
                each(&|x| scale * x + offset)
            }
            Op::Sum(Sum { subtract: false }) => both(&|x, y| x + y),
            Op::Sum(Sum { subtract: true }) => both(&|x, y| x - y),
            Op::Product => both(&|x, y| x * y),
            Op::Gate => both(&|x, y| if x == 0.0 { 0.0 } else { y }),
            // Moved truth values are others.
            Op::Reshape | Op::Transpose(_) | Op::Gather(_) if is_truth(self.graph, tensor) => {
                itself
            }
            _ => None,
        }
    }

    fn of_node(&mut self, tensor: TensorRef, depth: usize) -> Values {
        let depth = depth.checked_sub(1)?;
        if let Some(OfTruth { nothing, one, .. }) = self.of_truth(tensor, depth) {
            return Some(set([nothing, one]));
        }
        let node = self.graph.node(tensor)?;
        if let Op::Function(function) = &node.op
            && function.is_truth()
        {
            return Some(set([0.0, 1.0]));
        }
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for input in &node.inputs {
            inputs.push(self.values(*input, depth)?);
        }
        let [first, rest @ ..] = inputs.as_slice() else { return None };
        let each =
            |of: &dyn Fn(f64) -> f64| set(first.iter().map(|bits| of(f64::from_bits(*bits))));
        Some(match &node.op {
            Op::Reshape | Op::Transpose(_) => first.clone(),
            Op::Concat(_) => inputs.iter().flatten().copied().collect(),
            Op::Gather(gather) => {
                let mut values = first.clone();
                if gather.axes.iter().flatten().any(Option::is_none) {
                    values.extend(set([gather.fill]));
                }
                values
            }
            Op::Affine(affine) => {
                let mut values = BTreeSet::new();
                for scale in distinct(&affine.scale.values)? {
                    for offset in distinct(&affine.offset.values)? {
                        values.extend(each(&|x| scale * x + offset));
                    }
                }
                values
            }
            Op::Activation(activation) => each(&|x| activation.apply(x)),
            Op::Function(function) => each(&|x| function.apply(x, &mut Vec::new())),
            Op::Sum(Sum { subtract }) => {
                let sign = if *subtract { -1.0 } else { 1.0 };
                pairs(first, rest, |x, y| x + sign * y)?
            }
            Op::Product | Op::Gate => pairs(first, rest, |x, y| x * y)?,
            _ => return None,
        })
    }
}

/// Whether a tensor is a comparison or the opposite of one, moved perhaps.
pub(crate) fn is_truth(graph: &Graph, mut tensor: TensorRef) -> bool {
    while let (Some(node), Some(source)) = (graph.node(tensor), graph.source(tensor)) {
        tensor = match &node.op {
            Op::Function(function) => return function.is_truth(),
            Op::Affine(affine) => match (affine.scale.number(), affine.offset.number()) {
                (Some(-1.0), Some(1.0)) => source,
                _ => return false,
            },
            Op::Reshape | Op::Transpose(_) => source,
            Op::Gather(gather) if gather.axes.iter().flatten().all(Option::is_some) => source,
            _ => return false,
        };
    }
    false
}

fn set(values: impl IntoIterator<Item = f64>) -> BTreeSet<u64> {
    // Zero has two signs.
    values.into_iter().map(|value| if value == 0.0 { 0 } else { value.to_bits() }).collect()
}

fn pairs(first: &BTreeSet<u64>, rest: &[BTreeSet<u64>], of: impl Fn(f64, f64) -> f64) -> Values {
    let [second] = rest else { return None };
    let of = |left: &u64, right: &u64| of(f64::from_bits(*left), f64::from_bits(*right));
    Some(set(first
        .iter()
        .flat_map(|left| second.iter().map(move |right| (left, right)))
        .map(|(left, right)| of(left, right))))
}

/// The different ones of some numbers, if they are few.
fn distinct(values: &[f64]) -> Option<Vec<f64>> {
    let mut found: Vec<f64> = Vec::new();
    for value in values {
        if !found.contains(value) {
            found.push(*value);
            if found.len() > MAX_VALUES {
                return None;
            }
        }
    }
    Some(found)
}

/// Whether the shares of each run are what they would be without what is added: where nothing is
/// added to some of its elements, those have all of it; else all have to get the same. Scores
/// that are very negative themselves are none of both.
fn leaves_shares(added: &[f64], length: usize) -> bool {
    added.chunks(length.max(1)).all(|run| {
        let first = run.first().copied().unwrap_or(0.0);
        run.contains(&0.0) || run.iter().all(|value| *value == first)
    })
}

/// What a constant adds to each element, if it closes some and does nothing else.
fn shut(affine: &Affine, shape: &[usize]) -> Option<Vec<f64>> {
    let Constant { shape: own, values } = &affine.offset;
    let only = |value: &f64| *value == 0.0 || *value <= CLOSED;
    if affine.scale.number() != Some(1.0) || !values.iter().all(only) {
        return None;
    }
    let places = broadcast_index(own, shape).into_iter();
    Some(places.map(|at| values.get(at).copied().unwrap_or(0.0)).collect())
}

/// Whether a selection leaves every element in its place, but for those that are closed anyway.
fn moves_none(gather: &Gather, closed: &[bool]) -> bool {
    let mut count = 0usize;
    let stays = gather.walk().enumerate().all(|(at, from)| {
        count = count.saturating_add(1);
        match from {
            Some(from) => from as usize == at,
            None => closed.get(at) == Some(&true),
        }
    });
    stays && count == closed.len()
}

impl Function {
    /// Whether its value is 0 or 1, a comparison or the opposite of one.
    pub(super) fn is_truth(&self) -> bool {
        let step = |place: super::Place| self.steps().get(place.index());
        let compares = |step: Option<&Elementary>| matches!(step, Some(Elementary::Unary(unary, _)) if unary.compares());
        let last = self.steps().last();
        match last {
            Some(Elementary::Binary(super::Binary::Subtract, one, other)) => {
                matches!(step(*one), Some(Elementary::Constant(1.0))) && compares(step(*other))
            }
            _ => compares(last),
        }
    }
}
