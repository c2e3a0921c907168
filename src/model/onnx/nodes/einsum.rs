//! Einsum, and MatMul with several matrices: sums of products of a tensor and a constant, or of two
//! tensors.
//!
//! Axes are known by labels. What the two share and the result keeps is a batch: each of its
//! places has a matrix of its own, so the whole is a layer in groups. What they share and the
//! result does not keep is summed over.

use std::collections::BTreeMap;

use super::steps::{Part, Steps};
use super::{Argument, Built, Call, Chain, Source};
use crate::model::graph::shape::{self, strided_index, strides};
use crate::model::graph::{Constant, Conv, Dense, MatMul, Op, Problem, TensorRef, Window};

/// The name of an axis.
type Label = u32;

/// Labels from here on are those of an ellipsis.
const ELLIPSIS: Label = 1 << 16;

/// The axes of a tensor in order.
struct Operand {
    labels: Vec<Label>,
    sizes: Vec<usize>,
}

impl Operand {
    fn size(&self, label: Label) -> Option<usize> {
        let at = self.labels.iter().position(|own| *own == label)?;
        self.sizes.get(at).copied()
    }

    /// Drops an axis of one element.
    fn without(&mut self, label: Label) {
        if let Some(at) = self.labels.iter().position(|own| *own == label) {
            self.labels.remove(at);
            self.sizes.remove(at);
        }
    }
}

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let equation = call.attributes.string("equation")?;
    let equation = equation.ok_or_else(|| Problem::malformed("its equation is missing"))?;
    let count = call.arguments.len();
    let tensors: Vec<usize> =
        (0..count).filter(|at| matches!(call.at(*at), Argument::Tensor { .. })).collect();
    let (at, other) = match (tensors.as_slice(), count) {
        ([0], 1) => (0, None),
        ([0], 2) => (0, Some(1)),
        ([1], 2) => (1, Some(0)),
        ([0, 1], 2) => return of_tensors(call, equation),
        _ => {
            return Err(Problem::new(
                format!("a sum over {count} factors is not supported"),
                "multiply the constants first",
            ));
        }
    };
    let shapes: Vec<&[usize]> = (0..count).map(|at| call.shape(at)).collect::<Result<_, _>>()?;
    let (mut operands, result) = parsed(equation, &shapes)?;
    let one = Constant::scalar(1.0);
    let (weights, factor) = match other {
        Some(other) => (call.required(other)?, operands.swap_remove(other)),
        None => (&one, Operand { labels: Vec::new(), sizes: Vec::new() }),
    };
    let input = operands.pop().ok_or_else(|| Call::missing(at))?;
    let (tensor, _) = call.tensor(at)?;
    contracted(call, tensor, input, (&weights.values, factor), &result)
}

/// The sum of products of two tensors: a product of matrices, between transpositions.
fn of_tensors(call: &mut Call<'_>, equation: &str) -> Result<Built, Problem> {
    let (left, right) = (call.tensor(0)?, call.tensor(1)?);
    let (operands, result) = parsed(equation, &[left.1, right.1])?;
    let [first, second] = operands.as_slice() else { return Err(Call::missing(1)) };
    // An axis of one element goes along with one of several.
    let size = |label: Label| first.size(label).max(second.size(label)).unwrap_or(1);
    let of = |labels: &[Label]| Axes(labels.iter().map(|label| (*label, size(*label))).collect());
    let both = |label: &&Label| second.labels.contains(label) && first.labels.contains(label);
    let kept = |label: &&Label| result.contains(label);
    let pick = |operand: &Operand, is: &dyn Fn(&&Label) -> bool| -> Vec<Label> {
        operand.labels.iter().filter(|label| is(label)).copied().collect()
    };
    let batch = pick(first, &|label| both(label) && kept(label));
    let summed = pick(first, &|label| both(label) && !kept(label));
    let rows = pick(first, &|label| !both(label));
    let columns = pick(second, &|label| !both(label));
    if !rows.iter().chain(&columns).all(|label| result.contains(label)) {
        return Err(Problem::new(
            format!("its equation `{equation}` adds up one of two tensors alone"),
            "use a ReduceSum before it",
        ));
    }
    let mut steps = Steps::default();
    let mut side = |tensor: (TensorRef, &[usize]), operand: &Operand, order: [&[Label]; 3]| {
        let order = order.concat();
        let place = |label: &Label| operand.labels.iter().position(|own| own == label);
        let own: Part = (Source::Tensor(tensor.0), tensor.1.to_vec());
        let turned = steps.turn(own, order.iter().filter_map(place).collect());
        let sizes: Vec<usize> = order.iter().map(|label| size(*label)).collect();
        if turned.1 == sizes { Ok(turned) } else { steps.spread(turned, &sizes) }
    };
    let left = side(left, first, [&batch, &rows, &summed])?;
    let right = side(right, second, [&batch, &summed, &columns])?;
    let [batches, inner, of_rows, of_columns] =
        [&batch, &summed, &rows, &columns].map(|labels| of(labels).count());
    let product = MatMul { batch: batches, rows: of_rows, inner, columns: of_columns };
    let made = [batch, rows, columns].concat();
    let shape: Vec<usize> = made.iter().map(|label| size(*label)).collect();
    shape::elements(&shape)?;
    let product = steps.add(Op::MatMul(product), vec![left.0, right.0], shape);
    let place = |label: &Label| made.iter().position(|own| own == label);
    steps.turn(product, result.iter().filter_map(place).collect());
    Ok(steps.build())
}

/// A product of matrices of which one side is several constants.
pub(super) fn matrices(
    call: &mut Call<'_>,
    (tensor, input): (TensorRef, &[usize]),
    weights: &Constant,
    constant_first: bool,
) -> Result<Built, Problem> {
    let rank = input.len().max(weights.shape.len());
    let label = |at: usize| Label::try_from(at).unwrap_or(ELLIPSIS);
    // Leading axes by their place from the left of the longer; rows, columns and what is summed
    // over come after them.
    let [rows, columns, depth] = [label(rank), label(rank.saturating_add(1)), ELLIPSIS];
    let operand = |sizes: &[usize], last: [Label; 2]| {
        let lead = sizes.len().saturating_sub(2);
        let skip = rank.saturating_sub(sizes.len());
        let mut labels: Vec<Label> = (skip..skip.saturating_add(lead)).map(label).collect();
        // A vector has the axis alone that is summed over.
        labels.extend(last.into_iter().filter(|label| sizes.len() > 1 || *label == depth));
        Operand { labels, sizes: sizes.to_vec() }
    };
    let (first, second) = ([rows, depth], [depth, columns]);
    let (own, other) = if constant_first { (second, first) } else { (first, second) };
    let mut result: Vec<Label> = (0..rank.saturating_sub(2)).map(label).collect();
    let vector = match (input.len(), constant_first) {
        (1, true) => Some(columns),
        (1, false) => Some(rows),
        _ => None,
    };
    result.extend([rows, columns].into_iter().filter(|label| Some(*label) != vector));
    let factor = operand(&weights.shape, other);
    contracted(call, tensor, operand(input, own), (&weights.values, factor), &result)
}

/// The labels of operands and result.
fn parsed(equation: &str, shapes: &[&[usize]]) -> Result<(Vec<Operand>, Vec<Label>), Problem> {
    let odd = || Problem::malformed(format!("its equation is `{equation}`"));
    let text: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
    let (left, right) = match text.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (text.as_str(), None),
    };
    let terms: Vec<&str> = left.split(',').collect();
    if terms.len() != shapes.len() {
        return Err(odd());
    }
    let letters = |part: &str| -> Result<Vec<Label>, Problem> {
        let letter = |c: char| c.is_ascii_alphabetic().then_some(Label::from(c)).ok_or_else(odd);
        part.chars().map(letter).collect()
    };
    // Axes of an ellipsis are counted from its end, so that operands line up.
    let labels = |term: &str, hidden: Option<usize>| -> Result<Vec<Label>, Problem> {
        let Some((before, after)) = term.split_once("...") else { return letters(term) };
        let hidden = Label::try_from(hidden.unwrap_or(0)).unwrap_or(0);
        let mut labels = letters(before)?;
        labels.extend((0..hidden).rev().map(|at| ELLIPSIS.saturating_add(at)));
        labels.extend(letters(after)?);
        Ok(labels)
    };
    let mut operands = Vec::with_capacity(terms.len());
    let mut widest = 0usize;
    for (term, sizes) in terms.iter().zip(shapes) {
        let named = term.chars().filter(char::is_ascii_alphabetic).count();
        let hidden = sizes.len().checked_sub(named).ok_or_else(odd)?;
        let labels = labels(term, Some(hidden))?;
        if labels.len() != sizes.len() {
            return Err(odd());
        }
        if term.contains("...") {
            widest = widest.max(hidden);
        }
        let mut seen = labels.clone();
        seen.sort_unstable();
        seen.dedup();
        if seen.len() != labels.len() {
            return Err(Problem::new(
                format!("its equation `{equation}` takes a diagonal"),
                "use a model in which each axis of an operand has a letter of its own",
            ));
        }
        operands.push(Operand { labels, sizes: sizes.to_vec() });
    }
    let result = match right {
        Some(right) => labels(right, Some(widest))?,
        None => {
            let mut counts: BTreeMap<Label, usize> = BTreeMap::new();
            for label in operands.iter().flat_map(|operand| &operand.labels) {
                let count = counts.entry(*label).or_default();
                *count = count.saturating_add(1);
            }
            let once =
                |(label, count): (Label, usize)| (label < ELLIPSIS && count == 1).then_some(label);
            let mut result = labels("...", Some(widest))?;
            result.extend(counts.into_iter().filter_map(once));
            result
        }
    };
    let mut seen = result.clone();
    seen.sort_unstable();
    seen.dedup();
    let known = |label: &Label| operands.iter().any(|operand| operand.labels.contains(label));
    if seen.len() != result.len() || !result.iter().all(known) {
        return Err(odd());
    }
    Ok((operands, result))
}

/// Axes of one kind: labels and sizes.
#[derive(Default)]
struct Axes(Vec<(Label, usize)>);

impl Axes {
    fn count(&self) -> usize {
        self.0.iter().fold(1, |product, (_, size)| product.saturating_mul(*size))
    }
}

/// The sum of products of a tensor and constant weights.
fn contracted(
    call: &mut Call<'_>,
    tensor: TensorRef,
    mut input: Operand,
    (weights, mut factor): (&[f64], Operand),
    result: &[Label],
) -> Result<Built, Problem> {
    let original = input.sizes.clone();
    // An axis of one element goes along with one of several.
    for label in input.labels.clone() {
        match (input.size(label), factor.size(label)) {
            (Some(own), Some(other)) if own == other => {}
            (Some(1), Some(_)) => input.without(label),
            (Some(_), Some(1)) => factor.without(label),
            (Some(own), Some(other)) => {
                return Err(Problem::malformed(format!("axes of {own} and {other} elements")));
            }
            _ => {}
        }
    }
    let [mut batch, mut summed, mut kept, mut made, mut spare] = [(); 5].map(|()| Axes::default());
    for (label, size) in input.labels.iter().zip(&input.sizes) {
        let kind = match (factor.labels.contains(label), result.contains(label)) {
            (true, true) => &mut batch,
            (false, true) => &mut kept,
            (_, false) => &mut summed,
        };
        kind.0.push((*label, *size));
    }
    for (label, size) in factor.labels.iter().zip(&factor.sizes) {
        if !input.labels.contains(label) {
            let kind = if result.contains(label) { &mut made } else { &mut spare };
            kind.0.push((*label, *size));
        }
    }
    let sizes = |label: &Label| input.size(*label).or_else(|| factor.size(*label));
    let shape: Vec<usize> = result.iter().filter_map(sizes).collect();
    shape::elements(&shape)?;
    let mut chain = Chain::new();
    chain.reshape(tensor, &original, &input.sizes);
    // The tensor as batch, summed, kept.
    let place = |axes: &[&Axes], labels: &[Label]| -> Vec<usize> {
        let wanted = axes.iter().flat_map(|axes| &axes.0);
        wanted.filter_map(|(label, _)| labels.iter().position(|own| own == label)).collect()
    };
    let order = place(&[&batch, &summed, &kept], &input.labels);
    let turned = chain.turn(tensor, &input.sizes, order);
    let made_labels: Vec<Label> =
        [&batch, &made, &kept].iter().flat_map(|axes| &axes.0).map(|(label, _)| *label).collect();
    let made_shape: Vec<usize> = made_labels.iter().filter_map(sizes).collect();
    if !(factor.labels.is_empty() && summed.0.is_empty() && weights == [1.0]) {
        let [groups, inputs, inner, outputs] = [&batch, &summed, &kept, &made].map(Axes::count);
        let matrix = matrix(call, (weights, &factor), [&batch, &made, &summed, &spare])?;
        grouped(&mut chain, tensor, &turned, [groups, inputs, outputs, inner], matrix)?;
        chain.then(tensor, Op::Reshape, &made_shape);
    }
    let order: Vec<usize> =
        result.iter().filter_map(|label| made_labels.iter().position(|own| own == label)).collect();
    chain.turn(tensor, &made_shape, order);
    Ok(chain.build())
}

/// The weights as `batch × made × summed`, those over `spare` axes added up.
fn matrix(
    call: &mut Call<'_>,
    (weights, factor): (&[f64], &Operand),
    axes: [&Axes; 4],
) -> Result<Vec<f64>, Problem> {
    let steps = strides(&factor.sizes);
    let step = |label: Label| {
        let at = factor.labels.iter().position(|own| *own == label);
        at.and_then(|at| steps.get(at)).copied().unwrap_or(0)
    };
    let all = axes.iter().flat_map(|axes| &axes.0);
    let all: Vec<(usize, usize)> = all.map(|(label, size)| (*size, step(*label))).collect();
    let count = axes.iter().fold(1usize, |product, axes| product.saturating_mul(axes.count()));
    call.budget.elements(count.saturating_mul(2))?;
    call.budget.work(count)?;
    let [.., spare] = axes;
    let index = strided_index(&all);
    let sum = |places: &[usize]| places.iter().filter_map(|at| weights.get(*at)).sum();
    let matrix: Vec<f64> = index.chunks(spare.count().max(1)).map(sum).collect();
    super::super::constant::finite(&matrix)?;
    Ok(matrix)
}

/// A matrix `outputs × inputs` of its own for each group, as a convolution of `groups × inputs`
/// channels of `inner` elements.
pub(super) fn pointwise(weights: Vec<f64>, [groups, inputs, outputs, inner]: [usize; 4]) -> Conv {
    let [read, made] = [inputs, outputs].map(|size| groups.saturating_mul(size));
    Conv {
        window: Window {
            input: [read, 1, inner],
            output: [1, inner],
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            padding: [0, 0],
        },
        channels: made,
        groups,
        weights: weights.into(),
        bias: vec![0.0; made],
    }
}

/// A tensor `groups × inputs × inner` becomes `groups × outputs × inner`, by a matrix `outputs ×
/// inputs` of its own for each group.
fn grouped(
    chain: &mut Chain,
    tensor: TensorRef,
    from: &[usize],
    [groups, inputs, outputs, inner]: [usize; 4],
    weights: Vec<f64>,
) -> Result<(), Problem> {
    if groups == 1 {
        chain.reshape(tensor, from, &[inputs, inner]);
        let dense =
            Dense { outer: 1, inputs, outputs, inner, weights: weights.into(), bias: Vec::new() };
        chain.then(tensor, Op::Dense(dense), &[outputs, inner]);
        return Ok(());
    }
    let conv = pointwise(weights, [groups, inputs, outputs, inner]);
    chain.reshape(tensor, from, &[1, conv.window.input[0], 1, inner]);
    let shape = [1, conv.channels, 1, inner];
    shape::elements(&shape)?;
    chain.then(tensor, Op::Conv(conv), &shape);
    Ok(())
}
