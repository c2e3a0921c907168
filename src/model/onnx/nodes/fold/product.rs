//! Matrix products of constants.

use super::super::super::constant::Literal;
use super::super::Call;
use crate::model::graph::{Problem, shape};
use crate::model::operators::dense::misfit;

/// MatMul by numpy's rule: vectors become matrices, leading axes broadcast.
pub(super) fn matmul(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(2, 2)?;
    let (Some(left), Some(right)) = (call.floats(0)?, call.floats(1)?) else {
        return Err(Problem::malformed("an input is missing"));
    };
    let (left_lead, rows, depth) = match left.shape.as_slice() {
        [depth] => (&[][..], None, *depth),
        [lead @ .., rows, depth] => (lead, Some(*rows), *depth),
        [] => return Err(misfit(&left.shape, &right.shape)),
    };
    let (right_lead, other, columns) = match right.shape.as_slice() {
        [other] => (&[][..], *other, None),
        [lead @ .., other, columns] => (lead, *other, Some(*columns)),
        [] => return Err(misfit(&left.shape, &right.shape)),
    };
    if depth != other || depth == 0 {
        return Err(misfit(&left.shape, &right.shape));
    }
    let lead = shape::broadcast(left_lead, right_lead)?;
    let mut shape = lead.clone();
    shape.extend(rows.iter().chain(&columns));
    let elements = call.budget.folded(&shape)?;
    call.budget.work(elements.saturating_mul(depth))?;
    let (rows, columns) = (rows.unwrap_or(1), columns.unwrap_or(1));
    let [first, second] = [rows.saturating_mul(depth), depth.saturating_mul(columns)];
    let mut values = vec![0.0; elements];
    let starts = shape::broadcast_index(left_lead, &lead)
        .into_iter()
        .zip(shape::broadcast_index(right_lead, &lead));
    let products = values.chunks_exact_mut(rows.saturating_mul(columns).max(1));
    for ((from_left, from_right), product) in starts.zip(products) {
        let matrix = |values: &[f64], at: usize, size: usize| {
            let start = at.saturating_mul(size);
            values.get(start..start.saturating_add(size)).unwrap_or(&[]).to_vec()
        };
        call.budget.work(first.saturating_add(second))?;
        let l = matrix(&left.values, from_left, first);
        let r = matrix(&right.values, from_right, second);
        for (row, slots) in l.chunks_exact(depth).zip(product.chunks_exact_mut(columns.max(1))) {
            for (factor, line) in row.iter().zip(r.chunks_exact(columns.max(1))) {
                for (slot, value) in slots.iter_mut().zip(line) {
                    *slot += factor * value;
                }
            }
        }
    }
    Ok(Literal::float(shape, values))
}
