//! Constants that are made from others, not picked from them: ranges, masks, sums.

use super::super::super::constant::Literal;
use super::super::Call;
use super::picked;
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Constant, Problem};

/// The one element of a constant.
fn one(literal: &Literal) -> Result<f64, Problem> {
    match literal {
        Literal::Float(Constant { values, .. }) if values.len() == 1 => {
            Ok(values.first().copied().unwrap_or(0.0))
        }
        Literal::Int { values, .. } if values.len() == 1 => {
            Ok(values.first().copied().unwrap_or(0) as f64)
        }
        other => {
            Err(Problem::malformed(format!("{} {} are not one number", other.len(), other.kind())))
        }
    }
}

/// From a start in steps to below a limit.
pub(super) fn range(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(3, 3)?;
    let (start, limit, step) = (call.literal(0)?, call.literal(1)?, call.literal(2)?);
    let (from, to, by) = (one(start)?, one(limit)?, one(step)?);
    let count = ((to - from) / by).ceil();
    if by == 0.0 || !count.is_finite() {
        return Err(Problem::malformed(format!("a range from {from} to {to} in steps of {by}")));
    }
    let most = shape::MAX_ELEMENTS as f64;
    if count > most {
        return Err(Problem::new(format!("a range of {count} numbers"), "use a smaller model"));
    }
    let count = count.max(0.0) as usize;
    let shape = vec![count];
    call.budget.folded(&shape)?;
    Ok(match (start, limit, step) {
        (
            Literal::Int { values: start, .. },
            Literal::Int { .. },
            Literal::Int { values: step, .. },
        ) => {
            let first = start.first().copied().unwrap_or(0);
            let step = step.first().copied().unwrap_or(0);
            let value = |at: usize| {
                let at = i64::try_from(at).unwrap_or(i64::MAX);
                first.saturating_add(step.saturating_mul(at))
            };
            Literal::Int { shape, values: (0..count).map(value).collect() }
        }
        (Literal::Float(_), Literal::Float(_), Literal::Float(_)) => {
            Literal::float(shape, (0..count).map(|at| from + by * at as f64).collect())
        }
        _ => return Err(Problem::malformed("its inputs are of different types")),
    })
}

/// OneHot: two values, one of them at each index along a new axis.
pub(super) fn one_hot(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(3, 3)?;
    let axis = call.attributes.int_or("axis", -1)?;
    let indices = call.literal(0)?;
    let own: Vec<f64> = match indices {
        Literal::Float(constant) => constant.values.clone(),
        Literal::Int { values, .. } => values.iter().map(|value| *value as f64).collect(),
        Literal::Bool { .. } => return Err(Problem::malformed("its indices are truth values")),
    };
    let depth = one(call.literal(1)?)?;
    if !(1.0..=65536.0).contains(&depth) {
        return Err(Problem::malformed(format!("a depth of {depth}")));
    }
    let mut shape = indices.shape().to_vec();
    let axis = shape::axis(axis, shape.len().saturating_add(1))?;
    shape.insert(axis, depth as usize);
    let values = call.literal(2)?;
    if values.shape() != [2] {
        return Err(Problem::malformed("its values are not two"));
    }
    let count = call.budget.folded(&shape)?;
    call.budget.elements(count)?;
    let inner = shape.iter().skip(axis.saturating_add(1)).product::<usize>().max(1);
    let steps = depth as usize;
    let places: Vec<Option<usize>> = (0..count)
        .map(|at| {
            let (rest, inside) = (at.checked_div(inner)?, at.checked_rem(inner)?);
            let (outer, along) = (rest.checked_div(steps)?, rest.checked_rem(steps)?);
            let index = own.get(outer.checked_mul(inner)?.checked_add(inside)?).copied()?;
            // An index counts from the end below zero; beyond the depth nothing is hot.
            let wrapped = if index < 0.0 { index + depth } else { index };
            Some(usize::from(wrapped == along as f64))
        })
        .collect();
    picked(values, &places, shape, call.budget)
}

/// EyeLike: ones on a diagonal.
pub(super) fn eye(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(1, 1)?;
    let offset = call.attributes.int_or("k", 0)?;
    // 1, 10, 11 and 16 are floats.
    let float = call.attributes.int("dtype")?.map(|kind| matches!(kind, 1 | 10 | 11 | 16));
    let source = call.literal(0)?;
    let [_, columns] = source.shape() else {
        return Err(Problem::malformed("its input is not a matrix"));
    };
    let count = call.budget.folded(source.shape())?;
    let hot = (0..count).map(|at| {
        let (row, column) = (at.checked_div(*columns), at.checked_rem(*columns));
        let place = |at: Option<usize>| at.and_then(|at| i64::try_from(at).ok()).unwrap_or(0);
        place(column) == place(row).saturating_add(offset)
    });
    let shape = source.shape().to_vec();
    let float = float.unwrap_or(!matches!(source, Literal::Int { .. }));
    Ok(if float {
        Literal::float(shape, hot.map(f64::from).collect())
    } else {
        Literal::Int { shape, values: hot.map(i64::from).collect() }
    })
}

/// NonZero: the indices of elements that are not zero, one column for each.
pub(super) fn non_zero(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(1, 1)?;
    let source = call.literal(0)?;
    let counts: Vec<bool> = match source {
        Literal::Float(constant) => constant.values.iter().map(|value| *value != 0.0).collect(),
        Literal::Int { values, .. } => values.iter().map(|value| *value != 0).collect(),
        Literal::Bool { values, .. } => values.clone(),
    };
    let own = source.shape().to_vec();
    let found: Vec<usize> =
        counts.iter().enumerate().filter(|(_, counts)| **counts).map(|(at, _)| at).collect();
    let shape = vec![own.len(), found.len()];
    call.budget.folded(&shape)?;
    let mut values = Vec::new();
    for (dim, stride) in own.iter().zip(strides(&own)) {
        values.extend(found.iter().map(|at| {
            let along = at.checked_div(stride).and_then(|at| at.checked_rem(*dim)).unwrap_or(0);
            i64::try_from(along).unwrap_or(i64::MAX)
        }));
    }
    Ok(Literal::Int { shape, values })
}

/// CumSum along an axis.
pub(super) fn cumulated(call: &mut Call<'_>) -> Result<Literal, Problem> {
    fn run<T: Copy + Default>(
        values: &[T],
        (size, inner): (usize, usize),
        (exclusive, reverse): (bool, bool),
        add: impl Fn(T, T) -> T,
    ) -> Vec<T> {
        let mut sums = vec![T::default(); values.len()];
        let row = size.saturating_mul(inner).max(1);
        for start in (0..values.len()).step_by(row) {
            for inside in 0..inner {
                let mut sum = T::default();
                for step in 0..size {
                    let along =
                        if reverse { size.saturating_sub(step.saturating_add(1)) } else { step };
                    let at =
                        start.saturating_add(along.saturating_mul(inner)).saturating_add(inside);
                    let (Some(slot), Some(value)) = (sums.get_mut(at), values.get(at)) else {
                        continue;
                    };
                    let next = add(sum, *value);
                    *slot = if exclusive { sum } else { next };
                    sum = next;
                }
            }
        }
        sums
    }
    call.arity(2, 2)?;
    let how = (call.attributes.flag("exclusive")?, call.attributes.flag("reverse")?);
    let source = call.literal(0)?;
    let axis = match call.integers(1)? {
        Some([axis]) => *axis,
        _ => return Err(Problem::malformed("its axis is not one integer")),
    };
    let shape = source.shape().to_vec();
    let axis = shape::axis(axis, shape.len())?;
    call.budget.folded(&shape)?;
    let size = shape.get(axis).copied().unwrap_or(1);
    let inner = shape.iter().skip(axis.saturating_add(1)).product::<usize>();
    Ok(match source {
        Literal::Float(constant) => {
            Literal::float(shape, run(&constant.values, (size, inner), how, |l, r| l + r))
        }
        Literal::Int { values, .. } => {
            Literal::Int { shape, values: run(values, (size, inner), how, i64::saturating_add) }
        }
        Literal::Bool { .. } => return Err(Problem::malformed("its input holds truth values")),
    })
}

/// ArgMax and ArgMin.
pub(super) fn arg(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(1, 1)?;
    let axis = call.attributes.int_or("axis", 0)?;
    let keep = call.attributes.int_or("keepdims", 1)? != 0;
    let last = call.attributes.flag("select_last_index")?;
    let source = call.literal(0)?;
    let values: Vec<f64> = match source {
        Literal::Float(constant) => constant.values.clone(),
        Literal::Int { values, .. } => values.iter().map(|value| *value as f64).collect(),
        Literal::Bool { .. } => return Err(Problem::malformed("its input holds truth values")),
    };
    let own = source.shape();
    let axis = shape::axis(axis, own.len())?;
    let size = own.get(axis).copied().unwrap_or(1);
    let inner = own.iter().skip(axis.saturating_add(1)).product::<usize>().max(1);
    let mut shape = own.to_vec();
    if keep {
        shape.iter_mut().skip(axis).take(1).for_each(|dim| *dim = 1);
    } else {
        shape.remove(axis);
    }
    let count = call.budget.folded(&shape)?;
    let least = call.operator == "ArgMin";
    let of = |at: usize| {
        let (outer, inside) = (at.checked_div(inner)?, at.checked_rem(inner)?);
        let mut best: Option<(f64, usize)> = None;
        for along in 0..size {
            let place = outer.checked_mul(size)?.checked_add(along)?.checked_mul(inner)?;
            let value = *values.get(place.checked_add(inside)?)?;
            let better = best.is_none_or(|(old, _)| {
                (if least { value < old } else { value > old }) || (last && value == old)
            });
            if better {
                best = Some((value, along));
            }
        }
        best.and_then(|(_, along)| i64::try_from(along).ok())
    };
    let values: Option<Vec<i64>> = (0..count).map(of).collect();
    let values = values.ok_or_else(|| Problem::malformed("an axis of no elements"))?;
    Ok(Literal::Int { shape, values })
}
