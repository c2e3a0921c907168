//! Attention of operator sets 23 to 25, written out: two products of matrices with a softmax
//! between.

mod mask;
mod side;

use super::{Argument, Built, Call};
use crate::model::graph::{Affine, Constant, Function, Op, Problem, Softmax, Unary};
use mask::{Mask, Rules};
use side::{Side, Sides};

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(3, 7)?;
    for index in [0, 1, 2, 4, 5] {
        if call.typed.noted(index).is_some() {
            return Err(Problem::malformed(format!("{} holds no floats", call.called(index))));
        }
    }
    let rules = Rules::of(call)?;
    let heads = [call.attributes.int("q_num_heads")?, call.attributes.int("kv_num_heads")?];
    let scale = call.attributes.float("scale")?;
    let softcap = call.attributes.float_or("softcap", 0.0)?;
    call.attributes.ignore("qk_matmul_output_mode");
    call.attributes.ignore("softmax_precision");
    let flat = call.shape(0)?.len() == 3;
    let mut sides = Sides::default();
    let [mut query, mut key, mut value] =
        [Side::of(call, 0)?, Side::of(call, 1)?, Side::of(call, 2)?];
    query = sides.by_heads(call, query, heads[0])?;
    key = sides.by_heads(call, key, heads[1])?;
    value = sides.by_heads(call, value, heads[1])?;
    let given = |index| !matches!(call.at(index), Argument::Missing);
    if given(4) != given(5) {
        return Err(Problem::malformed("it has keys or values from before, and not both"));
    }
    let mut before = 0;
    if given(4) {
        let [keys, values] = [Side::of(call, 4)?, Side::of(call, 5)?];
        [_, _, before, _] = keys.sizes()?;
        key = sides.after(call, keys, key)?;
        value = sides.after(call, values, value)?;
    }
    let [batch, count, rows, inner] = query.sizes()?;
    let [key_batch, groups, columns, key_inner] = key.sizes()?;
    let [value_batch, value_groups, value_rows, width] = value.sizes()?;
    if [key_batch, value_batch] != [batch; 2]
        || value_groups != groups
        || !count.is_multiple_of(groups.max(1))
        || (key_inner, value_rows) != (inner, columns)
    {
        return Err(Problem::malformed("its queries, keys and values do not fit"));
    }
    key = sides.repeated(call, key, count)?;
    value = sides.repeated(call, value, count)?;
    let key = sides.turn(call, key, [0, 1, 3, 2])?;
    let mut scores = sides.product(call, query, key)?;
    scores = sides.scaled(call, scores, scale.unwrap_or_else(|| 1.0 / (inner as f64).sqrt()))?;
    if softcap > 0.0 {
        scores = sides.scaled(call, scores, 1.0 / softcap)?;
        scores = sides.each(call, scores, Op::Function(Function::of(Unary::Tanh)))?;
        scores = sides.scaled(call, scores, softcap)?;
    }
    let Mask { bias, closed, answered } =
        rules.mask(call, [batch, count, rows, columns], before)?;
    if let Argument::Tensor { .. } = call.at(3) {
        scores = sides.masked(call, scores)?;
    }
    for offset in [bias, closed].into_iter().flatten() {
        let scale = Constant::scalar(1.0);
        scores = sides.each(call, scores, Op::Affine(Affine { scale, offset }))?;
    }
    let shares = sides.each(call, scores, Op::Softmax(Softmax::of(columns)))?;
    let mut result = sides.product(call, shares, value)?;
    if let Some(scale) = answered {
        let offset = Constant::scalar(0.0);
        result = sides.each(call, result, Op::Affine(Affine { scale, offset }))?;
    }
    if flat {
        result = sides.turn(call, result, [0, 2, 1, 3])?;
        let joined = vec![batch, rows, count.saturating_mul(width)];
        result = sides.change(call, result, Op::Reshape, joined)?;
    }
    Ok(sides.build(result))
}
