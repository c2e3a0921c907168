//! Arithmetic of constants: shapes that a graph computes, weights that it
//! scales. Floats are not rounded to 32 bits.

use super::super::constant::Literal;
use super::{Built, Call};
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Constant, Gather, Problem};

/// Integers that a graph computes are sizes and indices, far below.
const MAX_INTEGER: i64 = 1 << 31;

/// Operators that are supported over constants only.
pub(super) fn supports(operator: &str) -> bool {
    matches!(
        operator,
        "Pow"
            | "Sqrt"
            | "Neg"
            | "Reciprocal"
            | "Exp"
            | "Log"
            | "Abs"
            | "Floor"
            | "Ceil"
            | "Min"
            | "Max"
            | "Equal"
            | "Greater"
            | "Less"
            | "Not"
            | "Where"
    )
}

pub(super) fn elementwise(call: &mut Call<'_>) -> Result<Built, Problem> {
    match call.operator {
        "Where" => choice(call),
        "Min" | "Max" if call.arguments.len() == 1 => {
            let literal = call.literal(0)?;
            call.budget.elements(literal.len())?;
            Ok(Built::Literal(literal.clone()))
        }
        "Min" | "Max" if call.arguments.len() > 2 => {
            Err(Problem::new("it has more than two inputs", super::FOLD))
        }
        "Pow" | "Min" | "Max" | "Equal" | "Greater" | "Less" => {
            call.arity(2, 2)?;
            binary(call)
        }
        _ => {
            call.arity(1, 1)?;
            unary(call)
        }
    }
}

fn unary(call: &mut Call<'_>) -> Result<Built, Problem> {
    let literal = call.literal(0)?;
    call.budget.elements(literal.len())?;
    let operator = call.operator;
    Ok(Built::Literal(match literal {
        Literal::Float(constant) if operator != "Not" => {
            Literal::Float(constant.map(|x| match operator {
                "Sqrt" => x.sqrt(),
                "Neg" => -x,
                "Reciprocal" => 1.0 / x,
                "Exp" => libm::exp(x),
                "Log" => libm::log(x),
                "Abs" => x.abs(),
                "Floor" => x.floor(),
                _ => x.ceil(),
            }))
        }
        Literal::Int { shape, values } if matches!(operator, "Neg" | "Abs") => {
            let change =
                |x: &i64| if operator == "Neg" || *x < 0 { x.saturating_neg() } else { *x };
            Literal::Int { shape: shape.clone(), values: values.iter().map(change).collect() }
        }
        Literal::Bool { shape, values } if operator == "Not" => {
            Literal::Bool { shape: shape.clone(), values: values.iter().map(|x| !x).collect() }
        }
        other => {
            return Err(Problem::malformed(format!("its input holds {}", other.kind())));
        }
    }))
}

/// The selection that broadcasts a shape.
fn broadcast(from: &[usize], to: &[usize]) -> Gather {
    let lead = to.len().saturating_sub(from.len());
    let strides = strides(from);
    let axes = to.iter().enumerate().map(|(axis, &dim)| {
        let own = axis.checked_sub(lead);
        let size = own.and_then(|own| from.get(own)).copied().unwrap_or(1);
        let stride = own.and_then(|own| strides.get(own)).copied().unwrap_or(0);
        let stride = if size == 1 { 0 } else { stride };
        (0..dim).map(|at| u32::try_from(at.saturating_mul(stride)).ok()).collect()
    });
    Gather { axes: axes.collect(), fill: 0.0 }
}

fn zip<T: Copy, U: Copy, V>(
    left: (&[usize], &[T]),
    right: (&[usize], &[U]),
    shape: &[usize],
    mut f: impl FnMut(T, U) -> V,
) -> Vec<V> {
    let (to_left, to_right) = (broadcast(left.0, shape), broadcast(right.0, shape));
    to_left
        .walk()
        .zip(to_right.walk())
        .filter_map(|(l, r)| Some(f(*left.1.get(l? as usize)?, *right.1.get(r? as usize)?)))
        .collect()
}

/// An operator of two constants.
pub(super) fn binary(call: &mut Call<'_>) -> Result<Built, Problem> {
    let operator = call.operator;
    let (left, right) = (call.literal(0)?, call.literal(1)?);
    // Lists may be empty, as parts of shapes are.
    let shape = match (left.shape(), right.shape()) {
        ([0], [0] | [1] | []) | ([1] | [], [0]) => vec![0],
        (l, r) => shape::broadcast(l, r)?,
    };
    call.budget.folded(&shape)?;
    Ok(Built::Literal(match (left, right) {
        (Literal::Float(l), Literal::Float(r)) => {
            let (l, r) = ((&l.shape[..], &l.values[..]), (&r.shape[..], &r.values[..]));
            match comparison(operator) {
                Some(compare) => {
                    let values = zip(l, r, &shape, |l, r| l.partial_cmp(&r).is_some_and(compare));
                    Literal::Bool { shape, values }
                }
                None => {
                    let values = zip(l, r, &shape, |l, r| floats(operator, l, r));
                    Literal::float(shape, values)
                }
            }
        }
        (
            Literal::Int { shape: l_shape, values: l },
            Literal::Int { shape: r_shape, values: r },
        ) => {
            let (l, r) = ((&l_shape[..], &l[..]), (&r_shape[..], &r[..]));
            match comparison(operator) {
                Some(compare) => {
                    let values = zip(l, r, &shape, |l, r| compare(l.cmp(&r)));
                    Literal::Bool { shape, values }
                }
                None => {
                    let values: Option<Vec<i64>> =
                        zip(l, r, &shape, |l, r| integers(operator, l, r)).into_iter().collect();
                    let values = values.ok_or_else(|| {
                        Problem::malformed(format!(
                            "constant integers leave -{MAX_INTEGER} to {MAX_INTEGER}, or are divided with a remainder below zero or by zero"
                        ))
                    })?;
                    Literal::Int { shape, values }
                }
            }
        }
        // The one operator whose inputs may differ in type.
        (Literal::Float(l), Literal::Int { shape: r_shape, values: r }) if operator == "Pow" => {
            let (l, r) = ((&l.shape[..], &l.values[..]), (&r_shape[..], &r[..]));
            let values = zip(l, r, &shape, |l, r: i64| floats(operator, l, r as f64));
            Literal::float(shape, values)
        }
        (l, r) => {
            return Err(Problem::malformed(format!(
                "its inputs hold {} and {}",
                l.kind(),
                r.kind()
            )));
        }
    }))
}

fn comparison(operator: &str) -> Option<fn(std::cmp::Ordering) -> bool> {
    match operator {
        "Equal" => Some(std::cmp::Ordering::is_eq),
        "Greater" => Some(std::cmp::Ordering::is_gt),
        "Less" => Some(std::cmp::Ordering::is_lt),
        _ => None,
    }
}

fn floats(operator: &str, l: f64, r: f64) -> f64 {
    match operator {
        "Add" => l + r,
        "Sub" => l - r,
        "Mul" => l * r,
        "Div" => l / r,
        "Pow" => libm::pow(l, r),
        _ if l.is_nan() || r.is_nan() => f64::NAN,
        "Min" => l.min(r),
        _ => l.max(r),
    }
}

fn integers(operator: &str, l: i64, r: i64) -> Option<i64> {
    let value = match operator {
        "Add" => l.checked_add(r),
        "Sub" => l.checked_sub(r),
        "Mul" => l.checked_mul(r),
        // Runtimes differ where a remainder is below zero.
        "Div" => {
            let exact = l.checked_rem(r)? == 0 || (l >= 0 && r > 0);
            l.checked_div(r).filter(|_| exact)
        }
        "Pow" => l.checked_pow(u32::try_from(r).ok()?),
        "Min" => Some(l.min(r)),
        _ => Some(l.max(r)),
    };
    value.filter(|value| (-MAX_INTEGER..=MAX_INTEGER).contains(value))
}

/// Where: one of two constants, element by element.
fn choice(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(3, 3)?;
    let Literal::Bool { shape: condition_shape, values: condition } = call.literal(0)? else {
        return Err(Problem::malformed("its condition does not hold truth values"));
    };
    let (yes, no) = (call.literal(1)?, call.literal(2)?);
    let shape = shape::broadcast(condition_shape, &shape::broadcast(yes.shape(), no.shape())?)?;
    // One array for the places, one for the values.
    call.budget.folded(&shape)?;
    call.budget.folded(&shape)?;
    fn choose<T: Copy>(
        condition: &[bool],
        yes: (&[usize], &[T]),
        no: (&[usize], &[T]),
        shape: &[usize],
    ) -> Vec<T> {
        let mut condition = condition.iter();
        zip(yes, no, shape, |yes, no| if condition.next() == Some(&true) { yes } else { no })
    }
    let all = broadcast(condition_shape, &shape);
    let condition: Vec<bool> =
        all.walk().map(|at| at.and_then(|at| condition.get(at as usize)) == Some(&true)).collect();
    Ok(Built::Literal(match (yes, no) {
        (Literal::Float(yes), Literal::Float(no)) => {
            let Constant { shape: yes_shape, values: yes } = yes;
            let values = choose(&condition, (yes_shape, yes), (&no.shape, &no.values), &shape);
            Literal::float(shape, values)
        }
        (
            Literal::Int { shape: yes_shape, values: yes },
            Literal::Int { shape: no_shape, values: no },
        ) => {
            let values = choose(&condition, (yes_shape, yes), (no_shape, no), &shape);
            Literal::Int { shape, values }
        }
        _ => return Err(Problem::malformed("its inputs are of different or other types")),
    }))
}
