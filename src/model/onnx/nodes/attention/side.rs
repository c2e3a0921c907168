//! What attention makes of its queries, keys and values, each of them a tensor or a constant.

use super::super::super::constant::Literal;
use super::super::steps::{Part, Steps};
use super::super::{Argument, Built, Call, Source, einsum, layout};
use super::mask::{LEAST, misfit};
use crate::model::graph::{
    Affine, Concat, Constant, Dense, Integers, MatMul, Op, Problem, Sum, shape,
};
use crate::model::operators::gather::{Axis, Selection};
use crate::model::operators::{self, Tensor};

/// A tensor in the making, or a constant.
pub(super) enum Side {
    Tensor(Part),
    Constant(Constant),
}

impl Side {
    /// An input of floats.
    pub(super) fn of(call: &mut Call<'_>, index: usize) -> Result<Self, Problem> {
        if let Argument::Tensor { tensor, shape } = call.at(index) {
            return Ok(Self::Tensor((Source::Tensor(tensor), shape.to_vec())));
        }
        let constant = call.required(index)?;
        call.budget.folded(&constant.shape)?;
        Ok(Self::Constant(constant.clone()))
    }

    fn shape(&self) -> &[usize] {
        match self {
            Self::Tensor((_, shape)) => shape,
            Self::Constant(constant) => &constant.shape,
        }
    }

    /// Documents, heads, tokens, elements.
    pub(super) fn sizes(&self) -> Result<[usize; 4], Problem> {
        let odd = || Problem::malformed(format!("an input of shape {:?}", self.shape()));
        self.shape().try_into().map_err(|_| odd())
    }
}

/// The steps of an attention.
#[derive(Default)]
pub(super) struct Sides(Steps);

impl Sides {
    /// What the node becomes.
    pub(super) fn build(self, result: Side) -> Built {
        match result {
            Side::Tensor(_) => self.0.build(),
            Side::Constant(constant) => Built::Literal(Literal::Float(constant)),
        }
    }

    /// An operator of one tensor. Of a constant it is computed at once.
    pub(super) fn change(
        &mut self,
        call: &mut Call<'_>,
        of: Side,
        op: Op,
        to: Vec<usize>,
    ) -> Result<Side, Problem> {
        match of {
            Side::Tensor((source, _)) => {
                shape::elements(&to)?;
                Ok(Side::Tensor(self.0.add(op, vec![source], to)))
            }
            Side::Constant(constant) => computed(call, &op, &[&constant], to),
        }
    }

    /// An operator that keeps the shape.
    pub(super) fn each(&mut self, call: &mut Call<'_>, of: Side, op: Op) -> Result<Side, Problem> {
        let to = of.shape().to_vec();
        self.change(call, of, op, to)
    }

    pub(super) fn scaled(
        &mut self,
        call: &mut Call<'_>,
        of: Side,
        factor: f64,
    ) -> Result<Side, Problem> {
        let (scale, offset) = (Constant::scalar(factor), Constant::scalar(0.0));
        self.each(call, of, Op::Affine(Affine { scale, offset }))
    }

    /// The axes in another order.
    pub(super) fn turn(
        &mut self,
        call: &mut Call<'_>,
        of: Side,
        order: [usize; 4],
    ) -> Result<Side, Problem> {
        let sizes = of.sizes()?;
        let turned = order.iter().filter_map(|axis| sizes.get(*axis).copied()).collect();
        self.change(call, of, layout::transposition(&sizes, order.to_vec()), turned)
    }

    /// A tensor as documents × heads × tokens × elements.
    pub(super) fn by_heads(
        &mut self,
        call: &mut Call<'_>,
        of: Side,
        heads: Option<i64>,
    ) -> Result<Side, Problem> {
        let [batch, tokens, width] = *of.shape() else { return Ok(of) };
        let heads = heads.and_then(|heads| usize::try_from(heads).ok());
        let heads = heads.filter(|heads| *heads > 0 && width.is_multiple_of(*heads));
        let heads = heads.ok_or_else(|| Problem::malformed("its number of heads does not fit"))?;
        let each = width.checked_div(heads).unwrap_or(1);
        let split = self.change(call, of, Op::Reshape, vec![batch, tokens, heads, each])?;
        self.turn(call, split, [0, 2, 1, 3])
    }

    /// Each head as often as there are queries for it.
    pub(super) fn repeated(
        &mut self,
        call: &mut Call<'_>,
        of: Side,
        count: usize,
    ) -> Result<Side, Problem> {
        let [_, heads, ..] = of.sizes()?;
        if heads == count {
            return Ok(of);
        }
        let each = count.checked_div(heads).unwrap_or(1).max(1);
        let place = |at: usize| at.checked_div(each).and_then(|at| u32::try_from(at).ok());
        self.selected(call, of, 1, (0..count).map(place).collect())
    }

    /// Other places along an axis.
    fn selected(
        &mut self,
        call: &mut Call<'_>,
        of: Side,
        axis: usize,
        places: Axis,
    ) -> Result<Side, Problem> {
        let mut selection = Selection::whole(of.shape());
        selection.set(axis, places);
        let to = selection.shape.clone();
        shape::elements(&to)?;
        self.change(call, of, Op::Gather(selection.gather()?), to)
    }

    /// Tokens, and others after them.
    pub(super) fn after(
        &mut self,
        call: &mut Call<'_>,
        first: Side,
        second: Side,
    ) -> Result<Side, Problem> {
        let to = Concat { axis: 2 }.shape(&[first.shape(), second.shape()])?;
        let [[_, _, before, _], [_, _, after, _]] = [first.sizes()?, second.sizes()?];
        let concat = Op::Concat(Concat { axis: 2 });
        match (first, second) {
            (Side::Tensor(first), Side::Tensor(second)) => {
                Ok(Side::Tensor(self.0.add(concat, vec![first.0, second.0], to)))
            }
            (Side::Constant(first), Side::Constant(second)) => {
                computed(call, &concat, &[&first, &second], to)
            }
            // Zeros where the other is, and then their sum.
            (first, second) => {
                let place = |at: usize| u32::try_from(at).ok();
                let gap = |size: usize| std::iter::repeat_n(None, size);
                let left = (0..before).map(place).chain(gap(after)).collect();
                let right = gap(before).chain((0..after).map(place)).collect();
                let first = self.selected(call, first, 2, left)?;
                let second = self.selected(call, second, 2, right)?;
                self.sum(first, second)
            }
        }
    }

    /// The sum of a tensor and a constant.
    fn sum(&mut self, first: Side, second: Side) -> Result<Side, Problem> {
        let (tensor, offset) = match (first, second) {
            (Side::Tensor(tensor), Side::Constant(constant))
            | (Side::Constant(constant), Side::Tensor(tensor)) => (tensor, constant),
            _ => return Err(Problem::malformed("it has no tensor beside a constant")),
        };
        Ok(Side::Tensor(self.0.affine(Constant::scalar(1.0), offset, &tensor)?))
    }

    /// The product of matrices, one for each document and head.
    pub(super) fn product(
        &mut self,
        call: &mut Call<'_>,
        left: Side,
        right: Side,
    ) -> Result<Side, Problem> {
        let [batch, heads, rows, inner] = left.sizes()?;
        let [.., columns] = right.sizes()?;
        let to = vec![batch, heads, rows, columns];
        shape::elements(&to)?;
        let groups = batch.saturating_mul(heads);
        let product = Op::MatMul(MatMul { batch: groups, rows, inner, columns });
        match (left, right) {
            (Side::Tensor(left), Side::Tensor(right)) => {
                Ok(Side::Tensor(self.0.add(product, vec![left.0, right.0], to)))
            }
            (Side::Constant(left), Side::Constant(right)) => {
                computed(call, &product, &[&left, &right], to)
            }
            (Side::Constant(left), Side::Tensor(right)) => {
                Ok(self.grouped(left.values, right, [groups, inner, rows, columns], to))
            }
            // The same of both transposed.
            (left @ Side::Tensor(_), right @ Side::Constant(_)) => {
                let turned = self.turn(call, left, [0, 1, 3, 2])?;
                let weights = self.turn(call, right, [0, 1, 3, 2])?;
                let (Side::Tensor(turned), Side::Constant(weights)) = (turned, weights) else {
                    return Err(Call::missing(1));
                };
                let to = vec![batch, heads, columns, rows];
                let sizes = [groups, inner, columns, rows];
                let made = self.grouped(weights.values, turned, sizes, to);
                self.turn(call, made, [0, 1, 3, 2])
            }
        }
    }

    /// A tensor `groups × inputs × inner` becomes `groups × outputs × inner`, by a matrix of its
    /// own for each group.
    fn grouped(
        &mut self,
        weights: Vec<f64>,
        tensor: Part,
        [groups, inputs, outputs, inner]: [usize; 4],
        to: Vec<usize>,
    ) -> Side {
        if groups == 1 {
            let weights = weights.into();
            let dense = Dense { outer: 1, inputs, outputs, inner, weights, bias: Vec::new() };
            return Side::Tensor(self.0.add(Op::Dense(dense), vec![tensor.0], to));
        }
        let conv = einsum::pointwise(weights, [groups, inputs, outputs, inner]);
        let [read, made] = [conv.window.input[0], conv.channels];
        let tensor = self.0.add(Op::Reshape, vec![tensor.0], vec![1, read, 1, inner]);
        let product = self.0.add(Op::Conv(conv), vec![tensor.0], vec![1, made, 1, inner]);
        Side::Tensor(self.0.add(Op::Reshape, vec![product.0], to))
    }

    /// Scores with the mask that depends on the document.
    pub(super) fn masked(&mut self, call: &mut Call<'_>, scores: Side) -> Result<Side, Problem> {
        let (tensor, own) = call.tensor(3)?;
        let Side::Tensor(scores) = scores else {
            return Err(Problem::new(
                "its mask depends on the document, and its queries and keys are constants",
                "use a model whose queries or keys are computed from the document",
            ));
        };
        if shape::broadcast(&scores.1, own)? != scores.1 {
            return Err(misfit());
        }
        let mut mask = (Source::Tensor(tensor), own.to_vec());
        if call.typed.noted(3) == Some(Integers::TRUTH) {
            let (scale, offset) = (Constant::scalar(-LEAST), Constant::scalar(LEAST));
            mask = self.0.affine(scale, offset, &mask)?;
        }
        let sum = Op::Sum(Sum { subtract: false });
        Ok(Side::Tensor(self.0.add(sum, vec![scores.0, mask.0], scores.1)))
    }
}

/// What an operator makes of constants.
fn computed(
    call: &mut Call<'_>,
    op: &Op,
    inputs: &[&Constant],
    to: Vec<usize>,
) -> Result<Side, Problem> {
    let outputs = call.budget.folded(&to)?;
    call.budget.work(operators::work(op, outputs))?;
    let tensors: Vec<_> = inputs
        .iter()
        .map(|constant| Tensor { values: &constant.values, shape: &constant.shape })
        .collect();
    let values = operators::of(op).evaluate(&tensors, &to);
    Ok(Side::Constant(Constant { shape: to, values }))
}
