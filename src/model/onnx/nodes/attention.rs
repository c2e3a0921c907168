//! Attention of operator set 23, written out: two products of matrices with a softmax between.

use super::super::constant::Literal;
use super::steps::{Part, Steps};
use super::{Argument, Built, Call, Source};
use crate::model::graph::{
    Affine, Constant, Function, Integers, MatMul, Op, Problem, Softmax, Sum, Unary, shape,
};
use crate::model::operators::gather::Selection;

/// What takes a score so far down that its element has no share.
const CLOSED: f64 = f32::MIN as f64;

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(3, 7)?;
    for (index, what) in [(4, "keys"), (5, "values"), (6, "lengths")] {
        if !matches!(call.at(index), Argument::Missing) {
            return Err(Problem::new(
                format!("{} holds {what} from outside", call.called(index)),
                "export the model without a cache",
            ));
        }
    }
    let causal = call.attributes.flag("is_causal")?;
    let heads = [call.attributes.int("q_num_heads")?, call.attributes.int("kv_num_heads")?];
    let scale = call.attributes.float("scale")?;
    let softcap = call.attributes.float_or("softcap", 0.0)?;
    call.attributes.ignore("qk_matmul_output_mode");
    call.attributes.ignore("softmax_precision");
    let mut steps = Steps::default();
    let (tensor, own) = call.tensor(0)?;
    let flat = own.len() == 3;
    let query = by_heads(&mut steps, (Source::Tensor(tensor), own.to_vec()), heads[0])?;
    let mut sides = Vec::with_capacity(2);
    for index in [1, 2] {
        let (tensor, own) = call.tensor(index)?;
        sides.push(by_heads(&mut steps, (Source::Tensor(tensor), own.to_vec()), heads[1])?);
    }
    let (Some(value), Some(key)) = (sides.pop(), sides.pop()) else {
        return Err(Call::missing(1));
    };
    let [batch, count, rows, inner] = sizes(&query)?;
    let [key_batch, groups, columns, key_inner] = sizes(&key)?;
    let [value_batch, value_groups, value_rows, width] = sizes(&value)?;
    if [key_batch, value_batch] != [batch; 2]
        || value_groups != groups
        || !count.is_multiple_of(groups.max(1))
        || (key_inner, value_rows) != (inner, columns)
    {
        return Err(Problem::malformed("its queries, keys and values do not fit"));
    }
    let (key, value) = (repeated(&mut steps, key, count)?, repeated(&mut steps, value, count)?);
    let key = steps.turn(key, vec![0, 1, 3, 2]);
    let matrices = batch.saturating_mul(count);
    let product = MatMul { batch: matrices, rows, inner, columns };
    let all = vec![batch, count, rows, columns];
    shape::elements(&all)?;
    let mut scores = steps.add(Op::MatMul(product), vec![query.0, key.0], all.clone());
    scores = steps.scaled(scores, scale.unwrap_or_else(|| 1.0 / (inner as f64).sqrt()));
    if softcap > 0.0 {
        scores = steps.scaled(scores, 1.0 / softcap);
        scores = steps.add(Op::Function(Function::of(Unary::Tanh)), vec![scores.0], all.clone());
        scores = steps.scaled(scores, softcap);
    }
    open_rows(call, &all, causal)?;
    scores = masked(call, &mut steps, scores)?;
    if causal {
        let hidden = |at: usize| {
            let row = at.checked_div(columns).unwrap_or(0);
            if at.checked_rem(columns).is_some_and(|column| column > row) { CLOSED } else { 0.0 }
        };
        let values = (0..call.budget.folded(&[rows, columns])?).map(hidden).collect();
        scores = added(&mut steps, scores, Constant { shape: vec![rows, columns], values })?;
    }
    let shares = steps.add(Op::Softmax(Softmax::of(columns)), vec![scores.0], all);
    let product = MatMul { batch: matrices, rows, inner: columns, columns: width };
    let all = vec![batch, count, rows, width];
    let mut result = steps.add(Op::MatMul(product), vec![shares.0, value.0], all);
    if flat {
        result = steps.turn(result, vec![0, 2, 1, 3]);
        let joined = vec![batch, rows, count.saturating_mul(width)];
        steps.add(Op::Reshape, vec![result.0], joined);
    }
    Ok(steps.build())
}

/// A tensor as documents × heads × tokens × elements.
fn by_heads(steps: &mut Steps, part: Part, heads: Option<i64>) -> Result<Part, Problem> {
    let [batch, tokens, width] = *part.1.as_slice() else { return Ok(part) };
    let heads = heads.and_then(|heads| usize::try_from(heads).ok());
    let heads = heads.filter(|heads| *heads > 0 && width.is_multiple_of(*heads));
    let heads = heads.ok_or_else(|| Problem::malformed("its number of heads does not fit"))?;
    let each = width.checked_div(heads).unwrap_or(1);
    let split = steps.add(Op::Reshape, vec![part.0], vec![batch, tokens, heads, each]);
    Ok(steps.turn(split, vec![0, 2, 1, 3]))
}

fn sizes(part: &Part) -> Result<[usize; 4], Problem> {
    let odd = || Problem::malformed(format!("an input of shape {:?}", part.1));
    part.1.as_slice().try_into().map_err(|_| odd())
}

/// Each head as often as there are queries for it.
fn repeated(steps: &mut Steps, part: Part, count: usize) -> Result<Part, Problem> {
    let [_, heads, ..] = sizes(&part)?;
    if heads == count {
        return Ok(part);
    }
    let each = count.checked_div(heads).unwrap_or(1).max(1);
    let place = |at: usize| at.checked_div(each).and_then(|at| u32::try_from(at).ok());
    let mut selection = Selection::whole(&part.1);
    selection.set(1, (0..count).map(place).collect());
    let shape = selection.shape.clone();
    shape::elements(&shape)?;
    Ok(steps.add(Op::Gather(selection.gather()?), vec![part.0], shape))
}

/// Scores and a constant that broadcasts to them.
fn added(steps: &mut Steps, scores: Part, offset: Constant) -> Result<Part, Problem> {
    if shape::broadcast(&scores.1, &offset.shape)? != scores.1 {
        return Err(Problem::malformed("its mask does not broadcast to its scores"));
    }
    let affine = Affine { scale: Constant::scalar(1.0), offset };
    Ok(steps.add(Op::Affine(affine), vec![scores.0], scores.1))
}

/// Refuses a constant mask that leaves a row no element: there ONNX has zeros.
fn open_rows(call: &mut Call<'_>, scores: &[usize], causal: bool) -> Result<(), Problem> {
    let Argument::Literal(mask) = call.at(3) else { return Ok(()) };
    call.budget.work(shape::elements(scores)?)?;
    if shape::broadcast(scores, mask.shape())? != scores {
        return Err(Problem::malformed("its mask does not broadcast to its scores"));
    }
    let open = |at: usize| match mask {
        Literal::Bool { values, .. } => values.get(at) == Some(&true),
        Literal::Float(constant) => constant.values.get(at).is_some_and(|value| *value > CLOSED),
        Literal::Int { .. } => true,
    };
    let [.., rows, columns] = scores else { return Ok(()) };
    let places = shape::broadcast_index(mask.shape(), scores);
    let closed = places.chunks((*columns).max(1)).enumerate().any(|(at, row)| {
        let last = at.checked_rem(*rows).unwrap_or(0).saturating_add(1);
        let seen = if causal { row.len().min(last) } else { row.len() };
        !row.iter().take(seen).any(|at| open(*at))
    });
    if closed {
        return Err(Problem::new(
            "its mask leaves a token no other to attend to",
            "use a mask that lets every token attend to itself",
        ));
    }
    Ok(())
}

/// Scores with the mask that is given.
fn masked(call: &Call<'_>, steps: &mut Steps, scores: Part) -> Result<Part, Problem> {
    match call.at(3) {
        Argument::Missing => Ok(scores),
        Argument::Literal(Literal::Bool { shape, values }) => {
            let values = values.iter().map(|open| if *open { 0.0 } else { CLOSED }).collect();
            added(steps, scores, Constant { shape: shape.clone(), values })
        }
        Argument::Literal(_) => added(steps, scores, call.addend(3)?),
        Argument::Tensor { tensor, shape } => {
            if shape::broadcast(&scores.1, shape)? != scores.1 {
                return Err(Problem::malformed("its mask does not broadcast to its scores"));
            }
            let mut mask = (Source::Tensor(tensor), shape.to_vec());
            if call.typed.noted(3) == Some(Integers::TRUTH) {
                let (scale, offset) = (Constant::scalar(-CLOSED), Constant::scalar(CLOSED));
                mask = steps.affine(scale, offset, &mask)?;
            }
            let sum = Op::Sum(Sum { subtract: false });
            Ok(steps.add(sum, vec![scores.0, mask.0], scores.1))
        }
    }
}
