//! Normalisations that are spelled out: `(x − mean(x)) / √(mean((x − mean(x))²) + ε)`, and the
//! same without the mean, as for root mean squares and vectors of length 1.
//!
//! What stands between the mean of squares and the factor is not compared with a list of
//! spellings: it is evaluated, and taken if it is `k / √(v + ε)`.

use std::collections::BTreeMap;

use super::op::{Activation, Affine, AveragePool, Constant, Gather, Op, Standardise, Sum};
use super::{Graph, Node, TensorRef, Window};

/// Most nodes between a mean of squares and a factor.
const MAX_NODES: usize = 8;
/// How far values may be from those of the formula, relatively.
const CLOSE: f64 = 1e-9;
/// Where they are compared.
const SAMPLES: [f64; 6] = [1e-3, 0.02, 0.5, 1.0, 7.0, 1e4];

/// Makes one node of each normalisation; whether there was any.
pub(super) fn recognise(graph: &mut Graph) -> bool {
    let any = graph
        .replace(|graph, index| at(graph, index).map(|(op, source)| (Op::Standardise(op), source)));
    any | recognise_apart(graph)
}

/// The normalisation whose last node this is, and what it normalises.
fn at(graph: &Graph, index: usize) -> Option<(Standardise, TensorRef)> {
    let node = graph.nodes.get(index)?;
    let (Op::Product, [left, right]) = (&node.op, node.inputs.as_slice()) else { return None };
    [(*left, *right), (*right, *left)].into_iter().find_map(|(values, factor)| {
        if graph.shape(values) != node.shape {
            return None;
        }
        let factor = factor_of(graph, factor, graph.len(values))?;
        let squared = squared(graph, factor.mean.source)?;
        if !same(graph, squared, values) {
            return None;
        }
        let Factor { scale, epsilon, mean: Runs { length, .. } } = factor;
        let op = |centred| Standardise { length, centred, epsilon, scale };
        // Less their own mean?
        if let Some(Node { op: Op::Sum(Sum { subtract: true }), inputs, .. }) = graph.node(values)
            && let [source, mean] = inputs.as_slice()
            && graph.shape(*source) == node.shape
            && let Some(of) = mean_of(graph, *mean)
            && of.source == *source
            && of.length == length
            && spreads(graph, *mean, &node.shape, length)
        {
            return Some((op(true), *source));
        }
        Some((op(false), values))
    })
}

/// The same where scale and mean are multiplied apart, as TensorFlow writes
/// `x·(γ·f) + (β − mean·(γ·f))` with the factor f of each run.
fn recognise_apart(graph: &mut Graph) -> bool {
    let mut readers: BTreeMap<TensorRef, usize> = BTreeMap::from([(graph.output, 1)]);
    for tensor in graph.nodes.iter().flat_map(|node| &node.inputs) {
        let count = readers.entry(*tensor).or_default();
        *count = count.saturating_add(1);
    }
    let mut any = false;
    for index in 0..graph.nodes.len() {
        let Some(Apart { product, op, source, affine }) = apart(graph, index) else { continue };
        if readers.get(&TensorRef::Node(product)) != Some(&1) {
            continue;
        }
        if let Some(node) = graph.nodes.get_mut(product) {
            node.op = Op::Standardise(op);
            node.inputs = vec![source];
        }
        if let Some(node) = graph.nodes.get_mut(index) {
            node.op = Op::Affine(affine);
            node.inputs = vec![TensorRef::Node(product)];
        }
        any = true;
    }
    any
}

/// What becomes of a sum and of the product that it reads.
struct Apart {
    product: usize,
    op: Standardise,
    source: TensorRef,
    affine: Affine,
}

/// The normalisation whose last node is this sum.
fn apart(graph: &Graph, index: usize) -> Option<Apart> {
    let node = graph.nodes.get(index)?;
    let (Op::Sum(Sum { subtract }), [left, right]) = (&node.op, node.inputs.as_slice()) else {
        return None;
    };
    let sign = if *subtract { -1.0 } else { 1.0 };
    let sides = [(*left, *right), (*right, *left)];
    sides.into_iter().take(if *subtract { 1 } else { 2 }).find_map(|(values, rest)| {
        let TensorRef::Node(product) = values else { return None };
        factors(graph, values)?.into_iter().find_map(|(source, factor)| {
            if graph.shape(source) != node.shape {
                return None;
            }
            let len = graph.len(source);
            let (scale, found) = scaled_factor(graph, factor, len)?;
            let centred = squared(graph, found.mean.source)?;
            let Node { op: Op::Sum(Sum { subtract: true }), inputs, .. } = graph.node(centred)?
            else {
                return None;
            };
            let [of, mean] = inputs.as_slice() else { return None };
            let length = found.mean.length;
            let of_source = |mean: TensorRef| {
                mean_of(graph, mean).is_some_and(|own| own.source == source && own.length == length)
                    && spreads(graph, mean, &node.shape, length)
            };
            if *of != source || !of_source(*mean) {
                return None;
            }
            // What is added: an offset less the mean times the same factor.
            let (times, offset, inner) = unscaled(graph, rest)?;
            let (other, _) = factors(graph, inner)?
                .into_iter()
                .find(|(_, own)| *own == factor)
                .map(|(mean, own)| (unscaled(graph, mean), own))?;
            let (more, none, mean) = other?;
            if sign * times * more != -1.0 || none.is_some() || !of_source(mean) {
                return None;
            }
            let offset = offset.map_or_else(|| Constant::scalar(0.0), |own| own.map(|x| sign * x));
            let affine = Affine { scale, offset };
            let op =
                Standardise { length, centred: true, epsilon: found.epsilon, scale: found.scale };
            let fits = affine.shape(&node.shape).is_ok_and(|shape| shape == node.shape);
            fits.then_some(Apart { product, op, source, affine })
        })
    })
}

/// Both sides of a product, either first.
fn factors(graph: &Graph, tensor: TensorRef) -> Option<[(TensorRef, TensorRef); 2]> {
    let node = graph.node(tensor)?;
    match (&node.op, node.inputs.as_slice()) {
        (Op::Product, [left, right]) => Some([(*left, *right), (*right, *left)]),
        _ => None,
    }
}

/// A factor, and a constant that it is multiplied by.
fn scaled_factor(graph: &Graph, tensor: TensorRef, len: usize) -> Option<(Constant, Factor)> {
    if let Some(found) = factor_of(graph, tensor, len) {
        return Some((Constant::scalar(1.0), found));
    }
    let Op::Affine(Affine { scale, offset }) = &graph.node(tensor)?.op else { return None };
    if offset.number() != Some(0.0) {
        return None;
    }
    Some((scale.clone(), factor_of(graph, graph.source(tensor)?, len)?))
}

/// What a tensor is one number times, and the offset beside it.
fn unscaled(graph: &Graph, tensor: TensorRef) -> Option<(f64, Option<Constant>, TensorRef)> {
    let (mut tensor, mut times, mut beside) = (tensor, 1.0, None);
    for _ in 0..MAX_NODES {
        let Some(Node { op: Op::Affine(Affine { scale, offset }), .. }) = graph.node(tensor) else {
            break;
        };
        if offset.number() != Some(0.0) {
            if beside.is_some() {
                return None;
            }
            let before = times;
            beside = Some(offset.map(|value| before * value));
        }
        times *= scale.number()?;
        tensor = graph.source(tensor)?;
    }
    Some((times, beside, tensor))
}

/// What is taken run by run.
pub(super) struct Runs {
    pub(super) source: TensorRef,
    pub(super) length: usize,
}

/// A tensor that is a function of the mean of its run.
pub(super) struct Ratio<'a> {
    pub(super) mean: Runs,
    pub(super) between: Between<'a>,
}

/// Functions of one element, the last first.
pub(super) struct Between<'a>(Vec<&'a Node>);

impl Between<'_> {
    /// What they make of a number.
    pub(super) fn of(&self, value: f64) -> f64 {
        self.0.iter().rev().fold(value, |value, node| match &node.op {
            Op::Function(function) => function.apply(value, &mut Vec::new()),
            Op::Activation(activation) => Activation::apply(*activation, value),
            Op::Affine(Affine { scale, offset }) => {
                scale.number().unwrap_or(f64::NAN) * value + offset.number().unwrap_or(f64::NAN)
            }
            _ => f64::NAN,
        })
    }
}

/// `scale / √(mean + epsilon)`.
struct Factor {
    mean: Runs,
    scale: f64,
    epsilon: f64,
}

/// What a tensor was before it was reshaped.
pub(super) fn unshaped(graph: &Graph, mut tensor: TensorRef) -> TensorRef {
    while let Some(Node { op: Op::Reshape, inputs, .. }) = graph.node(tensor)
        && let [input] = inputs.as_slice()
    {
        tensor = *input;
    }
    tensor
}

/// The mean that a tensor is, each run one element.
fn mean_of(graph: &Graph, tensor: TensorRef) -> Option<Runs> {
    one_each(graph, tensor, |op| match op {
        Op::AveragePool(AveragePool { window, .. }) => Some(window),
        _ => None,
    })
}

/// The runs of which a tensor has one element each, if its node is a pool of whole windows.
pub(super) fn one_each(
    graph: &Graph,
    tensor: TensorRef,
    window: fn(&Op) -> Option<&Window>,
) -> Option<Runs> {
    let pool = graph.node(unshaped(graph, tensor))?;
    let window = window(&pool.op)?;
    let [_, height, width] = window.input;
    if window.output != [1, 1] || window.kernel != [height, width] || window.padding != [0, 0] {
        return None;
    }
    let source = unshaped(graph, *pool.inputs.first()?);
    Some(Runs { source, length: height.checked_mul(width)? })
}

/// Whether a tensor of one element a run broadcasts so that each run has its own.
fn spreads(graph: &Graph, tensor: TensorRef, to: &[usize], length: usize) -> bool {
    let own = graph.shape(tensor);
    let total = to.iter().fold(1usize, |product, size| product.saturating_mul(*size));
    if graph.len(tensor).checked_mul(length) != Some(total) || own.len() != to.len() {
        return false;
    }
    // Sizes of one element from some axis on, all of them before.
    let mut after = own.iter().zip(to).skip_while(|(own, to)| own == to);
    after.all(|(own, _)| *own == 1)
}

/// What a tensor is a square of.
fn squared(graph: &Graph, tensor: TensorRef) -> Option<TensorRef> {
    let node = graph.node(tensor)?;
    match (&node.op, node.inputs.as_slice()) {
        (Op::Product, [left, right]) if left == right => Some(*left),
        (Op::Function(function), [source]) => {
            let mut steps = Vec::new();
            let is_square = |x: &f64| function.apply(*x, &mut steps) == x * x;
            [-3.0, -0.5, 0.0, 0.25, 2.0, 1000.0].iter().all(is_square).then_some(*source)
        }
        _ => None,
    }
}

/// Whether two tensors are one, or the same difference.
fn same(graph: &Graph, left: TensorRef, right: TensorRef) -> bool {
    let sum = |tensor: TensorRef| match graph.node(tensor) {
        Some(Node { op: Op::Sum(sum), inputs, .. }) => Some((sum, inputs)),
        _ => None,
    };
    left == right || sum(left).is_some_and(|left| sum(right) == Some(left))
}

/// A tensor of `len` elements, or of one for each run of them, as a function of the means of runs.
pub(super) fn ratio(graph: &Graph, tensor: TensorRef, len: usize) -> Option<Ratio<'_>> {
    // From the mean on, the last first.
    let mut between: Vec<&Node> = Vec::new();
    let mut at = tensor;
    let mut spread = graph.len(tensor) == len;
    let mean = loop {
        if let Some(mean) = mean_of(graph, at) {
            break mean;
        }
        let node = graph.node(at)?;
        match &node.op {
            Op::Function(_) | Op::Activation(_) => between.push(node),
            Op::Affine(Affine { scale, offset }) => {
                scale.number()?;
                offset.number()?;
                between.push(node);
            }
            // One value of each run, once for each element of it.
            Op::Gather(gather) if spread => {
                if !repeats(gather, len.checked_div(graph.len(graph.source(at)?))?) {
                    return None;
                }
                spread = false;
            }
            // Not one by one: from none of them is it another mean.
            Op::Reshape => {
                let before = unshaped(graph, at);
                if before == at {
                    return None;
                }
                at = before;
                continue;
            }
            _ => return None,
        }
        if between.len() > MAX_NODES {
            return None;
        }
        at = graph.source(at)?;
    };
    // Each run has a factor of its own, whatever its shape.
    let runs = len.checked_div(mean.length)?;
    if runs.checked_mul(mean.length)? != len || spread && mean.length > 1 {
        return None;
    }
    let own = graph.shape(tensor);
    let broadcasts = graph.len(tensor) == len
        || graph.len(tensor) == runs && own.last() == Some(&1)
        || runs == 1;
    if !broadcasts || graph.len(at).checked_div(runs)? == 0 {
        return None;
    }
    Some(Ratio { mean, between: Between(between) })
}

/// Whether a selection gives one value for each run of so many elements.
fn repeats(gather: &Gather, length: usize) -> bool {
    let own = |(at, from): (usize, Option<u32>)| {
        from.is_some_and(|from| at.checked_div(length) == Some(from as usize))
    };
    gather.walk().enumerate().all(own)
}

/// Whether a tensor has one number for each run of so many elements of a shape that it broadcasts
/// to.
pub(super) fn per_run(graph: &Graph, tensor: TensorRef, to: &[usize], length: usize) -> bool {
    let total = to.iter().fold(1usize, |product, size| product.saturating_mul(*size));
    match graph.node(tensor) {
        _ if spreads(graph, tensor, to, length) || length == total && graph.len(tensor) == 1 => {
            true
        }
        Some(Node { op: Op::Gather(gather), inputs, shape, .. }) if shape == to => {
            let runs = inputs.first().map(|source| graph.len(*source));
            runs.and_then(|runs| runs.checked_mul(length)) == Some(total) && repeats(gather, length)
        }
        _ => false,
    }
}

/// A factor of `len` elements as a function of a mean of squares, one value a run.
fn factor_of(graph: &Graph, tensor: TensorRef, len: usize) -> Option<Factor> {
    let Ratio { mean, between } = ratio(graph, tensor, len)?;
    // (v + ε) / k²
    let inverse = |v: f64| {
        let factor = between.of(v);
        1.0 / (factor * factor)
    };
    let nothing = inverse(0.0);
    let slope = inverse(1.0) - nothing;
    let epsilon = nothing / slope;
    let fits = |v: &f64| {
        let (own, wanted) = (inverse(*v), slope * (v + epsilon));
        (own - wanted).abs() <= CLOSE * wanted
    };
    let good = slope.is_finite() && slope > 0.0 && epsilon.is_finite() && epsilon >= 0.0;
    if !good || !SAMPLES.iter().all(fits) || between.of(1.0) <= 0.0 {
        return None;
    }
    Some(Factor { mean, scale: 1.0 / slope.sqrt(), epsilon })
}
